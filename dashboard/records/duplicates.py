"""Patients who come twice: the same row again, two versions of one person, one person as two.

Rows of one id with the same content are one patient; with different content neither is used until
somebody chooses, and the differing facts are shown side by side. Different lines of treatment under
one id are different decisions about one patient. What is alike under different ids is only said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dashboard.records.patient import Choice, Finding, Patient, Severity
from dashboard.records.remarks import place_of, remark, shown

LEAST_ALIKE = 8  # equal facts from which two ids look like one person
_MOST_DIFFERENCES = 6


def check_duplicates(patients: Sequence[Patient]) -> Iterator[Finding]:
    """Everything about ids and repetition among these patients."""
    by_id: dict[str, list[Patient]] = {}
    for patient in patients:
        by_id.setdefault(patient.id, []).append(patient)
    yield from _blank_ids(by_id.get("", []))
    for name, same in by_id.items():
        if name and len(same) > 1:
            yield from _repeated(same)
    yield from _case_twins(by_id)
    yield from _look_alikes(patients)


def merge_duplicates(patients: Sequence[Patient]) -> tuple[Patient, ...]:
    """The patients with repetitions of the same content taken out, the first of each kept."""
    seen: set[tuple[str, str, str]] = set()
    kept = []
    for patient in patients:
        key = (patient.id, patient.fingerprint, repr(sorted(patient.outcomes.items())))
        if patient.id and key in seen:
            continue
        seen.add(key)
        kept.append(patient)
    return tuple(kept)


def _blank_ids(blank: list[Patient]) -> Iterator[Finding]:
    for patient in blank:
        yield remark(
            patient,
            "id-missing",
            "The patient has no id.",
            field="id",
            expected="an id that no other patient has",
            fix="Enter an id, or let Concord make a local study id.",
            choices=(Choice("Make a local study id", answer="make-id"),),
        )


def _repeated(same: list[Patient]) -> Iterator[Finding]:
    first = same[0]
    for patient in same[1:]:
        if _alike(first, patient):
            yield remark(
                patient,
                "patient-repeated",
                f"{_row(patient)} repeats {_row(first).lower()}; it is kept once.",
                field="id",
                value=patient.id,
                expected="each patient once",
                fix="Nothing to do.",
                severity=Severity.NOTE,
            )
        elif _other_decision(first, patient):
            yield remark(
                patient,
                "patient-at-two-lines",
                f"{patient.id} stands at line {first.line} and at line {patient.line}: "
                "two decisions about one patient.",
                field="id",
                value=patient.id,
                expected="one row for each decision",
                fix="Nothing to do if that is meant.",
                severity=Severity.NOTE,
            )
        else:
            yield _two_versions(first, patient)


def _alike(one: Patient, other: Patient) -> bool:
    return (
        one.values == other.values
        and one.line == other.line
        and one.disease == other.disease
        and one.courses == other.courses
        and one.outcomes == other.outcomes
    )


def _other_decision(one: Patient, other: Patient) -> bool:
    return one.line is not None and other.line is not None and one.line != other.line


def _two_versions(one: Patient, other: Patient) -> Finding:
    here, there = dict(one.facts) | _outcomes(one), dict(other.facts) | _outcomes(other)
    names = [name for name in {**here, **there} if here.get(name) != there.get(name)]
    pairs = [
        f"{name}: {_side(here, name)} / {_side(there, name)}" for name in names[:_MOST_DIFFERENCES]
    ]
    more = len(names) - _MOST_DIFFERENCES
    listed = "; ".join(pairs) + (f"; and {more} more" if more > 0 else "")
    return remark(
        other,
        "patient-in-two-versions",
        f"{other.id} comes twice with different content ({_row(one).lower()} and "
        f"{_row(other).lower()}): {listed or 'the courses differ'}.",
        field="id",
        value=other.id,
        expected="one version of each patient",
        fix="Choose one of the two, or give them different ids. Neither is used until then.",
        choices=(
            Choice(f"Keep {_row(one).lower()}", answer="first"),
            Choice(f"Keep {_row(other).lower()}", answer="second"),
        ),
    )


def _outcomes(patient: Patient) -> dict[str, float | bool | str]:
    return {f"outcome {name}": value for name, value in patient.outcomes.items()}


def _side(facts: dict[str, float | bool | str], name: str) -> str:
    return shown(facts[name]) if name in facts else "unknown"


def _row(patient: Patient) -> str:
    where = place_of(patient)
    return f"Row {where.row}" if where.row is not None else "One record"


def _case_twins(by_id: dict[str, list[Patient]]) -> Iterator[Finding]:
    folded: dict[str, str] = {}
    for name, same in by_id.items():
        twin = folded.setdefault(name.casefold().strip(), name)
        if twin != name:
            yield remark(
                same[0],
                "id-differs-by-case",
                f"{twin} and {name} both exist; they differ only by capital letters or spaces.",
                field="id",
                value=name,
                expected="ids that cannot be confused",
                fix="Nothing to do if these are two patients; otherwise correct one id.",
                severity=Severity.WARNING,
            )


def _look_alikes(patients: Sequence[Patient]) -> Iterator[Finding]:
    seen: dict[frozenset[tuple[str, float | bool | str]], Patient] = {}
    for patient in patients:
        if len(patient.values) < LEAST_ALIKE or patient.synthetic:
            continue
        first = seen.setdefault(frozenset(patient.values.items()), patient)
        if first.id != patient.id and first.disease == patient.disease:
            yield remark(
                patient,
                "patients-alike",
                f"{first.id} and {patient.id} have the same {len(patient.values)} facts.",
                field="id",
                value=patient.id,
                expected="different patients",
                fix="Check whether this is one patient under two ids.",
                severity=Severity.WARNING,
            )
