"""How the simulator stands against the trials: every published figure beside the simulated one."""

import streamlit as st

from components.widgets import calibration as shown
from components.widgets import panels
from components.widgets.downloads import Offer, download_row
from components.widgets.waiting import waiting
from dashboard.services import knowledge, population
from dashboard.shell import handing_out, page

VIEWS = FIGURES, CONFLICTS, LEFT_OUT = "Every figure", "Trials that disagree", "Not simulated"

with page.frame("calibration") as context:
    disease = page.choose_disease(context)
    with waiting("Opening the calibration; the first time the trials are replayed") as progress:
        report = population.calibration(context, disease, progress=progress)
    panels.show(
        panels.lead(
            "Each trial's own patients are drawn afresh, given the arm, and read as the trial was "
            "read. No figure is left out in silence, and none is fitted trial by trial."
        )
    )
    st.caption(
        f"Fresh seed {report.seed}; the parameters were solved with seed {report.solved_with_seed}."
    )
    panels.show(shown.kinds_table(report))
    pack = knowledge.pack(context, disease)
    regimens = {regimen.id: regimen.label for regimen in pack.regimens}
    view = st.segmented_control(
        "View of the calibration", VIEWS, default=FIGURES, required=True, key="calibration.view",
        label_visibility="collapsed", wrap=True, persist_state="session",
    )  # fmt: skip
    if view == FIGURES:
        st.header("Published and simulated", anchor=False)
        figures = shown.choose_figures(report, regimens, key=f"calibration.{disease}")
        figure = shown.show_figures(figures, regimens, key=f"calibration.{disease}")
        handing_out.chart(
            context, "calibration", figure, f"{disease}-figures",
            make=lambda: population.export_calibration(context, report),
        )  # fmt: skip
    elif view == CONFLICTS:
        st.header("Trials that disagree", anchor=False)
        panels.show(shown.disagreements_table(report, regimens))
    else:
        st.header("Published, but not simulated", anchor=False)
        panels.show(shown.left_out_table(report, pack))
    take = Offer(
        "All figures (CSV)", f"{disease}-calibration.csv", "text/csv",
        lambda: population.export_calibration(context, report),
    )  # fmt: skip
    download_row([take], key="calibration.take")
