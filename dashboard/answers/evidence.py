"""What is published for a regimen, as rows that charts and pages read.

A figure carries its interval, whose interval it is (published, or worked out from the number of
patients), and whether it was re-read at its source. Documents are what the evidence page searches:
rows of the packs, scores, and what a hospital added of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PUBLISHED = "published"
FROM_PATIENTS = "exact, from the number of patients"
FROM_START = "from the patients at the start, as if nobody was censored"
NO_INTERVAL = "no interval published"

ROWS, REFERENCES = "Own row", "Reference"  # kinds of what a hospital adds
GUIDELINE, CIVIC = "Guideline row", "CIViC item"
RESPONSE, PFS, OS, TOXICITY = "response", "pfs", "os", "toxicity"
ENDPOINTS: Mapping[str, str] = {
    RESPONSE: "Response",
    PFS: "Progression-free survival",
    OS: "Overall survival",
    TOXICITY: "Side effects",
    "idfs": "Invasive-disease-free survival",
    "efs": "Event-free survival",
    "dfs": "Disease-free survival",
    "pcr": "Pathological complete response",
}
SHARE, MONTHS, RATIO = "%", "months", "ratio"


@dataclass(frozen=True, slots=True)
class Figure:
    """One published figure with its interval; a median that was not reached has no value."""

    endpoint: str
    label: str  # what is measured: "median PFS", "12-month OS", "objective response"
    value: float | None
    low: float | None
    high: float | None
    unit: str
    interval: str = NO_INTERVAL  # whose interval it is
    level: float = 95.0
    months: float | None = None  # the time a share speaks of
    re_read: bool = False  # this very figure, at its source
    note: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a row was published, and how far it was re-read there."""

    text: str = ""
    reference: str = ""
    verified: str = "memory"
    note: str = ""

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """Each reference with the address its DOI, PubMed or trial number leads to, if any."""
        parts = [part.strip() for part in self.reference.split(";")]
        return tuple((part, address_of(part)) for part in parts if part)


def address_of(reference: str) -> str:
    """Where a DOI, PubMed or trial number leads to; empty for other references."""
    if reference.startswith("10.") and "/" in reference:
        return f"https://doi.org/{reference}"
    digits = reference.upper().removeprefix("PMID").strip(" :")
    if reference.upper().startswith("PMID") and digits.isdigit():
        return f"https://pubmed.ncbi.nlm.nih.gov/{digits}/"
    if reference.upper().startswith("NCT") and reference[3:].isdigit():
        return f"https://clinicaltrials.gov/study/{reference.upper()}"
    return ""


@dataclass(frozen=True, slots=True)
class ArmRow:
    """One trial arm beside a patient: how the patient stands to its population, and its figures."""

    id: str
    trial: str
    arm: str
    year: int | None
    phase: str
    line: str
    population: str
    patients: int | None
    control: str  # the regimen it was compared with; empty without
    followup_months: float | None
    fit: str
    differs: tuple[str, ...]
    unknown: tuple[str, ...]
    figures: tuple[Figure, ...]
    source: Citation

    def of(self, endpoint: str) -> tuple[Figure, ...]:
        """The figures of one endpoint."""
        return tuple(figure for figure in self.figures if figure.endpoint == endpoint)


@dataclass(frozen=True, slots=True)
class EffectRow:
    """A published effect that applies to the patient, and which way it points."""

    id: str
    feature: str
    level: str
    compared_with: str
    endpoint: str
    measure: str  # HR or OR
    value: float
    low: float | None
    high: float | None
    role: str
    bearing: str
    seen_in: str
    source: Citation


@dataclass(frozen=True, slots=True)
class ToxicityRow:
    """How often a family of adverse events was seen under a regimen, in percent."""

    label: str
    any_grade: float | None
    severe: float | None
    basis: str
    source: Citation


@dataclass(frozen=True, slots=True)
class TierRow:
    """How strong the evidence between a change of the patient's and a regimen is, by which rule."""

    name: str  # of the scale ESCAT: I-A, I-B, II-B
    change: str
    rule: str
    trial: str
    source: Citation


@dataclass(frozen=True, slots=True)
class RegimenEvidence:
    """Everything published that bears on one regimen in one patient."""

    regimen: str
    label: str
    arms: tuple[ArmRow, ...]
    effects: tuple[EffectRow, ...]
    toxicities: tuple[ToxicityRow, ...]
    tier: TierRow | None = None  # None: no change of the patient's that a trial asked for

    def counted(self, fit: str) -> int:
        """How many arms stand so to the patient."""
        return sum(arm.fit == fit for arm in self.arms)


@dataclass(frozen=True, slots=True)
class Document:
    """One thing that can be found: a row of a pack, a score, a hospital's own row or reference."""

    id: str
    kind: str
    title: str
    text: str
    keywords: str = ""
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    year: int | None = None
    patients: int | None = None
    figures: tuple[Figure, ...] = ()
    source: Citation = Citation()
    own: str = ""  # the addition it came with; empty for what ships
    details: Mapping[str, str] = field(default_factory=dict)  # every cell, where it is judged later


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave: documents in order, how many there are in all, and how it was read."""

    documents: tuple[Document, ...]
    total: int
    searched: int
    words: tuple[str, ...] = ()  # each word of the query with what else was looked for
    loosened: bool = False  # nothing held every word: these hold some
    read: tuple[str, ...] = ()  # words that stand nowhere, and as what they were read


@dataclass(frozen=True, slots=True)
class Addition:
    """What a hospital added at one time."""

    id: str
    name: str
    kind: str
    added: str
    by: str
    documents: int
