"""Which tumour and which site the words of a record mean."""

from __future__ import annotations

import pytest

from dashboard.knowledge.library import Library, load_library
from dashboard.records.sites import (
    disease_named,
    is_secondary,
    metastasis_features,
    site_of_primary,
    tissue,
)
from tests.builders import tiny_pack

LIBRARY = load_library()


def named(text: str, *codings: tuple[str, str], library: Library = LIBRARY) -> str:
    """The disease that a text and codes name."""
    found = disease_named(codings, [text], library)
    return "" if found is None else found.disease


@pytest.mark.parametrize(
    ("text", "disease"),
    [
        ("Non-small cell carcinoma of lung", "nsclc"),
        ("NSCLC, adenocarcinoma", "nsclc"),
        ("Malignant neoplasm of bronchus", "nsclc"),
        ("Infiltrating ductal carcinoma of left breast", "breast"),
        ("Adenocarcinoma of the sigmoid colon", "colorectal"),
        ("Rectal cancer", "colorectal"),
        ("Nodular melanoma of trunk", "melanoma"),
        ("Small cell lung cancer", ""),
        ("Mesothelioma of lung, malignant", ""),
        ("Cancer of the anal canal and rectum", ""),
        ("Lung disease", ""),
        ("Breast pain", ""),
        ("Family history of melanoma", ""),
        ("Status post breast cancer", ""),
        ("", ""),
    ],
)
def test_words_name_a_tumour_only_with_its_site_and_malignancy(text, disease):
    """Neither the organ nor the word cancer alone is enough."""
    assert named(text) == disease


def test_codes_count_before_words():
    """An ICD-10 code is more exact than what somebody typed beside it."""
    assert named("Tumour", ("http://hl7.org/fhir/sid/icd-10-cm", "C50.4")) == "breast"
    assert named("Small cell carcinoma", ("http://hl7.org/fhir/sid/icd-10-cm", "C34.1")) == ""


def test_a_pack_without_an_entry_is_known_by_its_label():
    """A new tumour group needs no words of its own."""
    library = Library((tiny_pack("pancreatic", label="Pancreatic cancer"),))
    assert named("Pancreatic adenocarcinoma", library=library) == "pancreatic"
    assert named("Gastric adenocarcinoma", library=library) == ""


@pytest.mark.parametrize(
    ("phrases", "icd10", "secondary"),
    [
        (["Secondary malignant neoplasm of brain"], [], True),
        (["Metastasis to liver"], [], True),
        ([], ["C78.7"], True),
        (["Metastatic melanoma"], [], False),
        ([], ["C34.1"], False),
    ],
)
def test_secondary_tumours_are_told_from_primaries(phrases, icd10, secondary):
    """By words or by the ICD-10 chapter of secondaries."""
    assert is_secondary(phrases, icd10) is secondary


@pytest.mark.parametrize(
    ("disease", "phrases", "icd10", "features"),
    [
        ("nsclc", ["Secondary malignant neoplasm of brain"], [], ["brain_metastases"]),
        ("breast", ["Bone metastases of the spine"], [], ["bone_metastases"]),
        ("colorectal", [], ["C78.7"], ["liver_metastases"]),
        ("colorectal", [], ["C78.6"], ["peritoneal_metastases"]),
        ("nsclc", [], ["C78.6"], []),
        ("melanoma", ["Secondary of spleen"], [], []),
    ],
)
def test_a_secondary_tumour_gives_the_feature_of_its_site(disease, phrases, icd10, features):
    """Only sites that the pack asks about."""
    found = metastasis_features(LIBRARY.pack(disease), phrases, icd10)
    assert [feature.id for feature in found] == features


def test_sites_and_tissues_of_codes():
    """The longest code that fits decides; unknown ones give nothing."""
    assert site_of_primary(["C18.7"]) == "sigmoid colon"
    assert site_of_primary(["C20"]) == "rectum"
    assert site_of_primary(["C34.1", ""]) == ""
    assert tissue("8140/3") == "adenocarcinoma"
    assert tissue("9999/3") == ""
