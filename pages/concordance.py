"""The model beside what is published and observed, and where it disagrees."""

import streamlit as st

from components.widgets import concordance as shown
from components.widgets import panels
from components.widgets.downloads import Offer, download_row
from dashboard.services import concordance
from dashboard.shell import desk, page

with page.frame("concordance") as context:
    seat = desk.seated(context)
    who = seat.patient
    regimens = seat.choose_regimens()
    desk.await_trials(context, seat.pack, own=seat.own)
    found = concordance.concordance(context, who, regimens, own=seat.own)
    panels.show(shown.headline(*concordance.headline(found)))
    st.caption(
        "The model's figures beside those of trials whose population the patient fits or nearly "
        "fits, of published scores and of similar patients. Everyone keeps their own interval."
    )
    key = f"concordance.rows.{who.fingerprint}"
    rows = shown.choose_rows(concordance.ordered(found.rows), key=key)
    if rows:
        panels.show(shown.rows_table(rows))
        st.header("One row in full", anchor=False)
        row = shown.choose_row(rows, key=f"concordance.row.{who.fingerprint}.{len(rows)}")
        told = concordance.explained(context, who, row, own=seat.own)
        figure = shown.show_row(told, key="concordance")
        seat.take(context, "concordance-row", lambda: concordance.export(context, found), figure)
    else:
        panels.show(panels.empty_state("No row of this kind.", "Choose another kind, or regimens."))
    panels.show(shown.statistic_note(found.between))
    st.caption(seat.source)
    take = Offer(
        "Every figure (CSV)", f"{who.id}-concordance.csv", "text/csv",
        lambda: concordance.export(context, found),
    )  # fmt: skip
    download_row([take], key="concordance.take")
