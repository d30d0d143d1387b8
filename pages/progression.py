"""Progression under each regimen: which event comes first, how high the hazard is, and where."""

import streamlit as st

from components.charts.landmark import update_figure
from components.charts.progression import hazard_figure, incidence_figure
from components.charts.survival import stable_styles
from components.widgets import landmark as update
from components.widgets import panels
from components.widgets import progression as shown
from components.widgets.figures import show_figure
from dashboard.services import board, landmark
from dashboard.shell import desk, page

with page.frame("progression") as context:
    seat = desk.seated(context)

    def after_a_scan(months: int, regimens: list[str]) -> None:
        """What comes from a landmark on, once the response so far is known."""
        asked = update.choose_asked(
            landmark.scope(context, seat.pack.id, own=seat.own),
            landmark.so_far(context, seat.patient),
            seat.labels, regimens, key=f"progression.{seat.token}.update",
        )  # fmt: skip
        told = asked and update.told_of(
            lambda: landmark.update(context, seat.patient, seat.forecast, asked, own=seat.own)
        )
        if not asked or not told:
            return
        panels.show(update.words(told, seat.labels[asked.regimen], months))
        styles = stable_styles([asked.regimen], list(seat.labels))
        figure = update_figure(told, styles[asked.regimen], months)
        show_figure(figure, key="progression.update")
        st.caption(f"{update.caption_of(told)} {seat.source}")
        panels.show(update.update_table(told))
        seat.take(context, "update", lambda: landmark.export(context, seat.patient, told), figure)

    @page.part("progression", context)
    def course() -> None:
        """The controls and what they change."""
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            view = shown.choose_view(key="progression.view")
            months = seat.choose_months()
            regimens = seat.choose_regimens()
        if view == shown.SITES:
            found = board.sites(context, seat.patient, regimens)
            panels.show(shown.sites_table(found, seat.pack))
            return
        if view == shown.UPDATE:
            after_a_scan(months, regimens)
            return
        courses = shown.courses_of(seat.forecast, seat.labels, regimens)
        if not courses:
            panels.show(
                panels.empty_state("No course to show.", seat.head("progression:progressed").note)
            )
            return
        if view == shown.HAZARD:
            weeks = shown.choose_schedule(key="progression.weeks")
            figure = hazard_figure(courses, weeks)
            show_figure(figure, key="progression.hazard")
            words = (
                "Read off the forecast curve over spans of three months, so it is as sure as that "
                "curve's band (page Survival); blue ticks are scans. "
                f"{seat.source}"
            )
            tables = [shown.scans_table(courses, weeks)] if weeks else []
            panels.show(panels.caption(words), *tables)
        else:
            shown.show_cards(courses, months)
            figure = incidence_figure(courses, months)
            show_figure(figure, key="progression.first")
            words = (
                "Hatched: progression. Plain: death without progression. Empty: neither. Intervals "
                f"are those of progression-free survival, shared out. {seat.source}"
            )
            panels.show(panels.caption(words), shown.incidence_table(courses))
        seat.take(
            context, "progression",
            lambda: board.export_progression(context, seat.patient, seat.forecast, regimens),
            figure,
        )  # fmt: skip

    course()
