"""Why a forecast is what it is: a sentence, the bars that add up to it, and what is published."""

import streamlit as st

from components.charts.attribution import attribution_figure, ratios_figure
from components.widgets import effects, panels, targets
from components.widgets import why as shown
from components.widgets.figures import show_figure
from dashboard.services import explanations, reasons
from dashboard.shell import desk, page

with page.frame("why") as context:
    seat = desk.seated(context, by_treatment=False)
    key, pack, who, own = f"why.{seat.token}", seat.pack, seat.patient, seat.own

    @page.part("why", context)
    def facts() -> None:
        """What each fact adds to one figure, or to the difference of two."""
        regimen, versus, name = targets.ask_pair(pack, seat.card, seat.first, key=key)
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            months = seat.choose_months() if targets.is_timed(name) else 0
            scale = targets.choose_scale(name, key="why.scale")
        target = targets.target_of(name, months, scale)
        found = (
            explanations.contrast(context, who, (regimen, versus), target, own=own)
            if versus
            else explanations.attribution(context, who, regimen, target, own=own)
        )
        panels.show(panels.lead(explanations.sentence(found, pack)))
        unsure = shown.choose_unsure(found, key="why.unsure")
        figure = attribution_figure(shown.attributed(found, pack, unsure=unsure))
        show_figure(figure, key="why.bars")
        words = f"{shown.evidence_words(found)} {shown.BARS_CAPTION} {seat.source}"
        panels.show(panels.caption(words), shown.reasons_details(found, pack))
        seat.take(
            context, "why",
            lambda: reasons.export_reasons(context, who, [found]), figure,
        )  # fmt: skip

    @page.part("why", context)
    def beside(view: str) -> None:
        """How the bars go with time, or the plain model that was fitted beside."""
        chosen = st.columns(3, gap="small")
        with chosen[0]:
            name = targets.choose_target(seat.card, pack, key="why.curve", timed=True)
        if view == shown.COURSE:
            with chosen[1]:
                regimen = targets.choose_regimen(pack, seat.first, key=f"{key}.regimen")
            found = explanations.over_time(context, who, regimen, name, own=own)
            figure, words, table = shown.course_view(found, name, pack)
        else:
            found = ()
            effects = shown.plain_effects(seat.card, name, pack)
            if not effects:
                panels.show(panels.empty_state("No plain model.", shown.NO_PLAIN))
                return
            figure = ratios_figure(effects, targets.target_label(name, pack))
            words, table = shown.PLAIN_CAPTION, shown.plain_table(seat.card, name, pack)
        show_figure(figure, key="why.beside")
        panels.show(
            panels.caption(f"{words} {seat.source}"),
            panels.disclosure("The figures as a table", table),
        )
        seat.take(
            context, "why-beside",
            lambda: reasons.export_reasons(context, who, found) if found
            else reasons.export_ratios(context, who, seat.card), figure,
        )  # fmt: skip

    view = shown.choose_view(key="why.view")
    if view == shown.FACTS:
        facts()
    elif view in (shown.COURSE, shown.PLAIN):
        beside(view)
    else:
        regimen, name = targets.ask(pack, seat.card, seat.first, key=key)
        months = seat.choose_months() if targets.is_timed(name) else 0
        target, inputs = targets.target_of(name, months), seat.card.inputs
        about = context, who, regimen, target
        with page.boundary("why"):
            if view == shown.ALONG:
                fact = effects.choose_fact(pack, inputs, key=f"{key}.fact")
                curve = explanations.effect_curve(*about, feature=fact, own=own)
                figure = effects.show_along(curve, pack, source=seat.source, key="why.along")
                seat.take(
                    context, "why-fact", lambda: reasons.export_effect(context, who, curve), figure,
                )  # fmt: skip
            else:
                pairs = explanations.interactions(*about, own=own)
                two = effects.show_pairs(pairs, pack, inputs, scale=target.scale, key=key)
                found = explanations.surface(*about, features=two, own=own)
                panels.show(effects.surface_table(found, pack))
                st.caption(f"{effects.PAIRS_CAPTION} {seat.source}")
                make = lambda: reasons.export_pairs(context, who, pairs, found)  # noqa: E731
                seat.take(context, "why-pairs", make, None)
