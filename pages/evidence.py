"""What is published: for the patient on the screen, the scores, a search, and rows of one's own."""

import streamlit as st

from components.widgets import evidence as shown
from components.widgets import library, panels
from components.widgets import own_statements as own
from components.widgets import scores as shelf
from components.widgets.downloads import Offer, download_row
from components.widgets.patient import finding_lines
from dashboard.services import evidence, knowledge, own_evidence, own_statements, scores
from dashboard.services.context import Permission
from dashboard.shell import handing_out, page, session

VIEWS = PATIENT, SCORES, SEARCH, OWN = "For this patient", "Scores", "Search", "Own evidence"

with page.frame("evidence") as context:
    case = session.selected()
    view = st.segmented_control(
        "View of the evidence", VIEWS, default=PATIENT if case else SEARCH, required=True,
        key="evidence.view", label_visibility="collapsed", wrap=True,
    )  # fmt: skip

    if view == PATIENT:
        who = page.case_on_screen().patient
        found = evidence.matches(context, who)
        newest = evidence.newest_year(context, who.disease)
        if evidence.is_old(context, newest):
            panels.show(shown.old_notice(newest))
        said = own_statements.guidelines(context, who)
        panels.show(shown.overview(found, own.verdict_cells(said)))
        st.header("One regimen in full", anchor=False)
        chosen = shown.choose_regimen(found, key=f"evidence.regimen.{who.disease}")
        panels.show(shown.fit_figures(chosen))
        if chosen.tier is not None:
            panels.show(shown.tier_note(chosen.tier))
        own.show(said[chosen.regimen], own_statements.items(context, who), chosen.regimen)
        st.header("Trial arms and what came of them", anchor=False)
        figure = shown.show_forest(chosen.arms, key=f"evidence.forest.{chosen.regimen}")
        panels.show(shown.arms_table(chosen.arms))
        handing_out.of_patient(context, figure, about=who.id, name=f"{chosen.regimen}-trial-arms")
        st.header("Published effects that apply to this patient", anchor=False)
        shown.show_effects(chosen)
        st.header("Side effects", anchor=False)
        panels.show(shown.toxicity_table(chosen))

    elif view == SCORES:
        who = page.case_on_screen().patient
        pack = knowledge.pack(context, who.disease)
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

    elif view == SEARCH:
        label = knowledge.pack(context, case.patient.disease).label if case else ""
        values = {name: evidence.values(context, name) for name in evidence.FACETS}
        query, filters = library.ask(evidence.FACETS, values, key="evidence.search", disease=label)
        figure = library.show_found(
            lambda most, start: evidence.search(context, query, filters, most=most, start=start),
            key="evidence.found",
        )
        handing_out.chart(context, "evidence", figure, "evidence-found")

    else:
        context.require(Permission.EVIDENCE_WRITE)
        library.before_the_file()
        take = Offer("Template (CSV)", "own-evidence.csv", "text/csv",
                     lambda: own_evidence.template(context))  # fmt: skip
        table = Offer("Guideline template (CSV)", "own-guideline.csv", "text/csv",
                      lambda: own_evidence.guideline_template(context))  # fmt: skip
        download_row([take, table], key="evidence.template")
        if (file := library.drop(key="evidence.file")) is not None:
            looked_at = own_evidence.look(context, file[1], file[0])
            if library.offer_to_add(looked_at, finding_lines, key="evidence.add"):
                own_evidence.keep(context, looked_at)
                st.rerun()
        st.header("What was added", anchor=False)
        gone = library.choose_removal(own_evidence.additions(context), key="evidence.remove")
        if gone is not None:
            own_evidence.remove(context, gone)
            st.rerun()
