"""Observation resources: one fact each, or several in components, put under the pack's features.

A feature is found by the codes the pack carries, or by name where the sender gives no standard
code. Values keep digits, unit, comparator, day and time of issue. A value that is absent for a
stated reason is shown as not done; one that is retracted is listed. Ratios to a laboratory's upper
limit are computed where the observation itself states that limit. Variants are read in
`fhir_genomics`, what follows from several observations in `fhir_derived`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from dashboard.knowledge.schema import Feature, Kind
from dashboard.records.cells import Raw
from dashboard.records.chart import LINE, LINE_OF_TREATMENT, Chart, read_date
from dashboard.records.derive import missing_ingredients
from dashboard.records.fhir_conditions import stage_text
from dashboard.records.fhir_parts import (
    CONCORD_FEATURE,
    CONCORD_LEVEL,
    CONCORD_OUTCOME,
    Concept,
    Resource,
    concept,
    concepts,
    digits,
    first,
    items,
    listed,
    mapping,
    summary,
    word,
)
from dashboard.records.fhir_terms import (
    GENE_STUDIED,
    GENERIC,
    INGREDIENT_TESTS,
    OESTROGEN_RECEPTOR,
    answer_word,
    is_test,
    says_unknown,
    tests_of,
)
from dashboard.records.patient import Finding, Severity, Value, Where
from dashboard.records.words import word_key

_RETRACTED = {"entered-in-error": "entered in error", "cancelled": "cancelled"}
_UNFINISHED = ("registered", "preliminary", "unknown")
_SYSTEMS = ("loinc", "snomed")
_RATIO_UNIT = "xULN"
_STAGING = ("stage", "m_stage")


@dataclass(frozen=True, slots=True)
class Answer:
    """One question and its answer: an observation, or a component of one."""

    said: Concept
    body: Mapping[str, Any]  # holds value[x], dataAbsentReason, referenceRange
    where: Where
    taken_on: date | None
    issued: str

    @property
    def kind(self) -> str:
        """Which value[x] there is: Quantity, CodeableConcept …; empty where there is none."""
        return next((name[5:] for name in self.body if name.startswith("value")), "")

    @property
    def value(self) -> Any:
        """The content of value[x]."""
        return self.body.get(f"value{self.kind}") if self.kind else None

    def raw(self, text: str, unit: str = "", comparator: str = "", note: str = "") -> Raw:
        """A raw value at this place and day."""
        return Raw(
            text, self.where, unit=unit, comparator=comparator, taken_on=self.taken_on, note=note
        )


@dataclass(slots=True)
class FeatureIndex:
    """The features of a pack by the codes and names of tests."""

    coded: dict[tuple[str, str], list[Feature]] = field(default_factory=dict)
    named: dict[str, list[Feature]] = field(default_factory=dict)

    @classmethod
    def of(cls, features: Sequence[Feature]) -> FeatureIndex:
        """The tests that features carry codes for."""
        index = cls()
        for feature in features:
            keys = {(CONCORD_FEATURE, feature.id)}
            keys |= {(s, c) for s in _SYSTEMS for c in feature.coded(s) if c not in GENERIC}
            for key in keys:
                index.coded.setdefault(key, []).append(feature)
            for name in {word_key(n) for n in (feature.id, feature.label, *feature.aliases)}:
                index.named.setdefault(name, []).append(feature)
        index.coded.setdefault((CONCORD_FEATURE, LINE), [LINE_OF_TREATMENT])
        for ingredient in missing_ingredients(features):
            for test in INGREDIENT_TESTS.get(ingredient.id, ()):
                index.coded.setdefault(test, []).append(ingredient)
        return index

    def features(self, said: Concept) -> list[Feature]:
        """The features a test may speak of, best first."""
        keys = tests_of(said)
        own = [f for key in keys if key[0] == CONCORD_FEATURE for f in self.coded.get(key, ())]
        if own:
            return own
        found = [f for key in keys for f in self.coded.get(key, ())]
        if found or any(system in _SYSTEMS for system, _ in keys):
            narrowest = sorted(found, key=lambda f: len(f.codes.get("loinc", "").split()))
            return list({f.id: f for f in narrowest}.values())
        return next((self.named[k] for p in said.phrases if (k := word_key(p)) in self.named), [])


def answers_of(resource: Resource) -> Iterator[Answer]:
    """The observation itself where it has a value, then its components."""
    taken_on, issued = _day(resource), word(resource.body.get("issued"))
    said = resource.concept("code")
    own = Answer(said, resource.body, resource.where(), taken_on, issued)
    if own.kind:
        resource.take(f"value{own.kind}")
        where = resource.where(f"value{own.kind}")
        yield Answer(said, resource.body, where, taken_on, issued)
    for number, component in enumerate(items(resource.take("component"))):
        where = resource.where(f"component[{number}]")
        yield Answer(concept(component.get("code")), component, where, taken_on, issued)


def _day(resource: Resource) -> date | None:
    period = mapping(resource.take("effectivePeriod"))
    timing = mapping(resource.take("effectiveTiming"))
    texts: list[object] = [
        resource.take("effectiveDateTime"),
        resource.take("effectiveInstant"),
        period.get("end"),
        period.get("start"),
    ]
    events = timing.get("event")
    texts += events if isinstance(events, list) else [events]
    return next((day for text in texts if (day := read_date(text))), None)


def retracted(resource: Resource) -> str:
    """Why the observation must not be used; empty where it may."""
    status = word(resource.body.get("status"))
    if status in _RETRACTED:
        return _RETRACTED[status]
    return ""


@dataclass(slots=True)
class ObservationReader:
    """Reads the observations of one patient into a chart."""

    chart: Chart
    index: FeatureIndex
    helpers: list[Answer] = field(default_factory=list)  # for what is computed later

    def read(self, resource: Resource) -> None:
        """Put what the observation says into the chart, or list it."""
        if reason := retracted(resource):
            self.chart.unmapped.append(listed(resource, f"{reason}; not used"))
            return
        self._warn_unfinished(resource)
        answers = list(answers_of(resource))
        used = [self._read_answer(answer, resource) for answer in answers]
        absent = self._read_absence(resource, concept(resource.body.get("code")))
        if not any(used) and not absent:
            self.chart.unmapped.append(_listed(resource, answers))
            return
        resource.outcome = "read"
        for answer, done in zip(answers, used, strict=True):
            if not done and not self._is_restated(answer):
                text = summary(answer.value)
                self.chart.leave(answer.where, answer.said.label, text, "not a fact asked for")

    def _is_restated(self, answer: Answer) -> bool:
        """Whether Concord wrote this beside a value, for others, who need the gene with it."""
        return self.chart.complete and is_test(answer.said, GENE_STUDIED)

    def _warn_unfinished(self, resource: Resource) -> None:
        status = word(resource.body.get("status"))
        if status in _UNFINISHED and self.index.features(concept(resource.body.get("code"))):
            message = f"This result is {status}, not final."
            fix = "Wait for the final result, or confirm it."
            where = resource.where("status")
            finding = Finding(Severity.WARNING, "result-not-final", message, where, fix=fix)
            self.chart.add(finding)

    def _read_absence(self, resource: Resource, said: Concept) -> bool:
        """A test that was not done, with its reason; not the same as a test nobody mentions."""
        reason = resource.concept("dataAbsentReason")
        if not reason.label:
            return False
        name = said.label or resource.type
        where = resource.where("dataAbsentReason")
        self.chart.leave(where, name, f"not done: {reason.label}", "no value, for this reason")
        if self.index.features(said):
            message = f"{name}: not done ({reason.label})."
            self.chart.add(Finding(Severity.NOTE, "test-not-done", message, where))
        return True

    def _read_answer(self, answer: Answer, resource: Resource) -> bool:
        """Whether the answer found its feature, or is needed for one that is computed."""
        if not answer.kind:
            self._component_absence(answer)
            return False
        self.helpers.append(answer)
        if outcome := first(answer.said.codes(CONCORD_OUTCOME)):
            self.chart.outcomes[outcome] = _outcome(answer)
            return True
        features = _fitting(self.index.features(answer.said), answer)
        if not features or needs_company(answer):
            return bool(features)
        if isinstance(answer.value, dict) and answer.kind == "CodeableConcept":
            self._read_concept(features[0], answer)
        elif answer.kind == "Quantity":
            self._read_quantity(features[0], answer, resource)
        else:
            return self._read_plain(features[0], answer)
        return True

    def _component_absence(self, answer: Answer) -> None:
        reason = concept(answer.body.get("dataAbsentReason"))
        if reason.label and answer.said.label:
            text = f"not done: {reason.label}"
            self.chart.leave(answer.where, answer.said.label, text, "no value, for this reason")

    def _read_plain(self, feature: Feature, answer: Answer) -> bool:
        if answer.kind == "Boolean" and isinstance(answer.value, bool):
            text = "true" if answer.value else "false"
        elif answer.kind == "Range":
            ends = [
                digits(mapping(mapping(answer.value).get(end)).get("value"))
                for end in ("low", "high")
            ]
            text = "-".join(end for end in ends if end)
        else:
            text = word(answer.value) or digits(answer.value)
        if not text:
            return False
        self.chart.read(feature, answer.raw(text), issued=answer.issued)
        return True

    def _read_concept(self, feature: Feature, answer: Answer) -> None:
        """A coded answer: by its code where that leaves no choice, else by its words."""
        said = concept(answer.value)
        levels = said.codes(CONCORD_LEVEL)
        if says_unknown(said):
            self.chart.leave(answer.where, feature.label, said.label, "said to be unknown")
            return
        if feature.id in _STAGING:
            self.chart.read(feature, answer.raw(stage_text(said)), issued=answer.issued)
            return
        for text in (*levels, answer_word(said), *said.phrases):
            if text and self.chart.try_read(feature, answer.raw(text), issued=answer.issued):
                return
        text = answer_word(said) or said.label
        self.chart.read(feature, answer.raw(text), issued=answer.issued)

    def _read_quantity(self, feature: Feature, answer: Answer, resource: Resource) -> None:
        quantity = mapping(answer.value)
        if isinstance(quantity.get("value"), str):
            self.chart.add(_string_for_number(feature, answer))
            return
        text = digits(quantity.get("value"))
        comparator = word(quantity.get("comparator"))
        unit = self._unit(feature, quantity) if feature.kind is Kind.NUMBER else ""
        if ratio := self._over_limit(feature, answer, unit, resource):
            self.chart.read(feature, ratio, issued=answer.issued)
        elif text:
            self.chart.read(feature, answer.raw(text, unit, comparator), issued=answer.issued)

    def _unit(self, feature: Feature, quantity: Mapping[str, Any]) -> str:
        """The unit by its UCUM code or its name, whichever is a unit of the feature."""
        written = [word(quantity.get("code")), word(quantity.get("unit"))]
        known = (text for text in written if text and self.chart.units.named(text, feature))
        return next(known, next((text for text in reversed(written) if text), ""))

    def _over_limit(
        self, feature: Feature, answer: Answer, unit: str, resource: Resource
    ) -> Raw | None:
        """The value over the upper limit that the laboratory states beside it."""
        if feature.unit != _RATIO_UNIT or self.chart.units.named(unit, feature):
            return None
        quantity = mapping(answer.value)
        value = _number(quantity)
        for limits in items(answer.body.get("referenceRange")):
            high = mapping(limits.get("high"))
            limit = _number(high)
            if value is None or limit is None or limit <= 0 or not _same_unit(quantity, high):
                continue
            resource.take("referenceRange")
            written, bound = summary(dict(quantity)), summary(dict(high))
            note = f"{written} over the laboratory's own upper limit {bound}"
            comparator = word(quantity.get("comparator"))
            return answer.raw(f"{value / limit:.6g}", _RATIO_UNIT, comparator, note)
        return None


def needs_company(answer: Answer) -> bool:
    """Whether the answer says something only beside another: a negative oestrogen receptor."""
    if answer.said.codes(CONCORD_FEATURE):
        return False
    negative = answer_word(concept(answer.value)) == "negative"
    return negative and is_test(answer.said, OESTROGEN_RECEPTOR)


def _fitting(features: list[Feature], answer: Answer) -> list[Feature]:
    """The features whose kind can take this sort of answer, numbers first for quantities."""
    numeric = answer.kind in ("Quantity", "Integer", "Range")
    if numeric:
        return sorted(features, key=lambda f: f.kind is not Kind.NUMBER)
    text = [f for f in features if f.kind is not Kind.NUMBER]
    return text or features


def _outcome(answer: Answer) -> Value:
    """An outcome as Concord writes it."""
    if isinstance(answer.value, bool | str):
        return answer.value
    for text in concept(answer.value).codes(CONCORD_LEVEL):
        return {"yes": True, "no": False}.get(text, text.removeprefix("text:"))
    return _number(mapping(answer.value)) or 0.0


def _number(quantity: Mapping[str, Any]) -> float | None:
    value = quantity.get("value")
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _same_unit(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    units = [{word(q.get("code")), word(q.get("unit"))} - {""} for q in (one, other)]
    return not units[1] or bool(units[0] & units[1])


def _string_for_number(feature: Feature, answer: Answer) -> Finding:
    text = word(mapping(answer.value).get("value"))
    return Finding(
        Severity.ERROR,
        "number-as-text",
        f"{feature.label}: the number is sent as the text '{text[:40]}'.",
        answer.where,
        value=text[:80],
        expected="a JSON number without quotes",
        fix="Have the sender correct the export, or type the value in.",
        rest="The value was left out; everything else was read.",
    )


def _listed(resource: Resource, answers: list[Answer]) -> Any:
    """An observation without a place, its values in words."""
    own = [summary(a.value) for a in answers if a.kind and a.body is resource.body]
    parts = [f"{a.said.label}: {summary(a.value)}" for a in answers if a.body is not resource.body]
    days = {a.taken_on.isoformat() for a in answers if a.taken_on}
    notes = [word(note.get("text")) for note in items(resource.body.get("note"))]
    meaning = [said.label for said in concepts(resource.body.get("interpretation"))]
    text = "; ".join(filter(None, (*own, *parts, *meaning, *notes, *sorted(days))))
    return listed(resource, "not a fact this tumour group asks for", value=text)
