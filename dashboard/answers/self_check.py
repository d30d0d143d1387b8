"""What a model's check of itself found, in front of whoever asks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was held against another: what, whether it holds, and what was found."""

    name: str
    what: str
    holds: bool
    found: str


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """All checks of one model, and how long they took."""

    model: str
    checks: tuple[Check, ...]
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether every check holds."""
        return all(check.holds for check in self.checks)
