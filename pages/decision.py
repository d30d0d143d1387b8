"""The decision on one case: recorded, made preliminary or final, locked, and added to."""

import streamlit as st

from components.widgets import ballots as votes
from components.widgets import decision as shown
from components.widgets import panels
from dashboard.services import ballots, cases, decisions, drafts, knowledge, meetings
from dashboard.services.context import Permission
from dashboard.shell import editing, page, reading, session, short_forms

with page.frame("decision") as context:
    page.say_what_was_done(context)
    case = page.board_case(context).paper
    pack = knowledge.pack(context, case.disease)
    if not context.allows(Permission.DECISION_WRITE):
        reading.show_decision(context, case, pack)
    labels = {regimen.id: regimen.label for regimen in pack.regimens}
    held = decisions.of(context, case.id)
    record = held.paper
    panels.show(shown.state_line(record))
    tool = record.tool or editing.tool_of(context, case, cases.patient(context, case))

    draft = drafts.find(context, case, "decision")
    seen = drafts.begun_on(context, held, case, draft)
    start = drafts.onto(seen.paper, draft)

    @page.part("decision", context)
    def form() -> None:
        """What is typed is kept while it is typed, saved when asked; what is wanting beside it."""
        left, right = st.columns([5, 3], gap="medium")
        with left:
            mine = shown.decision_form(
                start, pack, context.today, has_tool=tool is not None,
                key=f"decision.{case.id}.{seen.version}",
            )  # fmt: skip
            changed = shown.changes(seen.paper, mine)
            editing.save_decision(context, seen, changed, case=case, tool=tool)
            if long := shown.long_texts(mine):
                panels.show(long)
        with right:
            panels.show(shown.wanting_list(mine))
            to = shown.advance_buttons(
                record, saved=held.version > 0 and not changed, key=f"advance.{case.id}"
            )
        if to is not None:
            spoken = meetings.spoken(context, context.today, case.id)
            closed = decisions.advance(context, held, to, spoken=spoken)
            session.say(f"The decision is {closed.paper.state}.")
            st.rerun()

    if record.is_locked:
        intact = decisions.is_intact(context, record)
        panels.show(shown.record_text(record, labels, intact=intact))
        panels.show(shown.tool_table(record.tool))
        short_forms.add_to_decision(context, case, held)
        page.link("report", "Hand out the report")
        page.link("follow_up", "Follow up")
    elif not editing.settled(context, "decision", {}):
        if ballots.of(context, case.id).covers_forecast:
            panels.show(votes.covered())
            page.link("case", "Give, reveal or do without ballots")
        form()
        panels.show(shown.tool_table(tool))
