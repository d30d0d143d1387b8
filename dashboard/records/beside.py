"""Facts and dates that a file holds beside the features of a pack, for the checks alone.

No model uses a pregnancy or a date of death, yet a file that has them contradicts or confirms what
is used. Readers keep such content as unmapped; here the part that checks can use is found again by
its name and given to the patient of the same row. Nothing of it is stored with the patient.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from dashboard.knowledge.consistency import Consistency
from dashboard.knowledge.rules import Value
from dashboard.records.dates import read_date
from dashboard.records.patient import Intake, Patient, Unmapped

# The names that dates come under, in four languages; letters and digits only, small.
_DATE_NAMES: Mapping[str, tuple[str, ...]] = {
    "birth": (
        "birthdate", "dateofbirth", "dob", "birthday", "geburtsdatum", "datedenaissance",
        "naissance", "fechadenacimiento", "nacimiento", "patientbirthdate",
    ),
    "diagnosis": (
        "diagnosisdate", "dateofdiagnosis", "dxdate", "datediagnosis", "diagnosedatum",
        "erstdiagnose", "datedediagnostic", "datedudiagnostic", "fechadediagnostico",
    ),
    "treatment_start": (
        "treatmentstart", "treatmentstartdate", "startdate", "datestart", "therapystart",
        "therapystartdate", "startoftreatment", "behandlungsbeginn", "therapiebeginn",
        "datededebut", "debutdutraitement", "iniciodetratamiento", "fechadeinicio",
    ),
    "treatment_end": (
        "treatmentend", "enddate", "dateend", "therapyend", "treatmentenddate", "therapieende",
        "behandlungsende", "findutraitement", "findetratamiento",
    ),
    "sample": ("sampledate", "dateofsample", "biopsydate", "specimendate", "probendatum"),
    "progression": (
        "progressiondate", "dateofprogression", "dateprogression", "progressionsdatum",
        "datedeprogression", "fechadeprogresion",
    ),
    "death": (
        "deathdate", "dateofdeath", "dod", "datedeath", "deceaseddate", "deceaseddatetime",
        "sterbedatum", "todesdatum", "datededeces", "fechademuerte", "fechadedefuncion",
    ),
    "last_contact": (
        "lastcontact", "lastcontactdate", "dateoflastcontact", "lastfollowup",
        "lastfollowupdate", "letzterkontakt", "dernierenouvelle", "ultimocontacto",
    ),
}  # fmt: skip
_DATE_OF_NAME = {name: kind for kind, names in _DATE_NAMES.items() for name in names}
_NOT_WORD = re.compile(r"[\W_]+")
_ACCENTS = str.maketrans("áàâäéèêëíïóôöúüñç", "aaaaeeeeiiooouunc")


@dataclass(frozen=True, slots=True)
class Beside:
    """What stood beside one patient."""

    facts: Mapping[str, Value] = field(default_factory=dict)
    dates: Mapping[str, date] = field(default_factory=dict)


NOTHING = Beside()


def beside_facts(intake: Intake, consistency: Consistency) -> dict[str, Beside]:
    """What an intake holds beside each of its patients, by the patient's id."""
    words = {
        _plain(alias): fact for fact in consistency.beside for alias in (*fact.aliases, fact.id)
    }
    facts: dict[str, dict[str, Value]] = {}
    dates: dict[str, dict[str, date]] = {}
    for patient, item in _owned(intake):
        name = _plain(item.name)
        fact = words.get(name)
        if fact is not None and (value := _meaning(item.value, fact.words)) is not None:
            facts.setdefault(patient, {})[fact.id] = value
        kind = _DATE_OF_NAME.get(name)
        if kind is not None and (day := read_day(item.value)) is not None:
            dates.setdefault(patient, {})[kind] = day
    names = dict.fromkeys((*facts, *dates))
    return {name: Beside(facts.get(name, {}), dates.get(name, {})) for name in names}


def read_day(text: str) -> date | None:
    """A day that can be read in one way only; with points between, the day comes first."""
    return read_date(text.strip(), "dmy" if "." in text else "").day


def _owned(intake: Intake) -> Iterator[tuple[str, Unmapped]]:
    """Unmapped content with the id of the patient it belongs to, where that is certain."""
    if not intake.unmapped:
        return
    rows = {place: patient.id for patient in intake.patients for place in _rows_of(patient)}
    only = intake.patients[0].id if len(intake.patients) == 1 else ""
    for item in intake.unmapped:
        owner = rows.get((item.where.file, item.where.row), "") or only
        if owner:
            yield owner, item


def _rows_of(patient: Patient) -> set[tuple[str, int | None]]:
    places = {(origin.file, origin.row) for origin in patient.origins.values()}
    return {place for place in places if place[1] is not None}


def _meaning(text: str, words: Mapping[str, bool | str]) -> Value | None:
    return words.get(text.strip().casefold())


def _plain(name: str) -> str:
    return _NOT_WORD.sub("", name.casefold().translate(_ACCENTS))
