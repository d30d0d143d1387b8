"""Codes of answers and of tests that mean what a pack calls something else.

Answers are translated into a word that `values.interpret` knows; tests into the LOINC code that the
packs carry. Only codes whose meaning leaves no choice stand here; every other answer is read by its
words. Sources: LOINC answer lists and the value sets of US Core and mCODE.
"""

from __future__ import annotations

from dashboard.records.fhir_parts import Concept

# A test under another code -> the code that packs carry.
SAME_TEST = {
    ("snomed", "399537006"): ("loinc", "21908-9"),  # clinical stage group
    ("snomed", "399588009"): ("loinc", "21902-2"),  # pathologic stage group
    ("loinc", "21914-7"): ("loinc", "21908-9"),
    ("snomed", "399387003"): ("loinc", "21907-1"),  # cM category
    ("snomed", "371497001"): ("loinc", "21907-1"),  # pM category
    ("loinc", "21901-4"): ("loinc", "21907-1"),  # pM category
    ("loinc", "48676-1"): ("loinc", "85319-2"),  # HER2, interpretation in tissue
    ("loinc", "18474-7"): ("loinc", "85319-2"),  # HER2 in tissue by immune stain
    ("loinc", "16112-5"): ("loinc", "85337-4"),  # oestrogen receptor in tissue
    ("loinc", "16113-3"): ("loinc", "85339-0"),  # PR, interpretation in tissue
    ("snomed", "401201003"): ("loinc", "8664-5"),  # pack-years
    ("loinc", "20509-6"): ("loinc", "718-7"),  # haemoglobin by calculation
    ("loinc", "30313-1"): ("loinc", "718-7"),  # haemoglobin in arterial blood
    ("loinc", "778-1"): ("loinc", "777-3"),  # platelets by manual count
    ("loinc", "753-4"): ("loinc", "751-8"),  # neutrophils by manual count
    ("loinc", "732-8"): ("loinc", "731-0"),  # lymphocytes by manual count
    ("loinc", "30522-7"): ("loinc", "1988-5"),  # high-sensitivity CRP
    ("loinc", "33728-7"): ("loinc", "21889-1"),  # longest dimension of the tumour
    ("loinc", "42719-5"): ("loinc", "1975-2"),  # bilirubin in blood
}
OESTROGEN_RECEPTOR = (("loinc", "85337-4"), ("loinc", "16112-5"))
PROGESTERONE_RECEPTOR = (("loinc", "85339-0"), ("loinc", "16113-3"))
KARNOFSKY = (("loinc", "89243-0"), ("snomed", "273546003"))
# What formulas need and packs need not hold (`derive.INGREDIENTS`).
INGREDIENT_TESTS = {
    "height_cm": (("loinc", "8302-2"), ("loinc", "3137-7"), ("snomed", "50373000")),
    "weight_kg": (("loinc", "29463-7"), ("loinc", "3141-9"), ("snomed", "27113001")),
    "creatinine_mg_dl": (("loinc", "2160-0"), ("loinc", "38483-4"), ("loinc", "14682-9")),
    "neutrophils_10e9_l": (("loinc", "751-8"), ("loinc", "26499-4")),
    "lymphocytes_10e9_l": (("loinc", "731-0"), ("loinc", "26474-7")),
}

# Common tests that no pack asks for: words and LOINC codes, to notice a name beside another's code.
OTHER_TESTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "glucose": (("glucose", "blood glucose", "blood sugar"), ("2345-7", "2339-0")),
    "sodium": (("sodium", "na+"), ("2951-2", "2947-0")),
    "potassium": (("potassium", "k+"), ("2823-3", "6298-4")),
    "chloride": (("chloride",), ("2075-0", "2069-3")),
    "calcium": (("calcium", "total calcium"), ("17861-6", "49765-1")),
    "urea": (("urea", "urea nitrogen", "bun"), ("3094-0", "6299-2")),
    "cholesterol": (("cholesterol", "total cholesterol"), ("2093-3",)),
    "triglycerides": (("triglycerides", "triglyceride"), ("2571-8",)),
    "glycated haemoglobin": (("hba1c", "haemoglobin a1c", "hemoglobin a1c"), ("4548-4",)),
    "tsh": (("tsh", "thyrotropin"), ("3016-3",)),
    "ferritin": (("ferritin",), ("2276-4",)),
    "psa": (("psa", "prostate specific antigen"), ("2857-1",)),
    "white cells": (
        ("white blood cells", "wbc", "leukocytes", "leucocytes"),
        ("6690-2", "26464-8"),
    ),
    "red cells": (("red blood cells", "rbc", "erythrocytes"), ("789-8", "26453-1")),
    "haematocrit": (("haematocrit", "hematocrit"), ("4544-3", "20570-8")),
    "heart rate": (("heart rate", "pulse"), ("8867-4",)),
    "systolic pressure": (("systolic blood pressure",), ("8480-6",)),
    "diastolic pressure": (("diastolic blood pressure",), ("8462-4",)),
    "breathing rate": (("respiratory rate",), ("9279-1",)),
    "temperature": (("body temperature",), ("8310-5",)),
    "oxygen saturation": (("oxygen saturation",), ("2708-6", "59408-5")),
}

# Codes that name a kind of test, not a fact: the fact stands in their components.
GENE_STUDIED = (("loinc", "48018-6"),)
GENERIC = frozenset({"69548-6", "53041-0", "51969-4", "81247-9", "55233-1", "48018-6", "69047-9"})

_ANSWERS = {
    ("loinc", "LA6576-8"): "positive",
    ("loinc", "LA6577-6"): "negative",
    ("loinc", "LA9633-4"): "present",
    ("loinc", "LA9634-2"): "absent",
    ("loinc", "LA33-6"): "yes",
    ("loinc", "LA32-8"): "no",
    ("snomed", "10828004"): "positive",
    ("snomed", "260385009"): "negative",
    ("snomed", "52101004"): "present",
    ("snomed", "272519000"): "absent",
    ("snomed", "2667000"): "absent",
    ("snomed", "260373001"): "detected",
    ("snomed", "260415000"): "not detected",
    ("snomed", "373066001"): "yes",
    ("snomed", "373067005"): "no",
    ("snomed", "449868002"): "current",
    ("snomed", "428041000124106"): "current",
    ("snomed", "428071000124103"): "current",
    ("snomed", "428061000124105"): "current",
    ("snomed", "8517006"): "former",
    ("snomed", "266919005"): "never",
    ("loinc", "LA18976-3"): "current",
    ("loinc", "LA18977-1"): "current",
    ("loinc", "LA18981-3"): "current",
    ("loinc", "LA18982-1"): "current",
    ("loinc", "LA15920-4"): "former",
    ("loinc", "LA18978-9"): "never",
    ("loinc", "LA26203-2"): "msi-high",
    ("loinc", "LA14122-8"): "stable",
    ("loinc", "LA9622-7"): "0",
    ("loinc", "LA9623-5"): "1",
    ("loinc", "LA9624-3"): "2",
    ("loinc", "LA9625-0"): "3",
    ("loinc", "LA9626-8"): "4",
    ("loinc", "LA2-8"): "male",
    ("loinc", "LA3-6"): "female",
}
UNKNOWN_ANSWERS = frozenset(
    {
        ("snomed", "266927001"), ("snomed", "77176002"), ("loinc", "LA18980-5"),
        ("loinc", "LA18979-7"), ("snomed", "261665006"), ("loinc", "LA4489-6"),
        ("snomed", "82334004"), ("loinc", "LA11884-6"),
    }
)  # fmt: skip


def answer_word(said: Concept) -> str:
    """The word of a coded answer; empty where its code leaves the meaning to its words."""
    return next(
        (
            _ANSWERS[key]
            for coding in said.codings
            if (key := (coding.system, coding.code)) in _ANSWERS
        ),
        "",
    )


def says_unknown(said: Concept) -> bool:
    """Whether the answer is that the answer is not known."""
    return any((coding.system, coding.code) in UNKNOWN_ANSWERS for coding in said.codings)


def tests_of(said: Concept) -> tuple[tuple[str, str], ...]:
    """Every (system, code) under which a pack may know the test."""
    found = [(coding.system, coding.code) for coding in said.codings if coding.code]
    found += [SAME_TEST[key] for key in found if key in SAME_TEST]
    return tuple(dict.fromkeys(found))


def is_test(said: Concept, codes: tuple[tuple[str, str], ...]) -> bool:
    """Whether the test is one of these."""
    return any((coding.system, coding.code) in codes for coding in said.codings)
