"""What a good discussion covers, as a list to tick, and a timer that several screens can read.

The items are ours, after what published instruments of meeting quality look at: information, the
patient's view, every discipline heard, alternatives, clarity of the outcome. Ticking is for the
board itself; no score is made of it. A timer is two facts, when it was started and what ran before,
so that every screen shows the same time without anybody counting.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

USUAL_MINUTES = 6
_LONGEST_SECONDS = 4 * 3600.0  # a timer that somebody forgot


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the list."""

    id: str
    part: str
    words: str


ITEMS: tuple[Item, ...] = (
    Item("question", "Information", "The question for the board was said aloud."),
    Item("history", "Information", "History and treatment before were presented."),
    Item("findings", "Information", "Imaging and pathology were shown or told first-hand."),
    Item("missing", "Information", "What is missing was named, and what it would change."),
    Item("condition", "Patient", "Performance, comorbidity and support at home were spoken of."),
    Item("wishes", "Patient", "Wishes and goals of the patient were brought in."),
    Item("voices", "Discussion", "Every discipline concerned was heard."),
    Item("alternatives", "Discussion", "At least one alternative was weighed."),
    Item("uncertainty", "Discussion", "Uncertainty and limits of the forecast were spoken of."),
    Item("trial", "Discussion", "A trial was considered."),
    Item("outcome", "Outcome", "The decision was said in one sentence everybody could repeat."),
    Item("responsible", "Outcome", "Somebody is responsible, and until when is clear."),
)


@dataclass(frozen=True, slots=True)
class Timer:
    """How long a case has been spoken of."""

    before: float = 0.0  # seconds that ran until it was last paused
    started: datetime | None = None  # None while it stands
    minutes: int = USUAL_MINUTES  # what was planned

    def seconds(self, now: datetime) -> float:
        """How long it has run; never less than nothing, whatever the clock does."""
        running = (now - self.started).total_seconds() if self.started else 0.0
        return min(self.before + max(running, 0.0), _LONGEST_SECONDS)

    def is_over(self, now: datetime) -> bool:
        """Whether more time has passed than was planned."""
        return self.seconds(now) > 60 * self.minutes

    def words(self, now: datetime) -> str:
        """`4:05 of 6 min`."""
        whole = int(self.seconds(now))
        return f"{whole // 60}:{whole % 60:02d} of {self.minutes} min"


def started(timer: Timer, now: datetime) -> Timer:
    """The timer running."""
    return timer if timer.started else replace(timer, started=now)


def paused(timer: Timer, now: datetime) -> Timer:
    """The timer standing."""
    return replace(timer, before=timer.seconds(now), started=None)


def ticked(ticks: tuple[str, ...], item: str, *, done: bool) -> tuple[str, ...]:
    """The ticks with one item set or taken away, in the order of the list."""
    kept = (set(ticks) | {item}) if done else (set(ticks) - {item})
    return tuple(each.id for each in ITEMS if each.id in kept)
