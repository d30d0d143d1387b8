"""One case prepared for the board: what is asked, wished, missing; its timeline and ballots."""

import streamlit as st

from components.widgets import ballots as votes
from components.widgets import board_case as shown
from components.widgets import panels, report
from components.widgets.downloads import Offer, download_row
from dashboard.services import ballots, case_files, cases, drafts, knowledge, timelines
from dashboard.services.context import Permission, Role
from dashboard.services.release import reason_to_identify
from dashboard.shell import desk, editing, page, reading, short_forms

with page.frame("case") as context:
    page.say_what_was_done(context)
    held = page.board_case(context)
    case = held.paper
    pack = knowledge.pack(context, case.disease)
    labels = {regimen.id: regimen.label for regimen in pack.regimens}
    who = cases.patient(context, case)
    panels.show(shown.state_line(case))
    if lost := cases.no_longer_known(context, case):
        panels.show(shown.lost_note(lost))
    if not context.allows(Permission.CASE_WRITE):
        reading.show_case(context, case, who, pack)
    forecast = editing.forecast_if_ready(context, who)
    view = shown.choose_view(key=f"case.{case.id}.view")

    draft = drafts.find(context, case, "case")
    seen = drafts.begun_on(context, held, case, draft)
    start = drafts.onto(seen.paper, draft)

    @page.part("case", context)
    def form() -> None:
        """What is typed is kept while it is typed, and saved when it is asked for."""
        mine = shown.case_form(start, pack, key=f"case.{case.id}.{seen.version}")
        changed = shown.changes(seen.paper, mine)
        editing.save_or_keep(context, seen, changed, behind=seen.version != held.version)
        if long := shown.long_texts(mine):
            panels.show(long)

    if view == shown.PREPARE and not editing.settled(context, "case", shown.FIELDS):
        left, right = st.columns([5, 3], gap="medium")
        gate = cases.missing(context, case, who, forecast)
        with right:
            st.header("What is missing, by what it would change", anchor=False)
            panels.show(shown.gate_list(gate, labels))
            short_forms.let_pass(context, held, gate)
        with left:
            form()
            st.header("Next step", anchor=False)
            desk.offer_model(context, pack)
            short_forms.take_step(context, held, gate)
            if st.button(
                "Present it", disabled=case.stage is editing.NOT_READY, key="case.present"
            ):
                editing.present(context, case)
            page.link("decision", "Record the decision")
    elif view == shown.TIMELINE:
        known, undated = timelines.of(context, case, who)
        panels.show(shown.timeline_picture(known, undated))
        short_forms.add_event(context, held)
    elif view == shown.BALLOTS:
        asks = context.actor.role is Role.OWNER
        ballot = ballots.of(context, case.id)
        if ballot.covers_forecast:
            panels.show(votes.explain())
            panels.show(votes.who_has(ballot))
            given = votes.ballot_form(case.regimens, labels, asks_name=asks, key=f"vote.{case.id}")
            editing.vote(context, case.id, given, votes.end_round(ballot, key=f"end.{case.id}"))
        else:
            model = editing.model_words(forecast, case.regimens)
            panels.show(votes.side_by_side(ballot, case.regimens, labels, model=model))
    elif view == shown.FILE:
        panels.show(shown.history_table(editing.versions(context, case.id), case))
        reason = report.ask_why(asked=not case.synthetic, key=f"case.{case.id}.reason")
        if case.synthetic or (reason and reason_to_identify(context, reason)):
            make = lambda: case_files.hand_out(context, case.id, reason=reason)  # noqa: E731
            name = f"{case.pseudonym}-board-case.json"
            download_row([Offer("Case file (JSON, signed)", name, "application/json", make)],
                         key=f"case.{case.id}.file")  # fmt: skip
        if page.case_on_screen().patient.fingerprint != case.fingerprint:
            st.caption("The patient on the screen has changed since the case was saved.")
            if st.button("Take the patient as they are now into the case", key="case.renew"):
                cases.renew(context, held, page.case_on_screen().patient)
                st.rerun()
