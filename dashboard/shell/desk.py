"""What every page about one patient's forecast begins with: patient, verdicts, forecast, regimens.

Where the disease's model has not been trained on this machine yet, the page shows how far that is
and stops; the rest of the app stays usable meanwhile. Which regimens and months were chosen is
shared by the pages of one patient and stands in the address as ids, so that a reload loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from components.charts.theme import RawFigure
from components.widgets import approval, choices, panels, unlike
from components.widgets.panels import Tone
from dashboard.answers.forecast import Forecast
from dashboard.answers.model_card import HeadCard, ModelCard
from dashboard.knowledge.eligibility import Judgement
from dashboard.knowledge.rules import Facts
from dashboard.knowledge.schema import DiseasePack
from dashboard.records.patient import Patient
from dashboard.reporting.board_case import WHATEVER_IS_GIVEN
from dashboard.services import board, consultation, forecasts, knowledge, population, replays
from dashboard.services.context import Context
from dashboard.shell import address, background, handing_out, page, stops

NO_TREATMENTS = (
    "Its model tells one prognosis of a patient, whatever is given, and cannot compare regimens. "
    "Choose another cohort in the side bar for forecasts by regimen."
)


@dataclass(frozen=True, slots=True)
class Desk:
    """One patient with everything that was asked about them."""

    token: str
    patient: Patient
    pack: DiseasePack
    judgement: Judgement
    forecast: Forecast
    first: tuple[str, ...]
    card: ModelCard
    own: str = ""  # the hospital's own cohort that the model learnt from; empty for the simulated

    @property
    def source(self) -> str:
        """What the forecast was learnt from, in a sentence."""
        kind = "a simulated cohort (SYNTHETIC)" if self.card.synthetic else self.card.cohort
        what = "treatments" if self.is_of_treatments else "patients"
        return f"Model forecast, learnt from {kind} of {self.card.rows_used:,} {what}."

    def head(self, target: str) -> HeadCard:
        """How good the model is at one thing; a note where it was not learnt."""
        for head in self.card.heads:
            if head.target == target:
                return head
        why = self.card.left_out.get(target.partition(":")[0], "")
        return HeadCard(target, note=why or "The model has not learnt this.")

    @property
    def is_of_treatments(self) -> bool:
        """Whether the model tells treatments apart; one learnt from a cohort without cannot."""
        return self.forecast.knows_treatments

    @property
    def facts(self) -> Facts:
        """What is known of the patient, with what follows from it."""
        return self.judgement.known(self.patient.facts)

    @property
    def labels(self) -> dict[str, str]:
        """The name of every regimen."""
        if not self.is_of_treatments:
            return {"": WHATEVER_IS_GIVEN}
        return {regimen.id: regimen.label for regimen in self.pack.regimens}

    @property
    def order(self) -> tuple[str, ...]:
        """Every regimen, in the pack's order; the empty name where treatments are not known."""
        if not self.is_of_treatments:
            return ("",)
        return tuple(regimen.id for regimen in self.pack.regimens)

    def take(
        self,
        context: Context,
        name: str,
        make: Callable[[], bytes] | None,
        figure: RawFigure | None,
    ) -> None:
        """Buttons for the figures of a chart, and for its picture as SVG and PNG."""
        handing_out.of_patient(context, figure, about=self.patient.id, name=name, make=make)

    def choose_regimens(self) -> list[str]:
        """The regimens on the board, the same on every page of this patient."""
        if not self.is_of_treatments:
            return [""]
        known = set(self.order)
        linked = [name for name in address.regimens() if name in known]
        start = linked if len(linked) >= board.FEWEST else list(self.first)
        chosen = choices.choose_regimens(
            self.pack, self.judgement, start, most=board.MOST, key=f"desk.{self.token}.regimens"
        )
        picked = [name for name in self.order if name in set(chosen)]
        address.name_regimens(() if picked == list(self.first) else picked)
        return picked

    def choose_months(self) -> int:
        """The months that shares are read at, the same on every page."""
        linked = address.months()
        start = linked if linked in board.MONTHS else choices.USUAL_MONTHS
        months = choices.choose_months(board.MONTHS, start, key="desk.months")
        address.name_months(None if months == choices.USUAL_MONTHS else months)
        return months


def seated(context: Context, *, by_treatment: bool = True) -> Desk:
    """The patient on the screen with their forecast; the page stops here while there is none.

    Args:
        context: who asks.
        by_treatment: the page compares treatments; without it one prognosis will do.
    """
    case = page.case_on_screen()
    who = case.patient
    with context.together() as asked:
        pack = knowledge.pack(asked, who.disease)
        own = choose_own(asked, who.disease)
        await_model(context, pack, asked, own=own)
        judgement = consultation.judge(asked, who)
        forecast = forecasts.forecast(asked, who, own=own)
        first: tuple[str, ...] = ("",)
        if forecast.knows_treatments:
            first = board.first_regimens(asked, who, judgement)
        card = forecasts.card(asked, who.disease, own=own)
    seat = Desk(case.token, who, pack, judgement, forecast, first, card, own)
    if by_treatment and not seat.is_of_treatments:
        panels.show(panels.empty_state(f"{card.cohort} has no treatments.", NO_TREATMENTS))
        page.link("survival", "The prognosis, on Survival")
        st.stop()
    if (warned := unlike.warning(forecast, pack)) is not None:
        panels.show(warned)
    return seat


def choose_own(context: Context, disease: str) -> str:
    """Which cohort the model learnt from; asked where the installation has one of its own.

    Returns:
        The folder of the hospital's own cohort; empty for the simulated one.
    """
    names = {choice.folder: choice.label for choice in population.choices(context, disease)}
    if len(names) == 1:
        return ""
    with st.sidebar:
        return choices.choose_cohort(names, key=f"desk.own.{disease}")


def await_model(
    context: Context, pack: DiseasePack, asked: Context | None = None, *, own: str = ""
) -> None:
    """Go on when the disease's model is at hand; until then the page stops and shows how far it is.

    Args:
        context: who asks; what goes on in the background is written down with it.
        pack: the disease's.
        asked: the context of several questions that are written down together, if there is one.
        own: the folder of a hospital's own cohort; empty for the simulated one.

    Raises:
        RuntimeError: the training ended without a model.
    """
    asking = asked or context
    if forecasts.is_ready(asking, pack.id, own=own):
        if not replays.is_ready(asking, pack.id, own=own):  # only Concordance waits for it
            background.once(*_asking(context, pack, own))
        return
    if tells_waiting(context, pack, own=own):
        st.stop()
    work = background.begin(*_training(context, pack, own))
    if work.ended.is_set() and not forecasts.is_ready(context, pack.id, own=own):
        if tells_waiting(context, pack, own=own):
            st.stop()
        raise RuntimeError("The model was trained, and is not there.")
    background.watch(
        work,
        f"The model for {pack.label.lower()} is being trained on this machine.",
        "This is needed once for each disease. You can open other pages meanwhile and come "
        "back; the work goes on.",
    )
    st.stop()


def tells_waiting(context: Context, pack: DiseasePack, *, own: str = "") -> bool:
    """Whether nothing is forecast for want of a person's word; the page then says whose.

    Somebody turned forecasts off, or the model waits for people to approve it.
    """
    if stops.tells_stopped(context, pack.id):
        return True
    seat = forecasts.waiting(context, pack.id, own=own)
    if seat is None:
        return False
    told = approval.awaited(seat, context.settings.model_approvals)
    panels.show(panels.callout(Tone.CAUTION, f"{pack.label}: no model is in use.", told))
    return True


def offer_model(context: Context, pack: DiseasePack) -> None:
    """Where the disease's model is not at hand, offer to train it before the board meets."""
    if forecasts.is_ready(context, pack.id) or tells_waiting(context, pack):
        return
    name, job = _training(context, pack)
    if not background.is_under_way(name):
        panels.show(
            panels.callout(
                Tone.UNKNOWN,
                f"The model for {pack.label.lower()} has not been trained on this machine.",
                "This is needed once and takes a minute or a few. Begin now, so that the board "
                "does not wait; the case can be prepared meanwhile.",
            )
        )
        if not st.button("Train it now", key="desk.train"):
            return
    background.watch(
        background.begin(name, job),
        f"The model for {pack.label.lower()} is being trained.",
        "The case can be prepared meanwhile.",
    )


def await_trials(context: Context, pack: DiseasePack, *, own: str = "") -> None:
    """Go on when the model was asked about the trials' patients; until then show how far it is.

    Raises:
        RuntimeError: the asking ended without an answer.
    """
    if replays.is_ready(context, pack.id, own=own):
        return
    work = background.begin(*_asking(context, pack, own))
    if work.ended.is_set() and not replays.is_ready(context, pack.id, own=own):
        raise RuntimeError("The model was asked about the trials, and nothing was kept.")
    background.watch(
        work,
        "The model is being asked about the patients of every trial.",
        "This is needed once for a model and takes some seconds. You can open other pages "
        "meanwhile and come back; the work goes on.",
    )
    st.stop()


def _training(context: Context, pack: DiseasePack, own: str = "") -> tuple[str, background.Job]:
    def job(tell: background.Progress) -> None:
        forecasts.prepare(context, pack.id, own=own, progress=tell)

    return f"model of {pack.id} {own}".strip(), job


def _asking(context: Context, pack: DiseasePack, own: str = "") -> tuple[str, background.Job]:
    def job(tell: background.Progress) -> None:
        replays.prepare(context, pack.id, own=own, progress=tell)

    return f"trials of {pack.id} {own}".strip(), job
