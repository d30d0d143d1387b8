"""What became of the board's decisions: what is due, one case entered, and the estimates scored."""

import streamlit as st

from components.widgets import ballots as votes
from components.widgets import follow_up as shown
from components.widgets import panels
from dashboard.services import ballots, decisions, follow_up, knowledge, meetings
from dashboard.shell import editing, page, session

with page.frame("follow_up") as context:
    page.say_what_was_done()
    asked = follow_up.due(context)
    panels.show(shown.due_table(asked))
    selected = session.selected()
    on_screen = selected.token if selected is not None and selected.of_board else ""
    chosen = shown.choose_case(asked, on_screen, key=f"follow_up.case.{on_screen}")
    if chosen:
        held = follow_up.of(context, chosen)
        record = decisions.of(context, chosen).paper
        pack = knowledge.pack(context, record.disease)
        labels = {regimen.id: regimen.label for regimen in pack.regimens}
        panels.show(shown.entries_table(held.paper))
        entry = shown.entry_form(
            held.paper, pack, record.board.regimen, by=context.actor.name,
            now=meetings.now(context),
        )  # fmt: skip
        if entry is not None:
            follow_up.enter(context, held, entry)
            session.say(f"Entered for month {entry.month}.")
            st.rerun()
        ballot = ballots.of(context, chosen)
        if not ballot.covers_forecast and record.tool is not None:
            regimens = [row.regimen for row in record.tool.rows]
            model = editing.kept_words(record.tool)
            outcome = editing.outcome_words(held.paper)
            drawn = votes.side_by_side(ballot, regimens, labels, model=model, outcome=outcome)
            panels.show(drawn)
    st.header("How good the estimates were", anchor=False)
    panels.show(shown.scores(follow_up.scores(context)))
