"""From drugs that were given to courses of treatment, regimens of the pack, and prior treatment.

Drugs that began within four weeks of each other are one course; a later dose of the same drugs goes
on with it. A course is a regimen of the pack where its drugs are exactly those of one regimen;
where two regimens have the same drugs, none is chosen. Only what was given is a fact: that a drug
is not on file never means that it was not given.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from dashboard.knowledge import schema
from dashboard.knowledge.codes import drugs_in
from dashboard.knowledge.schema import DiseasePack, Feature, Kind, Regimen
from dashboard.records.cells import NOWHERE
from dashboard.records.patient import TreatmentCourse, Value, Where

_TABLE = Path(schema.__file__).with_name("treatments.toml")
_TOGETHER = timedelta(days=28)  # drugs begun within this time belong to one course
_PAUSE = timedelta(days=90)  # a longer gap before the same drugs begins a new course

Drugs = frozenset[str]


@dataclass(frozen=True, slots=True)
class Given:
    """A drug, or drugs ordered as one, that was given."""

    drugs: Drugs
    label: str
    started: date | None = None
    stopped: date | None = None
    reason: str = ""  # why it was stopped
    early: bool = False  # with curative intent
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True)
class Course:
    """Drugs that were given together, and the regimens that they could be."""

    drugs: Drugs
    labels: tuple[str, ...]
    started: date | None
    last: date | None  # the last day on which anything of it began or was given
    stopped: date | None
    reason: str
    early: bool
    where: Where

    def as_treatment(self, pack: DiseasePack) -> TreatmentCourse:
        """The course as the patient holds it."""
        fitting = regimens_of(self.drugs, pack, early=self.early)
        return TreatmentCourse(
            label=" + ".join(self.labels),
            regimen=fitting[0] if len(fitting) == 1 else "",
            started=self.started,
            stopped=self.stopped,
            stop_reason=self.reason,
        )


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


# -- courses ---------------------------------------------------------------------------------------


def courses_of(given: Iterable[Given]) -> tuple[Course, ...]:
    """The courses that what was given makes up, oldest first, undated ones last."""
    done: list[Course] = []
    for item in sorted(given, key=lambda one: (one.started or date.max, one.label)):
        for place in range(len(done) - 1, -1, -1):
            if _goes_on(done[place], item):
                done[place] = _joined(done[place], item)
                break
        else:
            done.append(_new(item))
    return tuple(done)


def _goes_on(course: Course, item: Given) -> bool:
    if item.started is None or course.started is None:
        return item.started is course.started and item.drugs == course.drugs
    if course.stopped is not None and item.started > course.stopped:
        return False
    if item.started - course.started <= _TOGETHER:
        return True
    return item.drugs <= course.drugs and item.started - (course.last or item.started) <= _PAUSE


def _new(item: Given) -> Course:
    return Course(
        item.drugs,
        (item.label,),
        item.started,
        item.stopped or item.started,
        item.stopped,
        item.reason,
        item.early,
        item.where,
    )


def _joined(course: Course, item: Given) -> Course:
    labels = course.labels if item.drugs <= course.drugs else (*course.labels, item.label)
    last = max((day for day in (course.last, item.stopped, item.started) if day), default=None)
    ends = [day for day in (course.stopped, item.stopped) if day]
    still = course.stopped is None or item.stopped is None
    return replace(
        course,
        drugs=course.drugs | item.drugs,
        labels=labels,
        last=last,
        stopped=None if still or not ends else max(ends),
        reason=course.reason or item.reason,
        early=course.early or item.early,
    )


# -- regimens --------------------------------------------------------------------------------------


def regimens_of(drugs: Drugs, pack: DiseasePack, *, early: bool = False) -> tuple[str, ...]:
    """The regimens with exactly these drugs; those with the fewest alternatives only."""
    wanted = "early" if early else "advanced"
    fitting = [regimen for regimen in pack.regimens if _fits(regimen, drugs)]
    of_setting = [regimen for regimen in fitting if regimen.setting == wanted] or fitting
    fewest = min((len(regimen.drugs) for regimen in of_setting), default=0)
    return tuple(regimen.id for regimen in of_setting if len(regimen.drugs) == fewest)


def _fits(regimen: Regimen, drugs: Drugs) -> bool:
    beside = frozenset(_table()["beside"]["drugs"])
    core = drugs - beside
    groups = _groups(regimen)
    if not core or not groups:
        return False
    covered: set[str] = set()
    for options in groups:
        present = [option for option in options if option - beside <= core]
        if not any(option - beside for option in present) and any(o - beside for o in options):
            return False
        covered.update(*present)
    return core <= covered | beside


def _groups(regimen: Regimen) -> list[list[Drugs]]:
    """For every component of a regimen the sets of drugs that may stand in its place."""
    groups: dict[str, list[Drugs]] = {}
    for drug in regimen.drugs:
        groups.setdefault(drug.instead_of or drug.name, []).extend(_options(drug.name))
    return list(groups.values())


def _options(name: str) -> list[Drugs]:
    collective = _table()["collective"].get(name)
    if collective is not None:
        return [frozenset(option) for option in collective]
    return [drug_set(name)]


def drug_set(text: str) -> Drugs:
    """The drugs a text names; a name that is not known stands for itself."""
    return frozenset(drugs_in(text)) or frozenset({text.strip().casefold()})


# -- what was given before -------------------------------------------------------------------------


def prior_values(drugs: Drugs, pack: DiseasePack) -> Iterator[tuple[Feature, Value]]:
    """The features of prior treatment that these drugs answer with yes."""
    tags = _table()["tags"]
    for feature in pack.features:
        tag = feature.id.removeprefix("prior_")
        if tag == feature.id:
            continue
        if feature.kind is Kind.FLAG and not drugs.isdisjoint(tags.get(tag, (tag,))):
            yield feature, True
        elif tag == "targeted_therapy":
            yield from ((feature, level) for level in _targeted(drugs) if level in feature.levels)


def _targeted(drugs: Drugs) -> list[str]:
    fitting = (
        level for level, names in _table()["targeted"].items() if not drugs.isdisjoint(names)
    )
    return list(fitting)[:1]


def is_cancer_drug(drugs: Drugs, packs: Iterable[DiseasePack]) -> bool:
    """Whether any of the drugs belongs to a regimen of a pack or to a class asked for."""
    return any(drugs & _drugs_of(pack) for pack in packs) or not drugs.isdisjoint(_classed())


@cache
def _classed() -> Drugs:
    """The drugs of every class that prior treatment is asked of."""
    lists = (*_table()["tags"].values(), *_table()["targeted"].values())
    return frozenset(name for names in lists for name in names)


_KNOWN_DRUGS: dict[tuple[str, str], Drugs] = {}


def _drugs_of(pack: DiseasePack) -> Drugs:
    """The drugs of a pack's regimens, worked out once a pack."""
    key = (pack.id, pack.fingerprint)
    if key not in _KNOWN_DRUGS or not pack.fingerprint:
        options = (o for regimen in pack.regimens for group in _groups(regimen) for o in group)
        _KNOWN_DRUGS[key] = frozenset().union(*options)
    return _KNOWN_DRUGS[key]
