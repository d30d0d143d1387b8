"""Response drawn: the four answers of RECIST as bars, and a chance as a hundred people.

The hundred people have two layers. Filled are those who respond if the middle of the forecast is
right: that is chance. Hatched are those about whom the forecast itself is unsure, between the ends
of its interval: that is what the model does not know. Both are pictures of one number, whose digits
follow its interval.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.charts import readings, theme
from components.charts.labels import stacked
from components.charts.markup import Drawing, Markup, element, join
from components.charts.theme import RawFigure
from dashboard.answers.forecast import Chance, RegimenForecast

RECIST: Mapping[str, str] = {
    "CR": "complete response",
    "PR": "partial response",
    "SD": "stable disease",
    "PD": "progression",
}
_WHOLE: Mapping[str, str] = {"R": "response", "no": "no response"}
_NAMES = {**RECIST, **_WHOLE}
FILLS = {
    "CR": "#08427A", "PR": "#6DB1E0", "SD": "#D6CFB4", "PD": "#A63A0C", "R": "#6DB1E0",
    "no": "#FFFFFF",
}  # fmt: skip
INKS = {
    "CR": "#FFFFFF", "PR": "#000000", "SD": "#000000", "PD": "#FFFFFF", "R": "#000000",
    "no": "#000000",
}  # fmt: skip
_HALF, _HALF_HARM = "#5E93C9", "#E3A27B"  # filled, but within what the forecast leaves open
_OUTLINE = "#3F4A55"
_GAP = "\N{EN SPACE}\N{EN SPACE}"  # spaces of its own width, which nobody folds into one
_ROW, _TALL_ROW, _LETTERS = 46, 58, 36
_NARROWEST_WITH_TEXT = 0.045
_ACROSS, _DOWN, _CELL = 20, 5, 13
_PEOPLE = _ACROSS * _DOWN


@dataclass(frozen=True, slots=True)
class ResponseRow:
    """One regimen's answers."""

    label: str
    response: Chance | None
    recist: Mapping[str, float]

    @classmethod
    def of(cls, found: RegimenForecast, label: str) -> ResponseRow:
        """What is drawn of a forecast."""
        return cls(label, found.response, found.recist)

    @property
    def words(self) -> str:
        """Response with its interval, then each answer."""
        parts = [f"{share_text(self.recist[k])} {name}" for k, name in RECIST.items()
                 if k in self.recist]  # fmt: skip
        told = f"{self.label}: response {readings.text_of(self.response)}"
        return f"{told}; {', '.join(parts)}" if parts else told


def share_text(share: float) -> str:
    """One of several shares that add up, in whole percent."""
    return theme.percent(share)


def recist_figure(rows: Sequence[ResponseRow]) -> RawFigure:
    """Complete and partial response, stable disease and progression, a bar for each regimen.

    Raises:
        ValueError: no regimen.
    """
    if not rows:
        raise ValueError("No regimen to draw.")
    places = list(range(len(rows)))
    keys = [key for key in (*RECIST, *_WHOLE) if any(_shares(row).get(key) for row in rows)]
    bars = [_bar(rows, key) for key in keys]
    return theme.figure(
        [*bars, _interval(rows), _names(rows)],
        alt=theme.alt_text("Best response as stacked bars", *[row.words for row in rows]),
        height=_row(rows) * len(rows) + 58,
        margin={"l": 4, "r": 18, "t": 26, "b": 34},
        barmode="stack",
        bargap=0.0,
        hovermode="closest",
        xaxis=theme.axis(
            domain=[0.3, 1], range=[0, 1], tickformat=".0%", dtick=0.25, gridcolor=theme.HAIRLINE
        ),
        xaxis2={"visible": False, "fixedrange": True, "domain": [0, 0.3], "range": [0, 1]},
        yaxis={"visible": False, "fixedrange": True, "range": [len(places) - 0.5, -0.5]},
        annotations=_legend(keys),
    )


def _row(rows: Sequence[ResponseRow]) -> int:
    """The pixels of a row: more where a name takes two lines."""
    return _ROW if all(len(row.label) <= _LETTERS for row in rows) else _TALL_ROW


def icon_array(chance: Chance, label: str, what: str = "respond", *, harm: bool = False) -> Drawing:
    """A hundred people: who would have it, and about whom the forecast is unsure.

    Args:
        chance: the chance of the event.
        label: under which regimen.
        what: what they do, for the words: "respond".
        harm: whether it is something bad: squares of another colour in place of circles.
    """
    low, middle, high = (round(_PEOPLE * value) for value in (chance.low, chance.p, chance.high))
    kinds = {kind: ends for kind, ends in _kinds(low, middle, high).items() if ends[0] < ends[1]}
    runs = [_run(kind, *ends) for kind, ends in kinds.items()]
    alt = theme.alt_text(
        f"{label}: a hundred people like this one",
        f"{middle} {what} if the forecast is right, {_PEOPLE - middle} do not",
        f"The forecast itself may be anything from {low} to {high}",
    )
    return Drawing(
        _ACROSS * _CELL + 2, _DOWN * _CELL + 2, join([_patterns(kinds, harm), *runs]), alt
    )


# -- bars ----------------------------------------------------------------------------------------


def _shares(row: ResponseRow) -> Mapping[str, float]:
    """The parts of a bar; response or none where the finer answers were not learnt."""
    if row.recist or row.response is None:
        return row.recist
    return {"R": row.response.p, "no": 1.0 - row.response.p}


def _bar(rows: Sequence[ResponseRow], key: str) -> dict[str, Any]:
    shares = [_shares(row).get(key, 0.0) for row in rows]
    texts = [f"{key} {share_text(s)}" if s >= 2 * _NARROWEST_WITH_TEXT
             else share_text(s) if s >= _NARROWEST_WITH_TEXT else "" for s in shares]  # fmt: skip
    return {
        "type": "bar", "orientation": "h", "name": _NAMES[key], "x": [round(s, 4) for s in shares],
        "y": list(range(len(rows))), "width": 0.52, "offset": -0.34, "text": texts,
        "textposition": "inside", "insidetextanchor": "middle", "textangle": 0,
        "constraintext": "none", "textfont": {"size": 13, "color": INKS[key]},
        "marker": {"color": FILLS[key], "line": {"color": _OUTLINE, "width": 1}},
        "customdata": [share_text(s) for s in shares],
        "hovertemplate": f"{_NAMES[key]} %{{customdata}}<extra></extra>",
    }  # fmt: skip


def _interval(rows: Sequence[ResponseRow]) -> dict[str, Any]:
    """The interval of response, below each bar: from end to end with the middle as a mark."""
    held = [(place, row.response) for place, row in enumerate(rows) if row.response is not None]
    return {
        "type": "scatter", "mode": "markers", "hoverinfo": "skip", "name": "response, interval",
        "x": [round(chance.p, 4) for _, chance in held], "y": [place + 0.33 for place, _ in held],
        "marker": {"symbol": "diamond", "size": 9, "color": theme.TEXT},
        "error_x": {
            "type": "data", "symmetric": False, "thickness": 2.5, "width": 5, "color": theme.TEXT,
            "array": [round(chance.high - chance.p, 4) for _, chance in held],
            "arrayminus": [round(chance.p - chance.low, 4) for _, chance in held],
        },
    }  # fmt: skip


def _names(rows: Sequence[ResponseRow]) -> dict[str, Any]:
    texts = [
        f"<b>{stacked(row.label, _LETTERS)}</b><br>response {readings.text_of(row.response)}"
        for row in rows
    ]
    return {
        "type": "scatter", "mode": "text", "x": [0] * len(rows), "y": list(range(len(rows))),
        "text": texts, "textposition": "middle right", "xaxis": "x2", "cliponaxis": False,
        "textfont": {"size": 13, "color": theme.TEXT}, "hovertext": [row.label for row in rows],
        "hovertemplate": "%{hovertext}<extra></extra>", "name": "regimens",
    }  # fmt: skip


def _legend(keys: Sequence[str]) -> list[dict[str, Any]]:
    """What the letters mean, above the bars, and what hangs below them."""
    named = _GAP.join(f"<b>{key}</b> {RECIST[key]}" for key in keys if key in RECIST)
    return [
        {
            "text": f"{named}{_GAP}\N{BLACK DIAMOND} response (CR or PR) with its interval",
            "x": 0.3, "xref": "paper", "xanchor": "left", "y": 1, "yref": "paper",
            "yanchor": "bottom", "yshift": 4, "showarrow": False,
            "font": {"size": 13, "color": theme.MUTED},
        }
    ]  # fmt: skip


# -- a hundred people ----------------------------------------------------------------------------


def _kinds(low: int, middle: int, high: int) -> dict[str, tuple[int, int]]:
    """From which to which of the hundred each kind of person stands."""
    return {
        "sure": (0, min(low, middle)),
        "hoped": (low, middle),
        "feared": (middle, high),
        "spared": (max(middle, high), _PEOPLE),
    }


def _run(kind: str, first: int, last: int) -> Markup:
    """People of one kind from one place to another: up to three blocks of a repeated person."""
    blocks = []
    while first < last:
        row, column = divmod(first, _ACROSS)
        whole = (last - first) // _ACROSS if column == 0 else 0
        wide = _ACROSS if whole else min(_ACROSS - column, last - first)
        blocks.append(
            element(
                "rect", x=1 + column * _CELL, y=1 + row * _CELL, width=wide * _CELL,
                height=max(whole, 1) * _CELL, fill=f"url(#{kind})",
            )
        )  # fmt: skip
        first += wide * max(whole, 1)
    return join(blocks)


def _patterns(kinds: Iterable[str], harm: bool) -> Markup:
    """The kinds of people that are drawn, each to be repeated, and what they are hatched with."""
    strong, half = (theme.LOWERS, _HALF_HARM) if harm else (theme.PRIMARY, _HALF)
    looks = {
        "sure": (strong, strong, ""),
        "hoped": (half, strong, "light"),
        "feared": (theme.PAPER, theme.CONTROL, "dark"),
        "spared": (theme.PAPER, theme.CONTROL, ""),
    }
    drawn = [(kind, *looks[kind]) for kind in kinds]
    hatched = {hatch for _, _, _, hatch in drawn} - {""}
    hatchings = [_hatching(name) for name in sorted(hatched)]
    return element("defs", *hatchings, *[_person(*look, harm=harm) for look in drawn])


def _person(kind: str, fill: str, edge: str, hatch: str, *, harm: bool) -> Markup:
    """One person of a kind: filled if of the chance, hatched if of the doubt; harm is square."""
    body = _body(harm, fill=fill, stroke=edge, stroke_width=1)
    over = _body(harm, fill=f"url(#{hatch})") if hatch else None
    return element(
        "pattern", body, over,
        id=kind, x=1, y=1, width=_CELL, height=_CELL, patternUnits="userSpaceOnUse",
    )  # fmt: skip


def _body(harm: bool, **look: str | int) -> Markup:
    if harm:
        return element("rect", x=2, y=2, width=_CELL - 4, height=_CELL - 4, **look)
    return element("circle", cx=_CELL / 2, cy=_CELL / 2, r=5, **look)


def _hatching(name: str) -> Markup:
    colour = theme.PAPER if name == "light" else theme.CONTROL
    stroke = element("path", d="M0,4 L4,0", stroke=colour, stroke_width=1)
    return element(
        "pattern", stroke, id=name, width=4, height=4, patternUnits="userSpaceOnUse"
    )  # fmt: skip
