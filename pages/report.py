"""The report of the patient on the screen: choose, look at the first page, take the file."""

import streamlit as st

from components.widgets import panels, report
from components.widgets.downloads import download_row
from components.widgets.waiting import waiting
from dashboard.services import forecasts, knowledge, reports
from dashboard.shell import page

MONTHS = (6, 12, 24, 36, 60)

with page.frame("report") as context:
    who = page.case_on_screen().patient
    pack = knowledge.pack(context, who.disease)
    with waiting("Preparing the forecasts; the first time the model is trained") as progress:
        forecasts.prepare(context, who.disease, progress=progress)
    left, right = st.columns([3, 1])
    chosen = left.multiselect(
        "Regimens in the report",
        [regimen.id for regimen in pack.regimens],
        format_func=lambda name: pack.regimen(name).label,
        max_selections=reports.MOST_REGIMENS,
        placeholder="Those open to the patient, then those undecided, at most six",
        key="report.regimens",
    )
    month = right.selectbox("Months ahead", MONTHS, index=1, key="report.month")
    document = reports.report(context, who, regimens=chosen, horizon_months=float(month))
    download_row(
        report.report_offers(who.id, lambda form: reports.put_into(context, document, form)),
        key="report.take",
    )
    panels.show(report.first_page(reports.preview(context, document), document.title))
