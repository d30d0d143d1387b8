"""Who did what: look through the audit log, check its chain, account for a record."""

import streamlit as st

from components.widgets import audit, panels
from components.widgets import emergency as urgent
from components.widgets.downloads import download_row
from dashboard.services import account, emergency, keeping
from dashboard.shell import page

with page.frame("audit") as context:
    st.caption("One line for each action: never a patient's values. Nothing here can be changed.")
    if opened := emergency.accesses(context):
        panels.show(urgent.accesses_table(opened))
    entries = keeping.lines(context)
    if st.button("Check the whole chain", key="audit.verify", icon=":material/verified_user:"):
        found = keeping.verify(context)
        told = audit.verdict(found.versions, found.lines, len(found.damaged), found.broken)
        panels.show(told)
    chosen = audit.choose_lines(entries, key="audit")
    panels.show(audit.lines_table(chosen, len(entries)))
    patient = audit.ask_patient(key="audit.patient")
    if patient:
        panels.show(audit.looks_table(account.of_patient(context, patient)))
        make = lambda form: account.account_file(context, patient, form)  # noqa: E731
        download_row(audit.account_offers(patient, make), key="audit.account")
    offers = audit.log_offers(lambda form: keeping.exported_lines(context, form))
    download_row(offers, key="audit.take")
