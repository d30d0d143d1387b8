"""The patients most like this one: what they received and what happened to them."""

import streamlit as st

from components.charts.similar import groups_figure
from components.widgets import panels
from components.widgets import similar as shown
from components.widgets.figures import show_figure
from components.widgets.observed import curves_table
from dashboard.services import reasons, similar
from dashboard.shell import desk, page

with page.frame("similar") as context:
    seat = desk.seated(context, by_treatment=False)

    @page.part("similar", context)
    def alike() -> None:
        """How likeness is counted, and who is found."""
        with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
            likeness = shown.choose_likeness(
                seat.pack, seat.card.inputs, key=f"similar.{seat.token}"
            )
        with page.boundary("similar"):
            found = similar.similar(
                context, seat.patient, k=likeness.count, weights=likeness.weights,
                locks=likeness.locks, own=seat.own,
            )  # fmt: skip
            panels.show(shown.lead(found, seat.pack))
            drawn = [group for group in found.groups if not group.hidden][: shown.MOST_DRAWN]
            figure = groups_figure(drawn) if any(group.response for group in drawn) else None
            words = shown.groups_table(found)
            if figure is not None:
                show_figure(figure, key="similar.groups")
                words = panels.disclosure("All groups as a table", words)
            st.caption(" ".join(found.notes))
            panels.show(words)
            seat.take(
                context, "similar",
                lambda: reasons.export_similar(context, seat.patient, found), figure,
            )  # fmt: skip
            st.header("How they fared over time", anchor=False)
            endpoint = shown.choose_endpoint(key="similar.endpoint")
            curves = shown.observed_curves(found, endpoint)
            lived = shown.show_observed(curves, endpoint, seat.order, key="similar.curves")
            if lived is not None:
                words = curves_table(curves, endpoint.upper(), band="90 %")
                panels.show(panels.disclosure("The curves as a table", words))
                seat.take(context, f"similar-{endpoint}", None, lived)
            if seat.is_of_treatments:
                st.header("Differences between their regimens", anchor=False)
                panels.show(shown.confounding())
                panels.show(shown.contrasts_table(found.contrasts, seat.labels))
            if found.exemplars:
                st.header("The nearest with each outcome", anchor=False)
                panels.show(shown.exemplars_table(found, seat.pack))

    alike()
