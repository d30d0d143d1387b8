"""The part of Methods in which people judge models, on a server; nothing on one's own machine."""

from __future__ import annotations

import streamlit as st

from components.widgets import approval as shown
from components.widgets import panels
from components.widgets.panels import plain
from dashboard.answers.approval import Seat
from dashboard.knowledge.schema import DiseasePack
from dashboard.services import approvals, forecasts, population
from dashboard.services.context import Context, Permission
from dashboard.shell import background, session

_WORDS = {
    shown.APPROVE: approvals.approve, shown.REFUSE: approvals.refuse,
    shown.WITHDRAW: approvals.withdraw,
}  # fmt: skip


def judge_models(context: Context, pack: DiseasePack) -> None:
    """Show which model is in use and which wait; whoever may, judges them here."""
    if not context.settings.needs_approval:
        return
    own = _choose_own(context, pack)
    seat = approvals.seat(context, pack.id, own=own)
    needed = context.settings.model_approvals
    if seat.models:
        panels.show(shown.lead(seat, needed))
    if not (seat.models and context.allows(Permission.MODEL_APPROVE)):
        return
    with st.expander("Judge the models", expanded=bool(seat.waiting)):
        panels.show(shown.models_table(seat, needed))
        _judge_one(context, pack, seat)
        _offer_newest(context, pack, own)


def _choose_own(context: Context, pack: DiseasePack) -> str:
    names = {each.folder: each.label for each in population.choices(context, pack.id)}
    if len(names) == 1:
        return ""
    chosen: str = st.selectbox(
        "Model learnt from", list(names), format_func=names.__getitem__, key=f"judge.own.{pack.id}"
    )
    return chosen


def _judge_one(context: Context, pack: DiseasePack, seat: Seat) -> None:
    model = shown.choose_model(seat, key=f"judge.{pack.id}.model")
    if model is None:
        return
    one, *used = approvals.shown(context, pack.id, model.bundle, own=seat.own)
    panels.show(shown.beside(one, used[0] if used else None, pack))
    word = shown.ask_word(model, key=f"judge.{pack.id}.{model.bundle}")
    if word is None:
        return
    now = _WORDS[word.what](context, pack.id, word.bundle, word.reason, own=seat.own)
    session.say(plain(f"Model {word.bundle}: {now.of(word.bundle).state}."))
    st.rerun()


def _offer_newest(context: Context, pack: DiseasePack, own: str) -> None:
    """Where cohort, pack or program changed since, a candidate can be trained beside the others."""
    if forecasts.is_newest(context, pack.id, own=own):
        return
    name = f"candidate of {pack.id} {own}".strip()

    def job(tell: background.Progress) -> None:
        forecasts.renew(context, pack.id, own=own, progress=tell)

    if not background.is_under_way(name):
        st.caption("The cohort, the pack or the program changed since these were trained.")
        if not st.button("Train a candidate now", key=f"judge.{pack.id}.train"):
            return
    background.watch(background.begin(name, job), "A candidate is being trained.",
                     "The model in use stays in use meanwhile.")  # fmt: skip
