"""What Concord is in one glance, and a sample patient in one click."""

import streamlit as st

from components.widgets import knowledge as knowledge_table
from components.widgets import panels, samples
from dashboard.services import intake, knowledge
from dashboard.shell import page, session

with page.frame("welcome") as context:
    panels.show(
        panels.lead(
            "Lays the treatments that come into question side by side for one patient: which the "
            "published rules leave open, what a model expects of response, survival, progression "
            "and toxicity, each with its interval, and what the published evidence says. It "
            "informs a tumour board or a class; it does not choose."
        )
    )
    st.header("Start with a sample patient", anchor=False)
    packs = knowledge.packs(context)
    offered = intake.samples(context)
    picked = samples.sample_cards(offered, {pack.id: pack.label for pack in packs}, key="sample")
    if picked:
        sample = next(sample for sample in offered if sample.id == picked)
        session.open_sample(sample, intake.recheck(context, sample.patient))
        page.go("patient")
    page.link("intake", "Or read a patient from a file, or type one in")

    st.header("What it knows, and how far that was checked", anchor=False)
    panels.show(knowledge_table.knowledge_table(packs))
    st.caption(
        "A row of figures counts as re-read when somebody opened its source again and compared. "
        "Figures that were not are marked wherever they are shown."
    )
