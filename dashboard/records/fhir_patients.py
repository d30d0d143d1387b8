"""The Patient resource: age on the day of the decision, sex, origin, and what must be warned of.

Names, addresses and numbers of a person are never carried into a case; that they were there is
listed without their content. A record that is inactive, replaced or of a person who died is read
and flagged. Nothing is inferred from a name, and `other` or `unknown` sex stays unknown.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from dashboard.knowledge.schema import Feature
from dashboard.records.cells import Raw
from dashboard.records.chart import Chart, read_date
from dashboard.records.fhir_parts import (
    CONCORD_PATIENT,
    Resource,
    concept,
    extension_value,
    items,
    mapping,
    summary,
    word,
)
from dashboard.records.patient import Choice, Finding, Origin, Severity, Unmapped, Where
from dashboard.records.wording import shown

AGE, SEX, RACE = ("30525-0", "age_years"), ("76689-9", "sex"), ("32624-9", "race_ethnicity")
_OLDEST = 120
_IDENTIFYING = ("name", "telecom", "address", "contact", "photo", "communication", "maritalStatus")
_TYPES: Mapping[str, tuple[type, str]] = {
    "id": (str, "a text"),
    "gender": (str, "one of male, female, other, unknown"),
    "birthDate": (str, "a date such as 1960-05-31"),
    "active": (bool, "true or false"),
    "deceasedBoolean": (bool, "true or false"),
    "deceasedDateTime": (str, "a date such as 2024-05-31"),
}
_SPOKEN_TYPES = ((bool, "true or false"), (str, "a text"), (list, "a list"), (dict, "an object"))
_SEXES = {"male": "male", "female": "female", "m": "male", "f": "female"}
_RACES = {
    "2106-3": "white", "2054-5": "black", "2028-9": "asian", "2135-2": "hispanic",
    "1002-5": "other", "2076-8": "other", "2131-1": "other",
}  # fmt: skip


def read_patient(resource: Resource, chart: Chart) -> None:
    """Put what the Patient resource says into the chart."""
    _refuse_types(resource, chart)
    _withhold(resource, chart)
    born = _read_birth(resource, chart)
    _read_sex(resource, chart)
    _read_race(resource, chart)
    _read_state(resource, chart, born)
    resource.outcome = "read"


def _refuse_types(resource: Resource, chart: Chart) -> None:
    """Each field that holds another kind of content than FHIR gives it; none vanishes."""
    for name, (kind, expected) in _TYPES.items():
        value = resource.body.get(name)
        if value is None or isinstance(value, kind):
            continue
        came = next((said for one, said in _SPOKEN_TYPES if isinstance(value, one)), "a number")
        chart.add(
            Finding(
                Severity.ERROR,
                "patient-field-type",
                f"Patient.{name} is {came}, where FHIR has {expected}.",
                resource.where(name),
                value=shown(summary(value)),
                expected=expected,
                fix="Correct the field in the file.",
                rest="Only this field was left out; everything else was read.",
            )
        )


def nobody(patient: Resource, name: str) -> Finding:
    """The refusal of a patient of whom the file says nothing that can be used."""
    return Finding(
        Severity.ERROR,
        "patient-empty",
        f"The file says nothing of {shown(name)} that can be used.",
        patient.where(),
        expected="a patient with at least one fact, such as age, sex or a condition",
        fix="Correct the fields that are named, or check that it is the file you meant.",
        rest="The patient was not read; what the file holds is listed.",
    )


def is_own(patient: Resource) -> bool:
    """Whether Concord wrote the patient: then the id is the case's own."""
    identifiers = items(patient.body.get("identifier"))
    return any(word(one.get("system")) == CONCORD_PATIENT for one in identifiers)


def feature_of(chart: Chart, names: tuple[str, str]) -> Feature | None:
    """The feature of the chart's pack with a LOINC code, or else with an id."""
    code, feature_id = names
    coded = next((f for f in chart.pack.features if code in f.coded("loinc")), None)
    return coded or chart.pack.vocabulary.get(feature_id)


def years_between(born: date, day: date) -> int:
    """Completed years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def birth_findings(
    chart: Chart, born: date, events: Iterable[tuple[str, date]], where: Where
) -> None:
    """An event before the birth makes the age unusable; both dates are named."""
    for name, day in events:
        if day < born:
            chart.seen = [seen for seen in chart.seen if seen.origin.field != where.field]
            chart.add(
                Finding(
                    Severity.ERROR,
                    "born-after-event",
                    f"The date of birth {born.isoformat()} lies after {name} ({day.isoformat()}).",
                    where,
                    value=born.isoformat(),
                    expected="a birth before everything else",
                    fix="Correct the wrong one of the two dates.",
                    rest="The age was left unknown; everything else was read.",
                )
            )
            return


def _withhold(resource: Resource, chart: Chart) -> None:
    for name in (*_IDENTIFYING, "identifier"):
        if resource.take(name) and not (name == "identifier" and is_own(resource)):
            where = resource.where(name)
            reason = "identifies the person or says nothing of the case; not carried over"
            chart.unmapped.append(Unmapped(where, f"Patient.{name}", "withheld", reason))


def _read_birth(resource: Resource, chart: Chart) -> date | None:
    text = word(resource.take("birthDate"))
    feature = feature_of(chart, AGE)
    where = resource.where("birthDate")
    if not text:
        return None
    born = read_date(text)
    today = chart.reading.today
    if born is None or born > today or years_between(born, today) > _OLDEST:
        chart.add(_birth_refused(text, today, where))
        return None
    if feature is None:
        chart.leave(where, "Patient.birthDate", "withheld", "the tumour group does not use the age")
        return born
    ages = _possible_ages(text, born, today)
    if len(ages) > 1:
        _ask_age(chart, feature, text, ages, where)
        return born
    note = f"age on {today.isoformat()}, from the date of birth"
    origin = Origin(where.file, where.row, where.field, f"{ages[0]}", unit="years", note=note)
    chart.put(feature, float(ages[0]), origin)
    return born


def _possible_ages(text: str, born: date, today: date) -> list[int]:
    """One age for a day of birth; a month or a year of birth may leave two."""
    last = born
    if len(text) == len("2000"):
        last = date(born.year, 12, 31)
    elif len(text) == len("2000-01"):
        last = born.replace(day=calendar.monthrange(born.year, born.month)[1])
    return sorted({years_between(last, today), years_between(born, today)})


def _birth_refused(text: str, today: date, where: Where) -> Finding:
    return Finding(
        Severity.ERROR,
        "birth-date",
        f"The date of birth {text} gives no age on {today.isoformat()}.",
        where,
        value=text,
        expected=f"a day in the last {_OLDEST} years",
        fix="Correct the date of birth.",
        rest="The age was left unknown; everything else was read.",
    )


def _ask_age(chart: Chart, feature: Feature, text: str, ages: list[int], where: Where) -> None:
    choices = [Choice(f"{age} years", f"{age}", {feature.id: float(age)}) for age in ages]
    choices.append(Choice("leave it unknown", "unknown", {feature.id: None}))
    message = f"The date of birth says only {text}, so the age is {ages[0]} or {ages[1]}."
    chart.ask("age-open", message, choices, where, value=text)


def _read_sex(resource: Resource, chart: Chart) -> None:
    """Sex at birth where it is stated, otherwise the administrative gender."""
    feature = feature_of(chart, SEX)
    gender = word(resource.take("gender")).casefold()
    at_birth = ""
    for name, extension in resource.extensions():
        if name in ("us-core-birthsex", "patient-birthSex"):
            at_birth = word(extension_value(extension)).casefold()
    written = at_birth if at_birth in _SEXES else gender
    where = resource.where("gender" if written == gender else "extension(us-core-birthsex)")
    if feature is None:
        return
    if written not in _SEXES:
        if written:
            chart.leave(where, "Patient.gender", written, "neither female nor male; left unknown")
        return
    if at_birth in _SEXES and gender in _SEXES and _SEXES[at_birth] != _SEXES[gender]:
        chart.add(
            Finding(
                Severity.WARNING,
                "sex-and-gender",
                f"Sex at birth is {_SEXES[at_birth]}, gender {gender}; sex at birth is used.",
                where,
                value=f"{at_birth}, {gender}",
                fix="Correct one of them if they should agree.",
            )
        )
    chart.read(feature, Raw(_SEXES[written], where))


def _read_race(resource: Resource, chart: Chart) -> None:
    feature = feature_of(chart, RACE)
    found = {}
    for name, extension in resource.extensions():
        if name in ("us-core-race", "us-core-ethnicity"):
            found[name] = _race(extension)
        elif name not in ("us-core-birthsex", "patient-birthSex"):
            summary = word(extension_value(extension)) or name
            chart.leave(
                resource.where(f"extension({name})"), f"Patient {name}", summary, "not used"
            )
    if feature is None or not any(found.values()):
        return
    ethnicity = found.get("us-core-ethnicity", "")
    written = "hispanic" if ethnicity == "hispanic" else found.get("us-core-race", "")
    if written in feature.levels:
        note = "Hispanic of any race" if written == "hispanic" else ""
        chart.read(feature, Raw(written, resource.where("extension(us-core-race)"), note=note))


def _race(extension: Mapping[str, Any]) -> str:
    """The one race or ethnicity stated; several give none."""
    parts = items(extension.get("extension"))
    codes = {
        _RACES.get(coding.code, "")
        for part in parts
        if word(part.get("url")) == "ombCategory"
        for coding in concept(part.get("valueCoding")).codings
    }
    return codes.pop() if len(codes) == 1 else ""


def _read_state(resource: Resource, chart: Chart, born: date | None) -> None:
    """Inactive, replaced and deceased records are read, and flagged."""
    if resource.take("active") is False:
        _warn(chart, "patient-inactive", "The record is marked as no longer active.", resource)
    for link in items(resource.take("link")):
        other = word(mapping(link.get("other")).get("reference"))
        kind = word(link.get("type")) or "linked"
        _warn(chart, "patient-linked", f"The record is {kind} to {other}.", resource)
    died = read_date(resource.take("deceasedDateTime"))
    if resource.take("deceasedBoolean") is True or died is not None:
        on = f" on {died.isoformat()}" if died else ""
        _warn(chart, "patient-died", f"The record says that the patient died{on}.", resource)
    if born is not None and died is not None:
        events = [("the date of death", died)]
        birth_findings(chart, born, events, resource.where("birthDate"))
    for name in ("multipleBirthBoolean", "multipleBirthInteger", "generalPractitioner"):
        resource.take(name)


def _warn(chart: Chart, code: str, message: str, resource: Resource) -> None:
    fix = "Make sure that this is the record to use."
    chart.add(Finding(Severity.WARNING, code, message, resource.where(), fix=fix))


def is_synthetic(resource: Resource) -> bool:
    """Whether the record is marked as made up for tests."""
    meta = mapping(resource.body.get("meta"))
    marks = [*items(meta.get("security")), *items(meta.get("tag"))]
    return any(word(mark.get("code")).upper() in ("HTEST", "SYNTHETIC") for mark in marks)
