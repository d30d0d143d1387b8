"""Who asks, what they may do, and what is written down about it.

Every public service function takes a `Context` first, asks `require` before anything else and calls
`record` for what it did. Nothing here is global: library, settings, clock and the audit trail are
passed in, so a test brings its own. Permissions follow the principle of least privilege. What
changes something does so inside `keeping`: it and its audit line are one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from dashboard.foundation.errors import NotPermitted
from dashboard.foundation.settings import Settings
from dashboard.knowledge.library import Library
from dashboard.records.patient import Intake
from dashboard.records.reading import Reading
from dashboard.services.looks import LOOKS
from dashboard.vault.audit import AuditLine
from dashboard.vault.store import Store, Writing

__all__ = ["GRANTS", "Actor", "AuditLine", "Context", "Permission", "Role"]


class Role(StrEnum):
    """What somebody is here for; `owner` is the one person of a local installation."""

    OWNER = "owner"
    CLINICIAN = "clinician"
    EDUCATOR = "educator"
    VIEWER = "viewer"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """One thing that may be allowed; docs/reference/permissions.md lists each with its meaning."""

    KNOWLEDGE_READ = "read packs and evidence"
    EVIDENCE_WRITE = "add own evidence"
    SAMPLE_READ = "open sample patients"
    PATIENT_READ = "read patients"
    PATIENT_WRITE = "import and edit patients"
    PATIENT_EXPORT = "export patients"
    COHORT_READ = "describe cohorts"
    CASE_READ = "see cases of the own team"
    CASE_WRITE = "prepare and present cases"
    DECISION_WRITE = "record decisions and follow-up"
    STORE_VERIFY = "verify what is kept"
    STORE_KEEP = "back up, restore and erase"
    AUDIT_READ = "read the audit log"
    PEOPLE_MANAGE = "manage people, roles and visits"
    CONSENT_WRITE = "record consent and objection"
    MODEL_OFFER = "offer models"
    MODEL_APPROVE = "approve and withdraw models"
    EMERGENCY = "open another team's case in an emergency"
    FORECAST_STOP = "turn forecasts off"


_EVERYTHING = frozenset(Permission)
_CARETAKING = frozenset({
    Permission.STORE_VERIFY, Permission.STORE_KEEP, Permission.PEOPLE_MANAGE,
    Permission.MODEL_OFFER,
})  # fmt: skip
_WARDING = frozenset({Permission.FORECAST_STOP})
_REVISION = frozenset({Permission.STORE_VERIFY, Permission.AUDIT_READ})
_TEACHING = frozenset({Permission.KNOWLEDGE_READ, Permission.SAMPLE_READ, Permission.COHORT_READ})
_CASES = frozenset({Permission.CASE_READ, Permission.CASE_WRITE, Permission.DECISION_WRITE})
GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.OWNER: _EVERYTHING,
    Role.CLINICIAN: _EVERYTHING - _CARETAKING - _REVISION,
    # Teaching cases alone (services/casebook.py), and nobody of a hospital's own cohort.
    Role.EDUCATOR: _TEACHING | _CASES | {Permission.PATIENT_READ},
    Role.VIEWER: _TEACHING | {Permission.PATIENT_READ, Permission.CASE_READ},
    Role.ADMIN: frozenset({Permission.KNOWLEDGE_READ, Permission.CONSENT_WRITE})
    | _CARETAKING
    | _WARDING,
    Role.AUDITOR: frozenset({Permission.KNOWLEDGE_READ}) | _REVISION,
}


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who asks."""

    id: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a service function needs besides its question."""

    actor: Actor
    library: Library
    settings: Settings
    clock: Callable[[], datetime]
    audit: Callable[[AuditLine], None]
    read: Callable[[bytes, str, Reading], Intake]
    store: Store
    session: str = ""  # names the visit or the run in the audit log, and opens nothing
    signed_in: datetime | None = None  # when, on a server; nobody signs in on one's own machine

    def allows(self, permission: Permission) -> bool:
        """Whether the actor may do this, so that nothing is offered that would be refused."""
        return permission in GRANTS[self.actor.role]

    def require(self, permission: Permission) -> None:
        """Raise NotPermitted unless the actor may do this."""
        if not self.allows(permission):
            raise NotPermitted(
                f"Your role ({self.actor.role}) may not {permission}.",
                hint="Ask the person who runs this installation for a role that may.",
            )

    def record(self, action: str, subject: str = "", **facts: str | int) -> None:
        """Write the audit line; when it cannot be written, the action does not happen.

        The line of a mere look (`looks.LOOKS`) waits for room then, and the look happens.
        """
        self.audit(self.line(action, subject, facts))

    @contextmanager
    def together(self) -> Iterator[Context]:
        """Several questions whose audit lines are written in one transaction, at the block's end.

        What they answer may be shown only after the block: if the lines cannot be written, it
        raises. For questions that change nothing; what changes something is `keeping`.
        """
        lines: list[AuditLine] = []
        try:
            yield replace(self, audit=lines.append)
        finally:
            if lines:
                with self.store.noting(lines):
                    for line in lines:
                        self.audit(line)  # joins the transaction

    @contextmanager
    def keeping(self, action: str, subject: str = "", **facts: str | int) -> Iterator[Writing]:
        """One transaction on the store, with the audit line of what is done in it."""
        with self.store.writing() as writing:
            self.audit(self.line(action, subject, facts))  # joins the transaction
            yield writing

    def line(
        self, action: str, subject: str = "", facts: Mapping[str, str | int] | None = None
    ) -> AuditLine:
        """What is written down of an action of whoever asks."""
        return AuditLine(
            self.clock(), self.actor.id, action, subject, facts or {}, role=str(self.actor.role),
            session=self.session, may_wait=action in LOOKS,
        )  # fmt: skip

    @property
    def today(self) -> date:
        """The day it is."""
        return self.clock().date()
