"""What a hospital's own rows say of one patient: its guideline tables, and evidence items of CIViC.

A guideline's verdict is never a recommendation: it says whether a regimen is among those that a
table names for such a patient, whose table it is, in which version and of which date.
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.answers.evidence import Citation

CONSISTENT, NOT_CONSISTENT = "consistent", "not consistent"
OPEN, NOT_COVERED = "cannot be told", "not covered"
SUPPORTS, AGAINST, OTHER = "supports", "speaks against", "says something else"
EXACT, WIDER = "the patient's change", "as far as known"


@dataclass(frozen=True, slots=True)
class Statement:
    """One row of a guideline table beside the patient."""

    criteria: str  # in English
    answer: str  # yes, no, unknown
    lacking: tuple[str, ...]  # labels of the facts that would settle it
    failed: tuple[str, ...]  # the comparisons that do not hold, in English
    strength: str
    escat: str
    note: str


@dataclass(frozen=True, slots=True)
class GuidelineVerdict:
    """Whether a regimen for this patient is consistent with one guideline table, and why."""

    guideline: str
    version: str
    date: str
    verdict: str
    statements: tuple[Statement, ...]
    is_old: bool  # of a day more than twelve months ago
    superseded: tuple[str, ...]  # older versions that are kept and not asked
    terms: str
    source: Citation
    tied: tuple[str, ...] = ()  # versions of which none is the newest by date and number

    @property
    def deciding(self) -> tuple[Statement, ...]:
        """The rows that gave the verdict: those that hold, or all where none does."""
        held = tuple(each for each in self.statements if each.answer == "yes")
        return held or self.statements

    @property
    def tiers(self) -> tuple[Statement, ...]:
        """The rows that hold and give a tier of ESCAT."""
        return tuple(each for each in self.statements if each.escat and each.answer == "yes")


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """One item of CIViC about a change that the patient has."""

    id: str
    profile: str
    match: str  # exactly the patient's change, or a change within what is known
    disease: str
    therapies: str
    regimens: tuple[str, ...]  # ids of the pack's regimens of just these drugs
    kind: str  # predictive, prognostic, diagnostic ...
    level: str
    direction: str
    significance: str
    bearing: str  # supports, speaks against, says something else
    statement: str
    rating: str
    status: str  # accepted; empty where the file does not say
    flagged: bool
    reviewed: str
    source: Citation
    terms: str


@dataclass(frozen=True, slots=True)
class CivicItems:
    """The items about a patient's changes, and the profiles of this tumour not judged."""

    found: tuple[EvidenceItem, ...] = ()
    unread: tuple[str, ...] = ()
