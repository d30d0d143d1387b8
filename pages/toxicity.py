"""Severe toxicity under each regimen beside its benefit, and what the patient's organs say."""

import streamlit as st

from components.charts import readings
from components.charts.plane import plane_figure
from components.charts.readings import quantity_label
from components.charts.toxicity import toxicity_figure
from components.widgets import hundreds, panels, reliability, response
from components.widgets import scores as shelf
from components.widgets import toxicity as shown
from components.widgets.figures import show_figure
from dashboard.services import board, scores
from dashboard.shell import desk, page

with page.frame("toxicity") as context:
    seat = desk.seated(context)

    def plane(regimens: list[str], months: int) -> None:
        """Benefit against harm, each regimen in one plane."""
        benefit = shown.choose_benefit(months, key="toxicity.benefit")
        label = quantity_label(benefit, months)
        placed = shown.placed_of(seat.forecast, seat.pack, regimens, months=months, benefit=benefit)
        if not placed:
            panels.show(panels.empty_state("Nothing to show.", "No regimen has both figures."))
            return
        figure = plane_figure(placed, label)
        show_figure(figure, key="toxicity.plane")
        panels.show(
            panels.caption(f"{shown.PLANE_CAPTION} {seat.source}"), shown.plane_table(placed, label)
        )
        seat.take(
            context, "benefit-harm",
            lambda: board.export(context, seat.patient, seat.forecast, regimens, months=months),
            figure,
        )  # fmt: skip

    @page.part("toxicity", context)
    def harms() -> None:
        """The controls and what they change."""
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            view = shown.choose_view(key="toxicity.view")
            months = seat.choose_months()
            regimens = seat.choose_regimens()
        if not regimens:
            panels.show(panels.empty_state("Nothing to show.", "Choose a regimen."))
            return
        if view == shown.PLANE:
            plane(regimens, months)
            return
        make = lambda: board.export_toxicity(  # noqa: E731
            context, seat.patient, seat.forecast, regimens
        )
        if view == shown.PEOPLE:
            chances = readings.chances(seat.forecast, regimens, readings.TOXICITY)
            head = seat.head(shown.ANY_SEVERE)
            panels.show(
                hundreds.people(seat.forecast, seat.labels, regimens),
                panels.caption(f"{hundreds.PEOPLE_KEY} {seat.source}"),
                panels.section("How good the forecast of harm is"),
                response.how_good(head, seat.forecast, seat.labels, regimens),
                reliability.at_this_risk(head, "Severe toxicity", seat.labels, chances),
            )
            seat.take(context, "toxicity", make, None)
            return
        picture = shown.picture_of(seat.forecast, seat.pack, regimens, months=months)
        panels.show(shown.key_of(picture))
        figure = toxicity_figure(shown.shortened(picture))
        show_figure(figure, key="toxicity.figure")
        with context.together() as asked:
            told = shown.harm_scores(scores.scores_of(asked, seat.patient))
            origins = scores.origins_of(asked, seat.patient)
        panels.show(
            panels.caption(
                "Grade 3 or worse, at any time under the regimen. Tinted: benefit, on the same "
                "scale. Published figures are of the trials' patients. " + seat.source
            ),
            panels.section("What the patient's organs say"),
            shown.flags(seat.judgement, seat.pack, seat.facts, regimens),
            shown.organ_table(seat.pack, seat.facts, regimens),
            *shown.genotypes_table(seat.pack),
            panels.section("Published scores of harm"),
            shelf.score_table(told, seat.pack, origins),
            panels.disclosure("All figures as a table", shown.toxicity_table(picture)),
            panels.disclosure(
                "Published rates with their sources", shown.published_terms(seat.pack, regimens)
            ),
        )
        seat.take(context, "toxicity", make, figure)

    harms()
