"""Who is in a cohort, what is missing, and how they fared: filters, curves, first table."""

import streamlit as st

from components.widgets import panels
from components.widgets import population as shown
from components.widgets.downloads import Offer, download_row
from components.widgets.waiting import waiting
from dashboard.services import knowledge, population
from dashboard.shell import handing_out, page, session

VIEWS = SURVIVAL, TABLE, FLOW, OVERLAP, TAKE = (
    "Survival", "First table", "Flow and treatments", "Overlap", "Download",
)  # fmt: skip

with page.frame("cohort") as context:
    left, right = st.columns(2)
    with left:
        disease = page.choose_disease(context)
    names = {choice.folder: choice.label for choice in population.choices(context, disease)}
    own = right.selectbox(
        "Cohort", list(names), format_func=names.__getitem__, key=f"cohort.own.{disease}"
    )
    with waiting("Opening the cohort; the first time it is simulated") as progress:
        data = population.cohort(context, disease, own=own, progress=progress)
    fewest = context.settings.small_cell_threshold
    panels.show(
        shown.synthetic_banner() if data.synthetic else shown.own_banner(data.source, fewest)
    )

    if own and (name := shown.ask_patient(key=f"cohort.patient.{own}")):
        with page.boundary("cohort"):
            session.open_patients([population.patient_of(context, disease, name, own=own)])
            page.go("patient")
    offered = population.offered(context, disease, own=own)
    selection = shown.choose_rows(offered, key=f"cohort.{disease}.{own}")
    views = VIEWS if not own else [view for view in VIEWS if view != OVERLAP]
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    view = left.segmented_control(
        "View of the cohort", views, default=SURVIVAL, required=True, key="cohort.view", wrap=True,
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    endpoint = "os"
    if view == SURVIVAL and len(offered.endpoints) > 1:
        endpoint = right.segmented_control(
            "Endpoint", offered.endpoints, default="os", required=True, key="cohort.endpoint",
            format_func=shown.ENDPOINTS.__getitem__, persist_state="session",
            label_visibility="collapsed",
        )  # fmt: skip
    summary = population.describe(context, disease, selection, endpoint=endpoint, own=own)
    panels.show(shown.cohort_figures(summary))

    if view == SURVIVAL:
        order = [regimen for regimen, _ in offered.regimens]
        figure = shown.show_survival(summary.curves, endpoint, order=order, key="cohort.survival")
        handing_out.chart(context, "cohort", figure, f"{disease}-{endpoint}")
    elif view == TABLE:
        st.header("What is missing", anchor=False)
        figure = shown.show_missing(summary, key="cohort.missing")
        handing_out.chart(context, "cohort", figure, f"{disease}-missing")
        st.header("Who they are", anchor=False)
        panels.show(shown.first_table(summary, knowledge.pack(context, disease)))
    elif view == FLOW:
        st.header("From all rows to this selection", anchor=False)
        figure = shown.show_flow(summary.flow, key="cohort.flow")
        handing_out.chart(context, "cohort", figure, f"{disease}-flow")
        for name, shares, what in (
            ("regimens", summary.regimens, "Regimens given"),
            ("lines", summary.lines, "Lines of treatment"),
            ("sites", summary.sites, "Hospitals"),
        ):
            figure = shown.show_shares(shares, what, key=f"cohort.{name}")
            handing_out.chart(context, "cohort", figure, f"{disease}-{name}")
    elif view == OVERLAP:
        st.header("How far treatments overlap", anchor=False)
        st.caption(
            "The true chances of being given each regimen, from the simulator's hidden truth; for "
            "teaching. No model that learns or predicts may read them."
        )
        figure = shown.show_overlap(population.overlap(context, disease), key="cohort.overlap")
        handing_out.chart(context, "cohort", figure, f"{disease}-overlap")
    else:
        st.header("Take the tables with you", anchor=False)
        offers = [
            Offer(
                "First table (CSV)", f"{disease}-table.csv", "text/csv",
                lambda: population.export(context, summary, "table"),
            ),
            Offer(
                "Points of the curves (CSV)", f"{disease}-curves.csv", "text/csv",
                lambda: population.export(context, summary, "curves"),
            ),
        ]  # fmt: skip
        download_row(offers, key="cohort.take")
        page.link("calibration", "How the simulator stands against the trials")
