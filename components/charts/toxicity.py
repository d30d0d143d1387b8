"""Severe toxicity beside benefit, on one scale from 0 to 100 %.

Benefit stands above, harm below, group by group; every regimen has its own line in a row, with its
colour, its shape, the forecast as a filled mark with its interval, and what was published as a
hollow diamond. Groups that the model has not learnt show what was published alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from components.charts import readings, theme
from components.charts.labels import LINE, broken, escaped
from components.charts.theme import LineStyle, RawFigure
from dashboard.answers.forecast import Chance

SHAPES = ("circle", "square", "triangle-up", "star", "cross", "pentagon")
_LINE_PIXELS, _GAP_PIXELS, _LETTERS = 13, 14, 30


@dataclass(frozen=True, slots=True)
class Mark:
    """One regimen in one row: the forecast, what was published, and whether that was re-read."""

    regimen: str
    forecast: Chance | None = None
    published: float | None = None
    re_read: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """One row: a benefit, or a group of severe events."""

    label: str
    marks: tuple[Mark, ...]
    benefit: bool = False

    @property
    def highest(self) -> float:
        """The largest figure of the row, to sort by."""
        held = [m.forecast.p for m in self.marks if m.forecast is not None]
        return max([*held, *[m.published for m in self.marks if m.published is not None]],
                   default=0.0)  # fmt: skip


@dataclass(frozen=True)
class ToxicityPicture:
    """Rows under some regimens, in their order."""

    bands: Sequence[Band]
    labels: Mapping[str, str]
    styles: Mapping[str, LineStyle] = field(default_factory=dict)

    @property
    def regimens(self) -> list[str]:
        """The regimens in their order."""
        return list(self.labels)

    @property
    def pixels(self) -> int:
        """The height of one row."""
        return max(_LINE_PIXELS * len(self.labels), int(2 * LINE)) + _GAP_PIXELS

    def place(self, row: int, regimen: str) -> float:
        """Where a regimen's line stands within a row."""
        count = len(self.labels)
        step = _LINE_PIXELS / self.pixels
        return row + (self.regimens.index(regimen) - (count - 1) / 2) * step


def toxicity_figure(picture: ToxicityPicture) -> RawFigure:
    """Benefit and severe events of each regimen on one scale.

    Raises:
        ValueError: no row, or more regimens than there are shapes.
    """
    if not picture.bands:
        raise ValueError("No row to draw.")
    if len(picture.labels) > len(SHAPES):
        raise ValueError(f"{len(picture.labels)} regimens in one picture; at most {len(SHAPES)}.")
    traces = [t for name in picture.regimens for t in _traces(picture, name)]
    rows = len(picture.bands)
    return theme.figure(
        [*traces, _names(picture)],
        alt=theme.alt_text("Benefit and severe toxicity on one scale, as marks", *_said(picture)),
        height=picture.pixels * rows + 48,
        margin={"l": 4, "r": 18, "t": 6, "b": 38},
        hovermode="closest",
        xaxis=theme.axis(
            domain=[0.26, 1], range=[-0.005, 1], tickformat=".0%", dtick=0.1,
            gridcolor=theme.HAIRLINE,
        ),
        xaxis2={"visible": False, "fixedrange": True, "domain": [0, 0.26], "range": [0, 1]},
        yaxis={"visible": False, "fixedrange": True, "range": [rows - 0.5, -0.5]},
        shapes=_grounds(picture),
    )  # fmt: skip


def _traces(picture: ToxicityPicture, regimen: str) -> list[dict[str, Any]]:
    """The forecast marks of a regimen with their intervals, and its published diamonds."""
    style, label = picture.styles[regimen], picture.labels[regimen]
    shape = SHAPES[picture.regimens.index(regimen)]
    held = [
        (band.label, picture.place(row, regimen), mark)
        for row, band in enumerate(picture.bands)
        for mark in band.marks
        if mark.regimen == regimen
    ]
    told = [(name, y, m.forecast) for name, y, m in held if m.forecast is not None]
    published = [(name, y, m.published) for name, y, m in held if m.published is not None]
    hover = "%{hovertext}<extra></extra>"
    forecast = {
        "type": "scatter", "mode": "markers", "name": label,
        "x": [round(c.p, 4) for _, _, c in told], "y": [round(y, 4) for _, y, _ in told],
        "marker": {"symbol": shape, "size": 9, "color": style.colour},
        "error_x": {
            "type": "data", "symmetric": False, "thickness": 2, "width": 3, "color": style.colour,
            "array": [round(c.high - c.p, 4) for _, _, c in told],
            "arrayminus": [round(c.p - c.low, 4) for _, _, c in told],
        },
        "hovertext": [f"{escaped(label)}, {escaped(n)}: {readings.text_of(c)}" for n, _, c in told],
        "hovertemplate": hover,
    }  # fmt: skip
    seen = {
        "type": "scatter", "mode": "markers", "name": f"{label}, published",
        "x": [round(p, 4) for _, _, p in published], "y": [round(y, 4) for _, y, _ in published],
        "marker": {"symbol": "diamond-open", "size": 9, "color": style.colour,
                   "line": {"width": 1.5}},
        "hovertext": [f"{escaped(label)}, {escaped(n)}: published {theme.percent(p)}"
                      for n, _, p in published],
        "hovertemplate": hover,
    }  # fmt: skip
    return [forecast, seen]


def _names(picture: ToxicityPicture) -> dict[str, Any]:
    texts = ["<br>".join(map(escaped, broken(b.label, _LETTERS, 2))) for b in picture.bands]
    texts = [f"<b>{t}</b>" if b.benefit else t for t, b in zip(texts, picture.bands, strict=True)]
    return {
        "type": "scatter", "mode": "text", "x": [0.01] * len(texts), "y": list(range(len(texts))),
        "text": texts, "textposition": "middle right", "xaxis": "x2", "cliponaxis": False,
        "textfont": {"size": 14, "color": theme.TEXT}, "hoverinfo": "skip", "name": "rows",
    }  # fmt: skip


def _grounds(picture: ToxicityPicture) -> list[dict[str, Any]]:
    """A tint behind benefit, and a hairline between rows."""
    benefits = sum(band.benefit for band in picture.bands)
    tint = {
        "type": "rect", "xref": "paper", "x0": 0, "x1": 1, "y0": -0.5, "y1": benefits - 0.5,
        "fillcolor": theme.PRIMARY_TINT, "line": {"width": 0}, "layer": "below",
    }  # fmt: skip
    lines = [
        {
            "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": row + 0.5, "y1": row + 0.5,
            "line": {"color": theme.HAIRLINE, "width": 1}, "layer": "below",
        }
        for row in range(len(picture.bands) - 1)
    ]  # fmt: skip
    return [tint, *lines] if benefits else lines


def _said(picture: ToxicityPicture) -> list[str]:
    told = []
    for band in picture.bands:
        parts = [
            f"{picture.labels[mark.regimen]} "
            + " ".join(
                part
                for part in (
                    readings.text_of(mark.forecast) if mark.forecast else "",
                    f"published {theme.percent(mark.published)}"
                    if mark.published is not None
                    else "",
                )
                if part
            )
            for mark in band.marks
            if mark.forecast is not None or mark.published is not None
        ]
        if parts:
            told.append(f"{band.label}: {'; '.join(parts)}")
    return told
