"""What follows from several observations together: receptors, performance status.

A negative oestrogen receptor settles the receptor status only together with the other receptor. A
Karnofsky score is not turned into ECOG silently; the usual equivalent is offered as an answer. A
value that was stated itself always counts first. Ratios and indices are computed in `derive`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dashboard.knowledge.schema import Feature, Kind
from dashboard.records.chart import Chart
from dashboard.records.fhir_answers import Answer
from dashboard.records.fhir_observations import needs_company
from dashboard.records.fhir_parts import CONCORD_FEATURE, concept, digits, mapping, word
from dashboard.records.fhir_terms import (
    KARNOFSKY,
    OESTROGEN_RECEPTOR,
    PROGESTERONE_RECEPTOR,
    answer_word,
    is_test,
)
from dashboard.records.patient import Choice

# Karnofsky -> ECOG, Oken et al. 1982.
_ECOG = {100: "0", 90: "0", 80: "1", 70: "1", 60: "2", 50: "2", 40: "3", 30: "3", 20: "4", 10: "4"}


def derive(chart: Chart, answers: Iterable[Answer]) -> None:
    """Add what follows from the observations of a patient."""
    known = [answer for answer in answers if not answer.said.codes(CONCORD_FEATURE)]
    _receptors(chart, known)
    _performance(chart, known)


def _missing(chart: Chart, name: str) -> Feature | None:
    """The feature, where the pack has it and nothing was seen of it."""
    feature = chart.pack.vocabulary.get(name)
    seen = any(one.feature.id == name for one in chart.seen)
    return None if seen else feature


def _receptors(chart: Chart, answers: list[Answer]) -> None:
    """A negative oestrogen receptor settles the status only together with the other receptor."""
    feature = _missing(chart, "hr_status")
    negative = [a for a in answers if needs_company(a)]
    if feature is None or not negative or any(is_positive_oestrogen(a) for a in answers):
        return
    said = {
        answer_word(concept(a.value)) or word(a.value).casefold()
        for a in answers
        if is_test(a.said, PROGESTERONE_RECEPTOR)
    }
    last = negative[-1]
    if said in ({"positive"}, {"negative"}):
        note = f"oestrogen receptor negative, progesterone receptor {next(iter(said))}"
        chart.read(feature, replace(last.raw(next(iter(said))), note=note))
    else:
        reason = "without the progesterone receptor this does not settle the receptor status"
        chart.leave(last.where, last.said.label, "negative", reason)


def is_positive_oestrogen(answer: Answer) -> bool:
    """Whether the answer is a positive oestrogen receptor."""
    return is_test(answer.said, OESTROGEN_RECEPTOR) and not needs_company(answer)


def _performance(chart: Chart, answers: list[Answer]) -> None:
    feature = _missing(chart, "ecog_ps")
    found = [a for a in answers if is_test(a.said, KARNOFSKY)]
    if feature is None or feature.kind is Kind.NUMBER or not found:
        return
    last = max(found, key=lambda a: str(a.taken_on))
    text = digits(last.value) or digits(mapping(last.value).get("value"))
    score = int(float(text)) if text else 0
    if score not in _ECOG:
        return
    level = _ECOG[score]
    choices = (
        Choice(f"ECOG {level}", level, {feature.id: level}),
        Choice("leave it unknown", "unknown", {feature.id: None}),
    )
    message = f"Only Karnofsky {score} is on file; it corresponds to ECOG {level}. Use that?"
    chart.ask("karnofsky", message, choices, last.where, value=text)
