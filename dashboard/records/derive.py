"""Facts that follow from other facts: creatinine clearance, neutrophil ratio, body mass index.

Nothing here is a model: Cockcroft and Gault 1976 (mL/min, not scaled to body surface), neutrophils
over lymphocytes in one unit, kilograms over square metres. A derived value is taken only where none
was given, and says how it was made; where the given one differs, both are shown and the person
chooses. What the formulas need and no pack asks for are the `INGREDIENTS`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from dashboard.knowledge.schema import Feature, Kind, Range
from dashboard.records.patient import Choice, Finding, Origin, Severity, Value, Where
from dashboard.records.wording import figure

_AGREE = 0.1  # relative difference up to which given and derived values are the same
_SIGNIFICANT = 4
_FEMALE = 0.85
_COCKCROFT = 72.0


def _ingredient(
    feature: str, label: str, unit: str, quantity: str, limits: tuple[float, float, float, float]
) -> Feature:
    hard_low, low, high, hard_high = limits
    return Feature(
        id=feature,
        label=label,
        kind=Kind.NUMBER,
        unit=unit,
        quantity=quantity,
        plausible=Range(low=low, high=high),
        hard=Range(low=hard_low, high=hard_high),
        group="laboratory",
    )


# What formulas need beside the features of a pack. Limits are technical, not clinical judgement.
INGREDIENTS: tuple[Feature, ...] = (
    _ingredient("creatinine_mg_dl", "Serum creatinine", "mg/dL", "creatinine", (0.1, 0.4, 4, 30)),
    _ingredient("weight_kg", "Body weight", "kg", "weight", (20, 40, 150, 350)),
    _ingredient("height_cm", "Height", "cm", "height", (100, 140, 205, 250)),
    _ingredient("neutrophils_10e9_l", "Neutrophils", "10^9/L", "neutrophils", (0, 1, 12, 70)),
    _ingredient("lymphocytes_10e9_l", "Lymphocytes", "10^9/L", "lymphocytes", (0, 0.3, 5, 20)),
)


@dataclass(frozen=True, slots=True)
class _Formula:
    """How one feature follows from others."""

    feature: str
    needs: tuple[str, ...]
    compute: Callable[[Mapping[str, Value]], float | None]
    words: str


def _number(facts: Mapping[str, Value], name: str) -> float:
    return float(facts[name])


def _clearance(facts: Mapping[str, Value]) -> float | None:
    creatinine, weight = _number(facts, "creatinine_mg_dl"), _number(facts, "weight_kg")
    if creatinine <= 0:
        return None
    factor = _FEMALE if facts["sex"] == "female" else 1.0
    return (140 - _number(facts, "age_years")) * weight * factor / (_COCKCROFT * creatinine)


def _ratio(facts: Mapping[str, Value]) -> float | None:
    lymphocytes = _number(facts, "lymphocytes_10e9_l")
    return _number(facts, "neutrophils_10e9_l") / lymphocytes if lymphocytes > 0 else None


def _mass_index(facts: Mapping[str, Value]) -> float | None:
    return _number(facts, "weight_kg") / (_number(facts, "height_cm") / 100) ** 2


_FORMULAS = (
    _Formula(
        "crcl_ml_min",
        ("creatinine_mg_dl", "age_years", "weight_kg", "sex"),
        _clearance,
        "Cockcroft-Gault",
    ),
    _Formula(
        "nlr",
        ("neutrophils_10e9_l", "lymphocytes_10e9_l"),
        _ratio,
        "neutrophils divided by lymphocytes",
    ),
    _Formula("bmi", ("weight_kg", "height_cm"), _mass_index, "weight by height squared"),
)


@dataclass(slots=True)
class Derived:
    """What followed: new values with their origins, and what does not agree."""

    values: dict[str, Value] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def missing_ingredients(features: Iterable[Feature]) -> tuple[Feature, ...]:
    """The ingredients that a pack has no feature for, as far as it can use what they make."""
    known = {feature.id for feature in features}
    wanted = {name for formula in _FORMULAS if formula.feature in known for name in formula.needs}
    return tuple(i for i in INGREDIENTS if i.id in wanted and i.id not in known)


def anything_follows(known: Collection[str]) -> bool:
    """Whether facts of these names are enough for any formula."""
    return any(all(name in known for name in formula.needs) for formula in _FORMULAS)


def made_of(ingredient: str, derived: Derived) -> bool:
    """Whether something was computed, or checked, with this ingredient."""
    names = {*derived.values, *(finding.where.field for finding in derived.findings)}
    return any(f.feature in names and ingredient in f.needs for f in _FORMULAS)


def derive(
    features: Mapping[str, Feature], facts: Mapping[str, Value], patient: str, where: Where
) -> Derived:
    """What follows from the facts of one patient, ingredients among them.

    Args:
        features: the pack's features by id.
        facts: the values read, of features and ingredients.
        patient: whose they are.
        where: the place findings point to.
    """
    result = Derived()
    for formula in _FORMULAS:
        feature = features.get(formula.feature)
        if feature is None or any(name not in facts for name in formula.needs):
            continue
        exact = formula.compute(facts)
        if exact is not None:
            _settle(result, feature, formula, exact, facts, _Place(patient, where))
    return result


@dataclass(frozen=True, slots=True)
class _Place:
    patient: str
    where: Where


def _settle(
    result: Derived,
    feature: Feature,
    formula: _Formula,
    exact: float,
    facts: Mapping[str, Value],
    place: _Place,
) -> None:
    value = float(f"{exact:.{_SIGNIFICANT}g}")
    parts = ", ".join(f"{name} {_spoken(facts[name])}" for name in formula.needs)
    how = f"{formula.words} from {parts}"
    given = facts.get(feature.id)
    if isinstance(given, float):
        if abs(given - value) > _AGREE * max(abs(value), 1e-9):
            result.findings.append(_disagree(feature, given, value, how, place))
    elif feature.hard is not None and not feature.hard.holds(value):
        result.findings.append(_impossible(feature, value, how, place))
    else:
        result.values[feature.id] = value
        result.origins[feature.id] = Origin(
            place.where.file, place.where.row, feature.id, figure(value), feature.unit, note=how
        )


def _spoken(value: Value) -> str:
    return figure(value) if isinstance(value, float) else str(value)


def _disagree(feature: Feature, given: float, value: float, how: str, place: _Place) -> Finding:
    return Finding(
        Severity.WARNING,
        "derived-differs",
        f"{feature.label} is given as {figure(given)}, but {how} makes it {figure(value)}.",
        Where(place.where.file, place.where.row, feature.id),
        value=figure(given),
        expected=f"{figure(value)} {feature.unit}".strip(),
        fix="Choose the right value, or correct what it was made from.",
        rest=f"The given value {figure(given)} is kept until you choose.",
        patient=place.patient,
        choices=(
            Choice(f"Keep {figure(given)} as given", "given", {feature.id: given}),
            Choice(f"Use {figure(value)} as derived", "derived", {feature.id: value}),
            Choice("Leave it unknown", "unknown", {feature.id: None}),
        ),
    )


def _impossible(feature: Feature, value: float, how: str, place: _Place) -> Finding:
    limits = feature.hard or Range(low=value, high=value)
    span = f"{figure(limits.low)} to {figure(limits.high)} {feature.unit}".strip()
    return Finding(
        Severity.ERROR,
        "derived-out-of-range",
        f"{feature.label} would be {figure(value)} ({how}), outside the allowed {span}.",
        Where(place.where.file, place.where.row, feature.id),
        value=figure(value),
        expected=span,
        fix="Check the values it was made from, and their units.",
        rest="It stays unknown; everything else was read.",
        patient=place.patient,
    )
