"""How Concord looks and how it writes a number: colours, words and digits in one place.

Colours were chosen for contrast (text at least 4.5 to 1, lines 3 to 1 on white) and for the three
kinds of colour blindness; every regimen has its own dash too, because colour alone is not enough.
Digits follow the width of the interval: nobody is told 64.3 % when 50 to 80 is all that is known.
Figures are plain dictionaries in a thin wrapper, because plotly's own objects are checked on every
run of a page, at twenty times the cost; tests check them instead.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plotly.basedatatypes import BaseFigure

from dashboard.answers.spoken import nearest, step_for, step_of_share
from dashboard.records.wording import measured

TEXT = "#14202B"
MUTED = "#4A5763"
PAPER = "#FFFFFF"
PANEL = "#F2F5F8"
HAIRLINE = "#DDE3E9"
CONTROL = "#7F8D99"
PRIMARY = "#0B5CAD"
PRIMARY_TINT = "#E4EEF8"
ALERT = "#9A2A06"
ALERT_TINT = "#FBECE6"
CAUTION = "#5B3A00"
CAUTION_TINT = "#FFE9BF"
UNKNOWN_FILL = "#D5DCE3"

RAISES = PRIMARY
LOWERS = "#B4460F"
BAND_OPACITY = 0.13
FONT = "'Source Sans','Source Sans 3','Source Sans Pro','Segoe UI',Arial,sans-serif"


SMALL_DASHES: Mapping[str, str | None] = {  # of a style's dash, in a small drawing
    "solid": None, "dash": "7 4", "dot": "2 3", "dashdot": "7 3 2 3", "longdash": "11 4",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LineStyle:
    """How one regimen is drawn wherever it appears: line colour, dash, and a darker label."""

    colour: str
    dash: str
    label: str


REGIMEN_STYLES: tuple[LineStyle, ...] = (
    LineStyle("#274655", "solid", "#274655"),
    LineStyle("#F75D12", "solid", "#B8410A"),
    LineStyle("#0A8A72", "dash", "#0A7A66"),
    LineStyle("#8C1FC9", "dot", "#8C1FC9"),
    LineStyle("#B87ABB", "dashdot", "#8A4C8D"),
    LineStyle("#773907", "longdash", "#773907"),
)

_NOT_REACHED = "not reached"


def regimen_styles(regimens: Sequence[str]) -> dict[str, LineStyle]:
    """A style for each of at most six regimens, in their order.

    Raises:
        ValueError: more regimens than styles; draw small multiples instead.
    """
    if len(regimens) > len(REGIMEN_STYLES):
        raise ValueError(f"{len(regimens)} regimens in one chart; at most {len(REGIMEN_STYLES)}.")
    return dict(zip(regimens, REGIMEN_STYLES, strict=False))


# -- numbers -------------------------------------------------------------------------------------


def rounded(value: float, step: float) -> str:
    """A value to the nearest step, with as many decimals as the step has."""
    decimals = max(0, -math.floor(math.log10(step)))
    return f"{nearest(value, step):.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def percent(p: float, low: float | None = None, high: float | None = None) -> str:
    """A probability in percent, with its interval when there is one: `64% (58 to 70%)`."""
    if low is None or high is None:
        hundred = rounded(100 * p, 1.0)
        if hundred == "0" and p > 0:
            return "<1%"
        return ">99%" if hundred == "100" and p < 1 else f"{hundred}%"
    step = step_of_share(low, high)
    ends = f"{rounded(100 * low, step)} to {rounded(100 * high, step)}%"
    return f"{rounded(100 * p, step)}% ({ends})"


def months(value: float | None, low: float | None = None, high: float | None = None) -> str:
    """A time in months; an end that the data do not reach is said, never invented."""
    width = high - low if low is not None and high is not None else value or low or 0.0
    step = min(step_for(width), 1.0)

    def written(end: float | None) -> str:
        return _NOT_REACHED if end is None else rounded(end, step)

    told = _NOT_REACHED if value is None else rounded(value, step)
    median = told if value is None else f"{told} {'month' if told == '1' else 'months'}"
    return median if low is None else f"{median} ({written(low)} to {written(high)})"


def quantity(value: float, unit: str = "") -> str:
    """A measured value as it was given, with its unit."""
    written = f"{value:.10g}".replace("-", "\N{MINUS SIGN}")
    return measured(written, unit, is_one=value == 1)


# -- figures -------------------------------------------------------------------------------------


class RawFigure(BaseFigure):  # type: ignore[misc]  # plotly is published without types
    """A figure that hands its specification over as it stands; tests validate it."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.__dict__["_spec"] = dict(spec)

    def to_dict(self) -> dict[str, Any]:
        """The specification itself."""
        spec: dict[str, Any] = self.__dict__["_spec"]
        return spec

    @property
    def alt(self) -> str:
        """The words that stand for the figure."""
        words: str = self.to_dict()["layout"]["meta"]["alt"]
        return words


def figure(
    traces: Sequence[Mapping[str, Any]], *, alt: str, height: int, **layout: Any
) -> RawFigure:
    """A figure in the house's style; `layout` is merged over it.

    Raises:
        ValueError: without alternative text.
    """
    if not alt.strip():
        raise ValueError("A figure needs alternative text.")
    base: dict[str, Any] = {
        "template": {},
        "height": height,
        "margin": {"l": 56, "r": 16, "t": 8, "b": 44},
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "font": {"family": FONT, "size": 14, "color": TEXT},
        "showlegend": False,
        "hovermode": "x unified",
        "xaxis": axis(),
        "yaxis": axis(gridcolor=HAIRLINE),
        "meta": {"alt": alt},
    }
    return RawFigure({"data": [dict(trace) for trace in traces], "layout": base | layout})


def axis(**settings: Any) -> dict[str, Any]:
    """An axis in the house's style; `settings` are merged over it."""
    return {**_AXIS, **settings}


def axis_title(text: str) -> dict[str, Any]:
    """What an axis measures, in the size of the text around it."""
    return {"text": text, "standoff": 6, "font": {"size": 14, "color": MUTED}}


def faint(colour: str) -> str:
    """A colour as it fills a band."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{BAND_OPACITY})"


_AXIS: Mapping[str, Any] = {
    "linecolor": MUTED,
    "tickcolor": MUTED,
    "ticks": "outside",
    "zeroline": False,
    "fixedrange": True,
    "automargin": True,
}


def alt_text(what: str, *findings: str) -> str:
    """Alternative text: what kind of picture, then what it says, as sentences."""
    sentences = [what, *findings]
    return " ".join(f"{part.strip().rstrip('.')}." for part in sentences if part.strip())
