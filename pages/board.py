"""One screen for the board: every regimen in a row, every figure with its interval."""

import streamlit as st

from components.widgets import added, panels
from components.widgets import board as shown
from dashboard.services import board, concordance
from dashboard.shell import desk, page

with page.frame("board") as context:
    seat = desk.seated(context)

    @page.part("board", context)
    def table() -> None:
        """The controls and what they change."""
        row = st.container(horizontal=True, gap="small", vertical_alignment="center")
        with row:
            months = seat.choose_months()
            order = shown.choose_order(months, key="board.order")
            regimens = seat.choose_regimens()
            ranking = None
            if order == shown.WEIGHTS:
                weights, benefit = shown.choose_weights(months, key=f"board.{seat.token}.weights")
                ranking = board.rank(
                    context, seat.patient, seat.forecast, regimens, weights=weights,
                    benefit=(benefit, months),
                )  # fmt: skip
        if len(regimens) < board.FEWEST:
            panels.show(panels.empty_state("Nothing to compare.", "Choose at least two regimens."))
            return
        apart, unseen = None, {}
        if order == shown.APART:
            desk.await_trials(context, seat.pack, own=seat.own)
            asked = concordance.concordance(
                context, seat.patient, regimens, own=seat.own, similar={}
            )
            apart, unseen = concordance.differing(asked), concordance.unseen(asked)
        view = shown.BoardView(
            seat.pack, seat.facts, seat.judgement, seat.forecast, months, ranking, apart, unseen
        )
        panels.show(
            shown.board_table(view, shown.in_order(view, regimens, order)),
            *([shown.ranking_words(ranking, seat.labels)] if ranking is not None else []),
            shown.applicability(view, regimens, seat.source),
            *added.added_drugs(seat.forecast, seat.pack, regimens, months=months),
            shown.others_list(view, regimens),
        )
        seat.take(
            context, "board",
            lambda: board.export(context, seat.patient, seat.forecast, regimens, months=months),
            None,
        )  # fmt: skip

    table()
