"""Questions and answers: what an observation, or a component of one, was asked and what it says.

An observation with components holds several answers, all of one day. An answer knows where it
stands, when it was taken as exactly as is known, and which value[x] it has. Whether the answer can
be used, and for what, is for `fhir_quantities` and `fhir_observations`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboard.records.cells import Raw
from dashboard.records.fhir_parts import Concept, Resource, concept, items, mapping, word
from dashboard.records.fhir_times import read_period
from dashboard.records.moments import Moment, read_moment
from dashboard.records.patient import Where


@dataclass(frozen=True, slots=True)
class Answer:
    """One question and its answer: an observation, or a component of one."""

    said: Concept
    body: Mapping[str, Any]  # holds value[x], dataAbsentReason, referenceRange
    where: Where
    at: Moment | None
    issued: str

    @property
    def taken_on(self) -> date | None:
        """The day."""
        return self.at.first if self.at is not None else None

    @property
    def kinds(self) -> tuple[str, ...]:
        """Every value[x] there is; the standard allows one."""
        return tuple(name[5:] for name in self.body if name.startswith("value"))

    @property
    def kind(self) -> str:
        """Which value[x] there is: Quantity, CodeableConcept …; empty where there is none."""
        return next(iter(self.kinds), "")

    @property
    def value(self) -> Any:
        """The content of value[x]."""
        return self.body.get(f"value{self.kind}") if self.kind else None

    def raw(self, text: str, unit: str = "", comparator: str = "", note: str = "") -> Raw:
        """A raw value at this place and day."""
        day = self.taken_on
        return Raw(text, self.where, unit=unit, comparator=comparator, taken_on=day, note=note)


def answers_of(resource: Resource) -> Iterator[Answer]:
    """The observation itself where it has a value, then its components."""
    at, issued = _moment(resource), word(resource.body.get("issued"))
    said = resource.concept("code")
    own = Answer(said, resource.body, resource.where(), at, issued)
    if own.kind:
        for kind in own.kinds:
            resource.take(f"value{kind}")
        where = resource.where(f"value{own.kind}")
        yield Answer(said, resource.body, where, at, issued)
    for number, component in enumerate(items(resource.take("component"))):
        where = resource.where(f"component[{number}]")
        yield Answer(concept(component.get("code")), component, where, at, issued)


def _moment(resource: Resource) -> Moment | None:
    for name in ("effectivePeriod", "effectiveTiming", "effectiveDateTime", "effectiveInstant"):
        resource.take(name)
    return moment_of(resource.body)


def moment_of(body: Mapping[str, Any]) -> Moment | None:
    """When an observation was made, as far as it says."""
    start, end = read_period(body.get("effectivePeriod"))
    events = mapping(body.get("effectiveTiming")).get("event")
    stated = (body.get("effectiveDateTime"), body.get("effectiveInstant"))
    timed = events if isinstance(events, list) else [events]
    found = (*map(read_moment, stated), end, start, *map(read_moment, timed))
    return next((moment for moment in found if moment is not None), None)
