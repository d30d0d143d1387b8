"""The report of the patient on the screen: choose, look at the first page, take the file."""

import base64
from functools import partial

import streamlit as st

from components.charts.markup import element
from components.widgets import panels
from components.widgets.downloads import Offer, download_row
from components.widgets.waiting import waiting
from dashboard.services import forecasts, knowledge, reports
from dashboard.services.reports import Form
from dashboard.shell import page

MONTHS = (6, 12, 24, 36, 60)
KINDS = {
    Form.PDF: ("PDF", "application/pdf"),
    Form.PPTX: (
        "Slides (PPTX)",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    Form.HTML: ("Web page (HTML)", "text/html"),
    Form.JSON: ("Data (JSON)", "application/json"),
}

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
    month = right.selectbox("Months ahead", MONTHS, index=2, key="report.month")
    document = reports.report(context, who, regimens=chosen, horizon_months=float(month))
    download_row(
        [
            Offer(
                label, f"{who.id}-report.{form}", mime,
                partial(reports.put_into, context, document, form),
            )
            for form, (label, mime) in KINDS.items()
        ],
        key="report.take",
    )  # fmt: skip
    first = base64.b64encode(reports.preview(context, document)).decode()
    said = f"First page of the report: {document.title}. The web page below holds the same words."
    panels.show(element("img", src=f"data:image/png;base64,{first}", alt=said, class_="cc-paper"))
