"""A new patient: read from a file or typed in; every finding beside its field, with its cure."""

import streamlit as st

from components.widgets import entry as fields
from components.widgets import panels, upload
from dashboard.services import entry, intake, knowledge
from dashboard.services.context import Context
from dashboard.shell import page, session

FILE, FORM = "Read a file", "Type in"


def read_file(context: Context, draft: session.Draft) -> None:
    """Drop, answer, mend, accept."""
    session.apply_fills()
    file = upload.drop(key=f"{draft.key}.file")
    if file is None:
        panels.show(upload.before_the_file())
        return
    found = draft.found_in(file)
    if found is None:
        request = intake.Request(answers=dict(draft.answers), columns=dict(draft.columns))
        found = draft.keep(intake.preview(context, file[1], file[0], request))
    preview = entry.mend(context, found, draft.corrections)
    matters, ready = preview.intake.findings, preview.ready
    panels.show(upload.summary(file[0], preview.intake, len(ready)))
    panels.show(upload.file_findings(matters))
    answers = upload.ask(found.intake, key=draft.file_key)
    packs = {p.disease: knowledge.pack(context, p.disease) for p in found.intake.patients}
    mending = upload.mend(
        found.intake, preview.intake, packs, before=draft.corrections, key=draft.file_key
    )
    columns = upload.confirm_columns(found.intake, packs, key=draft.file_key)
    answers |= mending.answers
    if draft.take(answers, columns, mending.corrections) or session.fill(mending.fills):
        st.rerun()
    if ready:
        panels.show(upload.ready_table(ready, matters, packs))
        released = upload.release_texts(preview.report, key=f"{draft.file_key}.texts")
        if st.button(f"Accept {upload.patients(len(ready))}", type="primary"):
            preview = intake.release(context, preview, released)
            matters = preview.intake.findings
            accepted = intake.accept(context, preview, preview.ready)
            session.open_patients(accepted, matters, preview.report)
            page.go("patient")
    panels.show(upload.identifier_report(preview.report))
    panels.show(upload.unmapped_table(preview.intake.unmapped))


def type_in(context: Context, draft: session.Draft) -> None:
    """Ask for every fact of the pack, judge while typing, accept."""
    session.apply_fills()
    labels = {pack.id: pack.label for pack in knowledge.packs(context)}
    disease, pseudonym, beneath = fields.who(labels, key=draft.key)
    if not disease:
        return
    pack = knowledge.pack(context, disease)
    form = fields.entry_form(pack, {}, key=f"{draft.key}.{disease}")
    proposal = entry.enter(context, disease, pseudonym, form.typed)
    form.beneath[entry.PSEUDONYM] = beneath
    form.other_keys[entry.PSEUDONYM] = f"{draft.key}.pseudonym"
    if session.fill(fields.show_findings(form, proposal.findings, pack)):
        st.rerun()
    if st.button("Accept this patient", type="primary", disabled=not proposal.ready):
        session.open_patients([entry.accept(context, proposal)], proposal.findings)
        page.go("patient")


with page.frame("intake") as context:
    way = st.segmented_control(
        "How does the patient come?",
        [FILE, FORM],
        default=FILE,
        required=True,
        key="intake.way",
        persist_state="session",
    )
    if way == FORM:
        type_in(context, session.draft())
    else:
        read_file(context, session.draft())
