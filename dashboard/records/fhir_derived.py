"""What follows from several observations together: ratios, indices, receptors.

Only arithmetic and definitions that leave no choice are applied, each with its basis in the note of
the value's origin: body mass index from height and weight, neutrophils over lymphocytes of one
sample, hormone receptors from both receptors. A Karnofsky score is not turned into ECOG silently;
the usual equivalent is offered as an answer. A value that was measured itself always counts first;
nothing is added to a file that Concord wrote.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dashboard.knowledge.schema import Feature, Kind
from dashboard.records.chart import Chart
from dashboard.records.fhir_observations import Answer, needs_company
from dashboard.records.fhir_parts import CONCORD_FEATURE, concept, digits, mapping, word
from dashboard.records.fhir_terms import (
    HEIGHT,
    KARNOFSKY,
    LYMPHOCYTES,
    NEUTROPHILS,
    OESTROGEN_RECEPTOR,
    PROGESTERONE_RECEPTOR,
    WEIGHT,
    answer_word,
    is_test,
)
from dashboard.records.patient import Choice
from dashboard.records.units import normal_unit

# Metres and kilograms of what heights and weights come in.
_METRES = {"cm": 0.01, "m": 1.0, "[in_i]": 0.0254, "in": 0.0254, "inch": 0.0254, "mm": 0.001}
_KILOGRAMS = {"kg": 1.0, "g": 0.001, "[lb_av]": 0.45359237, "lb": 0.45359237, "lbs": 0.45359237}
# Karnofsky -> ECOG, Oken et al. 1982.
_ECOG = {100: "0", 90: "0", 80: "1", 70: "1", 60: "2", 50: "2", 40: "3", 30: "3", 20: "4", 10: "4"}


def derive(chart: Chart, answers: Iterable[Answer]) -> None:
    """Add what follows from the observations of a patient."""
    known = [answer for answer in answers if not answer.said.codes(CONCORD_FEATURE)]
    _body_mass(chart, known)
    _neutrophil_ratio(chart, known)
    _receptors(chart, known)
    _performance(chart, known)


def _missing(chart: Chart, name: str) -> Feature | None:
    """The feature, where the pack has it and nothing was seen of it."""
    feature = chart.pack.vocabulary.get(name)
    seen = any(one.feature.id == name for one in chart.seen)
    return None if seen else feature


def _latest(answers: list[Answer], codes: tuple[tuple[str, str], ...]) -> Answer | None:
    found = [a for a in answers if a.kind in ("Quantity", "Integer") and is_test(a.said, codes)]
    dated = [a for a in found if a.taken_on is not None]
    return (
        max(dated, key=lambda a: (str(a.taken_on), a.issued)) if dated else next(iter(found), None)
    )


def _amount(answer: Answer, factors: dict[str, float]) -> float | None:
    quantity = mapping(answer.value)
    text = digits(quantity.get("value"))
    for unit in (word(quantity.get("code")), word(quantity.get("unit"))):
        factor = factors.get(unit.casefold())
        if text and factor is not None:
            return float(text) * factor
    return None


def _body_mass(chart: Chart, answers: list[Answer]) -> None:
    feature = _missing(chart, "bmi")
    height, weight = _latest(answers, HEIGHT), _latest(answers, WEIGHT)
    if feature is None or height is None or weight is None:
        return
    metres, kilograms = _amount(height, _METRES), _amount(weight, _KILOGRAMS)
    if not metres or not kilograms:
        return
    note = f"from {kilograms:.1f} kg and {metres * 100:.0f} cm"
    raw = weight.raw(f"{kilograms / metres**2:.1f}", "kg/m2", note=note)
    chart.read(feature, raw)


def _neutrophil_ratio(chart: Chart, answers: list[Answer]) -> None:
    """Counts of one day in one unit; percentages and counts are never mixed."""
    feature = _missing(chart, "nlr")
    if feature is None:
        return
    above = [a for a in answers if is_test(a.said, NEUTROPHILS) and a.kind == "Quantity"]
    below = [a for a in answers if is_test(a.said, LYMPHOCYTES) and a.kind == "Quantity"]
    pairs = [(n, d) for n in above for d in below if n.taken_on == d.taken_on and _one_unit(n, d)]
    for neutrophils, lymphocytes in pairs:
        top, bottom = (digits(mapping(a.value).get("value")) for a in (neutrophils, lymphocytes))
        if top and bottom and float(bottom) > 0:
            note = f"neutrophils {top} over lymphocytes {bottom} of one day"
            raw = neutrophils.raw(f"{float(top) / float(bottom):.4g}", note=note)
            chart.read(feature, raw, issued=neutrophils.issued)


def _one_unit(one: Answer, other: Answer) -> bool:
    units = [
        normal_unit(word(mapping(a.value).get("code")) or word(mapping(a.value).get("unit")))
        for a in (one, other)
    ]
    return bool(units[0]) and units[0] == units[1]


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
