"""Which models an installation has of a disease, which of them is in use, and who approved it.

Small frozen values, and the rules by which one becomes another: so many different people approve a
model before it is used, none of whom offered it; every refusal, withdrawal and return has a reason.
Where this is kept, who may do it and what is written down about it stand in `services.approvals`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from dashboard.answers.model_card import ModelCard
from dashboard.foundation.errors import UserError

TRAINED, OFFERED = "trained here", "brought from elsewhere"  # where a model comes from


class State(StrEnum):
    """What a model is to the installation."""

    WAITING = "waiting"
    IN_USE = "in use"
    FORMER = "former"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's word on a model, with the reason."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Standing:
    """One model: what it is, byte for byte, where it comes from and how far it is."""

    bundle: str  # its id, as screens and papers print it
    digest: str  # SHA-256 of its manifest, which holds that of every file
    folder: str  # its name in the data folder
    origin: str
    author: str  # who offered it; nobody for one trained here, which follows from its cohort
    at: datetime
    state: State = State.WAITING
    approvals: tuple[Vote, ...] = ()
    ended: Vote | None = None  # the last refusal or withdrawal


@dataclass(frozen=True, slots=True)
class Shown:
    """A model as whoever judges it sees it: its card, or why it cannot be opened."""

    standing: Standing
    card: ModelCard | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """The place of one model: a disease, by the simulated or one of the hospital's own cohorts."""

    disease: str
    own: str = ""
    version: int = 0  # of what is kept
    models: tuple[Standing, ...] = ()

    @property
    def in_use(self) -> Standing | None:
        """The approved model, if there is one."""
        return next((each for each in self.models if each.state is State.IN_USE), None)

    @property
    def waiting(self) -> tuple[Standing, ...]:
        """Those that somebody has to judge."""
        return tuple(each for each in self.models if each.state is State.WAITING)

    def of(self, bundle: str) -> Standing:
        """One of the models.

        Raises:
            UserError: there is none of this id.
        """
        for each in self.models:
            if each.bundle == bundle:
                return each
        raise UserError(f"There is no model {bundle} here.", hint="Choose one of those listed.")

    def with_one(self, model: Standing) -> Seat:
        """With this model as it is now, or beside the others when it is new."""
        others = [each for each in self.models if each.bundle != model.bundle]
        return replace(self, models=(*others, model))


def same_person(one: str, other: str) -> bool:
    """Whether two names are one account, however they are spelt."""
    return one.strip().casefold() == other.strip().casefold()


def approved(
    seat: Seat, bundle: str, vote: Vote, *, needed: int, still_may: Callable[[str], bool]
) -> Seat:
    """After one more approval; the model is in use once there are enough.

    Args:
        seat: the place as it is.
        bundle: the id of the model.
        vote: who approves, when and why.
        needed: how many different people.
        still_may: whether somebody who approved before may still do so.

    Raises:
        UserError: it is in use already, or whoever approves offered it or approved it before.
    """
    model = seat.of(bundle)
    if model.state is State.IN_USE:
        raise UserError(f"Model {bundle} is in use already.", hint="Nothing was changed.")
    if needed > 1 and same_person(vote.by, model.author):
        raise UserError(
            "Nobody approves a model that they offered themselves.",
            hint=f"{needed} other people have to approve it.",
            code="own-model",
        )
    begun = model.approvals if model.state is State.WAITING else ()
    if any(same_person(vote.by, before.by) for before in begun):
        raise UserError(
            "You approved this model already, and one person counts once.",
            hint="Somebody else has to approve it too.",
            code="same-person",
        )
    votes = (*(before for before in begun if still_may(before.by)), vote)
    waiting = replace(model, state=State.WAITING, approvals=votes)
    return seat.with_one(waiting) if len(votes) < needed else _in_use(seat, waiting)


def refused(seat: Seat, bundle: str, vote: Vote) -> Seat:
    """After a refusal: it needs all approvals anew.

    Raises:
        UserError: it does not wait to be judged.
    """
    model = seat.of(bundle)
    if model.state is not State.WAITING:
        raise UserError(f"Model {bundle} is {model.state}; it does not wait.",
                        hint="A model in use is withdrawn.")  # fmt: skip
    return seat.with_one(replace(model, state=State.REFUSED, approvals=(), ended=vote))


def withdrawn(seat: Seat, bundle: str, vote: Vote) -> Seat:
    """After the model in use was taken away: none is, until one is approved.

    Raises:
        UserError: it is not, or no longer, the one in use.
    """
    model = seat.of(bundle)
    if model.state is not State.IN_USE:
        raise UserError(f"Model {bundle} is {model.state}; it is not in use.",
                        hint="Nothing was changed. Look at what is in use now.")  # fmt: skip
    return seat.with_one(replace(model, state=State.WITHDRAWN, ended=vote))


def _in_use(seat: Seat, model: Standing) -> Seat:
    """With a model put in use: what others said of other models was said beside the former one."""
    moved = {State.IN_USE: State.FORMER}
    models = (
        replace(each, state=moved.get(each.state, each.state),
                approvals=() if each.state is State.WAITING else each.approvals)
        for each in seat.models
    )  # fmt: skip
    return replace(seat, models=tuple(models)).with_one(replace(model, state=State.IN_USE))


def to_body(seat: Seat) -> dict[str, Any]:
    """What is kept of it."""
    return {"disease": seat.disease, "own": seat.own, "models": [
        {**asdict(each), "at": each.at.isoformat(), "state": str(each.state),
         "approvals": [_vote_body(vote) for vote in each.approvals],
         "ended": _vote_body(each.ended) if each.ended else None}
        for each in seat.models
    ]}  # fmt: skip


def of_body(body: Mapping[str, Any], version: int) -> Seat:
    """What was kept, read back."""
    models = (
        Standing(**{
            **each, "at": datetime.fromisoformat(each["at"]), "state": State(each["state"]),
            "approvals": tuple(_vote(vote) for vote in each["approvals"]),
            "ended": _vote(each["ended"]) if each["ended"] else None,
        })
        for each in body["models"]
    )  # fmt: skip
    return Seat(body["disease"], body["own"], version, tuple(models))


def _vote_body(vote: Vote) -> dict[str, str]:
    return {"by": vote.by, "at": vote.at.isoformat(), "reason": vote.reason}


def _vote(body: Mapping[str, str]) -> Vote:
    return Vote(body["by"], datetime.fromisoformat(body["at"]), body["reason"])
