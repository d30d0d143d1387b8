"""The pages of the meeting for whoever may look and may not write: the same papers, no forms.

Nothing is offered that would be refused. What is shown comes from the same services, with the
permission of whoever looks.
"""

from __future__ import annotations

from typing import NoReturn

import streamlit as st

from components.charts.markup import Markup
from components.widgets import ballots as votes
from components.widgets import board_case as shown
from components.widgets import decision as records
from components.widgets import panels
from components.widgets import presentation as stage
from components.widgets.panels import Tone
from dashboard.knowledge.schema import DiseasePack
from dashboard.meeting.case import BoardCase
from dashboard.records.patient import Patient
from dashboard.services import ballots, cases, decisions, timelines
from dashboard.services.context import Context
from dashboard.shell import editing


def show_case(context: Context, case: BoardCase, who: Patient, pack: DiseasePack) -> NoReturn:
    """A case as it was prepared; the page ends here."""
    labels = {regimen.id: regimen.label for regimen in pack.regimens}
    forecast = editing.forecast_if_ready(context, who)
    gate = cases.missing(context, case, who, forecast)
    panels.show(_only_looking(), stage.question(case), stage.told(case, gate))
    panels.show(shown.gate_list(gate, labels))
    panels.show(shown.timeline_picture(*timelines.of(context, case, who)))
    ballot = ballots.of(context, case.id)
    if ballot.covers_forecast:
        panels.show(votes.who_has(ballot))
    else:
        model = editing.model_words(forecast, case.regimens)
        panels.show(votes.side_by_side(ballot, case.regimens, labels, model=model))
    st.stop()


def show_decision(context: Context, case: BoardCase, pack: DiseasePack) -> NoReturn:
    """A decision as it stands; the page ends here."""
    labels = {regimen.id: regimen.label for regimen in pack.regimens}
    record = decisions.of(context, case.id).paper
    intact = decisions.is_intact(context, record)
    panels.show(_only_looking(), records.state_line(record))
    panels.show(records.record_text(record, labels, intact=intact, brief=True))
    if record.tool is not None:
        panels.show(records.tool_table(record.tool))
    st.stop()


def _only_looking() -> Markup:
    return panels.callout(
        Tone.PLAIN, "You may look at this and not change it.", "Your role is for reading."
    )
