"""Overall and progression-free survival under each regimen, and what follows from the curves."""

import streamlit as st

from components.widgets import panels, reliability
from components.widgets import survival as shown
from dashboard.services import board
from dashboard.shell import desk, page

with page.frame("survival") as context:
    seat = desk.seated(context, by_treatment=False)

    @page.part("survival", context)
    def curves() -> None:
        """The controls and what they change."""
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            endpoint = shown.choose_endpoint(key="survival.endpoint")
            how = shown.choose_picture(key="survival.picture")
            months = seat.choose_months()
            regimens = seat.choose_regimens()
            survived = shown.choose_survived(endpoint, key=f"survival.{seat.token}.survived")
        observed = board.observed(context, seat.patient, regimens, endpoint=endpoint, own=seat.own)
        slot = st.container()
        over = shown.ask_for_observed(key="survival.observed")
        seen = shown.Seen(
            observed, board.alike(context, seat.patient, own=seat.own) if over else {}
        )
        view = shown.survival_view(
            seat.forecast, seat.labels, regimens, seen,
            chosen=shown.Chosen(endpoint, survived, months),
        )  # fmt: skip
        with slot:
            shown.show_cards(view)
            figure = shown.show_picture(view, how, key="survival.figure")
        panels.show(
            panels.caption(f"{seat.source} {shown.left_out_words(view, seat.labels)}"),
            shown.figures_table(view),
            reliability.turned_out(seat.head(endpoint), endpoint, seat.labels, view.as_forecast),
        )
        drawn = {each.regimen: each.curve for each in view.drawn}
        seat.take(
            context, "survival",
            lambda: board.export_curves(context, seat.patient, drawn, endpoint=endpoint),
            figure,
        )  # fmt: skip

    curves()
