"""The shape of a disease pack: what a curator may write and what the product may rely on.

Everything is frozen and refuses unknown fields, so a misspelt key is found when the pack is loaded.
Features and regimens are written in TOML; published figures are long tables (see `evidence`).
Cross-checks between parts (does every regimen have an arm?) live in `feature_checks`,
`regimen_checks` and `evidence_checks`; the language of conditions in `rules`; of populations in
`distributions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from pydantic import Field, model_validator

from dashboard.knowledge.evidence import Arm, EarlyArm, Effect, Sequence, Site, Toxicity
from dashboard.knowledge.sources import FeatureId, Id, Model, Range, Source, Verified

__all__ = [
    "LAST_LINE",
    "Adjustment",
    "AdverseGroup",
    "Case",
    "DiseasePack",
    "Drug",
    "Feature",
    "FeatureId",
    "Group",
    "Id",
    "Implication",
    "Kind",
    "Range",
    "Regimen",
    "Source",
    "Verified",
]

LAST_LINE = 12  # the highest line of treatment any pack speaks of

Group = Literal[
    "demographics",
    "disease",
    "molecular",
    "laboratory",
    "organ_function",
    "comorbidity",
    "treatment",
    "imaging",
]


class Kind(StrEnum):
    """What sort of value a feature takes."""

    NUMBER = "number"  # float
    FLAG = "flag"  # bool
    CATEGORY = "category"  # text of a level, no order
    ORDINAL = "ordinal"  # text of a level, in the order of `levels`


class Case(Model):
    """One case of a population distribution: the first whose condition is true is drawn from."""

    when: str = ""  # a rule; empty = otherwise
    draw: str


class Adjustment(Model):
    """A change to what was drawn, for those the condition holds for; see `distributions`."""

    when: str = ""
    change: str


Cut = tuple[str, float]  # a comparison of a number in a rule: its operator and its constant


class Feature(Model):
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
    group: Group = "disease"
    aliases: tuple[str, ...] = ()
    codes: dict[str, str] = Field(
        default_factory=dict
    )  # several codes of one system: spaces between
    distribution: tuple[Case, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    missing_rate: float = 0.0
    modifiable: bool = False
    protected: bool = False
    derived_from: tuple[FeatureId, ...] = ()
    help: str = ""
    source: Source = Source()
    cuts: tuple[Cut, ...] = ()  # where its pack's rules divide it; worked out, never written

    def level_label(self, level: str) -> str:
        """The level's name for people."""
        return self.level_labels.get(level, level.replace("_", " "))

    def coded(self, system: str) -> tuple[str, ...]:
        """The codes of one system (loinc, snomed, hgnc, icd10, mcode, cbioportal …)."""
        return tuple(self.codes.get(system, "").split())


class AdverseGroup(Model):
    """A family of adverse events that trials are summed over."""

    id: Id
    label: str
    help: str = ""
    note: str = ""


class Implication(Model):
    """Facts that follow from facts: where the condition holds, the others cannot be otherwise."""

    when: str
    then: dict[FeatureId, bool | float | str]
    note: str = ""


class Drug(Model):
    """One component of a regimen with the dose as published."""

    name: str
    dose: str = ""
    instead_of: str = ""  # the component this one may replace


class Regimen(Model):
    """A treatment the board may consider, with the rules that say for whom."""

    id: Id
    label: str
    drugs: tuple[Drug, ...]
    drugs_published: str = ""
    classes: tuple[str, ...]
    setting: Literal["advanced", "early"] = "advanced"
    line: Literal["1L", "2L+", "any"] = "any"
    lines: tuple[int, ...] = ()  # lines it may be given in; empty = any
    eligible_when: str = ""
    never_when: str = ""
    caution_when: str = ""
    preferred_when: str = ""
    contraindications: str = ""  # in words, as published
    split_note: str = ""  # why a contraindication is absolute or relative here
    route: str = ""
    cycle_days: int | None = None
    comparator_only: bool = False
    guideline: str = ""
    arm_exempt: str = ""  # why no trial arm stands behind it
    source: Source = Source()

    @model_validator(mode="before")
    @classmethod
    def _lines_of_line(cls, given: object) -> object:
        """`line = "2L+"` is what curators write; `lines` is what the product reads."""
        if isinstance(given, dict) and "lines" not in given:
            given = {**given, "lines": _LINES.get(str(given.get("line", "any")), ())}
        return given


_LINES: dict[str, tuple[int, ...]] = {
    "1L": (1,),
    "2L+": tuple(range(2, LAST_LINE + 1)),
    "any": (),
}


class DiseasePack(Model):
    """All that is known of one tumour group."""

    id: Id
    label: str
    version: str
    description: str = ""
    codes: dict[str, str] = Field(default_factory=dict)
    drug_classes: dict[str, str] = Field(default_factory=dict)
    class_families: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    features: tuple[Feature, ...]
    adverse_groups: tuple[AdverseGroup, ...] = ()
    implications: tuple[Implication, ...] = ()
    regimens: tuple[Regimen, ...]
    arms: tuple[Arm, ...] = ()
    early_arms: tuple[EarlyArm, ...] = ()
    toxicities: tuple[Toxicity, ...] = ()
    effects: tuple[Effect, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    sites: tuple[Site, ...] = ()
    fingerprint: str = ""

    @cached_property
    def vocabulary(self) -> Mapping[str, Feature]:
        """Features by id; what rules are read against."""
        return MappingProxyType({feature.id: feature for feature in self.features})

    @cached_property
    def regimens_by_id(self) -> Mapping[str, Regimen]:
        """Regimens by id."""
        return MappingProxyType({regimen.id: regimen for regimen in self.regimens})

    def feature(self, feature_id: str) -> Feature:
        """The feature of this id; KeyError when there is none."""
        return self.vocabulary[feature_id]

    def regimen(self, regimen_id: str) -> Regimen:
        """The regimen of this id; KeyError when there is none."""
        return self.regimens_by_id[regimen_id]

    def arms_of(self, regimen_id: str) -> tuple[Arm, ...]:
        """The arms in advanced disease that stand behind a regimen."""
        return tuple(arm for arm in self.arms if arm.regimen_id == regimen_id)

    def early_arms_of(self, regimen_id: str) -> tuple[EarlyArm, ...]:
        """The arms in early disease that stand behind a regimen."""
        return tuple(arm for arm in self.early_arms if arm.regimen_id == regimen_id)

    def toxicities_of(self, regimen_id: str) -> tuple[Toxicity, ...]:
        """What was seen of adverse events under a regimen."""
        return tuple(row for row in self.toxicities if row.regimen_id == regimen_id)

    def sequences_after(self, regimen_id: str) -> tuple[Sequence, ...]:
        """What followed after progression on a regimen."""
        return tuple(row for row in self.sequences if row.after_regimen_id == regimen_id)

    def effects_of(self, regimen_id: str) -> tuple[Effect, ...]:
        """The effects that concern a regimen: by name, by one of its classes, or as all do."""
        classes = self.expand_classes(self.regimen(regimen_id))
        return tuple(effect for effect in self.effects if effect.concerns(regimen_id, classes))

    def expand_classes(self, regimen: Regimen) -> frozenset[str]:
        """The regimen's classes and every family that counts one of them as a member."""
        own = set(regimen.classes)
        return frozenset(
            own | {name for name, members in self.class_families.items() if own & set(members)}
        )
