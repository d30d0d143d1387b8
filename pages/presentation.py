"""One case on one screen for a room; every screen follows the presenter."""

import streamlit as st

from components.widgets import ballots as votes
from components.widgets import board, board_case, decision, panels
from components.widgets import presentation as shown
from dashboard.services import agenda, ballots, cases, decisions, knowledge, meetings, timelines
from dashboard.services.context import Permission
from dashboard.shell import desk, editing, page, session

with page.frame("presentation") as context:
    session.apply_fills()
    days = editing.days_on_screen(context)
    if not days:
        panels.show(shown.nothing_to_present())
        page.link("cases", "Leave")
        st.stop()
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    with row:
        day = shown.choose_day(days, context.today, key=editing.DAY)
        leads = context.allows(Permission.CASE_WRITE)
        only_follows = not leads or shown.follows(key="presentation.follow")
    held = meetings.of(context, day)
    meeting, listed = held.meeting, agenda.on_day(context, day)

    @page.part("presentation", context, every=2.0)
    def follow() -> None:
        """Show the time, and what the presenter turned to on another screen."""
        panels.show(shown.timer_words(meeting, meetings.now(context)))
        if meetings.newer(context, day, held.version) is not None:
            st.rerun()

    with row:
        if not only_follows:
            pressed = shown.controls(meeting, listed, key="presentation")
            if editing.lead(context, day, meeting, pressed):
                st.rerun()
        follow()
        page.link("cases", "Leave")
    found = cases.find(context, meeting.case) if meeting.case else None
    if found is None:
        panels.show(panels.empty_state("No case is shown yet.", "The presenter begins."))
        st.stop()
    case = found.paper
    who = cases.patient(context, case)
    session.open_board_case(case.id, who)
    pack = knowledge.pack(context, case.disease)
    labels = {regimen.id: regimen.label for regimen in pack.regimens}
    gate = cases.missing(context, case, who, editing.forecast_if_ready(context, who))
    panels.show(shown.stage(case, who, pack, shown.position(case, listed)))
    panels.show(shown.question(case))
    panels.show(shown.told(case, gate))
    middle = st.container()
    ballot = ballots.of(context, case.id)
    if meeting.screen == "Case":
        known, undated = timelines.of(context, case, who)
        panels.show(board_case.timeline_picture(known, undated, strip=True))
    with middle:
        if meeting.screen == "Decision":
            record = decisions.of(context, case.id).paper
            intact = decisions.is_intact(context, record)
            panels.show(decision.state_line(record))
            panels.show(decision.record_text(record, labels, intact=intact, brief=True))
            if leads and not only_follows and not record.is_locked:
                page.link("decision", "Record the decision")
        elif ballot.covers_forecast:
            panels.show(votes.covered())
            panels.show(votes.who_has(ballot))
            if leads and not only_follows:
                page.link("case", "Give, reveal or do without ballots")
        else:
            seat = desk.seated(context)
            view = board.BoardView(
                seat.pack, seat.facts, seat.judgement, seat.forecast, case.months
            )
            if meeting.screen == "Ballots":
                model = editing.model_words(seat.forecast, case.regimens)
                drawn = votes.side_by_side(
                    ballot, case.regimens, labels, model=model, most=shown.MOST_BALLOTS
                )
                panels.show(drawn)
            else:
                weighed = [name for name in case.regimens if name in labels]
                panels.show(board.board_table(view, weighed))
                panels.show(board.applicability(view, weighed, seat.source))
