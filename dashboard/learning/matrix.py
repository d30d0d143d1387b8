"""The feature contract: which inputs a model takes, in which order, of which type and range.

Stands in front of every model call. Turns cohorts and patients into the same matrix of floats (a
number as it is, a flag 0 or 1, a level its position, NaN for unknown) by name, so the order of
columns never matters. Refuses what no model should answer: an empty patient, infinity, a value
outside what is possible. Clips to rounded percentiles, so that no extreme patient can be read from
a model. How the matrix enters the two halves of a model is `encoding`'s business.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from dashboard.cohort.columns import CohortData, CohortFeature
from dashboard.foundation.errors import BundleMismatch, NotEnoughEvidence, UserError
from dashboard.knowledge.schema import Kind
from dashboard.records.patient import Value

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

LINE = "line"
LEAST_KNOWN = 0.2  # of a cohort's usually known inputs, a patient must have this share ...
LEAST_FACTS = 2.5  # ... or about this many: the interval says what the unknown others cost
LEAST_GROUP = 11  # no figure in a model may rest on fewer patients
_PERCENTILES = (1.0, 99.0)
_TYPICAL = (0.5, 99.5)
_LARGEST = 1e12


class InputRefused(UserError):
    """A patient's value that no model may be asked about."""


@dataclass(frozen=True, slots=True)
class Input:
    """One feature as the model takes it."""

    id: str
    label: str
    kind: Kind
    unit: str = ""
    levels: tuple[str, ...] = ()
    hard: tuple[float, float] | None = None
    clip: tuple[float, float] | None = None  # rounded 1st and 99th percentile of the cohort
    typical: tuple[float, float] | None = None  # rounded .5th and 99.5th
    monotone_response: int = 0
    monotone_hazard: int = 0
    presence: float = 1.0  # share of the cohort in whom it was known
    words: tuple[tuple[str, str], ...] = ()  # what the cohort's table says -> level
    column: str = ""  # its name in the cohort's table, where that is neither id nor label
    column_unit: str = ""  # of that column, where it is another than the feature's


@dataclass(frozen=True)
class Contract:
    """Everything a model may rely on about its inputs."""

    disease: str
    inputs: tuple[Input, ...]
    regimens: tuple[str, ...] = ()
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The inputs' ids in the model's order."""
        return tuple(each.id for each in self.inputs)

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """Drug classes that tell regimens apart."""
        names = sorted({name for classes in self.classes.values() for name in classes})
        shared = [sum(name in self.classes.get(r, ()) for r in self.regimens) for name in names]
        return tuple(n for n, k in zip(names, shared, strict=True) if 0 < k < len(self.regimens))

    @cached_property
    def descriptors(self) -> Floats:
        """One row a regimen: its drug classes, then the regimen itself."""
        own = np.eye(len(self.regimens))
        rows = [
            [float(c in self.classes.get(r, ())) for c in self.class_names] for r in self.regimens
        ]
        classes = np.array(rows).reshape(len(self.regimens), len(self.class_names))
        return np.hstack([classes, own]) if len(self.regimens) > 1 else np.zeros((1, 0))

    @cached_property
    def descriptor_names(self) -> tuple[str, ...]:
        """Names of the descriptors' columns."""
        if len(self.regimens) <= 1:
            return ()
        return (*(f"class:{c}" for c in self.class_names), *(f"regimen:{r}" for r in self.regimens))

    def position(self, regimen: str) -> int:
        """The regimen's row among the descriptors; -1 where the model has never seen it."""
        return self.regimens.index(regimen) if regimen in self.regimens else -1

    def describe(self, regimens: Sequence[str]) -> Floats:
        """Descriptors of regimens by name; an unseen regimen has its classes alone.

        Raises:
            NotEnoughEvidence: a regimen of which neither name nor classes are known.
        """
        if not self.descriptor_names:
            return np.zeros((len(regimens), 0))
        rows = np.array([self._described(regimen) for regimen in regimens])
        return rows.reshape(len(regimens), len(self.descriptor_names))

    def require(self, regimen: str) -> None:
        """Refuse a regimen of which nothing can be said.

        Raises:
            NotEnoughEvidence: neither its name nor its classes are known, or the cohort had none.
        """
        if regimen and not self.regimens:
            raise NotEnoughEvidence(
                "The model learnt from a cohort without treatments: it speaks of the patient "
                "alone, whatever is given.",
                hint="Ask without a regimen.",
            )
        self.describe([regimen])

    def speaks_of(self, regimen: str) -> bool:
        """Whether a regimen is known by its name or by one of its classes."""
        try:
            self.require(regimen)
        except NotEnoughEvidence:
            return False
        return True

    def candidates(self, known: Iterable[str]) -> tuple[str, ...]:
        """Those that the model can speak of; the empty name where the cohort had no treatment."""
        return tuple(filter(self.speaks_of, known)) if self.regimens else ("",)

    def _described(self, regimen: str) -> Floats:
        position = self.position(regimen)
        if position >= 0:
            row: Floats = self.descriptors[position]
            return row
        classes = self.classes.get(regimen, ())
        if not regimen:
            raise NotEnoughEvidence(
                "No regimen is named.", hint=f"The model knows: {', '.join(self.regimens[:12])}."
            )
        if not set(classes) & set(self.class_names):
            raise NotEnoughEvidence(
                f"The model has seen neither {regimen} nor a regimen of its kind.",
                hint="Train on a cohort that holds it.",
            )
        return np.array(
            [float(c in classes) for c in self.class_names] + [0.0] * len(self.regimens)
        )

    def clipped(self, values: Floats) -> Floats:
        """The matrix with every number inside its clipping range."""
        low = np.array([each.clip[0] if each.clip else -np.inf for each in self.inputs])
        high = np.array([each.clip[1] if each.clip else np.inf for each in self.inputs])
        inside: Floats = np.clip(values, low, high)
        return inside

    def of_cohort(self, data: CohortData) -> Floats:
        """The matrix of another cohort, by name.

        Raises:
            BundleMismatch: the cohort lacks too many inputs, or has one of another kind.
        """
        matrix = self.matrix_of(data)
        if data.size and not self.enough(matrix).any():
            raise BundleMismatch(
                "The cohort has too few of the model's inputs.",
                hint=f"The model takes {', '.join(self.ids)}.",
            )
        return matrix

    def matrix_of(self, data: CohortData) -> Floats:
        """The same, however little is known.

        Raises:
            BundleMismatch: the cohort has an input of another kind.
        """
        positions = {feature.id: i for i, feature in enumerate(data.features)}
        matrix = np.full((data.size, len(self.inputs)), np.nan)
        for column, each in enumerate(self.inputs):
            if each.id == LINE and data.line is not None:
                matrix[:, column] = data.line
            elif each.id in positions:
                matrix[:, column] = _translated(each, data, positions[each.id])
        return matrix

    def of_patient(self, facts: Mapping[str, Value]) -> tuple[Floats, tuple[str, ...]]:
        """One patient's row, and the cautions that come with it.

        Raises:
            InputRefused: a value that is not finite, or outside what is possible.
            NotEnoughEvidence: too few of the inputs are known.
        """
        row = np.full(len(self.inputs), np.nan)
        cautions: list[str] = []
        for column, each in enumerate(self.inputs):
            if each.id in facts:
                row[column] = _read(each, facts[each.id], cautions)
        if not self.enough(row[None])[0]:
            lacking = [
                each.label for each, of in zip(self.inputs, row, strict=True) if np.isnan(of)
            ]
            known = len(row) - len(lacking)
            raise NotEnoughEvidence(
                f"Only {known} of {len(row)} inputs {'is' if known == 1 else 'are'} known.",
                hint=f"Enter more of: {', '.join(lacking[:12])}.",
            )
        return row, tuple(cautions)

    def enough(self, values: Floats) -> Flags:
        """Of which rows enough is known to ask a model."""
        known = ~np.isnan(values)
        presence = np.array([each.presence for each in self.inputs])
        share = known @ presence
        needed = min(LEAST_KNOWN * presence.sum(), LEAST_FACTS)
        enough: Flags = (share >= needed) & known.any(axis=1)
        return enough

    def untypical(self, row: Floats) -> tuple[str, ...]:
        """The inputs whose value lies outside nearly all of the cohort."""
        return tuple(
            each.id
            for each, value in zip(self.inputs, row, strict=True)
            if each.typical and (value < each.typical[0] or value > each.typical[1])
        )

    def to_json(self) -> dict[str, Any]:
        """The contract as the bundle keeps it."""
        return {
            "disease": self.disease,
            "inputs": [{**asdict(each), "kind": str(each.kind)} for each in self.inputs],
            "regimens": list(self.regimens),
            "classes": {name: list(classes) for name, classes in self.classes.items()},
        }

    @property
    def columns(self) -> tuple[CohortFeature, ...]:
        """The inputs as columns of a table, with the words that the cohort's table used."""
        return tuple(
            CohortFeature(
                each.id, each.label, each.kind, each.unit, each.levels, each.hard,
                words=each.words, column=each.column, column_unit=each.column_unit,
            )
            for each in self.inputs
        )  # fmt: skip

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Contract:
        """Read back what `to_json` wrote."""
        inputs = tuple(_input(entry) for entry in content["inputs"])
        classes = {name: tuple(given) for name, given in content["classes"].items()}
        return cls(content["disease"], inputs, tuple(content["regimens"]), classes)


def _input(entry: Mapping[str, Any]) -> Input:
    pairs = {key: tuple(entry[key]) if entry[key] else None for key in ("hard", "clip", "typical")}
    kind, levels = Kind(entry["kind"]), tuple(entry["levels"])
    words = tuple((text, level) for text, level in entry["words"])
    return Input(**{**entry, **pairs, "kind": kind, "levels": levels, "words": words})


def _read(each: Input, value: Value, cautions: list[str]) -> float:
    if each.levels:
        if value in each.levels:
            return float(each.levels.index(str(value)))
        cautions.append(f"{each.label}: {value!s} was never seen in training; taken as unknown.")
        return math.nan
    number = _as_number(each, value)
    if not math.isfinite(number) or abs(number) > _LARGEST:
        raise InputRefused(
            f"{each.label} is {value!s}, which is not a measurable value.",
            hint="Enter a finite number, or leave it unknown.",
        )
    if each.hard and not each.hard[0] <= number <= each.hard[1]:
        raise InputRefused(
            f"{each.label} is {number:g} {each.unit}".rstrip() + ", which is not possible.",
            hint=f"Possible is {each.hard[0]:g} to {each.hard[1]:g}; check the unit.",
        )
    return number


def _as_number(each: Input, value: Value) -> float:
    if isinstance(value, str):
        raise InputRefused(
            f"{each.label} is the text {value!r} where a number is expected.",
            hint="Enter a number, or leave it unknown.",
        )
    return float(value)


def _translated(each: Input, data: CohortData, position: int) -> Floats:
    feature, column = data.features[position], data.values[:, position]
    if feature.kind is not each.kind:
        raise BundleMismatch(
            f"{each.label} is a {feature.kind} in the cohort and a {each.kind} in the model.",
            hint="Describe the column as the model's cohort did.",
        )
    if not each.levels or feature.levels == each.levels:
        return column
    lookup = [
        float(each.levels.index(name)) if name in each.levels else math.nan
        for name in feature.levels
    ]
    table = np.array([*lookup, math.nan])
    translated: Floats = table[np.where(np.isnan(column), len(lookup), column).astype(np.int64)]
    return translated


# ------------------------------------------------------------------------------------ from a cohort


def contract_of(data: CohortData) -> Contract:
    """The contract that a cohort supports: inputs that vary and are known often enough."""
    inputs = [_from_feature(feature, data.values[:, i]) for i, feature in enumerate(data.features)]
    if data.line is not None:
        line = CohortFeature(LINE, "Line of therapy", Kind.NUMBER, hard=(1.0, 20.0))
        inputs.append(_from_feature(line, data.line))
    given = np.zeros(0, dtype=np.int64) if data.regimen is None else data.regimen
    counts = np.bincount(given, minlength=len(data.regimens))[: len(data.regimens)]
    regimens = tuple(
        name for name, count in zip(data.regimens, counts, strict=True) if count >= LEAST_GROUP
    )
    return Contract(data.disease, tuple(i for i in inputs if i), regimens, dict(data.classes))


def _from_feature(feature: CohortFeature, column: Floats) -> Input | None:
    known = column[~np.isnan(column)]
    if len(known) < LEAST_GROUP or not _varies(known):
        return None
    clip = typical = None
    if feature.kind is Kind.NUMBER:
        clip, typical = (_rounded(np.percentile(known, p)) for p in (_PERCENTILES, _TYPICAL))
    return Input(
        feature.id,
        feature.label,
        feature.kind,
        feature.unit,
        feature.levels,
        feature.hard,
        clip,
        typical,
        feature.monotone_response,
        feature.monotone_hazard,
        round(len(known) / len(column), 3),
        feature.words,
        feature.column,
        feature.column_unit,
    )


def _varies(known: Floats) -> bool:
    """Whether at least a handful of patients differ from the commonest value."""
    _, counts = np.unique(known, return_counts=True)
    return bool(len(known) - counts.max() >= LEAST_GROUP)


def _rounded(pair: Floats) -> tuple[float, float]:
    low, high = float(pair[0]), float(pair[1])
    width = high - low
    if width <= 0:
        return low, high
    step = 10.0 ** math.floor(math.log10(width / 50))
    return round(math.floor(low / step) * step, 10), round(math.ceil(high / step) * step, 10)
