"""The shape of a disease pack: what a curator may write and what the product may rely on.

Everything is frozen and refuses unknown fields, so a misspelt key is found when the pack is loaded.
Cross-checks between parts (does every regimen have an arm?) live in `library`; the language of
conditions in `rules`; of populations in `distributions`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.+-]*$", max_length=80)]
FeatureId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Verified(StrEnum):
    """Whether a figure was re-read at its source."""

    YES = "yes"
    PARTIAL = "partial"
    MEMORY = "memory"


class Kind(StrEnum):
    """What sort of value a feature takes."""

    NUMBER = "number"  # float
    FLAG = "flag"  # bool
    CATEGORY = "category"  # text of a level, no order
    ORDINAL = "ordinal"  # text of a level, in the order of `levels`


class Source(_Model):
    """Where a figure comes from and whether it was re-read there."""

    text: str = ""
    reference: str = ""  # DOI, PMID, NCT or address
    verified: Verified = Verified.MEMORY
    verified_fields: tuple[str, ...] = ()
    note: str = ""


class Range(_Model):
    """A closed interval; both ends are allowed values."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether the value lies inside or on either end."""
        return self.low <= value <= self.high


class Case(_Model):
    """One case of a population distribution: the first whose condition is true is drawn from."""

    when: str = ""  # a rule; empty = otherwise
    draw: str


class Feature(_Model):
    """A clinical, laboratory, genomic or imaging fact that a patient may have."""

    id: FeatureId
    label: str
    kind: Kind
    unit: str = ""
    quantity: str = ""  # key into the table of units, for conversion
    levels: tuple[str, ...] = ()
    level_labels: dict[str, str] = Field(default_factory=dict)
    plausible: Range | None = None
    hard: Range | None = None
    # demographics, disease, molecular, laboratory, organ function, treatment, imaging
    group: str = "clinical"
    aliases: tuple[str, ...] = ()
    # loinc, snomed, hgnc, icd10, mcode, cbioportal
    codes: dict[str, str] = Field(default_factory=dict)
    distribution: tuple[Case, ...] = ()
    missing_rate: float = 0.0
    modifiable: bool = False
    protected: bool = False
    derived_from: tuple[FeatureId, ...] = ()
    help: str = ""
    source: Source = Source()

    def level_label(self, level: str) -> str:
        """The level's name for people."""
        return self.level_labels.get(level, level.replace("_", " "))


class Drug(_Model):
    """One component of a regimen with the dose as published."""

    name: str
    dose: str = ""


class Regimen(_Model):
    """A treatment the board may consider, with the rules that say for whom."""

    id: Id
    label: str
    drugs: tuple[Drug, ...]
    classes: tuple[str, ...]
    setting: str = "advanced"  # advanced | early
    lines: tuple[int, ...] = ()  # lines it may be given in; empty = any
    eligible_when: str = ""
    never_when: str = ""
    caution_when: str = ""
    preferred_when: str = ""
    contraindications: str = ""  # in words, as published
    route: str = ""
    cycle_days: int | None = None
    comparator_only: bool = False
    guideline: str = ""
    source: Source = Source()
