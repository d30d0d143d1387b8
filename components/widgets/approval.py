"""Models to be judged on the screen: what waits, beside what is in use, and the words of people.

Figures were all measured on patients left out of training; a difference that looks large may be
chance, so none is coloured as better or worse. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import streamlit as st

from components.charts import readings
from components.charts.markup import Markup, element
from components.widgets.methods import head_label
from components.widgets.panels import Tone, callout, disclosure
from components.widgets.tables import Cell, Column, table
from dashboard.answers.approval import Seat, Shown, Standing, State, Vote
from dashboard.answers.model_card import HeadCard, ModelCard
from dashboard.knowledge.schema import DiseasePack

APPROVE, REFUSE, WITHDRAW = "Approve", "Refuse", "Withdraw"
_FIGURES = {
    "auc": "tells apart (AUC)", "c_uno": "tells apart (C)", "brier": "error (Brier)",
    "ibs": "error (integrated Brier)", "slope": "calibration slope (1 is right)",
}  # fmt: skip
_STATES = {
    State.IN_USE: "In use", State.WAITING: "Waits for approval", State.FORMER: "Was in use before",
    State.REFUSED: "Refused", State.WITHDRAWN: "Withdrawn",
}  # fmt: skip


class Word(NamedTuple):
    """What somebody says of a model."""

    what: str
    bundle: str
    reason: str


def awaited(seat: Seat, needed: int) -> str:
    """What a page says that has no model: for whom it waits, and where that is done."""
    people = "one person" if needed == 1 else f"{needed} different people"
    lost = (
        f"Model {seat.in_use.bundle}, which was approved, cannot be used: its files were changed "
        "or are gone, or it is of another version of Concord. "
        if seat.in_use
        else ""
    )
    return (
        f"{lost}{_counted(len(seat.waiting))} waiting until {people} approve one, on the page "
        "Methods. Until then nothing is forecast; everything else can be used."
    )


def lead(seat: Seat, needed: int) -> Markup:
    """Which model is in use and who approved it, and what waits."""
    used, waiting = seat.in_use, len(seat.waiting)
    people = "one person approves" if needed == 1 else f"{needed} different people approve"
    rule = f"A model is used once {people} it."
    if used is None:
        return callout(Tone.CAUTION, "No model of this disease is in use.",
                       f"{_counted(waiting)} waiting. {rule}")  # fmt: skip
    told = f"Model {used.bundle}, approved by {_names(used.approvals)}. {rule}"
    if waiting:
        return callout(
            Tone.CAUTION, f"{_counted(waiting)} waiting for approval.", f"In use: {told}"
        )
    return callout(Tone.GOOD, "In use, and nothing waits.", told)


def models_table(seat: Seat, needed: int) -> Markup:
    """Every model of the place: what it is to the installation, where from, who said what."""
    columns = [
        Column("Model", width="16%"), Column("State", width="16%"), Column("From", width="22%"),
        Column("Approvals and reasons"),
    ]  # fmt: skip
    order = list(State)
    models = sorted(seat.models, key=lambda each: (order.index(each.state), -each.at.timestamp()))
    rows = [[each.bundle, _STATES[each.state], _from(each), _said(each, needed)] for each in models]
    return table("Models of this disease", columns, rows)


def choose_model(seat: Seat, *, key: str) -> Standing | None:
    """Which model is to be judged; those that wait stand first."""
    order = [State.WAITING, State.FORMER, State.WITHDRAWN, State.REFUSED, State.IN_USE]
    models = sorted(seat.models, key=lambda each: (order.index(each.state), -each.at.timestamp()))
    names = {each.bundle: f"{each.bundle} · {_STATES[each.state].lower()}" for each in models}
    if not names:
        return None
    chosen = st.selectbox("Model", list(names), format_func=names.__getitem__, key=key)
    return next((each for each in models if each.bundle == chosen), None)


def beside(one: Shown, used: Shown | None, pack: DiseasePack) -> Markup:
    """A model's card beside that of the one in use: cohort, figures, limits."""
    if one.card is None:
        return callout(Tone.ALERT, "This model cannot be opened.", one.fault)
    other = used.card if used and used.standing.bundle != one.standing.bundle else None
    head = [Column("Forecast", width="26%"), Column("Figure", width="26%")]
    head += [Column(f"This one ({one.card.bundle})", number=True)]
    if other is not None:
        head += [Column(f"In use ({other.bundle})", number=True), Column("Difference", number=True)]
    limits = element("ul", *(element("li", limit) for limit in one.card.limits), class_="cc-list")
    return element(
        "div",
        _cohorts(one.card, other),
        table("Measured on patients left out of training", head, _figures(one.card, other, pack)),
        disclosure("Where it ends", limits),
    )


def ask_word(model: Standing, *, key: str) -> Word | None:
    """Approve, refuse or withdraw, with the reason; None until a button is pressed."""
    with st.form(f"{key}.form", border=False):
        reason = st.text_area(
            "Reason", key=f"{key}.reason", height=80,
            placeholder="What you looked at: cohort, figures by group, limits",
        )  # fmt: skip
        offered = (
            [WITHDRAW] if model.state is State.IN_USE
            else [APPROVE, REFUSE] if model.state is State.WAITING else [APPROVE]
        )  # fmt: skip
        places = st.columns(4)
        pressed = [
            what for what, place in zip(offered, places, strict=False)
            if place.form_submit_button(what, width="stretch")
        ]  # fmt: skip
    return Word(pressed[0], model.bundle, reason) if pressed else None


def seats_table(seats: Sequence[Seat], labels: Mapping[str, str]) -> Markup:
    """Every place with a model, for whoever offers them."""
    if not seats:
        return element("p", "There is no model yet.", class_="cc-muted")
    rows: list[list[Cell]] = [
        [
            labels.get(each.disease, each.disease) + (f", {each.own}" if each.own else ""),
            f"{each.in_use.bundle}, approved by {_names(each.in_use.approvals)}"
            if each.in_use else "none",
            ", ".join(f"{model.bundle} ({len(model.approvals)} approved)" for model in each.waiting)
            or "none",
        ]
        for each in seats
    ]  # fmt: skip
    return table("Models of this server", [Column("Disease"), Column("In use"), Column("Waiting")],
                 rows)  # fmt: skip


def ask_offer(
    names: Sequence[str], folder: str, cohorts: Mapping[str, str], *, key: str
) -> tuple[str, str] | None:
    """Which bundle is to be offered, of those that lie ready, and as the model of which cohort.

    Args:
        names: the bundles.
        folder: where they lie.
        cohorts: what the hospital's own cohorts are called, by folder.
        key: of the fields.

    Returns:
        The bundle and the folder of the cohort, empty for the simulated one; None until asked for.
    """
    if not names:
        st.caption(f"To offer a model from elsewhere, put its folder into {folder}.")
        return None
    left, right = st.columns([3, 1.2], vertical_alignment="bottom")
    name = left.selectbox("Bundle that lies ready", list(names), key=f"{key}.name")
    labels = {"": "The simulated one of its disease", **cohorts}
    own = ""
    if cohorts:
        own = left.selectbox(
            "As the model of cohort", list(labels), format_func=labels.__getitem__, key=f"{key}.own"
        )
    asked = right.button("Offer it", key=f"{key}.offer", width="stretch")
    return (name, own) if asked else None


def _figures(card: ModelCard, other: ModelCard | None, pack: DiseasePack) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    there = {head.target: head for head in other.heads} if other else {}
    here = {head.target: head for head in card.heads}
    for target in (*here, *(name for name in there if name not in here)):
        mine, theirs = here.get(target), there.get(target)
        for name, words in _FIGURES.items():
            pair = [_figure(head, name) for head in (mine, theirs)]
            if pair == [None, None]:
                continue
            cells: list[Cell] = [head_label(target, pack), words, _number(pair[0])]
            if other is not None:
                cells += [_number(pair[1]), _difference(*pair)]
            rows.append(cells)
    return rows


def _figure(head: HeadCard | None, name: str) -> float | None:
    return None if head is None else head.quality.get(name)


def _number(value: float | None) -> str:
    return readings.NOTHING if value is None else f"{value:.3f}"


def _difference(mine: float | None, theirs: float | None) -> str:
    if mine is None or theirs is None:
        return readings.NOTHING
    return f"{mine - theirs:+.3f}".replace("-", "−")


def _cohorts(card: ModelCard, other: ModelCard | None) -> Markup:
    cards = [("This one", card), *([("In use", other)] if other else [])]
    rows: list[list[Cell]] = [
        [name, each.cohort, "simulated patients" if each.synthetic else "real patients",
         f"{each.rows_used:,}", each.source or readings.NOTHING]
        for name, each in cards
    ]  # fmt: skip
    columns = [Column(""), Column("Cohort"), Column("Of"), Column("Treatments", number=True),
               Column("Source")]  # fmt: skip
    return table("What each learnt from", columns, rows)


def _from(model: Standing) -> str:
    by = f" by {model.author}" if model.author else ""
    return f"{model.origin}{by}, {model.at:%Y-%m-%d %H:%M} UTC"


def _said(model: Standing, needed: int) -> Cell:
    told = [f"{vote.by} approved: {vote.reason}" for vote in model.approvals]
    if model.state is State.WAITING:
        told.append(f"{len(model.approvals)} of {needed} approvals")
    if model.ended:
        verb = "withdrew" if model.state is State.WITHDRAWN else "said no"
        told.append(f"{model.ended.by} {verb}: {model.ended.reason}")
    return element("ul", *(element("li", each) for each in told), class_="cc-list")


def _names(votes: Sequence[Vote]) -> str:
    return " and ".join(vote.by for vote in votes) or "nobody"


def _counted(count: int) -> str:
    return {0: "No model is", 1: "One model is"}.get(count, f"{count} models are")
