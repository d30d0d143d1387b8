"""What is published: for the patient on the screen, regimen by regimen, and the scores."""

import streamlit as st

from components.widgets import evidence as shown
from components.widgets import panels
from components.widgets import scores as shelf
from dashboard.services import evidence, knowledge, scores
from dashboard.shell import page

VIEWS = PATIENT, SCORES = "For this patient", "Scores"

with page.frame("evidence") as context:
    view = st.segmented_control(
        "View of the evidence", VIEWS, default=PATIENT, required=True, key="evidence.view",
        label_visibility="collapsed", wrap=True,
    )  # fmt: skip
    who = page.case_on_screen().patient
    pack = knowledge.pack(context, who.disease)

    if view == PATIENT:
        found = evidence.matches(context, who)
        chosen = shown.choose_regimen(found, key=f"evidence.regimen.{who.disease}")
        panels.show(shown.fit_figures(chosen))
        st.header("Trial arms and what came of them", anchor=False)
        shown.show_forest(chosen.arms, key=f"evidence.forest.{chosen.regimen}")
        panels.show(shown.arms_table(chosen.arms))
        st.header("Published effects that apply to this patient", anchor=False)
        shown.show_effects(chosen)
        st.header("Side effects", anchor=False)
        panels.show(shown.toxicity_table(chosen))

    else:
        lacking = scores.scores_of(context, who)
        st.header("Published scores", anchor=False)
        place = st.container()
        typed = shelf.complete_by_hand(lacking, key=f"evidence.typed.{who.fingerprint}")
        results = scores.scores_of(context, who, typed=typed) if typed else lacking
        with place:
            panels.show(shelf.score_table(results, pack, scores.origins_of(context, who)))
            others = ", ".join(scores.elsewhere(context, who.disease))
            st.caption(f"On the shelf for other tumours: {others}.")
        for result in filter(scores.weighs_treatments, results):
            st.header(f"What treatment adds: {result.score.name}", anchor=False)
            offered = scores.treatments_offered(result)
            picked = shelf.choose_treatments(result, offered, key="evidence.treatments")
            generation = shelf.choose_generation(key=f"evidence.{result.score.id}.generation")
            shelf.show_benefits(scores.benefits(context, result, picked, generation))
