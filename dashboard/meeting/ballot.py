"""Commit before reveal: each member says what they think before anybody sees the forecast.

A ballot holds a member's own choice, how sure they are, and their estimate of the chance of a
response under each regimen. Until the chair reveals, a member sees their own ballot and who else
has one, nothing more; afterwards nobody can change theirs. The chair may do without, and says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from dashboard.foundation.errors import UserError


class Phase(StrEnum):
    """Where a round is."""

    OPEN = "open"  # ballots are taken, the forecast is covered
    REVEALED = "revealed"
    OFF = "off"  # the chair did without


class BallotRefused(UserError):
    """A ballot that cannot be taken."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """One member's own judgement."""

    member: str
    name: str
    choice: str  # a regimen, or one of `decision.Choice`
    confidence: float  # 0 to 1
    chances: Mapping[str, float] = field(default_factory=dict)  # of response, by regimen
    words: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """The ballots of one case."""

    case: str
    phase: Phase = Phase.OPEN
    ballots: tuple[Ballot, ...] = ()
    changed_by: str = ""  # who revealed, or did without
    changed_at: datetime | None = None
    reason: str = ""

    @property
    def covers_forecast(self) -> bool:
        """Whether the forecast has to stay covered."""
        return self.phase is Phase.OPEN

    def of(self, member: str) -> Ballot | None:
        """The ballot of a member."""
        return next((ballot for ballot in self.ballots if ballot.member == member), None)

    def seen_by(self, member: str) -> Round:
        """The round as a member may see it: before the reveal, others' ballots without content."""
        if self.phase is not Phase.OPEN:
            return self
        ballots = (b if b.member == member else Ballot(b.member, b.name, "", 0.0) for b in
                   self.ballots)  # fmt: skip
        return replace(self, ballots=tuple(ballots))


def cast(held: Round, ballot: Ballot, at: datetime) -> Round:
    """The round with a member's ballot; their former one is replaced.

    Raises:
        BallotRefused: after the reveal, or with figures that are no chances.
    """
    if held.phase is not Phase.OPEN:
        raise BallotRefused(
            f"Ballots are closed: the round is {held.phase}.",
            hint="A ballot counts only when it was given before the forecast was shown.",
            code="ballots-closed",
        )
    if not ballot.choice:
        raise BallotRefused("A ballot needs a choice.", hint="Choose one.", code="no-choice")
    shares = (ballot.confidence, *ballot.chances.values())
    if not all(0.0 <= share <= 1.0 for share in shares):
        raise BallotRefused(
            "Confidence and chances lie between 0 and 100%.", hint="Correct them.", code="no-chance"
        )
    others = tuple(each for each in held.ballots if each.member != ballot.member)
    return replace(held, ballots=(*others, replace(ballot, at=at)))


def reveal(held: Round, *, by: str, at: datetime, reason: str = "") -> Round:
    """The round with its ballots open; nothing can be added afterwards.

    Raises:
        BallotRefused: nobody gave a ballot.
    """
    if held.phase is Phase.REVEALED:
        return held
    if not held.ballots:
        raise BallotRefused(
            "Nobody has given a ballot yet.",
            hint="Give one, or do without ballots for this case and say why.",
            code="no-ballots",
        )
    return replace(held, phase=Phase.REVEALED, changed_by=by, changed_at=at, reason=reason)


def do_without(held: Round, *, by: str, at: datetime, reason: str) -> Round:
    """The round switched off: the forecast is shown without ballots.

    Raises:
        BallotRefused: without a reason, or when ballots were given already.
    """
    if held.ballots:
        raise BallotRefused(
            "Ballots were given already.", hint="Reveal them instead.", code="ballots-given"
        )
    if not reason.strip():
        raise BallotRefused(
            "Doing without ballots needs a reason.", hint="It is written down.", code="no-reason"
        )
    return replace(held, phase=Phase.OFF, changed_by=by, changed_at=at, reason=reason.strip())


def board_chance(held: Round, regimen: str) -> float | None:
    """The board's own chance of response under a regimen: the mean of those who gave one."""
    given = [ballot.chances[regimen] for ballot in held.ballots if regimen in ballot.chances]
    return sum(given) / len(given) if given else None


def choices(held: Round) -> dict[str, int]:
    """How many chose what, the most chosen first."""
    counts: dict[str, int] = {}
    for ballot in held.ballots:
        counts[ballot.choice] = counts.get(ballot.choice, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
