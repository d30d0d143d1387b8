"""What happened to the patients most like one, a row for each regimen they received.

Response on a scale from 0 to 100 % with its interval, and median survival beside. A mark's width of
doubt is the message: how many patients stand behind a row is written in it, and a row of few has a
hollow mark and says so. Groups that are withheld are named and not drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from components.charts import readings, theme
from components.charts.columns import head, hidden, rows_axis, texts
from components.charts.labels import escaped, stacked
from components.charts.theme import RawFigure
from dashboard.answers.similar import ObservedCurve, SimilarGroup

FEW = 10  # patients: of fewer, an observed share may be anything
FEW_MARK = "\N{BLACK UP-POINTING TRIANGLE}"
_ROW, _TALL_ROW, _HEAD, _FOOT, _LETTERS = 42, 58, 26, 40, 36
_NAMES, _SCALE, _RESPONSE, _MEDIAN = (0.0, 0.3), (0.3, 0.62), (0.635, 0.79), (0.8, 1.0)


def groups_figure(groups: Sequence[SimilarGroup]) -> RawFigure:
    """Response and median survival of each group.

    Raises:
        ValueError: no group that may be shown.
    """
    shown = [group for group in groups if not group.hidden]
    if not shown:
        raise ValueError("No group to draw.")
    return theme.figure(
        [
            _marks(shown),
            texts([_name(group) for group in shown], "x2"),
            texts([readings.text_of(group.response) for group in shown], "x3"),
            texts([median_text(group.curves.get("os")) for group in shown], "x4"),
        ],
        alt=theme.alt_text(
            "What happened to similar patients, by the regimen they received",
            *[_words(group) for group in shown],
        ),
        height=_row(shown) * len(shown) + _HEAD + _FOOT,
        margin={"l": 4, "r": 4, "t": _HEAD, "b": _FOOT},
        hovermode="closest",
        xaxis=theme.axis(
            domain=list(_SCALE), range=[-0.01, 1.01], tickformat=".0%", dtick=0.25,
            gridcolor=theme.HAIRLINE,
        ),
        xaxis2=hidden(_NAMES),
        xaxis3=hidden(_RESPONSE),
        xaxis4=hidden(_MEDIAN),
        yaxis=rows_axis(len(shown)),
        annotations=[
            head(_NAMES[0], "Received"), head(_SCALE[0], "Response observed, 90% interval"),
            head(_RESPONSE[0], "Response"), head(_MEDIAN[0], "Median survival, months"),
        ],
    )  # fmt: skip


def _row(shown: Sequence[SimilarGroup]) -> int:
    """The pixels of a row: more where a name takes two lines."""
    return _ROW if all(len(group.label) <= _LETTERS for group in shown) else _TALL_ROW


def is_few(group: SimilarGroup) -> bool:
    """Whether so few patients stand behind a group that its figures may be chance alone."""
    return group.patients is None or group.patients < FEW


def patients_text(group: SimilarGroup) -> str:
    """`15 patients, effectively 14.9`; few are marked, a withheld number has words instead."""
    if group.hidden or group.patients is None:
        return group.hidden or "withheld"
    plural = "s" if group.patients != 1 else ""
    many = f"{group.patients} patient{plural}"
    if is_few(group):
        return f"{FEW_MARK} few: {many}"
    return many if group.effective is None else f"{many}, effectively {group.effective:.1f}"


def median_text(curve: ObservedCurve | None) -> str:
    """The median with its interval in months; an end that was not reached is said."""
    if curve is None:
        return readings.NOTHING
    if curve.median is None:
        return "not reached"
    high = "not reached" if curve.median_high is None else f"{curve.median_high:.0f}"
    low = "0" if curve.median_low is None else f"{curve.median_low:.0f}"
    return f"{curve.median:.0f} ({low} to {high})"


def _marks(shown: Sequence[SimilarGroup]) -> dict[str, Any]:
    held = [(row, g.response) for row, g in enumerate(shown) if g.response is not None]
    return {
        "type": "scatter", "mode": "markers", "name": "response observed",
        "x": [round(chance.p, 4) for _, chance in held], "y": [row for row, _ in held],
        "marker": {
            "symbol": ["square-open" if is_few(shown[row]) else "square" for row, _ in held],
            "size": 9, "color": theme.PRIMARY,
        },
        "error_x": {
            "type": "data", "symmetric": False, "thickness": 2, "width": 4, "color": theme.PRIMARY,
            "array": [round(chance.high - chance.p, 4) for _, chance in held],
            "arrayminus": [round(chance.p - chance.low, 4) for _, chance in held],
        },
        "hovertext": [_words(shown[row]) for row, _ in held],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }  # fmt: skip


def _name(group: SimilarGroup) -> str:
    muted = f"<span style='color:{theme.MUTED}'>{patients_text(group)}</span>"
    return f"<b>{stacked(group.label, _LETTERS)}</b><br>{muted}"


def _words(group: SimilarGroup) -> str:
    response = f"response {readings.text_of(group.response)}"
    median = f"median survival {median_text(group.curves.get('os'))} months"
    return f"{escaped(group.label)}: {patients_text(group)}, {response}, {median}"
