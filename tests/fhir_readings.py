"""What the readers make of a bundle, in the words of the tests.

Short ways to read resources and to look at what came of them: the values, the codes of the
findings, the list of what was left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.knowledge.library import load_library
from dashboard.records.fhir import Examined, examine
from dashboard.records.patient import Finding, Intake, Patient
from dashboard.records.reading import Reading
from tests.builders import TODAY
from tests.bundles import ICD10, SNOMED, bundle, coded, condition, packed, patient

LIBRARY = load_library()
BREAST = coded(SNOMED, "254837009", "Malignant neoplasm of breast (disorder)")
COLON = coded(ICD10, "C18.7", "Malignant neoplasm of sigmoid colon")
MELANOMA = coded(SNOMED, "372244006", "Malignant melanoma (disorder)")
ICDO3 = "urn:oid:2.16.840.1.113883.6.43.1"


def look(
    *resources: Any, disease: str = "", answers: Mapping[str, str] | None = None, **fields: Any
) -> Examined:
    """Read a bundle of these resources."""
    reading = Reading(LIBRARY, TODAY, disease, answers or {})
    return examine(packed(bundle(*resources, **fields)), "b.json", reading)


def intake_of(*resources: Any, disease: str = "", **fields: Any) -> Intake:
    """What came of a bundle of these resources."""
    return look(*resources, disease=disease, **fields).intake


def lung(*resources: Any) -> Intake:
    """What came of a lung-cancer patient with these resources."""
    return intake_of(patient(), condition(), *resources)


def only(intake: Intake) -> Patient:
    """The one patient of an intake."""
    (found,) = intake.patients
    return found


def values(intake: Intake, *without: str) -> dict[str, Any]:
    """The values of the one patient; without age and sex unless asked for."""
    known = dict(only(intake).values)
    return {n: v for n, v in known.items() if n not in (without or ("age_years", "sex"))}


def codes(intake: Intake) -> list[str]:
    """The codes of the findings."""
    return [finding.code for finding in intake.findings]


def finding(intake: Intake, code: str) -> Finding:
    """The one finding of a code."""
    (found,) = [f for f in intake.findings if f.code == code]
    return found


def listed(intake: Intake) -> dict[str, str]:
    """Name and reason of everything that was listed."""
    return {left.name: left.reason for left in intake.unmapped}
