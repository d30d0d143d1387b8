"""The update at a landmark on the screen: what was asked, both forecasts, and how good they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import streamlit as st

from components.charts import readings, theme
from components.charts.forecast_curves import points
from components.charts.landmark import ANSWERS, Panel, knowing, panels_of
from components.charts.markup import Markup, join
from components.widgets import panels
from components.widgets.panels import plain
from components.widgets.tables import Cell, Column, table
from dashboard.answers.landmark import Asked, HazardRatio, LandmarkScope, LandmarkUpdate, SoFar
from dashboard.answers.model_card import ModelCard
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.records.wording import counted

MONTHS = (6, 12, 24, 36)


def updates_table(card: ModelCard) -> Markup:
    """How much better forecasts were for knowing the response at a landmark."""
    columns = [
        Column("Forecast"), Column("After"), Column("Treatments at risk", number=True),
        Column("Error by time alone", number=True), Column("Knowing the response", number=True),
        Column("Gain", number=True),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            readings.ENDPOINTS[each.endpoint], f"{each.month:g} months", f"{each.patients:,}",
            f"{each.time_alone:.4f}", f"{each.updated:.4f}",
            f"{each.gain:+.4f} ± {each.gain_error:.4f}".replace("-", "\N{MINUS SIGN}"),
        ]
        for each in card.updates
    ]  # fmt: skip
    words = (
        "Update after a scan (page Progression), out of fold: the Brier score over the time "
        "after the landmark, 0 is right; the gain with its standard error"
    )
    return table(words, columns, rows)


def choose_asked(
    known: LandmarkScope,
    begun: SoFar | None,
    labels: Mapping[str, str],
    regimens: Sequence[str],
    *,
    key: str,
) -> Asked | None:
    """Which regimen was started, how long ago, and what the scan showed; None where nothing can be.

    Starts from the running treatment of the record, where there is one.
    """
    offered = list(dict.fromkeys([*([begun.regimen] if begun else []), *regimens]))
    if known.months is None or not offered:
        why = known.why_not or "Choose a regimen above."
        panels.show(panels.empty_state("Nothing to update.", why))
        return None
    first, last = (round(month) for month in known.months)
    said = round(begun.months) if begun else None
    inside = said is not None and first <= said <= last
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        regimen: str = st.selectbox(
            "Regimen that was started", offered, format_func=lambda name: plain(labels[name]),
            key=f"{key}.regimen", width=340, persist_state="session",
        )  # fmt: skip
        month: int = st.slider(
            "Months since the start", first, last, said if inside and said else max(first, 3), 1,
            key=f"{key}.month", width=240, persist_state="session",
        )  # fmt: skip
        answers = [*known.answers, ""]
        answer: str = st.segmented_control(
            "Response known by then", answers, required=True, key=f"{key}.answer",
            default=begun.answer if begun and begun.answer in known.answers else "",
            format_func=lambda one: one or "not known", persist_state="session",
        )  # fmt: skip
    if begun and said is not None and not inside:
        st.caption(
            f"In the record this treatment began {counted(round(begun.months), 'month')} ago; an "
            f"update can be asked for {first} to {last} months after the start."
        )
    return Asked(regimen, float(month), answer)


def told_of(ask: Callable[[], LandmarkUpdate]) -> LandmarkUpdate | None:
    """The update; where nothing is forecast so late the page says so instead."""
    try:
        return ask()
    except NotEnoughEvidence as reason:
        panels.show(panels.empty_state(reason.message, reason.hint))
        return None


def words(found: LandmarkUpdate, label: str, month: int) -> Markup:
    """What is to be expected from now on, and what the scan changed, in sentences."""
    who = _who(found, label)
    return join(panels.lead(_sentence(panel, who, found, month)) for panel in panels_of(found))


def _who(found: LandmarkUpdate, label: str) -> str:
    start = f"{found.month:g} months after the start of {label}"
    if found.answer == "PD":
        return f"patients like this one who had progressed {start},"
    known = f", with {ANSWERS[found.answer]}," if found.answer else ","
    return f"patients like this one without progression {start}{known}"


def _sentence(panel: Panel, who: str, found: LandmarkUpdate, month: int) -> str:
    now = readings.reading(readings.curve_at(panel.found.now, month))
    before = readings.curve_at(panel.found.before, month)
    state = {"pfs": "without progression", "os": "alive"}[panel.endpoint]
    if now is None:
        end = f"{panel.found.now.months[-1]:.0f} months from now"
        return f"{panel.name} is forecast up to {end} only."
    also = panel.endpoint == readings.OS and found.pfs is not None
    of_whom = "Of the same patients" if also else f"Of {who}"
    said = f"{of_whom} {now.text} are {state} {month} months from now"
    if panel.found.ratio is None:
        return f"{said}, by time alone."
    return (
        f"{said}; by time alone the first forecast says {readings.text_of(before)}. "
        f"The response moves that by {_change(panel, month)}."
    )


def _change(panel: Panel, month: float) -> str:
    """By how many points the response moved the share, with the interval of that alone."""
    change = panel.found.change
    value, low, high = (
        points(float(np.interp(month, change.months, values)))
        for values in (change.value, change.low, change.high)
    )
    unit = "point" if value in ("+1", "\N{MINUS SIGN}1") else "points"
    return f"{value} {unit} ({low} to {high})"


def update_table(found: LandmarkUpdate) -> Markup:
    """Every figure of the update: medians, shares from now on, the change, the hazard ratio."""
    drawn = panels_of(found)
    last = max(float(panel.found.now.months[-1]) for panel in drawn)
    months = [month for month in MONTHS if month <= last]
    columns = [
        Column("Forecast"), Column("Knows"), Column("Median from now, months", number=True),
        *[Column(f"{month} months from now", number=True) for month in months],
    ]  # fmt: skip
    rows: list[list[Cell]] = []
    for panel in drawn:
        told = {"the time alone": panel.found.before}
        if panel.found.ratio is not None:
            told = {knowing(found.answer).removeprefix("knowing "): panel.found.now, **told}
        rows += [
            [
                panel.name, name, readings.median_text(curve),
                *[readings.text_of(readings.curve_at(curve, month)) for month in months],
            ]
            for name, curve in told.items()
        ]  # fmt: skip
        if panel.found.ratio is not None:
            shifts = [
                _change(panel, month) if month <= panel.found.now.months[-1] else readings.NOTHING
                for month in months
            ]
            rows.append([panel.name, "the change", _ratio(panel.found.ratio), *shifts])
    level = theme.percent(drawn[0].found.now.level)
    return table(f"From now on, with {level} intervals", columns, rows)


def _ratio(ratio: HazardRatio) -> str:
    return f"hazard x {ratio.value:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"


def caption_of(found: LandmarkUpdate) -> str:
    """How good both forecasts were, and what limits this one."""
    errors = [
        f"{readings.ENDPOINTS[each.endpoint]} after {each.month:g} months: error "
        f"{each.updated:.3f} knowing the response, {each.time_alone:.3f} by time alone, in "
        f"{each.patients:,} treatments left out of training."
        for each in found.errors
        if found.answer
    ]
    limit = (
        "An update describes who responded so; it is not the effect of responding. The hazard "
        "ratio is of the first year from now, against the first forecast."
    )
    return " ".join([*errors, limit, *found.cautions])
