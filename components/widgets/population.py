"""What describes a cohort on the screen: filters that combine, the first table, its figures.

Filters return a `Selection`, which the service answers; they keep what was chosen when another page
is opened. Withheld counts come as words and are shown as such. Nothing is counted here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

import streamlit as st

from components.charts import theme
from components.charts.markup import Markup, element, join
from components.charts.population import (
    flow_figure,
    missing_figure,
    overlap_figure,
    shares_figure,
)
from components.charts.survival import (
    MOST_CURVES,
    shown_horizon,
    stable_styles,
    survival_figure,
    survival_panels,
)
from components.charts.theme import RawFigure
from components.charts.values import GROUPS
from components.widgets import panels
from components.widgets.figures import show_figure
from components.widgets.observed import curves_table
from components.widgets.panels import Tone
from components.widgets.tables import Column, table
from dashboard.answers.population import (
    CohortSummary,
    FeatureSummary,
    FlowStep,
    GroupCurve,
    LevelShare,
    Overlap,
)
from dashboard.cohort.selection import Offered, OfferedFeature, Selection
from dashboard.knowledge.schema import DiseasePack
from dashboard.records.wording import unit_label

AGE_BANDS = {
    "any age": (-inf, inf),
    "under 50": (-inf, 50.0),
    "50 to 64": (50.0, 65.0),
    "65 to 74": (65.0, 75.0),
    "75 and over": (75.0, inf),
}
ENDPOINTS = {"os": "Overall survival", "pfs": "Progression-free survival"}
ECOG, AGE = "ecog_ps", "age_years"
MOST_PANELS = 12
TOGETHER, APART = "In one picture", "One by one"


def synthetic_banner() -> Markup:
    """Large and plain: nobody in this cohort is real."""
    large = element(
        "strong",
        "\N{BLACK UP-POINTING TRIANGLE} SYNTHETIC",
        style="font-size:1.5rem;line-height:1.2",
    )
    words = element(
        "p",
        "Nobody in this cohort is real. It is drawn from published trials and from what is assumed "
        "about clinics, and is right only as far as the calibration says. Treatment was chosen for "
        "reasons, as in a registry: a difference between curves is not the effect of a treatment.",
    )
    return element("div", large, words, class_="cc-callout cc-caution", role="note")


def own_banner(source: str, threshold: int) -> Markup:
    """A hospital's own patients: what is hidden, and why."""
    return panels.callout(
        Tone.PLAIN,
        "Patients of this hospital",
        source,
        f"Counts of fewer than {threshold} patients are hidden, with those that would give them "
        "away; selections that would single out a few patients are withheld.",
    )


def ask_patient(*, key: str) -> str:
    """The pseudonym of a patient to open on the patient pages; empty while none is asked for."""
    with st.popover("Open a patient of this cohort", icon=":material/person_search:"):
        name: str = st.text_input(
            "Pseudonym, as it stands in the cohort's table", key=f"{key}.name"
        )
        st.caption(
            "The pages show what was known of them before treatment; what happened to them stays "
            "in the cohort. A model that learnt from this cohort may have learnt from them: its "
            "forecast is no test of it."
        )
        pressed = st.button("Open", key=f"{key}.open", disabled=not name.strip())
    return name.strip() if pressed else ""


def choose_rows(offered: Offered, *, key: str) -> Selection:
    """The filters of the cohort; every one narrows what the others left."""
    labels = dict(offered.regimens)
    features = {feature.id: feature for feature in offered.features}
    first, second, third, fourth, fifth = st.columns(5)
    with first:
        lines = _several("Line of treatment", [*offered.lines], {}, key=f"{key}.line", first=1)
    with second:
        bands = list(AGE_BANDS) if offered.ages else ["any age"]
        band = st.selectbox("Age at start", bands, key=f"{key}.age", persist_state="session")
    with third:
        ecog = _levels(features.get(ECOG), "ECOG performance status", key=f"{key}.ecog")
    with fourth:
        names = {f.id: f.label for f in offered.features if f.id != ECOG}
        marker = st.selectbox(
            "Biomarker or other fact", list(names), index=None, format_func=lambda i: names[i],
            placeholder="any", key=f"{key}.marker", persist_state="session",
        )  # fmt: skip
        levels = _levels(
            features.get(marker or ""), "Its values", key=f"{key}.levels.{marker}", hidden=True
        )
    with fifth:
        regimens = _several("Regimens", list(labels), labels, key=f"{key}.regimens")
    low, high = AGE_BANDS[band or "any age"]
    return Selection(
        lines=tuple(lines),
        regimens=tuple(regimens),
        levels=tuple((name, held) for name, held in ((ECOG, ecog), (marker or "", levels)) if held),
        ranges=() if (low, high) == (-inf, inf) else ((AGE, low, high),),
    )


def cohort_figures(summary: CohortSummary) -> Markup:
    """The size of the selection and what is typical of it."""
    age = next((f for f in summary.features if f.feature == AGE), None)
    pairs = [(_count(summary.rows, "withheld"), "treatments in this selection")]
    if summary.regimens:
        pairs.append((f"{len(summary.regimens)}", "regimens given"))
    if age is not None and age.median is not None:
        pairs.append((_middle(age), "age in years, median (quartiles)"))
    return panels.figures(*pairs)


def show_survival(
    curves: Sequence[GroupCurve], endpoint: str, *, order: Sequence[str], key: str
) -> RawFigure | None:
    """Kaplan-Meier by regimen: four chosen in one picture, or all in panels; gives the picture."""
    by_regimen = " by regimen" if order else ""
    st.header(f"{ENDPOINTS[endpoint]}{by_regimen}", anchor=False)
    if not curves:
        panels.show(
            panels.empty_state("No curve to show.", "Nobody in this selection has the endpoint.")
        )
        return None
    figure, drawn = None, curves[:MOST_PANELS]
    labels = {curve.group: curve.label for curve in curves}
    name = ENDPOINTS[endpoint]
    how = st.segmented_control(
        "Curves", (TOGETHER, APART), default=TOGETHER, required=True, key=f"{key}.how",
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    if how == APART:
        figure = survival_panels(drawn, name, horizon=shown_horizon(drawn))
        show_figure(figure, key=f"{key}.panels")
    else:
        chosen = st.multiselect(
            f"Regimens in the picture, {MOST_CURVES} at most; the most frequent first",
            list(labels), default=list(labels)[:3], format_func=lambda group: labels[group],
            max_selections=MOST_CURVES, key=f"{key}.curves.{len(labels)}.{next(iter(labels))}",
            select_all=False,
        )  # fmt: skip
        drawn = [curve for curve in curves if curve.group in chosen]
        styles = stable_styles([curve.group for curve in drawn], order)
        if drawn:
            figure = survival_figure(drawn, name, styles=styles)
            show_figure(figure, key=f"{key}.figure")
    st.caption(
        "As observed, by Kaplan and Meier, with 95 % bands; from the start of each treatment. Not "
        "adjusted: who got which treatment differed."
    )
    if drawn:
        panels.show(panels.disclosure("The curves as a table", curves_table(drawn, name)))
    return figure


def first_table(summary: CohortSummary, pack: DiseasePack) -> Markup:
    """The first table of a paper: every feature by group, with what is missing."""
    rows: list[Sequence[Markup | str]] = []
    for title, features in _grouped(summary.features, pack).items():
        rows.append([element("strong", title), "", ""])
        for feature in features:
            rows += _feature_rows(feature)
    columns = [Column("Feature"), Column("Patients or median", number=True), Column("Missing")]
    caption = (
        f"{summary.label}: {_count(summary.rows, 'withheld')} treatments. Counts with the share of "
        "those known; numbers as median with quartiles."
    )
    return table(caption, columns, rows)


def show_missing(summary: CohortSummary, *, key: str) -> RawFigure | None:
    """What is unknown, the emptiest first; gives the picture."""
    figure = missing_figure(summary.features)
    if figure is None:
        panels.show(panels.empty_state("Nothing is missing.", "Every value is known."))
    else:
        show_figure(figure, key=key)
    return figure


def show_flow(steps: Sequence[FlowStep], *, key: str) -> RawFigure:
    """From all rows to this selection, as bars and as a table; gives the picture."""
    figure = flow_figure(steps)
    show_figure(figure, key=key)
    rows = [[step.label, _count(step.left, step.hidden or "withheld")] for step in steps]
    columns = [Column("Step"), Column("Treatments left", number=True)]
    panels.show(panels.disclosure("The flow as a table", table("Flow", columns, rows)))
    return figure


def show_shares(shares: Sequence[LevelShare], what: str, *, key: str) -> RawFigure | None:
    """Bars of a variable's levels, where the cohort has it, and the same as a table."""
    if not shares:
        return None
    st.subheader(what, anchor=False)
    figure = shares_figure(shares, what)
    show_figure(figure, key=key)
    columns = [Column(what), Column("Treatments", number=True)]
    rows = [[share.level, _share(share)] for share in shares]
    panels.show(panels.disclosure("The bars as a table", table(what, columns, rows)))
    return figure


def show_overlap(found: Sequence[Overlap], *, key: str) -> RawFigure | None:
    """How far treatments overlap: one regimen's histogram, and the smallest chances of all."""
    labels = {overlap.regimen: overlap for overlap in found}
    chosen = st.selectbox(
        "Regimen", list(labels), format_func=lambda name: labels[name].label, key=f"{key}.regimen",
        persist_state="session",
    )  # fmt: skip
    figure = overlap_figure(labels[chosen]) if chosen else None
    if figure is not None:
        show_figure(figure, key=f"{key}.figure")
    rows = [
        [
            overlap.label,
            f"{sum(overlap.treated):,}",
            f"{sum(overlap.treated) + sum(overlap.others):,}",
            theme.percent(overlap.smallest) if overlap.smallest >= 0.01 else "below 1%",  # noqa: PLR2004
            theme.percent(overlap.largest),
        ]
        for overlap in found
    ]
    columns = [Column("Regimen"), *(Column(t, number=True) for t in _OVERLAP_COLUMNS)]
    panels.show(table("True chances of each regimen where it was open", columns, rows))
    return figure


_OVERLAP_COLUMNS = ("Given", "Open to", "Smallest chance", "Largest chance")


def _several(
    label: str, options: Sequence[Any], labels: Mapping[Any, str], *, key: str, first: int = 0
) -> list[Any]:
    chosen: list[Any] = st.multiselect(
        label, options, default=options[:first], format_func=lambda o: labels.get(o, str(o)),
        placeholder="any", key=key, persist_state="session", select_all=False,
    )  # fmt: skip
    return chosen


def _levels(
    feature: OfferedFeature | None, label: str, *, key: str, hidden: bool = False
) -> tuple[str, ...]:
    if feature is None:
        return ()
    chosen = st.multiselect(
        label, [level for level, _ in feature.levels], placeholder="any", key=key,
        format_func=lambda level: dict(feature.levels)[level], persist_state="session",
        label_visibility="collapsed" if hidden else "visible", select_all=False,
    )  # fmt: skip
    return tuple(chosen)


def _grouped(
    features: Sequence[FeatureSummary], pack: DiseasePack
) -> dict[str, list[FeatureSummary]]:
    groups = {feature.id: feature.group for feature in pack.features}
    found: dict[str, list[FeatureSummary]] = {title: [] for title in GROUPS.values()}
    for feature in features:
        title = GROUPS[groups[feature.feature]] if feature.feature in groups else "Further facts"
        found.setdefault(title, []).append(feature)
    return {title: held for title, held in found.items() if held}


def _feature_rows(feature: FeatureSummary) -> list[Sequence[Markup | str]]:
    unit = unit_label(feature.unit)
    name = f"{feature.label} ({unit})" if unit else feature.label
    missing = _missing(feature)
    if not feature.levels:
        return [[name, _middle(feature), missing]]
    if [share.level for share in feature.levels] == ["no", "yes"]:
        return [[f"{name}: yes", _share(feature.levels[1]), missing]]
    levels: list[Sequence[Markup | str]] = [
        [element("span", f"\N{EN SPACE}{share.level}", class_="cc-light"), _share(share), ""]
        for share in feature.levels
        if share.patients != 0
    ]
    return [[name, "", missing], *levels]


def _share(share: LevelShare) -> str:
    if share.patients is None:
        return share.hidden
    part = f" ({theme.percent(share.share)})" if share.share is not None else ""
    return f"{share.patients:,}{part}"


def _middle(feature: FeatureSummary) -> str:
    if feature.median is None or feature.quartiles is None:
        return "withheld" if feature.hidden else "\N{EN DASH}"
    low, high = feature.quartiles
    return f"{feature.median:.3g} ({low:.3g} to {high:.3g})"


def _missing(feature: FeatureSummary) -> Markup:
    if feature.missing_share is None:
        return element("span", feature.hidden or "withheld")
    bar = element(
        "span",
        element("span", style=f"width:{100 * feature.missing_share:.0f}%"),
        class_="cc-share",
        aria_hidden="true",
    )
    return join([bar, theme.percent(feature.missing_share)])


def _count(count: int | None, otherwise: str) -> str:
    return f"{count:,}" if count is not None else otherwise
