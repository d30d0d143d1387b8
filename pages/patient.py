"""One patient: what is open and why, what is missing, every value with its origin."""

import streamlit as st

from components.widgets import entry as fields
from components.widgets import panels, patient, regimens, upload
from components.widgets.downloads import Offer, download_row
from dashboard.services import consultation, entry, intake, knowledge
from dashboard.shell import page, session

VIEWS = REGIMENS, RECORD, CHANGE, TAKE = "Regimens", "Record", "Change values", "Download"

with page.frame("patient") as context:
    case = page.case_on_screen()
    who = case.patient
    pack = knowledge.pack(context, who.disease)
    view = st.segmented_control(
        "View of the patient", VIEWS, default=REGIMENS, required=True, key="patient.view",
        label_visibility="collapsed",
    )  # fmt: skip

    if view == REGIMENS:
        judgement = consultation.judge(context, who)
        left, right = st.columns([5, 2], gap="medium")
        with left:
            st.header("Regimens by the published rules", anchor=False)
            listed = regimens.choose_verdicts(judgement, key="patient.verdicts")
            panels.show(regimens.verdict_table(judgement, pack, who.facts, listed))
        with right:
            st.header("Unknown facts that would decide most", anchor=False)
            panels.show(regimens.deciding_list(judgement, pack))
            st.header("What is known", anchor=False)
            panels.show(patient.completeness(who, pack))
            panels.show(regimens.inferred_list(judgement, pack))

    elif view == RECORD:
        if case.teaching:
            panels.show(panels.callout(panels.Tone.PLAIN, "What this case teaches", case.teaching))
        st.header("What happened when", anchor=False)
        panels.show(patient.timeline(who, pack, context.today))
        if who.notes.strip():
            st.header("Notes", anchor=False)
            panels.show(patient.notes(who))
        st.header("What was found in the data", anchor=False)
        panels.show(patient.findings_panel(case.findings))
        for title, table in patient.record_tables(who, pack, case.findings).items():
            st.header(title, anchor=False)
            panels.show(table)

    elif view == CHANGE:
        st.header("Change what is on record", anchor=False)
        session.apply_fills()
        start = entry.typed_values(who)
        form = fields.entry_form(pack, start, key=f"change.{case.token}.{who.fingerprint}")
        proposal = entry.amend(context, who, form.typed, case.findings)
        if session.fill(fields.show_findings(form, proposal.findings, pack)):
            st.rerun()
        changed = proposal.ready and proposal.patient != who
        if st.button("Keep the changes", type="primary", disabled=not changed):
            session.amend(case, entry.accept(context, proposal), proposal.findings)
            st.rerun()

    else:
        st.header("Take the record with you", anchor=False)
        st.write(
            "A file is made when its button is pressed and stays on this machine. Every one of "
            "them can be read again under New patient."
        )
        offers = [
            Offer(choice.label, choice.name, choice.mime, choice.make)
            for choice in intake.offers(context, [who])
        ]
        download_row(offers, key="take")
        if not who.synthetic:
            panels.show(upload.identifier_report(case.report))
