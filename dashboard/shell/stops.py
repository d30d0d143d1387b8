"""The switch that turns forecasts off, on every page: two presses, and it holds for everybody.

It stands in the side bar for whoever may use it. Everybody else is told when it was used, and pages
that would show a forecast say who turned it off. Going on stands on Methods, with a reason.
"""

from __future__ import annotations

import streamlit as st

from components.widgets import panels, stops
from components.widgets.panels import Tone
from dashboard.answers.stop import EVERYTHING
from dashboard.services import stopping
from dashboard.services.context import Context, Permission
from dashboard.shell import session


def offer(context: Context) -> None:
    """In the side bar: what is turned off, and the switch for whoever may."""
    held = {each.disease for each in stopping.stops(context)}
    if told := stops.note(held, _labels(context)):
        panels.show(told)
    if not context.allows(Permission.FORECAST_STOP) or EVERYTHING in held:
        return
    case = session.selected()
    disease = case.patient.disease if case and case.patient.disease not in held else ""
    wish = stops.ask_stop(disease, _labels(context), key="stops")
    if wish is not None:
        stopping.stop(context, wish)
        st.rerun()


def tells_stopped(context: Context, disease: str) -> bool:
    """Whether forecasts of a disease are turned off; the page then says who did it."""
    for each in stopping.stops(context):
        if each.disease in (EVERYTHING, disease):
            title = "Forecasts are turned off."
            panels.show(panels.callout(Tone.CAUTION, title, f"{each.words}. {stops.MEANWHILE}"))
            return True
    return False


def offer_to_go_on(context: Context, disease: str) -> None:
    """On Methods: turn forecasts on again, with a reason, for whoever may judge models."""
    if not context.allows(Permission.MODEL_APPROVE):
        return
    for each in stopping.stops(context):
        if each.disease not in (EVERYTHING, disease):
            continue
        reason = stops.ask_to_go_on(each, _labels(context), key=f"stops.{each.disease}")
        if reason is not None:
            stopping.go_on(context, each.disease, reason)
            session.say("Forecasts are made again.")
            st.rerun()


def _labels(context: Context) -> dict[str, str]:
    return {name: context.library.pack(name).label for name in context.library.ids}
