"""Who is in a cohort, drawn: steps of selection, shares of regimens, what is missing, overlap.

Draws answers and counts nothing. Bars begin at zero and carry their number, so that nobody has to
read a length; a withheld count has no bar and says so. The figures of the calibration stand in
`calibration`, survival in `survival`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from components.charts import theme
from components.charts.labels import short
from components.charts.theme import RawFigure
from dashboard.answers.population import FeatureSummary, FlowStep, LevelShare, Overlap
from dashboard.records.wording import counted

MOST_ROWS = 24
LEAST_PROPENSITY = 0.01

_ROW, _FLOW_ROW = 26, 44
_LETTERS = 50
_LABELS = 0.36  # share of the width that names take
_MARGIN = {"l": 4, "r": 8, "t": 4, "b": 4}


def flow_figure(steps: Sequence[FlowStep]) -> RawFigure:
    """From everybody read to everybody described: who is left at each step, and who left.

    Raises:
        ValueError: no step.
    """
    if not steps:
        raise ValueError("A flow needs a step.")
    shown = [_counted(step.left, step.hidden) for step in steps]
    lost = [_lost(step) for step in steps]
    widths = [step.left or 0 for step in steps]
    rows = list(range(len(steps)))
    bars = _bars(widths, rows, shown) | {"marker": {"color": theme.PRIMARY}, "width": 0.5}
    left_at = {
        "type": "scatter", "mode": "text", "x": [0] * len(steps), "y": [row - 0.44 for row in rows],
        "text": lost, "textposition": "middle right", "hoverinfo": "skip", "cliponaxis": False,
        "textfont": {"size": 13, "color": theme.MUTED},
    }  # fmt: skip
    said = [
        f"{step.label}: {shown[row]} left" + _after(lost[row]) for row, step in enumerate(steps)
    ]
    return _rows_figure(
        [bars, left_at],
        [step.label for step in steps],
        alt=theme.alt_text("Flow of the cohort as bars", *said),
        row=_FLOW_ROW,
        most=max(1, *widths),
    )


def shares_figure(shares: Sequence[LevelShare], what: str) -> RawFigure:
    """How many patients are at each level, as bars with count and share.

    Args:
        shares: in the order to show; the first `MOST_ROWS` are drawn, the others summed up.
        what: what the levels are of, as words: "Regimens given".

    Raises:
        ValueError: no level.
    """
    if not shares:
        raise ValueError("Nothing to share out.")
    rows = _with_rest(shares)
    texts = [_share_text(share) for share in rows]
    bars = _bars([share.patients or 0 for share in rows], list(range(len(rows))), texts)
    bars |= {"marker": {"color": [_share_colour(share) for share in rows]}}
    said = [f"{share.level} {text}" for share, text in zip(rows, texts, strict=True)]
    return _rows_figure(
        [bars],
        [share.level for share in rows],
        alt=theme.alt_text(f"{what} as bars", *said),
        most=max(1, *[share.patients or 0 for share in rows]),
    )


def missing_figure(features: Sequence[FeatureSummary]) -> RawFigure | None:
    """How much of each feature is unknown, the emptiest first; None when nothing is missing."""
    rows = sorted(
        (f for f in features if f.missing_share), key=lambda f: f.missing_share or 0, reverse=True
    )
    if not rows:
        return None
    shown, complete = rows[:MOST_ROWS], len(features) - len(rows)
    shares = [feature.missing_share or 0.0 for feature in shown]
    bars = _bars(shares, list(range(len(shown))), [theme.percent(share) for share in shares])
    bars |= {"marker": {"color": theme.UNKNOWN_FILL, "line": {"color": theme.CONTROL, "width": 1}}}
    said = [f"{f.label} {theme.percent(s)}" for f, s in zip(shown, shares, strict=True)]
    more = (
        f"{len(rows) - len(shown)} further features with less missing" if rows[MOST_ROWS:] else ""
    )
    known = f"{complete} features are known of everybody" if complete else ""
    return _rows_figure(
        [bars],
        [feature.label for feature in shown],
        alt=theme.alt_text("Share of patients whose value is unknown, as bars", *said, more, known),
        most=1.0,
    )


def overlap_figure(overlap: Overlap) -> RawFigure:
    """True chances of one regimen among those it was open to: given it above, others below."""
    middles = [
        round((low + high) / 2, 4)
        for low, high in zip(overlap.edges, overlap.edges[1:], strict=False)
    ]
    step = overlap.edges[1] - overlap.edges[0]
    halves = (
        (overlap.treated, 1, theme.PRIMARY, "given this regimen"),
        (overlap.others, -1, theme.CONTROL, "given another"),
    )
    bars = [
        {
            "type": "bar", "x": middles, "y": [sign * count for count in counts], "name": name,
            "marker": {"color": colour}, "width": round(0.92 * step, 4),
            "customdata": list(counts),
            "hovertemplate": "%{customdata:,} " + name + "<extra></extra>",
        }
        for counts, sign, colour, name in halves
    ]  # fmt: skip
    tallest = max(1, *overlap.treated, *overlap.others)
    alt = theme.alt_text(
        f"Chance of being given {overlap.label} among patients it was open to, as two histograms",
        f"{sum(overlap.treated):,} were given it, {sum(overlap.others):,} another regimen",
        f"The smallest chance is {theme.percent(overlap.smallest)}, the largest "
        f"{theme.percent(overlap.largest)}",
    )
    return theme.figure(
        bars,
        alt=alt,
        height=240,
        barmode="overlay",
        hovermode="x",
        margin={"l": 60, "r": 12, "t": 8, "b": 44},
        xaxis=theme.axis(
            title=theme.axis_title("True chance of being given it"),
            range=[0, 1], dtick=0.2, tickformat=".0%", showgrid=False,
        ),
        yaxis=theme.axis(
            title=theme.axis_title("Decisions"), range=[-1.1 * tallest, 1.1 * tallest],
            gridcolor=theme.HAIRLINE, showticklabels=False, ticks="", zeroline=True,
            zerolinecolor=theme.MUTED,
        ),
        annotations=[
            _corner(f"\N{BLACK UP-POINTING TRIANGLE} {halves[0][3]}", 1.0, theme.PRIMARY),
            _corner(f"\N{BLACK DOWN-POINTING TRIANGLE} {halves[1][3]}", 0.0, theme.MUTED),
        ],
    )  # fmt: skip


# -- rows of bars --------------------------------------------------------------------------------


def _bars(lengths: Sequence[float], rows: Sequence[int], texts: Sequence[str]) -> dict[str, Any]:
    return {
        "type": "bar", "orientation": "h",
        "x": [round(length, 4) for length in lengths], "y": list(rows),
        "text": list(texts), "textposition": "outside", "constraintext": "none",
        "cliponaxis": False,
        "textfont": {"size": 13, "color": theme.TEXT},
        "width": 0.66, "hoverinfo": "skip", "marker": {"color": theme.PRIMARY},
    }  # fmt: skip


def _rows_figure(
    traces: Sequence[dict[str, Any]],
    names: Sequence[str],
    *,
    alt: str,
    most: float,
    row: int = _ROW,
) -> RawFigure:
    """Bars in rows, the names to their left, room for the numbers to their right."""
    labels = {
        "type": "scatter", "mode": "text", "x": [0] * len(names), "y": list(range(len(names))),
        "text": [short(name, _LETTERS) for name in names], "textposition": "middle right",
        "textfont": {"size": 14, "color": theme.TEXT}, "xaxis": "x2",
        "hovertext": list(names), "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
    }  # fmt: skip
    hidden = {"visible": False, "fixedrange": True}
    return theme.figure(
        [*traces, labels],
        alt=alt,
        height=row * len(names) + 8,
        margin=_MARGIN,
        hovermode="closest",
        xaxis={**hidden, "domain": [_LABELS, 1], "range": [0, round(1.35 * most, 4)]},
        xaxis2={**hidden, "domain": [0, _LABELS], "range": [0, 1]},
        yaxis={
            **hidden, "range": [len(names) - 0.5, -0.6],
            "tickvals": list(range(len(names))), "ticktext": list(names),
        },
    )  # fmt: skip


def _with_rest(shares: Sequence[LevelShare]) -> list[LevelShare]:
    if len(shares) <= MOST_ROWS:
        return list(shares)
    rest = shares[MOST_ROWS - 1 :]
    counts = [share.patients for share in rest if share.patients is not None]
    parts = [share.share for share in rest if share.share is not None]
    told = len(counts) == len(rest)
    summed = LevelShare(
        counted(len(rest), "other"), sum(counts) if told else None, sum(parts) if told else None,
        "" if told else "withheld",
    )  # fmt: skip
    return [*shares[: MOST_ROWS - 1], summed]


def _share_text(share: LevelShare) -> str:
    if share.patients is None:
        return share.hidden
    part = f" ({theme.percent(share.share)})" if share.share is not None else ""
    return f"{share.patients:,}{part}"


def _share_colour(share: LevelShare) -> str:
    return theme.PRIMARY if share.patients is not None else theme.UNKNOWN_FILL


def _counted(count: int | None, hidden: str) -> str:
    return f"{count:,}" if count is not None else hidden or "withheld"


def _lost(step: FlowStep) -> str:
    if step.removed == 0:
        return ""
    return f"\N{MINUS SIGN}{_counted(step.removed, step.hidden)} left out here"


def _after(lost: str) -> str:
    return f", {lost.lstrip(chr(0x2212))}" if lost else ""


def _corner(text: str, y: float, colour: str) -> dict[str, Any]:
    return {
        "text": text, "x": 1, "y": y, "xref": "paper", "yref": "paper", "showarrow": False,
        "xanchor": "right", "yanchor": "top" if y else "bottom",
        "font": {"size": 13, "color": colour},
    }  # fmt: skip
