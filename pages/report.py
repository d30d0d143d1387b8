"""The papers about the patient on the screen: choose, look at the pages, take the file."""

import streamlit as st

from components.widgets import panels, report
from components.widgets.downloads import download_row
from components.widgets.waiting import waiting
from dashboard.services import knowledge, reports
from dashboard.services.release import reason_to_identify
from dashboard.services.reports import Wish
from dashboard.shell import desk, page

MONTHS = (6, 12, 24, 36, 60)

with page.frame("report") as context:
    shown = page.case_on_screen()
    who, case = shown.patient, shown.token if shown.of_board else ""
    months, weighed = reports.usual(context, case)
    pack = knowledge.pack(context, who.disease)
    kind = report.choose_kind(key="report.kind")
    st.caption(report.ABOUT[kind])
    language = report.choose_language(kind, key="report.language")
    chosen, month, place = [], MONTHS[1], st.container()
    if kind in reports.FORECAST:
        left, right, place = st.columns([5, 1.2, 1.4], vertical_alignment="bottom")
        chosen = left.multiselect(
            "Regimens",
            [regimen.id for regimen in pack.regimens],
            format_func=lambda name: pack.regimen(name).label,
            max_selections=reports.MOST_REGIMENS,
            select_all=False,
            placeholder=report.usual_words(reports.usual_number(kind), of_board=weighed),
            key="report.regimens",
        )
        first = MONTHS.index(months) if months in MONTHS else 1
        month = right.selectbox("Months ahead", MONTHS, index=first, key=f"report.month.{case}")
    with place:
        identified, reason = report.ask_identified(key="report.identified")
    if identified:
        reason_to_identify(context, reason)
    wish = Wish(
        kind,
        language,
        chosen,
        float(month),
        identified=identified,
        reason=reason,
        case=case,
        own=desk.choose_own(context, who.disease),
    )
    with waiting("Preparing the forecasts; the first time the model is trained") as progress:
        reports.prepare(context, who, wish, progress=progress)
    offers = report.report_offers(
        who.id, kind, lambda form: reports.file_of(context, who, wish, form)
    )
    download_row(offers, key=f"report.take.{kind}")
    if kind in reports.PICTURED:
        document = reports.report(context, who, wish)
        pictures = reports.preview(context, document)
        number = report.choose_page(len(pictures), key=f"report.page.{kind}")
        panels.show(report.page_picture(pictures, number, document.title))
