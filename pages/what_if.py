"""What would change a forecast: facts changed with a ghost, swings, tipping points, modifiables."""

import streamlit as st

from components.charts import changed, what_if
from components.widgets import panels, targets
from components.widgets import what_if as shown
from components.widgets.figures import show_figure
from dashboard.services import entry, explanations, reasons, scenarios
from dashboard.shell import desk, page

with page.frame("what_if") as context:
    seat = desk.seated(context, by_treatment=False)
    key, pack, who, own = f"what_if.{seat.token}", seat.pack, seat.patient, seat.own

    @page.part("what_if", context)
    def other_facts() -> None:
        """Facts to change, and the board's regimens with the original as a ghost."""
        start = entry.typed_values(who)
        form = shown.change_form(pack, seat.card.inputs, start, key=f"{key}.{who.fingerprint}")
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            months = seat.choose_months()
            regimens = seat.choose_regimens()
        with page.boundary("what_if"):
            if not regimens:
                panels.show(panels.empty_state("Nothing to show.", "Choose a regimen."))
                return
            changes = shown.changes_of(form, start)
            other, forecast = who, seat.forecast
            if changes:
                other, forecast = explanations.what_if(context, who, changes, own=own)
            panels.show(panels.lead(changed.change_words(who, other, pack)))
            rows = shown.ghosts(seat.forecast, forecast, regimens, seat.labels, months=months)
            figure = what_if.ghost_figure(rows, shown.ghost_columns(rows, months))
            show_figure(figure, key="what_if.ghosts")
            words = (
                f"Filled: as changed, with interval. Hollow: the original. {changed.NOT_CAUSES} "
                f"Nothing of it is kept unless you name it. {seat.source}"
            )
            panels.show(
                panels.caption(words),
                panels.disclosure("All figures as a table", shown.ghost_table(rows, months)),
            )
            name = shown.ask_name(changed=bool(changes), key=f"{key}.keep")
            if name:
                scenarios.keep(context, who, name, changes)
                st.success("Kept. It stands under Kept scenarios, on another day too.")
            seat.take(
                context, "what-if",
                lambda: reasons.export_what_if(context, who, rows, months=months), figure,
            )  # fmt: skip

    @page.part("what_if", context)
    def asked(view: str) -> None:
        """One question about one figure."""
        regimen, name = targets.ask(pack, seat.card, seat.first, key=key)
        versus = ""
        if view == shown.FLIP:
            versus = targets.choose_other(pack, regimen, seat.first, key=f"{key}.versus")
        months = seat.choose_months() if targets.is_timed(name) else 0
        target = targets.target_of(name, months)
        found = (
            explanations.tornado(context, who, regimen, target, own=own)
            if view == shown.SWING
            else explanations.tipping_points(context, who, (regimen, versus), target, own=own)
            if view == shown.FLIP
            else explanations.counterfactuals(context, who, regimen, target, own=own)
        )
        figure = shown.show_answer(found, pack, key="what_if.swings")
        seat.take(
            context, view.lower().replace(" ", "-"),
            lambda: reasons.export_answer(context, who, found), figure,
        )  # fmt: skip

    view = shown.choose_view(compares=seat.is_of_treatments, key="what_if.view")
    if view == shown.CHANGE:
        other_facts()
    elif view != shown.KEPT:
        asked(view)
    elif kept := scenarios.kept(context, who):
        regimen = targets.choose_regimen(pack, seat.first, key=f"{key}.regimen")
        months = seat.choose_months()
        others, lost = explanations.scenarios(context, who, kept, own=own)
        rows, figure = shown.show_kept(
            (who, seat.forecast), others, lost, pack, regimen=regimen, months=months
        )
        st.caption(f"Filled: the scenario. Hollow: as it is. {changed.NOT_CAUSES} {seat.source}")
        if gone := shown.choose_dropped(kept, key=f"{key}.drop"):
            scenarios.drop(context, who, gone)
            st.rerun()
        seat.take(
            context, "scenarios",
            lambda: reasons.export_what_if(context, who, rows, months=months), figure,
        )  # fmt: skip
    else:
        panels.show(panels.empty_state("No scenario is kept of this patient.", shown.NONE_KEPT))
