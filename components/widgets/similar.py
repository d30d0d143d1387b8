"""Similar patients on the screen: how likeness is counted, what they received, how they fared.

Every difference between their regimens stands beside what confounding could make of it; nothing
here says what a treatment would do. Single patients are shown of simulated cohorts alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

from components.charts import readings, theme
from components.charts.markup import Markup, element
from components.charts.similar import FEW_MARK, is_few, median_text, patients_text
from components.charts.survival import MOST_CURVES, stable_styles, survival_figure, tick_months
from components.charts.theme import RawFigure
from components.charts.values import value_text
from components.charts.verdicts import label_of
from components.widgets import panels
from components.widgets.figures import show_figure
from components.widgets.panels import Tone, chip, plain
from components.widgets.tables import Cell, Column, table
from dashboard.answers.population import GroupCurve
from dashboard.answers.similar import Exemplar, ObservedContrast, SimilarGroup, SimilarPatients
from dashboard.answers.spoken import step_for
from dashboard.knowledge.schema import DiseasePack
from dashboard.records.patient import Value

FEWEST, USUAL, MOST = 20, 50, 200
MOST_DRAWN = 8
_MOST_LOCKS, _MOST_WEIGHTS, _HEAVIEST = 4, 6, 4.0
_DIFFERENCES = 4
_HANDFUL = 3


@dataclass(frozen=True, slots=True)
class Likeness:
    """How many patients are wanted, how much facts count, and which must match exactly."""

    count: int = USUAL
    weights: Mapping[str, float] = field(default_factory=dict)
    locks: tuple[str, ...] = ()


# -- how likeness is counted ---------------------------------------------------------------------


def choose_likeness(pack: DiseasePack, inputs: Sequence[str], *, key: str) -> Likeness:
    """How many, which facts must match, and which count more or less than the model makes them."""

    def named(feature: str) -> str:
        return plain(label_of(feature, pack))

    count = st.slider(
        "How many patients", FEWEST, MOST, USUAL, 10, key=f"{key}.count", width=260,
        persist_state="session",
    )  # fmt: skip
    with st.popover("Must match exactly", icon=":material/lock:"):
        locks: list[str] = st.multiselect(
            "Facts that must be the same (numbers: nearly the same)", list(inputs),
            format_func=named, max_selections=_MOST_LOCKS, key=f"{key}.locks",
            persist_state="session", select_all=False,
        )  # fmt: skip
        st.caption("Each lock leaves fewer patients to choose from.")
    with st.popover("What counts how much", icon=":material/tune:"):
        st.caption(
            "At first each fact counts as much as it moves the forecasts of this cohort. Change "
            "the factor of a few: 0 leaves a fact out."
        )
        changed: list[str] = st.multiselect(
            "Facts to count otherwise", list(inputs), format_func=named,
            max_selections=_MOST_WEIGHTS, key=f"{key}.changed", persist_state="session",
            select_all=False,
        )  # fmt: skip
        weights = {
            name: st.slider(
                named(name), 0.0, _HEAVIEST, 2.0, 0.5, key=f"{key}.weight.{name}",
                persist_state="session",
            )
            for name in changed
        }  # fmt: skip
    return Likeness(count, weights, tuple(locks))


def group_words(found: SimilarPatients, pack: DiseasePack) -> str:
    """Who the group is, in sentences: how many, out of how many, how alike."""
    if found.patients is None:
        return found.hidden or "How many there are is withheld."
    many = f"The {found.patients} most similar patients"
    pool = f" of {found.pool:,}" if found.pool is not None else ""
    said = [f"{many}{pool} in {found.cohort}."]
    if found.effective is not None:
        said.append(
            f"Weighted by likeness they count as {found.effective:.0f}; the outcomes below rest on "
            "that many."
        )
    if found.share is not None:
        said.append(
            f"That is {theme.percent(found.share)} of those to choose from: the larger this share, "
            "the less alike the last of them."
        )
    if found.locks:
        names = ", ".join(label_of(name, pack) for name in found.locks)
        said.append(f"All match in: {names}.")
    return " ".join(said)


def synthetic_mark(found: SimilarPatients) -> Markup | None:
    """Simulated patients are marked as such wherever they appear."""
    return chip(Tone.CAUTION, "SYNTHETIC") if found.synthetic else None


def lead(found: SimilarPatients, pack: DiseasePack) -> Markup:
    """The sentence the page opens with, and the mark of simulated patients."""
    return element(
        "p", synthetic_mark(found), " ", group_words(found, pack), class_="cc-lead cc-light"
    )


# -- what happened -------------------------------------------------------------------------------


def groups_table(found: SimilarPatients) -> Markup:
    """Every group with its outcomes; withheld ones are named."""
    rows: list[list[Cell]] = [
        [
            group.label,
            patients_text(group),
            readings.text_of(group.response),
            median_text(group.curves.get("pfs")),
            median_text(group.curves.get("os")),
            readings.text_of(group.toxicity.get(readings.ANY)),
        ]
        for group in found.groups
    ]
    columns = [
        Column("Received"), Column("Patients"), Column("Response", number=True),
        Column("Median PFS, months", number=True), Column("Median survival, months", number=True),
        Column("Any severe toxicity", number=True),
    ]  # fmt: skip
    return table("What similar patients received and what was observed; 90% intervals", columns,
                 rows)  # fmt: skip


def choose_endpoint(*, key: str) -> str:
    """Overall or progression-free survival."""
    endpoint: str = st.segmented_control(
        "Endpoint", tuple(readings.ENDPOINTS), default=readings.OS, required=True, key=key,
        persist_state="session", format_func=str.upper, label_visibility="collapsed",
    )  # fmt: skip
    return endpoint


def observed_curves(found: SimilarPatients, endpoint: str) -> list[GroupCurve]:
    """The largest groups as they lived, with the number at risk and what it is worth in effect."""
    held = [
        (group, group.curves[endpoint])
        for group in found.groups
        if not group.hidden and endpoint in group.curves
    ]
    return [
        GroupCurve(
            group.regimen, _with_effective(group), group.patients, curve.events, curve.months,
            curve.survival, curve.low, curve.high, curve.median, curve.median_low,
            curve.median_high, curve.risk_months, curve.at_risk,
        )
        for group, curve in held[:MOST_CURVES]
    ]  # fmt: skip


def show_observed(
    curves: Sequence[GroupCurve], endpoint: str, order: Sequence[str], *, key: str
) -> RawFigure | None:
    """What was observed of the largest groups, as curves; gives the figure."""
    if not curves:
        panels.show(
            panels.empty_state("No curve to show.", "Nobody alike was followed for this endpoint.")
        )
        return None
    styles = stable_styles([curve.group for curve in curves], order)
    figure = survival_figure(
        curves, readings.ENDPOINTS[endpoint], styles=styles, horizon=_horizon(curves)
    )
    show_figure(figure, key=key)
    adjusted = " Not adjusted: who got which regimen differed." if len(curves) > 1 else ""
    st.caption(
        "As observed among the similar, by Kaplan and Meier, weighted by likeness, with 90 % "
        f"bands; the axis ends where three are left.{adjusted}"
    )
    return figure


def _with_effective(group: SimilarGroup) -> str:
    mark = f"{FEW_MARK} few: " if is_few(group) else ""
    told = "" if group.effective is None else f" (effective n {group.effective:.0f})"
    return f"{mark}{group.label}{told}"


def _horizon(curves: Sequence[GroupCurve]) -> float:
    """The months until which some group has more than a handful left, to a full tick."""
    ends = [6.0]
    for curve in curves:
        held = zip(curve.risk_months, curve.at_risk, strict=True)
        ends += [month for month, left in held if left is not None and left >= _HANDFUL]
        if None in curve.at_risk:  # withheld: the curve ends where it has to by itself
            ends.append(curve.months[-1])
    tick = tick_months(max(ends))
    return tick * -(-max(ends) // tick)


def contrasts_table(
    contrasts: Sequence[ObservedContrast], labels: Mapping[str, str]
) -> Markup:  # fmt: skip
    """Every difference with how strong an unmeasured cause would explain it away."""
    if not contrasts:
        return panels.empty_state(
            "No two regimens can be compared.",
            "Too few of these patients received any two of them. Ask for more patients.",
        )
    rows: list[list[Cell]] = [
        [
            f"{labels.get(each.regimen, each.regimen)} rather than "
            f"{labels.get(each.versus, each.versus)}",
            each.outcome,
            _points(each),
            f"{each.e_value:.1f} (limit {each.e_value_limit:.1f})",
            theme.percent(each.overlap),
            each.note,
        ]
        for each in contrasts
    ]
    columns = [
        Column("Received", width="26%"), Column("Outcome"), Column("Points", number=True),
        Column("E-value", number=True), Column("Given to such patients", number=True),
        Column("How far to believe it", width="24%"),
    ]  # fmt: skip
    return table("Differences between regimens among similar patients", columns, rows, quiet=True)


def confounding() -> Markup:
    """What every difference below has to be read with."""
    return panels.callout(
        Tone.CAUTION,
        "These patients were not assigned by chance.",
        "Who received which regimen was decided for reasons, and the reasons bear on the outcome. "
        "The E-value says how strongly something unmeasured would have to drive both the choice "
        "and the outcome to explain a difference away; 1 means nothing is needed, because chance "
        "explains it.",
    )


def exemplars_table(found: SimilarPatients, pack: DiseasePack) -> Markup:
    """The nearest patients who responded and who did not, under the regimens most given."""
    rows: list[list[Cell]] = [
        [
            element(
                "span", pack.regimen(each.regimen).label
                if each.regimen in pack.regimens_by_id else each.regimen,
            ),
            element("div", each.outcome, element("div", _opposite(each))),
            _fate(each),
            theme.percent(each.likeness),
            _differences(each, pack),
        ]
        for each in found.exemplars
    ]  # fmt: skip
    columns = [
        Column("Received", width="20%"), Column("Outcome", width="17%"), Column("Then"),
        Column("Likeness", number=True), Column("Differs most in", width="40%"),
    ]  # fmt: skip
    return table("The nearest simulated patient with each outcome", columns, rows, quiet=True)


def _points(each: ObservedContrast) -> str:
    step = min(step_for(100 * (each.high - each.low)), 1.0)
    ends = [theme.rounded(100 * value, step) for value in (each.difference, each.low, each.high)]
    return f"{ends[0]} ({ends[1]} to {ends[2]})"


def _opposite(each: Exemplar) -> Markup | str:
    return chip(Tone.PLAIN, "the rarer outcome") if each.opposite else "the usual outcome"


def _fate(each: Exemplar) -> str:
    if each.os_months is None:
        return readings.NOTHING
    return f"{'died at' if each.died else 'alive at'} {each.os_months:.0f} months"


def _differences(each: Exemplar, pack: DiseasePack) -> Markup:
    lines = [
        element(
            "div",
            f"{label_of(d.feature, pack)}: {_value(d.feature, d.exemplar, pack)}, "
            f"here {_value(d.feature, d.patient, pack)}",
        )
        for d in each.differences[:_DIFFERENCES]
    ]
    return element("div", *lines, class_="cc-small")


def _value(feature: str, value: Value | None, pack: DiseasePack) -> str:
    if feature not in pack.vocabulary:
        return (
            "unknown" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
        )
    shown = float(f"{value:.3g}") if isinstance(value, float) else value
    return value_text(pack.feature(feature), shown)
