"""Observation resources: one fact each, or several in components, put under the pack's features.

A feature is found by the codes the pack carries, or by name where the sender gives no standard
code. Values keep digits, unit, comparator, day and time of issue. A value that is absent for a
stated reason is shown as not done; one that is retracted is listed. Ratios to a laboratory's upper
limit are computed where the observation itself states that limit. Variants are read in
`fhir_genomics`, what follows from several observations in `fhir_derived`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dashboard.knowledge.schema import Feature, Kind
from dashboard.records.cells import Raw
from dashboard.records.chart import LINE, LINE_OF_TREATMENT, Chart
from dashboard.records.derive import missing_ingredients
from dashboard.records.fhir_answers import Answer, answers_of
from dashboard.records.fhir_conditions import stage_text
from dashboard.records.fhir_meanings import Meanings
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
from dashboard.records.fhir_quantities import (
    SIGNS,
    doubt_of,
    of_other_type,
    of_two_tests,
    of_two_values,
    stated_unit,
)
from dashboard.records.fhir_status import retracted, warn_unfinished
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
from dashboard.records.patient import Finding, Severity, Value
from dashboard.records.words import word_key

_SYSTEMS = ("loinc", "snomed")
_RATIO_UNIT = "xULN"
_STAGING = ("stage", "m_stage")
_TYPED = {
    "Boolean": "true or false without quotes",
    "Integer": "a whole number without quotes",
}


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


@dataclass(slots=True)
class ObservationReader:
    """Reads the observations of one patient into a chart."""

    chart: Chart
    index: FeatureIndex
    meanings: Meanings
    helpers: list[Answer] = field(default_factory=list)  # for what is computed later

    def read(self, resource: Resource) -> None:
        """Put what the observation says into the chart, or list it."""
        if reason := retracted(resource):
            self.chart.unmapped.append(listed(resource, f"{reason}; not used"))
            return
        answers = list(answers_of(resource))
        used = [self._read_answer(answer, resource) for answer in answers]
        absent = self._read_absence(resource, concept(resource.body.get("code")))
        if not any(used) and not absent:
            self.chart.unmapped.append(_listed(resource, answers))
            return
        resource.outcome = "read"
        if any(used):
            warn_unfinished(resource, self.chart)
        for answer, done in zip(answers, used, strict=True):
            if not done and not self._is_restated(answer):
                text = summary(answer.value)
                self.chart.leave(answer.where, answer.said.label, text, "not a fact asked for")

    def _is_restated(self, answer: Answer) -> bool:
        """Whether Concord wrote this beside a value, for others, who need the gene with it."""
        return self.chart.complete and is_test(answer.said, GENE_STUDIED)

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
        if self._is_contradictory(answer):
            return True
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

    def _is_contradictory(self, answer: Answer) -> bool:
        """Whether its codes, or its several values, leave open what was measured; it is listed."""
        if not self.index.features(answer.said):
            return False
        pair = self.meanings.contradiction(answer.said)
        if pair is None and len(answer.kinds) == 1:
            return False
        finding = of_two_tests(answer, *pair) if pair else of_two_values(answer)
        self.chart.add(finding)
        for kind in answer.kinds:
            text = summary(answer.body[f"value{kind}"])
            self.chart.leave(answer.where, answer.said.label, text, "contradictory; not used")
        return True

    def _component_absence(self, answer: Answer) -> None:
        reason = concept(answer.body.get("dataAbsentReason"))
        if reason.label and answer.said.label:
            text = f"not done: {reason.label}"
            self.chart.leave(answer.where, answer.said.label, text, "no value, for this reason")

    def _read_plain(self, feature: Feature, answer: Answer) -> bool:
        if answer.kind in _TYPED and isinstance(answer.value, str):
            self.chart.add(of_other_type(feature, answer, _TYPED[answer.kind]))
            return True
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
        self._put(feature, answer, answer.raw(text))
        return True

    def _put(self, feature: Feature, answer: Answer, raw: Raw) -> None:
        self.chart.read(feature, raw, issued=answer.issued, at=answer.at)

    def _read_concept(self, feature: Feature, answer: Answer) -> None:
        """A coded answer: by its code where that leaves no choice, else by its words."""
        said = concept(answer.value)
        levels = said.codes(CONCORD_LEVEL)
        if says_unknown(said):
            self.chart.leave(answer.where, feature.label, said.label, "said to be unknown")
            return
        if feature.id in _STAGING:
            self._put(feature, answer, answer.raw(stage_text(said)))
            return
        for text in (*levels, answer_word(said), *said.phrases):
            raw, issued = answer.raw(text), answer.issued
            if text and self.chart.try_read(feature, raw, issued=issued, at=answer.at):
                return
        self._put(feature, answer, answer.raw(answer_word(said) or said.label))

    def _read_quantity(self, feature: Feature, answer: Answer, resource: Resource) -> None:
        quantity = mapping(answer.value)
        text = digits(quantity.get("value"))
        comparator = word(quantity.get("comparator"))
        doubt = doubt_of(feature, answer, self.chart.units)
        if doubt is not None:
            self._leave_doubtful(answer, doubt)
            return
        unit = (
            stated_unit(quantity, feature, self.chart.units) if feature.kind is Kind.NUMBER else ""
        )
        if ratio := self._over_limit(feature, answer, unit, resource):
            self._put(feature, answer, ratio)
        else:
            self._put(feature, answer, answer.raw(text, unit, SIGNS[comparator]))

    def _leave_doubtful(self, answer: Answer, doubt: Finding) -> None:
        self.chart.add(doubt)
        if doubt.severity is not Severity.QUESTION:
            text = summary(answer.value)
            self.chart.leave(answer.where, answer.said.label, text, "doubtful; not used")

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
            sign = SIGNS[word(quantity.get("comparator"))]
            return answer.raw(f"{value / limit:.6g}", _RATIO_UNIT, sign, note)
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


def _listed(resource: Resource, answers: list[Answer]) -> Any:
    """An observation without a place, its values in words."""
    own = [summary(a.value) for a in answers if a.kind and a.body is resource.body]
    parts = [f"{a.said.label}: {summary(a.value)}" for a in answers if a.body is not resource.body]
    days = {a.taken_on.isoformat() for a in answers if a.taken_on}
    notes = [word(note.get("text")) for note in items(resource.body.get("note"))]
    meaning = [said.label for said in concepts(resource.body.get("interpretation"))]
    text = "; ".join(filter(None, (*own, *parts, *meaning, *notes, *sorted(days))))
    return listed(resource, "not a fact this tumour group asks for", value=text)
