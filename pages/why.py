"""Why a forecast is what it is: a sentence, the bars that add up to it, and what is published."""

import streamlit as st

from components.charts.attribution import attribution_figure, over_time_figure, ratios_figure
from components.charts.effects import effect_figure
from components.widgets import effects, panels, targets
from components.widgets import why as shown
from components.widgets.figures import show_figure
from dashboard.services import explanations, reasons
from dashboard.shell import desk, page

with page.frame("why") as context:
    seat = desk.seated(context)
    key, pack, who = f"why.{seat.token}", seat.pack, seat.patient

    def asked() -> tuple[str, int, str]:
        """Which figure, at which month, under which regimen."""
        chosen = st.columns(2, gap="small")
        with chosen[0]:
            regimen = targets.choose_regimen(pack, seat.first, key=f"{key}.regimen")
        with chosen[1]:
            name = targets.choose_target(seat.card, pack, key="why.target")
        months = seat.choose_months() if targets.is_timed(name) else 0
        return name, months, regimen

    @st.fragment
    def facts() -> None:
        """What each fact adds to one figure, or to the difference of two."""
        chosen = st.columns(3, gap="small")
        with chosen[0]:
            regimen = targets.choose_regimen(pack, seat.first, key=f"{key}.regimen")
        with chosen[1]:
            versus = targets.choose_versus(pack, regimen, seat.first, key=f"{key}.versus")
        with chosen[2]:
            name = targets.choose_target(seat.card, pack, key="why.target")
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            months = seat.choose_months() if targets.is_timed(name) else 0
            scale = targets.choose_scale(name, key="why.scale")
        with page.boundary("why"):
            target = targets.target_of(name, months, scale)
            found = (
                explanations.contrast(context, who, (regimen, versus), target)
                if versus
                else explanations.attribution(context, who, regimen, target)
            )
            panels.show(panels.lead(explanations.sentence(found, pack)))
            unsure = shown.choose_unsure(found, key="why.unsure")
            figure = attribution_figure(shown.attributed(found, pack, unsure=unsure))
            show_figure(figure, key="why.bars")
            st.caption(f"{shown.evidence_words(found)} {shown.BARS_CAPTION} {seat.source}")
            table = shown.reasons_table(found, pack)
            panels.show(panels.disclosure("Every fact as a table, with the evidence", table))
            seat.take(
                context, "why",
                lambda: reasons.export_reasons(context, who, [found]), figure,
            )  # fmt: skip

    @st.fragment
    def beside(view: str) -> None:
        """How the bars go with time, or the plain model that was fitted beside."""
        chosen = st.columns(3, gap="small")
        with chosen[0]:
            name = targets.choose_target(seat.card, pack, key="why.curve", timed=True)
        with page.boundary("why"):
            if view == shown.COURSE:
                with chosen[1]:
                    regimen = targets.choose_regimen(pack, seat.first, key=f"{key}.regimen")
                found = explanations.over_time(context, who, regimen, name)
                courses = shown.courses_of(found, pack)
                figure = over_time_figure(courses, targets.target_label(name, pack))
                words, table = shown.COURSE_CAPTION, shown.courses_table(found, courses)
            else:
                found = ()
                effects = shown.plain_effects(seat.card, name, pack)
                if not effects:
                    panels.show(panels.empty_state("No plain model.", shown.NO_PLAIN))
                    return
                figure = ratios_figure(effects, targets.target_label(name, pack))
                words, table = shown.PLAIN_CAPTION, shown.plain_table(seat.card, name, pack)
            show_figure(figure, key="why.beside")
            st.caption(f"{words} {seat.source}")
            panels.show(panels.disclosure("The figures as a table", table))
            seat.take(
                context, "why-beside",
                lambda: reasons.export_reasons(context, who, found) if found
                else reasons.export_ratios(context, who, seat.card), figure,
            )  # fmt: skip

    @st.fragment
    def along() -> None:
        """How the figure goes with one fact over the cohort, the patient marked."""
        name, months, regimen = asked()
        target = targets.target_of(name, months)
        fact = effects.choose_fact(pack, seat.card.inputs, key=f"{key}.fact")
        with page.boundary("why"):
            found = explanations.effect_curve(context, who, regimen, target, feature=fact)
            named = effects.named_curve(found, pack)
            figure = effect_figure(named)
            show_figure(figure, key="why.along")
            st.caption(f"{effects.unknown_words(named)} {effects.ALONG_CAPTION} {seat.source}")
            panels.show(panels.disclosure("The figures as a table", effects.effect_table(named)))
            seat.take(
                context, "why-fact", lambda: reasons.export_effect(context, who, found), figure,
            )  # fmt: skip

    @st.fragment
    def together() -> None:
        """Which facts do something together, and two of them laid out."""
        name, months, regimen = asked()
        target = targets.target_of(name, months)
        with page.boundary("why"):
            pairs = explanations.interactions(context, who, regimen, target)
            panels.show(panels.lead(effects.pairs_words(pairs, target.scale, pack)))
            panels.show(effects.pairs_table(pairs, target.scale, pack))
            first, second = effects.first_pair(pairs, seat.card.inputs)
            inputs = seat.card.inputs
            left, right = st.columns(2, gap="small")
            with left:
                rest = [first, *(name for name in inputs if name != first)]
                one = effects.choose_fact(pack, rest, key=f"{key}.one", label="Lay out")
            with right:
                rest = [n for n in dict.fromkeys((second, first, *inputs)) if n != one]
                other = effects.choose_fact(pack, rest, key=f"{key}.other.{one}", label="against")
            found = explanations.surface(context, who, regimen, target, features=(one, other))
            panels.show(effects.surface_table(found, pack))
            st.caption(f"{effects.PAIRS_CAPTION} {seat.source}")
            seat.take(
                context, "why-pairs",
                lambda: reasons.export_pairs(context, who, pairs, found), None,
            )  # fmt: skip

    view = shown.choose_view(key="why.view")
    if view == shown.FACTS:
        facts()
    elif view == shown.PAIRS:
        together()
    elif view == shown.ALONG:
        along()
    else:
        beside(view)
