"""The model of a disease described: what it learnt from, how good it is, where it ends."""

import streamlit as st

from components.charts.attribution import ratios_figure
from components.charts.reliability import MOST_PANELS, reliability_figure
from components.widgets import landmark, panels, reliability, why
from components.widgets import methods as shown
from components.widgets.downloads import Offer, download_row
from components.widgets.figures import show_figure
from components.widgets.waiting import waiting
from dashboard.services import forecasts, knowledge, reasons, self_check
from dashboard.shell import approving, desk, handing_out, page, stops

with page.frame("methods") as context:
    page.say_what_was_done(context)
    disease = page.choose_disease(context)
    pack = knowledge.pack(context, disease)
    stops.offer_to_go_on(context, pack.id)
    approving.judge_models(context, pack)
    own = desk.choose_own(context, disease)
    desk.await_model(context, pack, own=own)
    card = forecasts.card(context, disease, own=own)
    panels.show(shown.lead(card))
    panels.show(shown.counts(card))
    panels.show(shown.limits(card))
    view = shown.choose_view(key="methods.view")
    figures = lambda: reasons.export_card(context, card)  # noqa: E731
    if view == shown.QUALITY:
        panels.show(shown.quality_table(card, pack))
        panels.show(panels.disclosure("All figures", shown.scores_table(card, pack)))
        if card.updates:
            panels.show(landmark.updates_table(card))
    elif view == shown.CALIBRATION:
        curves = reliability.calibration_curves(card, pack)
        if curves:
            figure = reliability_figure(curves[:MOST_PANELS])
            show_figure(figure, key="methods.calibration")
            panels.show(
                panels.caption(reliability.CAPTION),
                panels.disclosure("All points as a table", reliability.tenths_table(curves)),
            )
            handing_out.chart(
                context, "methods", figure, f"{disease}-expected-observed", make=figures
            )
        else:
            panels.show(panels.empty_state("No calibration curve.", reliability.NOTHING))
    elif view == shown.RATIOS:
        endpoint = shown.choose_endpoint(card, pack, key="methods.endpoint") if card.plain else ""
        effects = why.plain_effects(card, endpoint, pack)
        if effects:
            figure = ratios_figure(effects, endpoint.upper())
            show_figure(figure, key="methods.ratios")
            st.caption(why.PLAIN_CAPTION)
            table = why.plain_table(card, endpoint, pack)
            panels.show(panels.disclosure("All ratios as a table", table))
            handing_out.chart(
                context, "methods", figure, f"{disease}-{endpoint}-ratios", make=figures
            )
        else:
            panels.show(panels.empty_state("No plain model.", why.NO_PLAIN))
    elif view == shown.INPUTS:
        panels.show(shown.inputs_table(card, pack))
        st.caption(shown.unused_words(card, pack))
        panels.show(shown.regimens_table(card, pack))
    elif view == shown.VERSIONS:
        panels.show(shown.versions_table(card))
    elif shown.ask_for_check(key="methods.check"):
        with waiting("Checking the model"):
            checked = self_check.self_check(context, disease, own=own)
        panels.show(shown.checks_table(checked))
    take = Offer("Model card (CSV)", f"{disease}-model-card.csv", "text/csv", figures)
    download_row([take], key="methods.take")
