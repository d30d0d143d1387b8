"""FHIR R4: what reports of variants mean, and when they contradict each other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bundles import HGNC, coded, component, condition, loinc, observation, patient, variant
from tests.fhir_readings import (
    BREAST,
    MELANOMA,
    codes,
    finding,
    intake_of,
    listed,
    look,
    lung,
    values,
)

PRESENT, ABSENT = loinc("LA9633-4", "Present"), loinc("LA9634-2", "Absent")


def test_a_variant_gives_the_values_it_means():
    """Protein or coding change, by HGNC id or symbol."""
    expected = {"egfr_mutation": "L858R", "driver_alteration": "egfr_l858r"}
    by_protein = variant("EGFR", "HGNC:3236", protein="p.Leu858Arg", valueCodeableConcept=PRESENT)
    by_coding = variant("EGFR", "3236", coding="NM_005228.5:c.2573T>G")
    by_name = variant("EGFR", "", name="NM_005228.5(EGFR):c.2573T>G (p.Leu858Arg)")
    assert values(lung(by_protein)) == values(lung(by_coding)) == values(lung(by_name)) == expected


def test_an_absent_gene_is_negative_only_for_what_was_examined():
    """BRAF absent says nothing of EGFR."""
    assert values(lung(variant("BRAF", "HGNC:1097", valueCodeableConcept=ABSENT))) == {
        "braf_v600e": False
    }


def test_an_absent_change_is_negative_only_for_that_change():
    """T790M not found does not make EGFR wild type."""
    intake = lung(variant("EGFR", "HGNC:3236", protein="p.Thr790Met", valueCodeableConcept=ABSENT))
    assert values(intake) == {"egfr_t790m": False}
    other = lung(variant("EGFR", "HGNC:3236", protein="p.Leu858Arg", valueCodeableConcept=ABSENT))
    assert values(other) == {}


def test_a_studied_region_without_variant_is_negative():
    """The report says which genes it looked at."""
    region = observation(
        loinc("53041-0"),
        "r1",
        component=[component("48018-6", {"coding": [
            {"system": HGNC, "code": "HGNC:3236", "display": "EGFR"},
            {"system": HGNC, "code": "HGNC:6407", "display": "KRAS"},
        ]})],
    )  # fmt: skip
    found = variant("KRAS", "HGNC:6407", protein="p.Gly12Cys", valueCodeableConcept=PRESENT)
    report = {
        "resourceType": "DiagnosticReport",
        "id": "d1",
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "code": loinc("51969-4"),
        "result": [{"reference": "Observation/r1"}, {"reference": "Observation/v1"}],
        "conclusion": "KRAS mutated",
    }
    examined = look(patient(), condition(), region, found, report)
    known = values(examined.intake)
    assert (known["egfr_mutation"], known["kras_mutation"]) == ("none", "G12C")
    assert "alk_fusion" not in known
    assert [r.outcome for r in examined.resources] == ["read"] * 5
    assert any(left.value == "KRAS mutated" for left in examined.intake.unmapped)


def test_two_genes_in_one_variant_are_a_fusion():
    """EML4 and ALK, present."""
    fusion = variant(
        "EML4",
        "HGNC:1316",
        valueCodeableConcept=PRESENT,
        more=[component("48018-6", coded(HGNC, "HGNC:427", "ALK"))],
    )
    assert values(lung(fusion)) == {"alk_fusion": True, "driver_alteration": "alk"}


def test_reports_that_contradict_each_other_are_asked_about():
    """The newer one is not chosen silently, and what rests on it waits."""
    intake = lung(
        variant("EGFR", "HGNC:3236", protein="p.L858R", effectiveDateTime="2025-01-01"),
        variant(
            "EGFR", "HGNC:3236", "v2", valueCodeableConcept=ABSENT, effectiveDateTime="2025-03-01"
        ),
    )
    assert values(intake).keys().isdisjoint({"egfr_mutation", "driver_alteration"})
    question = finding(intake, "values-contradict")
    assert "2025-01-01" in question.message
    assert "2025-03-01" in question.message
    assert "value-in-doubt" in codes(intake)


def test_a_gene_whose_id_and_symbol_disagree_is_not_used():
    """HGNC:6342 is KIT; a file that calls it NRAS means one of them, and nobody knows which."""
    intake = intake_of(
        patient(), condition(MELANOMA), variant("NRAS", "HGNC:6342", valueCodeableConcept=ABSENT)
    )
    assert values(intake) == {}
    assert (
        finding(intake, "gene-id-disagrees").message
        == "HGNC:6342 is KIT, but the file calls it NRAS."
    )


@pytest.mark.parametrize(
    ("gene", "hgnc", "change", "code"),
    [
        ("KRAS", "HGNC:6407", "p.Gly12", "variant-incomplete"),
        ("BRAF", "HGNC:1097", "V600", "variant-incomplete"),
        ("KRAS", "HGNC:6407", "p.Val600Glu", "variant-malformed"),
        ("KRAS", "HGNC:6407", "c.35G>Z", "variant-incomplete"),
    ],
)
def test_a_variant_that_cannot_be_is_refused_with_the_nearest_form(gene, hgnc, change, code):
    """Only that variant is lost; where forms are near, they are the answers to one question."""
    intake = lung(variant(gene, hgnc, protein=change))
    assert finding(intake, code).message
    assert not any(str(v) == "True" for v in values(intake).values())


def test_a_variant_of_uncertain_significance_decides_nothing():
    """By its own component, or by an implication that refers to it."""
    uncertain = component("53037-8", loinc("LA26333-7", "Uncertain significance"))
    own = lung(variant("STK11", "HGNC:11389", protein="p.Phe354Leu", more=[uncertain]))
    implication = observation(
        loinc("51969-4"),
        "i1",
        meta={"profile": ["http://x/diagnostic-implication"]},
        derivedFrom=[{"reference": "Observation/v1"}],
        component=[uncertain],
    )
    by_other = lung(variant("STK11", "HGNC:11389", protein="p.Phe354Leu"), implication)
    assert values(own) == values(by_other) == {}
    assert values(lung(variant("STK11", "HGNC:11389", protein="p.Phe354Leu"))) == {
        "stk11_mutation": True
    }


def test_germline_and_somatic_are_told_apart():
    """An inherited BRCA1 variant needs a report that says germline."""

    def read(kind: str) -> dict[str, Any]:
        source = component("48002-0", loinc(kind))
        brca = variant("BRCA1", "HGNC:1100", protein="p.Gln1756fs", more=[source])
        return values(intake_of(patient(), condition(BREAST), brca))

    assert read("LA6683-2") == {"gbrca_mutation": True}
    assert read("LA6684-0") == {}


@pytest.mark.parametrize("answer", ["LA18198-4", "LA11883-8"])
def test_a_variant_without_a_call_is_listed(answer):
    """No call is no answer."""
    intake = lung(variant("EGFR", "HGNC:3236", valueCodeableConcept=loinc(answer)))
    assert values(intake) == {}
    assert "without a call; not used" in listed(intake).values()
