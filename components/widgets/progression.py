"""Progression on the screen: which event comes first, when the hazard is high, where it appears.

Where it appears is published, not forecast: the figures are of groups of patients, with their
source and whether it was re-read there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from components.charts import readings, theme
from components.charts.markup import Markup, element
from components.charts.progression import CAUSES, Course, between_scans
from components.charts.readings import PROGRESSED
from components.charts.survival import stable_styles
from components.widgets import marks, panels
from components.widgets.panels import re_read_mark
from components.widgets.tables import Column, table
from dashboard.answers.forecast import Forecast
from dashboard.knowledge.schema import DiseasePack
from dashboard.knowledge.spread import SiteFigure

FIRST, HAZARD, SITES = "What comes first", "Hazard over time", "Where it appears"
UPDATE = "After a scan"
LANDMARKS = (6, 12, 24, 36)
WEEKS = (0, 6, 8, 12, 16, 24)
_SCAN_MONTHS = (0, 6, 12, 24)


def choose_view(*, key: str) -> str:
    """Which of the three questions is asked."""
    view: str = st.segmented_control(
        "View", (FIRST, UPDATE, HAZARD, SITES), default=FIRST, required=True, key=key,
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    return view


def choose_schedule(*, key: str) -> int:
    """How many weeks lie between two scans."""
    weeks: int = st.segmented_control(
        "Weeks between scans", WEEKS, default=8, required=True, key=key, persist_state="session",
        format_func=lambda n: "no scans" if n == 0 else f"every {n} weeks",
    )  # fmt: skip
    return weeks


def courses_of(
    forecast: Forecast, labels: Mapping[str, str], regimens: Sequence[str]
) -> list[Course]:
    """The regimens whose course is forecast, in their order."""
    styles = stable_styles(regimens, list(labels))
    found = [
        Course(name, labels[name], styles[name], readings.of_regimen(forecast, name))
        for name in regimens
    ]
    return [c for c in found if c.found.progression is not None and c.found.pfs is not None]


def show_cards(courses: Sequence[Course], month: int) -> None:
    """The share that progressed by the chosen month, large, with its interval."""
    held = []
    for course in courses:
        shown = readings.reading(readings.cause_at(course.found, PROGRESSED, month))
        why = readings.why_none(course.found, readings.PROGRESSION)
        middle = shown.middle if shown else readings.NOTHING
        under = f"{shown.ends}, {shown.words}" if shown else why
        held.append((course.style, course.label, middle, under))
    title = f"Progressed by {month} months"
    panels.show(element("p", element("strong", title), class_="cc-flat"))
    panels.show(marks.cards(title, held))


def incidence_table(courses: Sequence[Course]) -> Markup:
    """Both causes at the landmarks that were followed."""
    last = max((float(course.pfs.months[-1]) for course in courses), default=0.0)
    months = [month for month in LANDMARKS if month <= last]
    columns = [Column("Regimen"), Column("First event")]
    columns += [Column(f"By {month} months", number=True) for month in months]
    rows: list[list[Markup | str]] = []
    for course in courses:
        for cause, name in CAUSES.items():
            shares = [
                readings.text_of(readings.cause_at(course.found, cause, month)) for month in months
            ]
            rows.append([marks.named(course.style, course.label), name, *shares])
    return table("Which event came first, forecast for this patient", columns, rows)


def scans_table(courses: Sequence[Course], weeks: int) -> Markup:
    """What a schedule of scans leaves between two of them."""
    columns = [Column("Regimen")]
    columns += [Column(f"After {m} months" if m else "At first", number=True) for m in _SCAN_MONTHS]
    rows: list[list[Markup | str]] = [
        [
            marks.named(course.style, course.label),
            *[readings.text_of(between_scans(course, m, weeks)) for m in _SCAN_MONTHS],
        ]
        for course in courses
    ]
    words = (
        f"Of those still without progression, the share with progression or death within {weeks} "
        "weeks, that is before the next scan"
    )
    return table(words, columns, rows)


def sites_table(found: Sequence[SiteFigure], pack: DiseasePack) -> Markup:
    """Published shares with each site involved, at the start and newly later."""
    columns = [
        Column("Site"), Column("Of whom"), Column("At the start", number=True),
        Column("New by 12 months", number=True), Column("New by 24 months", number=True),
        Column("Source"),
    ]  # fmt: skip
    return table(
        "Where this disease spreads, as published; of groups of patients, not of this one",
        columns,
        [_site_row(figure, pack) for figure in found],
    )


def _site_row(figure: SiteFigure, pack: DiseasePack) -> list[Markup | str]:
    row = figure.row
    whom = row.subgroup or f"All with {pack.label.lower()}"
    if row.on_regimen_id:
        whom = f"{whom} ({pack.regimen(row.on_regimen_id).label})"
    if not figure.certain:
        whom = f"{whom}; whether this holds for the patient is not known"
    name = row.site_published or row.site
    source = element("span", row.source.text, " ", re_read_mark(row.source.verified),
                     class_="cc-note")  # fmt: skip
    shares = (row.baseline_prevalence_pct, row.cum_incidence_12mo_pct, row.cum_incidence_24mo_pct)
    cells = [_published(share) for share in shares]
    return [name[:1].upper() + name[1:].replace("_", " "), whom, *cells, source]


def _published(percent: float | None) -> str:
    return readings.NOTHING if percent is None else theme.percent(percent / 100)
