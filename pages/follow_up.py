"""What became of the board's decisions: what is due, one case entered, and the estimates scored."""

import streamlit as st

from components.widgets import ballots as votes
from components.widgets import follow_up as shown
from components.widgets import panels
from dashboard.services import ballots, cases, decisions, drafts, follow_up, knowledge
from dashboard.services.context import Permission
from dashboard.shell import editing, page, session

with page.frame("follow_up") as context:
    page.say_what_was_done(context)
    asked = follow_up.due(context)
    panels.show(shown.due_table(asked))
    selected = session.selected()
    on_screen = selected.token if selected is not None and selected.of_board else ""
    begun = follow_up.begun(context)
    chosen = shown.choose_case(asked, begun, on_screen, key=f"follow_up.case.{on_screen}")
    if chosen:
        held = follow_up.of(context, chosen)
        record = decisions.of(context, chosen).paper
        pack = knowledge.pack(context, record.disease)
        labels = {regimen.id: regimen.label for regimen in pack.regimens}
        panels.show(shown.entries_table(held.paper))
        writes = context.allows(Permission.DECISION_WRITE)
        blank = follow_up.blank(context, held.paper, record)
        case = cases.read(context, chosen).paper
        draft = drafts.find(context, case, editing.ENTRY) if writes else None
        start = drafts.onto(blank, draft)

        @page.part("follow_up", context)
        def form() -> None:
            """What is typed is kept while it is typed, and entered when it is asked for."""
            key = f"follow.{held.paper.case}.{len(held.paper.entries)}"
            with st.container(border=True):
                entry = shown.entry_form(start, held.paper, pack, key=key)
                editing.enter_or_keep(context, held, blank, entry)

        if writes:
            form()
        ballot = ballots.of(context, chosen)
        if not ballot.covers_forecast and record.tool is not None:
            regimens = [row.regimen for row in record.tool.rows]
            model = editing.kept_words(record.tool)
            outcome = shown.outcome_words(held.paper)
            drawn = votes.side_by_side(ballot, regimens, labels, model=model, outcome=outcome)
            panels.show(drawn)
    st.header("How good the estimates were", anchor=False)
    panels.show(shown.scores(follow_up.scores(context)))
