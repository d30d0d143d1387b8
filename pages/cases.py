"""The board's cases: in columns, as an agenda, in numbers; and how a new one comes."""

import streamlit as st

from components.widgets import cases as shown
from components.widgets import emergency as urgent
from components.widgets import panels
from dashboard.services import agenda, case_files, cases, decisions, emergency, intake, knowledge
from dashboard.services.context import Permission
from dashboard.shell import page, session

with page.frame("cases") as context:
    page.say_what_was_done(context)
    offered = {sample.id: sample for sample in intake.samples(context)}
    open_now = session.selected()
    fresh = open_now if open_now is not None and not open_now.of_board else None
    with st.container(horizontal=True, vertical_alignment="center"):
        view = shown.choose_view(key="cases.view")
        from_screen, sample, file = shown.choose_new(
            fresh.patient.id if fresh else "",
            {name: f"{name}: {each.title}" for name, each in offered.items()},
            key="cases.new",
        ) if context.allows(Permission.CASE_WRITE) else (False, "", None)  # fmt: skip
    if sample:
        session.open_sample(offered[sample], intake.recheck(context, offered[sample].patient))
    if from_screen or sample:
        page.make_case(context, page.case_on_screen())
    if file is not None:
        held, seal = case_files.bring_back(context, file[1])
        session.say(f"The case was brought back. The file was {seal}.")
        page.open_case(context, held.paper.id)
    listed = cases.listed(context)
    labels = {pack.id: pack.label for pack in knowledge.packs(context)}
    panels.show(shown.damaged_note(cases.damaged(context)))
    if view == shown.NUMBERS:
        panels.show(shown.numbers_table(agenda.numbers(context)))
    elif not listed:
        panels.show(shown.no_cases())
    elif view == shown.AGENDA:
        opened = shown.choose_from(listed, key="cases.pick")
        panels.show(shown.agenda_table(listed, labels))
        if opened:
            page.open_case(context, opened)
    elif opened := shown.choose_in_columns(listed, labels, key="cases.open"):
        page.open_case(context, opened)
    if context.settings.emergency_access and context.allows(Permission.EMERGENCY):
        wish = urgent.ask(key="cases.emergency")
        held_open = emergency.open_papers(context, *wish) if wish else emergency.still_open(context)
        for each in held_open:
            intact = each.decision is None or decisions.is_intact(context, each.decision)
            theirs = knowledge.pack(context, each.case.disease)
            panels.show(urgent.papers(each, theirs, intact=intact))
