"""The patient as a FHIR R4 bundle: a RiskAssessment for each regimen, a CarePlan of the decision.

The patient is written by the house's own writer and read back equal. Each forecast names its model
as method, its regimen as code, and for every outcome the chance, its interval and the months it
speaks of; a note says what it is not. Systems that know no Concord see plain R4.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from components.charts import readings
from dashboard.answers.forecast import Chance, RegimenForecast
from dashboard.meeting.choices import Choice
from dashboard.records.fhir_write import write_fhir
from dashboard.reporting.board_case import BoardCase
from dashboard.reporting.decided import Decided
from dashboard.reporting.document import NOTICE, SYNTHETIC

BASE = "https://concord.example/fhir"
MODEL, REGIMEN, OUTCOME = "urn:concord:model", "urn:concord:regimen", "urn:concord:outcome"
INTERVAL = "https://concord.example/fhir/StructureDefinition/prediction-interval"
_OUTCOMES = {
    "response": "Response, complete or partial",
    "os": "Alive",
    "pfs": "Alive without progression",
}


_MARKED = {"tag": [{"system": "urn:concord:tag", "code": "SYNTHETIC", "display": SYNTHETIC}]}


def write_bundle(case: BoardCase) -> bytes:
    """The bundle as a file."""
    bundle = json.loads(write_fhir([case.patient], case.pack))
    resources = [entry["resource"] for entry in bundle["entry"]]
    subject = next(one["id"] for one in resources if one["resourceType"] == "Patient")
    for number, found in enumerate(case.forecast.regimens):
        resource = _assessment(case, found, number, subject)
        place = f"{BASE}/RiskAssessment/{resource['id']}"
        bundle["entry"].append({"fullUrl": place, "resource": resource})
    if case.decided is not None and case.decided.intact:
        tumour = next(one["id"] for one in resources if one["resourceType"] == "Condition")
        plan = _plan(case, case.decided, subject, tumour)
        bundle["entry"].append({"fullUrl": f"{BASE}/CarePlan/{plan['id']}", "resource": plan})
    return (json.dumps(bundle, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def _assessment(
    case: BoardCase, found: RegimenForecast, number: int, subject: str
) -> dict[str, Any]:
    label = case.labels[found.regimen]
    body: dict[str, Any] = {"resourceType": "RiskAssessment", "id": f"forecast-{number + 1}"}
    if case.synthetic:
        body["meta"] = _MARKED
    predictions = list(_predictions(case, found))
    body |= {
        "status": "final",
        "method": {"coding": [{"system": MODEL, "code": case.forecast.bundle}], "text": case.stamp},
        "code": _code(found.regimen, label),
        "subject": {"reference": f"Patient/{subject}"},
        "occurrenceDateTime": case.made_on.isoformat(),
        "note": [{"text": text} for text in (NOTICE, *found.cautions)],
    }
    return body | ({"prediction": predictions} if predictions else {})


def _code(regimen: str, label: str) -> dict[str, Any]:
    """Under which regimen; the one prognosis of a model without treatments has words alone."""
    if not regimen:
        return {"text": f"Forecast, {label[0].lower()}{label[1:]}"}
    coding = {"system": REGIMEN, "code": regimen, "display": label}
    return {"coding": [coding], "text": f"Forecast under {label}"}


def _plan(case: BoardCase, decided: Decided, subject: str, tumour: str) -> dict[str, Any]:
    """The decision as a care plan: a proposal in draft while preliminary, active once final."""
    record, labels = decided.record, case.all_labels
    final = record.is_locked
    period = {
        name: day.isoformat()
        for name, day in (("start", record.decided_on), ("end", record.due))
        if day is not None
    }
    detail: dict[str, Any] = {"status": "not-started", "description": decided.choice(labels)}
    if record.board.choice is Choice.REGIMEN:
        coding = {
            "system": REGIMEN,
            "code": record.board.regimen,
            "display": decided.choice(labels),
        }
        detail["code"] = {"coding": [coding], "text": decided.choice(labels)}
    if record.responsible:
        detail["performer"] = [{"display": record.responsible}]
    body: dict[str, Any] = {"resourceType": "CarePlan", "id": "decision"}
    if case.synthetic:
        body["meta"] = _MARKED
    return body | {
        "status": "active" if final else "draft",
        "intent": "plan" if final else "proposal",
        "title": "Decision of the tumour board",
        "description": decided.choice(labels),
        "subject": {"reference": f"Patient/{subject}"},
        "addresses": [{"reference": f"Condition/{tumour}"}],
        **({"period": period} if period else {}),
        "activity": [{"detail": detail}],
        "note": [{"text": f"{name}: {words}"} for name, words in decided.rows(labels)]
        + [{"text": NOTICE}],
    }


def _predictions(case: BoardCase, found: RegimenForecast) -> Iterator[dict[str, Any]]:
    months = case.horizon_months
    if found.response is not None:
        yield _prediction("response", _OUTCOMES["response"], found.response, None)
    for name, curve in (("os", found.os), ("pfs", found.pfs)):
        chance = readings.curve_at(curve, months)
        if chance is not None:
            yield _prediction(name, f"{_OUTCOMES[name]} at {months:g} months", chance, months)
    groups = {group.id: group.label for group in case.pack.adverse_groups}
    for group, chance in found.toxicities.items():
        words = f"Event of grade 3 or worse: {groups.get(group, group)}"
        yield _prediction(f"toxicity-{group}", words, chance, None)


def _prediction(code: str, words: str, chance: Chance, months: float | None) -> dict[str, Any]:
    body: dict[str, Any] = {
        "extension": [
            {
                "url": INTERVAL,
                "extension": [
                    {"url": "low", "valueDecimal": round(chance.low, 4)},
                    {"url": "high", "valueDecimal": round(chance.high, 4)},
                    {"url": "level", "valueDecimal": chance.level},
                ],
            }
        ],
        "outcome": {"coding": [{"system": OUTCOME, "code": code}], "text": words},
        "probabilityDecimal": round(chance.p, 4),
        "rationale": readings.text_of(chance),
    }
    if months is not None:
        unit = {"unit": "months", "system": "http://unitsofmeasure.org", "code": "mo"}
        body["whenRange"] = {"low": {"value": 0, **unit}, "high": {"value": months, **unit}}
    return body
