"""How a forecast goes with one fact over the cohort, with the patient's mark on it.

Numbers are a line with the band of what the model does not know, over ticks where a tenth of the
cohort each ends; kinds and grades are a row each. The line compares with the average patient: it
tells what the model learnt of everybody, and the mark where this patient stands on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.charts import theme
from components.charts.attribution import signed, unit_of
from components.charts.columns import head, hidden, rows_axis, texts
from components.charts.labels import escaped, stacked
from components.charts.theme import RawFigure
from dashboard.answers.explanation import MONTHS, EffectCurve

_HEIGHT, _ROW, _HEAD, _FOOT, _LETTERS = 360, 40, 30, 34, 40
_STEPS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
_MOST_TICKS = 8
_RUG = 0.03  # of the height


@dataclass(frozen=True, slots=True)
class Named:
    """An effect curve with the words for its fact: the label, each place, the patient's value."""

    curve: EffectCurve
    label: str
    unit: str
    places: tuple[str, ...]
    patient: str

    @property
    def is_number(self) -> bool:
        """Whether the fact is a number on a line, not one of a few kinds."""
        held = self.curve.places
        return len(held) > 1 and all(
            isinstance(place, int | float) and not isinstance(place, bool) for place in held
        )

    @property
    def factor(self) -> float:
        """What an effect is multiplied by to be in points or months."""
        return 1.0 if self.curve.scale == MONTHS else 100.0

    def text(self, place: int) -> str:
        """The effect at a place with its interval."""
        held = self.curve
        return signed(held.values[place], held.low[place], held.high[place], held.scale)


def effect_figure(named: Named) -> RawFigure:
    """The line of a number or the rows of kinds.

    Raises:
        ValueError: the fact never varies.
    """
    if len(named.curve.places) < 2:  # noqa: PLR2004
        raise ValueError("A fact that never varies has no curve.")
    return _line_figure(named) if named.is_number else _rows_figure(named)


def effect_words(named: Named) -> str:
    """From the one end to the other, and where the patient stands."""
    held, unit = named.curve, unit_of(named.curve.scale)
    first, last = named.places[0], named.places[-1]
    said = [
        f"{named.label}: {first} {named.text(0)} {unit}",
        f"{last} {named.text(len(held.places) - 1)} {unit}",
    ]
    if held.patient_value is not None:
        where = signed(held.patient_value, None, None, held.scale)
        said.append(f"this patient ({named.patient}) {where} {unit}")
    return "; ".join(said)


def _line_figure(named: Named) -> RawFigure:
    held, factor = named.curve, named.factor
    x = [round(float(place), 4) for place in held.places]
    edges = [[round(factor * value, 3) for value in side] for side in (held.low, held.high)]
    middle = [round(factor * value, 3) for value in held.values]
    low, high = min(0.0, *edges[0]), max(0.0, *edges[1])
    spare = 0.12 * (high - low) or 1.0
    span = [low - spare, high + spare]
    across = [min(x), max(x)]
    if isinstance(held.patient, int | float):
        across = [min(across[0], held.patient), max(across[1], held.patient)]
    room = 0.03 * (across[1] - across[0]) or 1.0
    edge = {"type": "scatter", "mode": "lines", "x": x, "hoverinfo": "skip", "name": "band",
            "line": {"width": 0, "color": theme.PRIMARY}}  # fmt: skip
    return theme.figure(
        [
            edge | {"y": edges[0]},
            edge | {"y": edges[1], "fill": "tonexty", "fillcolor": theme.faint(theme.PRIMARY)},
            {
                "type": "scatter", "mode": "lines", "x": x, "y": middle, "name": named.label,
                "line": {"color": theme.PRIMARY, "width": 2.5},
                "hovertemplate": f"%{{y:+.1f}} {unit_of(held.scale)}",
            },
            *_patient_mark(named),
        ],
        alt=theme.alt_text("How the forecast goes with one fact over the cohort",
                           effect_words(named)),
        height=_HEIGHT,
        margin={"l": 62, "r": 16, "t": 12, "b": 48},
        xaxis=theme.axis(
            range=[across[0] - room, across[1] + room], dtick=_step(across[1] - across[0]),
            title=theme.axis_title(f"{named.label}, {named.unit}".rstrip(", ")),
        ),
        yaxis=theme.axis(
            range=span, dtick=_step(span[1] - span[0]), gridcolor=theme.HAIRLINE,
            title=theme.axis_title(f"Against the average, {unit_of(held.scale)}"),
        ),
        shapes=[_level_line(across[0] - room, across[1] + room), *[_rug(v, span) for v in x]],
        annotations=_patient_label(named, span),
    )  # fmt: skip


def _rows_figure(named: Named) -> RawFigure:
    held, factor = named.curve, named.factor
    count = len(held.places)
    rows = range(count)
    ends = [0.0, *[factor * value for side in (held.low, held.high) for value in side]]
    low, high = min(ends), max(ends)
    spare = 0.06 * (high - low) or 1.0
    own = [place == held.patient for place in held.places]
    names = [
        f"<b>{stacked(text, _LETTERS)}</b>" if mine else stacked(text, _LETTERS)
        for text, mine in zip(named.places, own, strict=True)
    ]
    marks = {
        "type": "scatter", "mode": "markers", "name": "against the average",
        "x": [round(factor * value, 3) for value in held.values], "y": list(rows),
        "marker": {
            "symbol": ["diamond" if mine else "square" for mine in own], "size": 10,
            "color": [theme.PRIMARY if mine else theme.TEXT for mine in own],
        },
        "error_x": {
            "type": "data", "symmetric": False, "thickness": 2, "width": 4, "color": theme.CONTROL,
            "array": [round(factor * (held.high[i] - held.values[i]), 3) for i in rows],
            "arrayminus": [round(factor * (held.values[i] - held.low[i]), 3) for i in rows],
        },
        "hoverinfo": "skip",
    }  # fmt: skip
    return theme.figure(
        [marks, texts(names, "x2"), texts([named.text(i) for i in rows], "x3"),
         texts([_counted(held.counts, i) for i in rows], "x4")],
        alt=theme.alt_text("How the forecast goes with one fact over the cohort",
                           effect_words(named)),
        height=_ROW * count + _HEAD + _FOOT,
        margin={"l": 4, "r": 4, "t": _HEAD, "b": _FOOT},
        hovermode="closest",
        xaxis=theme.axis(
            domain=[0.34, 0.7], range=[low - spare, high + spare], gridcolor=theme.HAIRLINE,
            dtick=_step(high - low),
        ),
        xaxis2=hidden((0.0, 0.33)), xaxis3=hidden((0.72, 0.9)), xaxis4=hidden((0.91, 1.0)),
        yaxis=rows_axis(count),
        shapes=[{"type": "line", "xref": "x", "x0": 0, "x1": 0, "y0": -0.5, "y1": count - 0.5,
                 "layer": "below", "line": {"color": theme.MUTED, "width": 1}}],
        annotations=[
            head(0.0, f"{escaped(named.label)} (bold: this patient)"),
            head(0.34, "Against the average"), head(0.72, f"{unit_of(held.scale)} (90%)"),
            head(0.91, "Patients"),
        ],
    )  # fmt: skip


def _counted(counts: Sequence[int], place: int) -> str:
    return f"{counts[place]:,}" if place < len(counts) else ""


def _patient_mark(named: Named) -> list[dict[str, Any]]:
    held = named.curve
    if held.patient_value is None or not isinstance(held.patient, int | float):
        return []
    return [
        {
            "type": "scatter", "mode": "markers", "name": "this patient", "hoverinfo": "skip",
            "x": [float(held.patient)], "y": [round(named.factor * held.patient_value, 3)],
            "marker": {"symbol": "diamond", "size": 14, "color": theme.TEXT},
        }
    ]  # fmt: skip


def _patient_label(named: Named, span: Sequence[float]) -> list[dict[str, Any]]:
    held = named.curve
    if held.patient_value is None or not isinstance(held.patient, int | float):
        return []
    y = named.factor * held.patient_value
    above = y < (span[0] + span[1]) / 2
    return [
        {
            "text": f"<b>this patient</b>, {escaped(named.patient)}", "x": float(held.patient),
            "y": round(y, 3), "yshift": 18 if above else -18, "showarrow": False,
            "yanchor": "bottom" if above else "top",
            "font": {"size": 14, "color": theme.TEXT},
        }
    ]  # fmt: skip


def _level_line(start: float, end: float) -> dict[str, Any]:
    return {"type": "line", "x0": start, "x1": end, "y0": 0, "y1": 0,
            "line": {"color": theme.MUTED, "width": 1}, "layer": "below"}  # fmt: skip


def _rug(value: float, span: Sequence[float]) -> dict[str, Any]:
    """A short stroke at the foot: between two of them stands a tenth of the cohort."""
    return {
        "type": "line", "x0": value, "x1": value, "y0": span[0],
        "y1": span[0] + _RUG * (span[1] - span[0]),
        "line": {"color": theme.TEXT, "width": 1.5},
    }  # fmt: skip


def _step(width: float) -> float:
    """A round distance between ticks."""
    scale = 1.0
    while width / scale > _STEPS[-1] * _MOST_TICKS:
        scale *= 10.0
    while width / scale < _STEPS[0]:
        scale /= 10.0
    return next(scale * step for step in _STEPS if width / (scale * step) <= _MOST_TICKS)
