"""The calibration on the screen: figures met and missed, each conflict, what is left out.

Published figures carry their source and whether somebody re-read it there. A misfit is named with
its reason where there is one, and as unexplained where there is none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import streamlit as st

from components.charts import theme
from components.charts.calibration import (
    ROWS_IN_CHUNK,
    calibration_chunks,
    calibration_figure,
    figure_name,
    published_text,
    simulated_text,
)
from components.charts.markup import Markup, element, join, unbroken
from components.charts.theme import RawFigure
from components.charts.verdicts import label_of
from components.widgets import panels
from components.widgets.figures import show_figure
from components.widgets.panels import Tone
from components.widgets.tables import Column, table
from dashboard.answers.population import (
    KINDS,
    MEDIAN,
    RESPONSE,
    WANTED,
    CalibrationReport,
    Disagreement,
    FigureCheck,
)
from dashboard.knowledge.schema import DiseasePack, Verified

MEANING: Mapping[str, str] = {
    "median": "simulated median inside the published 95 % interval",
    "response rate": "simulated rate inside the exact 95 % interval of the arm",
    "landmark": "share at 12, 24, 36 or 60 months within 6 points",
    "hazard ratio": "simulated ratio inside the published interval",
    "subgroup effect": "simulated effect inside the published interval",
    "severe events": "share with grade 3 or more within 4 points",
}
SHOWN = ("All", "Only those outside")
_ENDPOINTS = {
    "os": "Overall survival", "pfs": "Progression-free survival", "response": "Response",
    "toxicity": "Toxicity",
}  # fmt: skip
_RULE = re.compile(r"fit: .*?\.(?= The rule|$)")


def kinds_table(report: CalibrationReport) -> Markup:
    """For each kind of figure: how many are met, against the share that is asked for."""
    rows = [_kind_row(report, kind) for kind in KINDS if report.of(kind)]
    columns = [
        Column("Kind of figure"), Column("What counts as met"), Column("Met", number=True),
        Column("Asked for", number=True), Column("Reached"),
    ]  # fmt: skip
    return table("How many published figures the simulator meets", columns, rows)


def choose_figures(
    report: CalibrationReport, labels: Mapping[str, str], *, key: str
) -> list[FigureCheck]:
    """The figures of one kind, and of some regimens where chosen, in the order of regimens."""
    kinds = [kind for kind in KINDS if report.of(kind)]
    kind = st.segmented_control(
        "Kind of figure", kinds, default=kinds[0], required=True, key=f"{key}.kind", wrap=True,
        format_func=str.capitalize, persist_state="session",
    )  # fmt: skip
    left, right = st.columns([3, 1])
    held = report.of(kind or kinds[0])
    present = [name for name in labels if name in {figure.regimen for figure in held}]
    with left:
        chosen = st.multiselect(
            "Regimens", present, placeholder="all", key=f"{key}.regimens.{kind}",
            format_func=lambda name: labels[name], select_all=False,
        )  # fmt: skip
    with right:
        which = st.selectbox("Show", SHOWN, key=f"{key}.which", persist_state="session")
    return [
        figure
        for figure in held
        if (not chosen or figure.regimen in chosen) and (which == SHOWN[0] or not figure.inside)
    ]


def show_figures(
    figures: Sequence[FigureCheck], labels: Mapping[str, str], *, key: str
) -> RawFigure | None:
    """The picture and the table of these figures, a portion at a time; gives the picture."""
    if not figures:
        panels.show(panels.empty_state("No figure to show.", "Every figure of this kind is met."))
        return None
    chunks = calibration_chunks(figures, list(labels), ROWS_IN_CHUNK)
    place = st.pagination(len(chunks), key=f"{key}.page.{len(figures)}") if len(chunks) > 1 else 1
    chunk = chunks[min(place, len(chunks)) - 1]
    figure = calibration_figure(chunk, labels)
    show_figure(figure, key=f"{key}.figure")
    st.caption(
        "Bar: what was published (the interval, or the tolerance around the value), with a stroke "
        "at the value. Disc: simulated and inside. Triangle: simulated and outside."
    )
    panels.show(figures_table(chunk, labels))
    return figure


def figures_table(figures: Sequence[FigureCheck], labels: Mapping[str, str]) -> Markup:
    """Each figure in words: published, simulated, met or why not, and where it was published."""
    rows: list[list[Markup | str]] = [
        [
            join([figure_name(figure), element("br"), _small(labels.get(figure.regimen, ""))]),
            unbroken(published_text(figure)),
            simulated_text(figure),
            _verdict(figure),
            _source(figure),
        ]
        for figure in figures
    ]
    columns = [
        Column("Arm or effect", width="32%"), Column("Published", number=True, width="15%"),
        Column("Simulated", number=True, width="10%"), Column("Met?", width="19%"),
        Column("Source"),
    ]  # fmt: skip
    return table("Every figure of this page with its source", columns, rows)


def disagreements_table(report: CalibrationReport, labels: Mapping[str, str]) -> Markup:
    """Where trials of one regimen contradict each other beyond chance."""
    rows: list[list[Markup | str]] = [
        [
            labels.get(held.regimen, held.regimen),
            _ENDPOINTS.get(held.endpoint, held.endpoint),
            join(element("div", text) for text in _apart(held, report)),
        ]
        for held in report.disagreements
    ]
    columns = [Column("Regimen", width="24%"), Column("Endpoint"), Column("What disagrees")]
    return table("Trials of one regimen that differ beyond chance", columns, rows)


def _apart(held: Disagreement, report: CalibrationReport) -> list[str]:
    """How far the arms are apart, the lowest and the highest of them by name."""
    kind = RESPONSE if held.endpoint == "response" else MEDIAN
    arms = [
        figure
        for figure in report.of(kind)
        if (figure.regimen, figure.endpoint) == (held.regimen, held.endpoint)
        and figure.published is not None
    ]
    said = (
        f"{held.degrees + 1} arms differ beyond chance and what the model knows of their patients "
        f"(Q {held.q:.0f} on {held.degrees}, I² {theme.percent(held.i_squared)})."
    )
    if not arms:
        return [held.text]
    ends = sorted(arms, key=lambda figure: figure.published or 0.0)
    lowest, highest = (f"{end.label}, {published_text(end)}" for end in (ends[0], ends[-1]))
    return [said, f"Lowest: {lowest}.", f"Highest: {highest}."]


def left_out_table(report: CalibrationReport, pack: DiseasePack) -> Markup:
    """What was published and is not simulated, with the reason and the source."""
    columns = [Column("Published", width="38%"), Column("Not simulated because"), Column("Source")]
    rows = [left_out_row(row, reason, pack) for row, reason in report.not_simulated]
    return table("Published figures that are not simulated", columns, rows)


def left_out_row(row: str, reason: str, pack: DiseasePack) -> list[Markup | str]:
    """One of them in words; a rule in the reason is told by what it asks for."""
    told = _RULE.sub("fit whom this row speaks of.", reason)
    told = told[:1].upper() + told[1:]
    effect = next((each for each in pack.effects if each.id == row), None)
    if effect is None:
        return [row, told, ""]
    endpoint = _ENDPOINTS.get(effect.endpoint, effect.endpoint)
    fact = label_of(effect.feature, pack) if effect.feature else "A regimen as such"
    against = f" against {effect.reference_level}" if effect.reference_level else ""
    ratio = theme.quantity(effect.value)
    name = join([f"{fact}: {effect.level}{against}", element("br"),
                 _small(f"{endpoint}, {effect.measure} {ratio}")])  # fmt: skip
    return [name, told, panels.source_note(effect.source)]


def _kind_row(report: CalibrationReport, kind: str) -> list[Markup | str]:
    held = report.of(kind)
    met, wanted = sum(figure.inside for figure in held), WANTED[kind]
    reached = met >= wanted * len(held)
    tone, word = (Tone.GOOD, "yes") if reached else (Tone.CAUTION, "not reached")
    share = f"{met} of {len(held)} ({theme.percent(met / len(held))})"
    return [kind.capitalize(), MEANING[kind], share, theme.percent(wanted), panels.chip(tone, word)]


def _verdict(figure: FigureCheck) -> Markup:
    if figure.inside:
        return panels.chip(Tone.GOOD, "inside")
    reason = figure.conflict or "No conflict explains it: the simulator misses this figure."
    return join([panels.chip(Tone.CAUTION, "outside"), element("br"), _small(reason)])


def _source(figure: FigureCheck) -> Markup:
    words = " ".join(part for part in (figure.source, figure.reference) if part)
    mark = panels.re_read_mark(Verified(figure.verified))
    return join([_small(words or "no source given"), element("br"), mark])


def _small(text: str) -> Markup:
    return element("span", text, class_="cc-small cc-muted")
