"""What can go wrong, sorted by whose move it is.

Everything under `UserError` is shown to the person at the screen as a message and a cure, and ends
a command with its own exit code. Anything else is a bug: it gets an incident number, and its text
goes to the log without a patient's values. Problems inside data are not exceptions but findings
(`records.patient.Finding`), gathered all at once.
"""

from __future__ import annotations

from typing import ClassVar


class ConcordError(Exception):
    """Root of every error this product raises on purpose."""


class UserError(ConcordError):
    """Something the user can mend: what is wrong, and what to do about it."""

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or type(self).__name__

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class ImportRejected(UserError):
    """A file could not be read at all; nothing was imported."""


class UnknownFeature(UserError):
    """A feature name the disease pack does not know."""


class RuleError(UserError):
    """A rule that cannot be read; `column` counts from 1 in the rule's text."""

    def __init__(self, message: str, *, rule: str, column: int = 1, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.rule = rule
        self.column = column


class PackError(UserError):
    """A disease pack with findings; the message lists them all with file, line and cure."""

    exit_code = 4


class BundleMismatch(UserError):
    """A model bundle that does not fit this pack, this code or its own manifest."""

    exit_code = 4


class NotEnoughEvidence(UserError):
    """A question that the data at hand cannot answer honestly."""


class NotPermitted(UserError):
    """The actor may not do this."""

    exit_code = 3


class Conflict(UserError):
    """Somebody else changed the same thing first."""
