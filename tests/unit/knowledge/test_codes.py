"""Foreign names and codes: genes, drugs, features, diseases."""

import pytest

from dashboard.knowledge.codes import (
    diseases_of,
    drugs_in,
    features_of,
    gene_symbol,
    known_drug,
    system_name,
)
from dashboard.knowledge.library import load_library

LIBRARY = load_library()


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("HER2", "ERBB2"),
        (" her-2 ", "ERBB2"),
        ("erbb2", "ERBB2"),
        ("PD-L1", "CD274"),
        ("LKB1", "STK11"),
        ("HLA-A", "HLA-A"),
        ("TTN", None),
        ("", None),
    ],
)
def test_gene_symbol_knows_other_names(name, symbol):
    """A gene is known by its symbol and by its other names, and otherwise not."""
    assert gene_symbol(name) == symbol


@pytest.mark.parametrize(
    ("text", "drugs"),
    [
        ("Keytruda", ("pembrolizumab",)),
        ("pembrolizumab 25 MG/ML Injection", ("pembrolizumab",)),
        ("Trastuzumab deruxtecan 100 mg", ("trastuzumab deruxtecan",)),
        ("fam-trastuzumab deruxtecan-nxki", ("trastuzumab deruxtecan",)),
        ("trastuzumab-dkst", ("trastuzumab",)),
        ("nab-paclitaxel + carboplatin", ("nab-paclitaxel", "carboplatin")),
        ("5-FU/leucovorin", ("fluorouracil", "leucovorin")),
        (
            "mFOLFOX6 + bevacizumab",
            ("fluorouracil", "leucovorin", "oxaliplatin", "bevacizumab"),
        ),
        ("FOLFOX then oxaliplatin", ("fluorouracil", "leucovorin", "oxaliplatin")),
        ("unpaclitaxelled", ()),
        ("", ()),
    ],
)
def test_drugs_in_takes_a_text_apart(text, drugs):
    """Brands, suffixes and combinations lead to international names, the longest name first."""
    assert drugs_in(text) == drugs


def test_known_drug_wants_the_whole_name():
    """A name is known as a whole or not at all."""
    assert known_drug(" Osimertinib ")
    assert not known_drug("osimertinib 80 mg")


def test_known_drug_covers_every_component_of_the_packs():
    """Every component of every regimen is a name this table knows."""
    unknown = {
        drug.name
        for pack in LIBRARY.packs
        for regimen in pack.regimens
        for drug in regimen.drugs
        if not known_drug(drug.name)
    }
    assert unknown == set()


@pytest.mark.parametrize(
    ("system", "code", "features"),
    [
        ("http://loinc.org", "718-7", ["haemoglobin_g_dl"]),
        ("loinc", "2532-0", ["ldh_x_uln"]),
        ("http://www.genenames.org/geneId", "HGNC:3236", ["egfr_mutation", "egfr_t790m"]),
        ("http://hl7.org/fhir/sid/icd-10-cm", "J84.10", ["ild_history"]),
        ("http://loinc.org", "751-8", []),
        ("urn:nowhere", "718-7", []),
    ],
)
def test_features_of_finds_the_carriers_of_a_code(system, code, features):
    """A code leads to the features that carry it; classifications count by their beginning."""
    assert [f.id for f in features_of(LIBRARY.pack("nsclc"), system, code)] == features


@pytest.mark.parametrize(
    ("system", "code", "diseases"),
    [
        ("http://hl7.org/fhir/sid/icd-10-cm", "C34.11", ("nsclc",)),
        ("oncotree", "luad", ("nsclc",)),
        ("http://snomed.info/sct", "254837009", ("breast",)),
        ("icd10", "C69.3", ("melanoma",)),
        ("icd10", "C61", ()),
    ],
)
def test_diseases_of_finds_the_packs_of_a_code(system, code, diseases):
    """A diagnosis code leads to the packs it belongs to."""
    assert diseases_of(LIBRARY.packs, system, code) == diseases


def test_system_name_keeps_what_it_does_not_know():
    """An unknown address of a code system stays as it is; case and a last slash do not matter."""
    assert system_name("HTTP://LOINC.org/") == "loinc"
    assert system_name("urn:nowhere") == "urn:nowhere"
