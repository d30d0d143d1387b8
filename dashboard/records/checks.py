"""From patients who were read to patients who can be trusted: everything that speaks against them.

Each value is held against its feature (kind, level, limits), then the facts against each other
(`contradictions`), against time (`chronology`) and against the other patients (`duplicates`).
Nothing is changed: a check only says what it found, where, and how it is mended. Reading is lenient
and keeps doubtful values; forecasting is strict, and `gate_for_forecast` is where it refuses.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from dashboard.foundation.collector import without_collector
from dashboard.knowledge.consistency import Consistency, fit, load_consistency
from dashboard.knowledge.library import Library
from dashboard.knowledge.pack_memory import PackMemory
from dashboard.knowledge.rules import near
from dashboard.knowledge.schema import LAST_LINE, DiseasePack, Feature, Kind, Range
from dashboard.records.amounts import is_count
from dashboard.records.beside import NOTHING, Beside, beside_facts
from dashboard.records.chronology import check_chronology
from dashboard.records.completeness import LEAST_KNOWN, core_known, note_missing
from dashboard.records.contradictions import Register, given_facts, register
from dashboard.records.duplicates import check_duplicates
from dashboard.records.patient import (
    Choice,
    Finding,
    Intake,
    Measurement,
    Patient,
    Severity,
    Value,
)
from dashboard.records.remarks import allowed, remark, shown
from dashboard.records.unusual import EVERYTHING, unremarkable

_STANDING = (Severity.ERROR, Severity.QUESTION)
# What readers say in their own words: code here -> code and field there.
_READERS_SAY = {
    "nlr-disagrees": ("derived-differs", "nlr"),
    "id-differs-by-case": ("ids-alike", ""),
}
_DIFFER = frozenset({"reports-differ", "same-day-differs"})
_DIFFERENCE_SAID = frozenset({"values-contradict", "results-differ"})  # by readers, of one fact


def check_patient(
    patient: Patient,
    pack: DiseasePack,
    today: date,
    *,
    beside: Beside = NOTHING,
    consistency: Consistency | None = None,
) -> tuple[Finding, ...]:
    """Everything that speaks against one patient.

    Args:
        patient: as read or typed.
        pack: the patient's tumour group.
        today: the day of the check.
        beside: what the file held beside the features of the pack.
        consistency: the statements to hold the facts against; those that ship when not given.
    """
    bench = _bench(pack, consistency or load_consistency())
    return tuple(_check(patient, bench, today, beside))


def check_patients(
    patients: Sequence[Patient],
    library: Library,
    today: date,
    *,
    beside: Mapping[str, Beside] | None = None,
    consistency: Consistency | None = None,
) -> tuple[Finding, ...]:
    """Everything that speaks against each of many patients, and against all of them together."""
    statements = consistency or load_consistency()
    benches = {pack.id: _bench(pack, statements) for pack in library.packs}
    other = beside or {}
    with without_collector():
        found: list[Finding] = list(check_duplicates(patients))
        for patient in patients:
            bench = benches.get(patient.disease)
            if bench is None:
                found.append(_no_pack(patient, library))
            else:
                found += _check(patient, bench, today, other.get(patient.id, NOTHING))
        return tuple(found)


def check_intake(
    intake: Intake, library: Library, today: date, *, consistency: Consistency | None = None
) -> tuple[Finding, ...]:
    """Everything that speaks against the patients of a file, what stands beside them included."""
    statements = consistency or load_consistency()
    beside = beside_facts(intake, statements)
    found = check_patients(intake.patients, library, today, beside=beside, consistency=statements)
    said = {(f.code, f.where.field, f.patient) for f in intake.findings}
    asked = _differences_said(intake, library)
    return tuple(
        f
        for f in found
        if not _is_said(f, said) and not (f.code in _DIFFER and (f.where.field, f.patient) in asked)
    )


def _differences_said(intake: Intake, library: Library) -> set[tuple[str, str]]:
    """The facts of patients of which the reader said that the file gives several values."""
    packs = {pack.id: pack for pack in library.packs}
    diseases = {patient.id: patient.disease for patient in intake.patients}
    return {
        (fact, finding.patient)
        for finding in intake.findings
        if finding.code in _DIFFERENCE_SAID
        and (pack := packs.get(diseases.get(finding.patient, "")))
        for fact in {name for choice in finding.choices for name in choice.values}
        if fact in pack.vocabulary
    }


def _is_said(finding: Finding, said: set[tuple[str, str, str]]) -> bool:
    """Whether the reader said the same of this patient, or of the whole column."""
    code, name = _READERS_SAY.get(finding.code, ("", ""))
    code, name = code or finding.code, name if code else finding.where.field
    return (code, name, finding.patient) in said or (code, name, "") in said


# -- the gate before a forecast ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ForecastGate:
    """Whether a forecast may be made, what stands in the way, and which facts it must not use."""

    blockers: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    withheld: frozenset[str] = field(default_factory=frozenset)

    @property
    def open(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.blockers


def gate_for_forecast(
    patient: Patient,
    pack: DiseasePack,
    findings: Iterable[Finding] = (),
    *,
    consistency: Consistency | None = None,
) -> ForecastGate:
    """Whether this patient may be forecast: strict where reading was lenient.

    Args:
        patient: the patient as stored.
        pack: the patient's tumour group.
        findings: what is still open from reading and checking; errors and questions block.
        consistency: the statements to hold the facts against; those that ship when not given.
    """
    bench = _bench(pack, consistency or load_consistency())
    if patient.disease != pack.id:
        return ForecastGate((_other_disease(patient, pack),))
    open_ones = [f for f in findings if f.patient == patient.id]
    own = [*_check_values(patient, bench), *_check_together(patient, bench, NOTHING)]
    own += _too_little(patient, pack)
    known = {(f.code, f.patient, f.where.field) for f in own}
    found = [*own, *(f for f in open_ones if (f.code, f.patient, f.where.field) not in known)]
    withheld = {name for f in found for name in bench.withheld.get(f.code, ())}
    return ForecastGate(
        tuple(f for f in found if f.severity in _STANDING and f.code not in bench.withheld),
        tuple(f for f in found if f.severity is Severity.WARNING or f.code in bench.withheld),
        frozenset(withheld),
    )


def _too_little(patient: Patient, pack: DiseasePack) -> Iterator[Finding]:
    known, core = core_known(patient, pack)
    least = min(LEAST_KNOWN, len(core))
    if len(known) < least:
        missing = [pack.vocabulary[name].label for name in core if name not in known]
        yield remark(
            patient,
            "too-little-known",
            f"No forecast: {len(known)} of {len(core)} facts that a forecast rests on are known.",
            value=", ".join(known),
            expected=f"at least {least}",
            fix=f"Enter some of: {', '.join(missing)}.",
        )


def _other_disease(patient: Patient, pack: DiseasePack) -> Finding:
    return remark(
        patient,
        "other-disease",
        f"The patient's tumour group is {patient.disease or 'unknown'}, not {pack.id}.",
        field="disease",
        value=patient.disease,
        expected=pack.id,
        fix="Choose the pack of the patient's tumour group.",
    )


def _no_pack(patient: Patient, library: Library) -> Finding:
    return remark(
        patient,
        "no-pack",
        f"There is no model for this tumour type ({patient.disease or 'not stated'}). "
        "The data are kept and shown.",
        field="disease",
        value=patient.disease,
        expected=", ".join(library.ids),
        fix=near(patient.disease, library.ids) or "Choose another tumour group if this is wrong.",
        severity=Severity.NOTE,
    )


# -- one patient ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Usual:
    """The values of a feature that need no second look."""

    feature: Feature
    number: bool
    low: float  # above `high` where every value needs the long look
    high: float
    others: frozenset[Value]


@dataclass(frozen=True, slots=True)
class _Bench:
    """What one pack is checked with, made once."""

    pack: DiseasePack
    usual: Mapping[str, _Usual]
    register: Register
    withheld: Mapping[str, tuple[str, ...]]
    age: str


_benches = PackMemory[_Bench]()


def _bench(pack: DiseasePack, consistency: Consistency) -> _Bench:
    return _benches.of(pack, lambda: _set_up(pack, consistency), consistency.fingerprint)


def _set_up(pack: DiseasePack, consistency: Consistency) -> _Bench:
    fitted = fit(consistency, pack)
    withheld = {
        conflict.statement.code: conflict.fields
        for conflict in fitted.conflicts
        if conflict.statement.withhold
    }
    ages = [feature.id for feature in pack.features if feature.quantity == "age"]
    usual = {feature.id: _usual(feature) for feature in pack.features}
    return _Bench(pack, usual, register(fitted), withheld, "".join(ages[:1]))


def _usual(feature: Feature) -> _Usual:
    usual, hard = unremarkable(feature), feature.hard or EVERYTHING
    return _Usual(
        feature,
        feature.kind is Kind.NUMBER,
        math.inf if is_count(feature) else max(usual.low, hard.low),
        min(usual.high, hard.high),
        frozenset(feature.levels),
    )


def _check(patient: Patient, bench: _Bench, today: date, beside: Beside) -> Iterator[Finding]:
    yield from _check_values(patient, bench)
    yield from _check_together(patient, bench, beside)
    yield from check_chronology(patient, today, beside.dates, bench.age)
    if patient.measurements:
        yield from _check_measurements(patient, bench)
    if (note := note_missing(patient, bench.pack)) is not None:
        yield note


def _check_together(patient: Patient, bench: _Bench, beside: Beside) -> Iterator[Finding]:
    facts: dict[str, Value] = dict(patient.facts)
    if beside.facts or patient.courses:
        given = given_facts(patient, bench.register.fitted)
        facts = {**beside.facts, **given, **facts}
    yield from bench.register.findings(patient, facts)


# -- one value -----------------------------------------------------------------------------------


def _check_values(patient: Patient, bench: _Bench) -> list[Finding]:
    found: list[Finding] = []
    usual = bench.usual
    for name, value in patient.values.items():  # the hot loop: most values end at the first line
        known = usual.get(name)
        if known is None:
            found.append(_unknown_feature(patient, name, value, bench.pack))
        elif known.number:
            if type(value) is not float or not known.low <= value <= known.high:
                found += _check_number(patient, known.feature, value)
        elif value not in known.others and not (
            type(value) is bool and known.feature.kind is Kind.FLAG
        ):
            found.append(_wrong_level(patient, known.feature, value))
    if patient.line is not None and not 1 <= patient.line <= LAST_LINE:
        found.append(_wrong_line(patient, patient.line))
    return found


def _unknown_feature(patient: Patient, name: str, value: Value, pack: DiseasePack) -> Finding:
    return remark(
        patient,
        "feature-unknown",
        f"{pack.label} has no feature called {name}.",
        field=name,
        value=shown(value),
        expected="a feature of the pack",
        fix=near(name, pack.vocabulary) or "Remove it; it is kept as unmapped content.",
    )


def _wrong_level(patient: Patient, feature: Feature, value: Value) -> Finding:
    return remark(
        patient,
        "level-unknown",
        f"{feature.label}: {shown(value)!r} is none of its values; it is out of scope.",
        field=feature.id,
        value=shown(value),
        expected=allowed(feature),
        fix=near(str(value), feature.levels) or "Choose one of the accepted values.",
    )


def _wrong_line(patient: Patient, line: int) -> Finding:
    return remark(
        patient,
        "line-impossible",
        f"Line {line} cannot be.",
        field="line",
        value=str(line),
        expected=f"1 to {LAST_LINE}",
        fix="Correct the line of therapy.",
    )


def _check_number(patient: Patient, feature: Feature, value: Value) -> Iterator[Finding]:
    if isinstance(value, bool | str) or not math.isfinite(value):
        yield remark(
            patient,
            "not-a-number",
            f"{feature.label}: {shown(value)} is not a number.",
            field=feature.id,
            value=shown(value),
            expected=allowed(feature),
            fix="Enter a number, or leave it unknown.",
        )
    elif feature.hard is not None and not feature.hard.holds(value):
        yield _impossible(patient, feature, float(value), feature.hard)
    elif is_count(feature) and value % 1:
        yield remark(
            patient,
            "not-whole",
            f"{feature.label} {value:g} is not a whole number.",
            field=feature.id,
            value=f"{value:g}",
            expected=f"a whole number of {feature.unit}",
            fix="Enter the number that was counted, or leave it unknown.",
        )
    elif feature.plausible is not None and not unremarkable(feature).holds(value):
        yield _unusual(patient, feature, float(value), feature.plausible)


def _impossible(patient: Patient, feature: Feature, value: float, hard: Range) -> Finding:
    if feature.quantity == "age":
        return _impossible_age(patient, feature, value, hard)
    return remark(
        patient,
        "value-impossible",
        f"{feature.label} {shown(value, feature)} is outside {hard.low:g} to {hard.high:g}.",
        field=feature.id,
        value=shown(value, feature),
        expected=allowed(feature),
        fix="Check the unit or the value.",
    )


def _impossible_age(patient: Patient, feature: Feature, value: float, hard: Range) -> Finding:
    young = 0 <= value < hard.low
    return remark(
        patient,
        "age-under-limit" if young else "value-impossible",
        f"Age {value:g}: the models were made for adults {hard.low:g} and over."
        if young
        else f"Age {value:g} is outside {hard.low:g} to {hard.high:g}.",
        field=feature.id,
        value=f"{value:g}",
        expected=allowed(feature),
        fix="No forecast is made; the record can be kept and shown. Check the date of birth."
        if young
        else "Check the date of birth.",
    )


def _unusual(patient: Patient, feature: Feature, value: float, usual: Range) -> Finding:
    span = f"{usual.low:g} to {usual.high:g} {feature.unit}".strip()
    return remark(
        patient,
        "implausible",
        f"{feature.label} {shown(value, feature)} is unusual: most values are {span}.",
        field=feature.id,
        value=shown(value, feature),
        expected=f"most values are {span}",
        fix="Check the unit and the value; keep it if it is right.",
        severity=Severity.WARNING,
    )


# -- measurements --------------------------------------------------------------------------------


def _check_measurements(patient: Patient, bench: _Bench) -> Iterator[Finding]:
    by_feature: dict[str, list[Measurement]] = {}
    for measurement in patient.measurements:
        by_feature.setdefault(measurement.feature, []).append(measurement)
    acquired = bench.register.fitted.acquired
    for name, taken in by_feature.items():
        feature = bench.pack.vocabulary.get(name)
        if feature is None or len({m.value for m in taken}) == 1:
            continue
        origin = patient.origins.get(name)
        if origin is not None and origin.by_hand:
            continue  # somebody has chosen
        lasting = feature.group == "molecular" and feature.kind is not Kind.NUMBER
        if lasting and name not in acquired:
            yield _reports_differ(patient, feature, taken)
        else:
            yield from _same_day_differs(patient, feature, taken)


def _reports_differ(patient: Patient, feature: Feature, taken: list[Measurement]) -> Finding:
    """A lasting fact that two reports state differently; the newest is not chosen silently."""
    sources = [_source_of(m, feature) for m in taken]
    return remark(
        patient,
        "reports-differ",
        f"{feature.label} differs between reports: {'; '.join(sources)}.",
        field=feature.id,
        value="; ".join(sources),
        expected="one value",
        fix="Choose the report that counts.",
        severity=Severity.QUESTION,
        choices=_choices(feature, taken),
    )


def _same_day_differs(
    patient: Patient, feature: Feature, taken: list[Measurement]
) -> Iterator[Finding]:
    by_day: dict[date, list[Measurement]] = {}
    for measurement in taken:
        if measurement.taken_on is not None:
            by_day.setdefault(measurement.taken_on, []).append(measurement)
    for day, same in by_day.items():
        if len({m.value for m in same}) > 1:
            values = " and ".join(dict.fromkeys(shown(m.value, feature) for m in same))
            yield remark(
                patient,
                "same-day-differs",
                f"{feature.label} was measured twice on {day} with different results: {values}.",
                field=feature.id,
                value=values,
                expected="one value for the day",
                fix="Choose the result that counts.",
                severity=Severity.QUESTION,
                choices=_choices(feature, same),
            )


def _source_of(measurement: Measurement, feature: Feature) -> str:
    day = f" on {measurement.taken_on}" if measurement.taken_on is not None else ""
    file = f" in {measurement.origin.file}" if measurement.origin.file else ""
    return f"{shown(measurement.value, feature)}{day}{file}"


def _choices(feature: Feature, taken: list[Measurement]) -> tuple[Choice, ...]:
    values = dict.fromkeys(m.value for m in taken)
    use = [Choice(f"Use {shown(v, feature)}", values={feature.id: v}) for v in values]
    return (*use, Choice("Leave unknown", values={feature.id: None}))
