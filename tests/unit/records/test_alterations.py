"""From variants to the values of a pack's features."""

from __future__ import annotations

import pytest

from dashboard.knowledge.library import load_library
from dashboard.knowledge.schema import DiseasePack, Feature, Kind
from dashboard.records.alterations import Report, belongs, genes_of_interest, meanings, read_report
from dashboard.records.variants import genes, read_variant, read_variants, table

LIBRARY = load_library()
ALL = frozenset(genes())


def said(
    disease: str, text: str, *, sequenced=ALL, fusions=ALL, germline=None
) -> dict[str, object]:
    """The positive values that a report with these variants gives."""
    report = Report(read_variants(text), frozenset(sequenced), frozenset(fusions), germline)
    found = read_report(report, LIBRARY.pack(disease)).found
    return {r.feature.id: r.value(r.levels[0]) for r in found if r.because}


@pytest.mark.parametrize(
    ("disease", "text", "values"),
    [
        (
            "nsclc",
            "EGFR E746_A750del",
            {"egfr_mutation": "exon19del", "driver_alteration": "egfr_exon19del"},
        ),
        (
            "nsclc",
            "EGFR c.2235_2249del",
            {"egfr_mutation": "exon19del", "driver_alteration": "egfr_exon19del"},
        ),
        (
            "nsclc",
            "EGFR exon 19 deletion",
            {"egfr_mutation": "exon19del", "driver_alteration": "egfr_exon19del"},
        ),
        (
            "nsclc",
            "EGFR L747_A750delinsP",
            {"egfr_mutation": "exon19del", "driver_alteration": "egfr_exon19del"},
        ),
        (
            "nsclc",
            "EGFR D770_N771insSVD",
            {"egfr_mutation": "exon20ins", "driver_alteration": "egfr_exon20ins"},
        ),
        (
            "nsclc",
            "EGFR G719S",
            {"egfr_mutation": "other_sensitising", "driver_alteration": "egfr_other"},
        ),
        (
            "nsclc",
            "EGFR L858R; EGFR T790M",
            {"egfr_mutation": "L858R", "egfr_t790m": True, "driver_alteration": "egfr_l858r"},
        ),
        ("nsclc", "KRAS G12C", {"kras_mutation": "G12C", "driver_alteration": "kras_g12c"}),
        ("nsclc", "KRAS G12D", {"kras_mutation": "other", "driver_alteration": "kras_other"}),
        (
            "nsclc",
            "MET c.3028+1G>T",
            {"met_exon14_skipping": True, "driver_alteration": "met_ex14"},
        ),
        ("nsclc", "MET D1010N", {"met_exon14_skipping": True, "driver_alteration": "met_ex14"}),
        ("nsclc", "EML4::ALK", {"alk_fusion": True, "driver_alteration": "alk"}),
        ("nsclc", "ERBB2 Y772_A775dup", {"erbb2_mutation": True, "driver_alteration": "erbb2"}),
        ("nsclc", "BRAF V600E", {"braf_v600e": True, "driver_alteration": "braf_v600e"}),
        ("nsclc", "BRAF G469A", {}),
        ("nsclc", "STK11 Q37*", {"stk11_mutation": True}),
        ("melanoma", "BRAF V600E", {"braf_v600": "V600E"}),
        ("melanoma", "BRAF V600K", {"braf_v600": "V600K"}),
        ("melanoma", "BRAF V600R", {"braf_v600": "other_V600"}),
        ("melanoma", "BRAF K601E", {}),
        ("melanoma", "NF1 R304*", {"nf1_mutation": True}),
        ("melanoma", "NF1 L145P", {}),
        ("melanoma", "KIT L576P", {"kit_mutation": True}),
        ("breast", "ESR1 D538G", {"esr1_mutation": True}),
        ("breast", "ESR1 A86T", {}),
        ("breast", "PIK3CA H1047R", {"pik3ca_mutation": True, "akt_pathway_altered": True}),
        ("breast", "AKT1 E17K", {"akt_pathway_altered": True}),
        ("breast", "HER2 amplification", {"her2_status": "positive"}),
        ("colorectal", "NRAS Q61K", {"ras_status": "mutant"}),
        ("colorectal", "KRAS G12C", {"ras_status": "mutant", "kras_g12c": True}),
        ("colorectal", "APC R1450*", {"apc_mutation": True}),
    ],
)
def test_a_variant_gives_the_values_its_feature_means(disease, text, values):
    """The drivers that treatments turn on, each from a report's own words."""
    assert said(disease, text) == values


def test_a_gene_that_was_examined_without_a_variant_is_negative():
    """Negative means looked at and not found."""
    found = read_report(Report((), ALL, ALL), LIBRARY.pack("nsclc")).found
    values = {r.feature.id: r.value(r.levels[0]) for r in found}
    assert values["egfr_mutation"] == "none"
    assert values["alk_fusion"] is False
    assert values["driver_alteration"] == "none"


def test_a_gene_that_was_not_examined_stays_unknown():
    """A panel without ALK says nothing of ALK, and then nothing of the drivers as a whole."""
    report = Report((), frozenset({"EGFR", "KRAS"}), frozenset())
    values = {r.feature.id for r in read_report(report, LIBRARY.pack("nsclc")).found}
    assert {"egfr_mutation", "kras_mutation"} <= values
    assert values.isdisjoint({"alk_fusion", "driver_alteration", "stk11_mutation"})


def test_sequencing_alone_does_not_rule_out_a_fusion():
    """A DNA panel that found no ALK mutation has not looked for the fusion."""
    values = {r.feature.id for r in read_report(Report((), ALL), LIBRARY.pack("nsclc")).found}
    assert "alk_fusion" not in values


def test_a_change_of_unknown_effect_forbids_to_call_the_gene_negative():
    """STK11 c.725G>A may be anything; the status stays open and the variant is listed."""
    report = Report(read_variants("STK11 c.725G>A"), ALL, ALL)
    read = read_report(report, LIBRARY.pack("nsclc"))
    assert "stk11_mutation" not in {r.feature.id for r in read.found}
    assert [v.text for v in read.silent] == ["STK11 c.725G>A"]


def test_germline_features_need_a_germline_report():
    """A BRCA1 variant of the tumour is not an inherited one."""
    assert said("breast", "BRCA1 Q1756fs") == {}
    assert said("breast", "BRCA1 Q1756fs", germline=True) == {"gbrca_mutation": True}
    assert said("breast", "BRCA1 Q1756fs", germline=False) == {}


def test_two_levels_at_once_are_both_handed_on():
    """Which of two drivers holds is not for the reader to decide."""
    report = Report(read_variants("EGFR L858R; EGFR E746_A750del"), ALL, ALL)
    found = {r.feature.id: r.levels for r in read_report(report, LIBRARY.pack("nsclc")).found}
    assert set(found["egfr_mutation"]) == {"L858R", "exon19del"}


def test_a_faulty_variant_gives_no_value():
    """V600E written beside KRAS counts for neither gene."""
    assert said("nsclc", "KRAS V600E") == {}


def test_a_pack_of_its_own_follows_the_naming_of_its_features():
    """A new tumour group needs no code: `fgfr2_fusion` and `idh1_r132h` say what they mean."""
    features = (
        Feature(id="fgfr2_fusion", label="FGFR2 fusion", kind=Kind.FLAG),
        Feature(id="idh1_r132h", label="IDH1 R132H", kind=Kind.FLAG, codes={"hgnc": "5382"}),
        Feature(id="idh1_mutation", label="IDH1 mutation", kind=Kind.FLAG),
        Feature(id="xyz9_mutation", label="Unknown gene", kind=Kind.FLAG),
        Feature(id="bile_duct", label="Bile duct", kind=Kind.FLAG),
    )
    pack = DiseasePack(id="biliary", label="Biliary", version="1", features=features, regimens=())
    report = Report(read_variants("FGFR2 fusion; IDH1 R132C"), ALL, ALL)
    found = {r.feature.id: r.value(r.levels[0]) for r in read_report(report, pack).found}
    assert found == {"fgfr2_fusion": True, "idh1_r132h": False, "idh1_mutation": True}


def test_belongs_reads_every_term():
    """A term is a gene with a change, a group, or a sort of change."""
    fusion = read_variant("EML4::ALK")
    assert fusion is not None
    assert belongs(fusion, "ALK:fusion")
    assert not belongs(fusion, "ALK:amplification")
    assert not belongs(fusion, "ROS1:fusion")


def test_every_feature_of_the_table_is_one_of_a_pack_and_can_be_decided():
    """A misspelt feature or level in the table would never be met."""
    features = {f.id: f for pack in LIBRARY.packs for f in pack.features}
    assert set(table()["features"]) <= set(features)
    decided = {m.feature.id for pack in LIBRARY.packs for m in meanings(pack)}
    assert decided == set(table()["features"])


def test_genes_of_interest_are_those_that_decide():
    """The genes a panel must hold to decide everything."""
    assert {"EGFR", "BRAF", "ESR1", "APC", "NTRK3"} <= set(genes_of_interest(LIBRARY.packs))
