"""Small, complete objects for tests: a feature, a pack, a library, a patient, a reading.

Each builder takes only what a test cares about and fills in the rest with ordinary values. Nothing
here is clinical evidence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

from dashboard.knowledge.library import Library
from dashboard.knowledge.schema import DiseasePack, Drug, Feature, Kind, Range, Regimen
from dashboard.records.patient import Origin, Patient, Value
from dashboard.records.reading import Reading

TODAY = date(2026, 6, 1)


def a_feature(feature: str = "albumin_g_dl", **changes: Any) -> Feature:
    """A feature of the tiny pack, or a new number feature of this id, with some fields changed."""
    known = {known.id: known for known in _FEATURES}
    start = known.get(feature) or Feature(id=feature, label=feature, kind=Kind.NUMBER)
    return start.model_copy(update=changes)


def tiny_pack(disease: str = "tiny", **changes: Any) -> DiseasePack:
    """A disease pack with one feature of every kind and two regimens."""
    fields: dict[str, Any] = {
        "id": disease,
        "label": f"{disease.title()} cancer",
        "version": "1",
        "features": _FEATURES,
        "regimens": _REGIMENS,
    }
    pack = DiseasePack(**{**fields, **changes})
    # As the library does it: what is remembered of a pack is remembered by its content.
    content = hashlib.sha256(pack.model_dump_json().encode()).hexdigest()[:16]
    return pack if pack.fingerprint else pack.model_copy(update={"fingerprint": content})


def a_library(*packs: DiseasePack) -> Library:
    """A library of these packs, or of the tiny one."""
    return Library(packs or (tiny_pack(),))


def a_reading(library: Library | None = None, **changes: Any) -> Reading:
    """The circumstances of a reading: the tiny library, its disease, a fixed day."""
    fields: dict[str, Any] = {"disease": "tiny", "today": TODAY}
    return Reading(library or a_library(), **{**fields, **changes})


def a_patient(values: Mapping[str, Value] | None = None, **changes: Any) -> Patient:
    """A patient of the tiny pack whose values were typed in."""
    facts = {"age_years": 61.0, "sex": "female", "ecog_ps": "1"} if values is None else values
    fields: dict[str, Any] = {
        "id": "P1",
        "disease": "tiny",
        "values": facts,
        "line": 1,
        "origins": {name: Origin(field=name, text=str(value)) for name, value in facts.items()},
    }
    return Patient(**{**fields, **changes})


def _number(feature: str, label: str, unit: str, quantity: str, **ranges: Any) -> Feature:
    plausible, hard = ranges.pop("plausible"), ranges.pop("hard")
    return Feature(
        id=feature,
        label=label,
        kind=Kind.NUMBER,
        unit=unit,
        quantity=quantity,
        plausible=Range(low=plausible[0], high=plausible[1]),
        hard=Range(low=hard[0], high=hard[1]),
        **ranges,
    )


def _flag(feature: str, label: str, **fields: Any) -> Feature:
    return Feature(id=feature, label=label, kind=Kind.FLAG, **fields)


_FEATURES = (
    _number(
        "age_years", "Age", "years", "age", plausible=(40, 85), hard=(18, 105), aliases=("age",)
    ),
    Feature(
        id="sex",
        label="Sex",
        kind=Kind.CATEGORY,
        levels=("female", "male"),
        aliases=("gender",),
    ),
    Feature(
        id="ecog_ps",
        label="ECOG performance status",
        kind=Kind.ORDINAL,
        levels=("0", "1", "2", "3", "4"),
        aliases=("ecog", "ps"),
    ),
    Feature(
        id="stage",
        label="Stage group",
        kind=Kind.ORDINAL,
        levels=("IIIB_IIIC", "IVA", "IVB"),
        aliases=("ajcc stage",),
    ),
    Feature(
        id="histology",
        label="Histology",
        kind=Kind.CATEGORY,
        levels=("adenocarcinoma", "squamous", "nos"),
    ),
    _number(
        "albumin_g_dl",
        "Serum albumin",
        "g/dL",
        "albumin",
        plausible=(2.5, 5.0),
        hard=(1.0, 6.0),
        codes={"loinc": "1751-7"},
    ),
    _number(
        "platelets_10e9_l",
        "Platelet count",
        "10^9/L",
        "platelets",
        plausible=(100, 450),
        hard=(5, 1500),
    ),
    _number("ldh_x_uln", "LDH", "xULN", "ldh_x_uln", plausible=(0.5, 4), hard=(0.2, 50)),
    _number(
        "pd_l1_tps",
        "PD-L1 on tumour cells (TPS)",
        "%",
        "pd_l1_percent",
        plausible=(0, 100),
        hard=(0, 100),
        aliases=("pd-l1", "tps"),
    ),
    _number("crp_mg_l", "C-reactive protein", "mg/L", "crp", plausible=(0, 200), hard=(0, 500)),
    _number(
        "neutrophils_10e9_l",
        "Neutrophils",
        "10^9/L",
        "neutrophils",
        plausible=(0.5, 20),
        hard=(0, 70),
    ),
    _number(
        "lymphocytes_10e9_l",
        "Lymphocytes",
        "10^9/L",
        "lymphocytes",
        plausible=(0.2, 6),
        hard=(0, 20),
    ),
    _number("nlr", "Neutrophil-to-lymphocyte ratio", "ratio", "", plausible=(1, 15), hard=(0, 100)),
    _number(
        "crcl_ml_min",
        "Creatinine clearance",
        "mL/min",
        "creatinine_clearance",
        plausible=(30, 150),
        hard=(5, 250),
    ),
    _number("bmi", "Body mass index", "kg/m2", "bmi", plausible=(17, 40), hard=(12, 70)),
    _flag("liver_metastases", "Liver metastases", aliases=("liver mets",)),
    _flag("kras_g12c", "KRAS G12C", codes={"hgnc": "6407"}),
    Feature(
        id="braf_v600",
        label="BRAF V600 mutation",
        kind=Kind.CATEGORY,
        levels=("none", "V600E", "V600K", "other_V600"),
        codes={"hgnc": "1097"},
    ),
    Feature(
        id="her2_status",
        label="HER2 status",
        kind=Kind.CATEGORY,
        levels=("positive", "low", "ultralow", "zero"),
    ),
)

_REGIMENS = (
    Regimen(
        id="drug-a",
        label="Drug A",
        drugs=(Drug(name="drug a", dose="100 mg"),),
        classes=("chemotherapy",),
        eligible_when="ecog_ps <= 2",
    ),
    Regimen(
        id="drug-b",
        label="Drug B",
        drugs=(Drug(name="drug b", dose="200 mg"),),
        classes=("targeted",),
        eligible_when="kras_g12c == true",
        caution_when="age_years > 80",
    ),
)
