"""Genes and variants as reports write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.records.variants import (
    Variant,
    gene_from_date,
    gene_of_hgnc,
    gene_symbol,
    genes,
    has_lookalikes,
    hot_spot_gene,
    is_wild_type,
    known_gene,
    read_variant,
    read_variants,
    table,
)


def variant(text: str, gene: str = "") -> Variant:
    """The variant that a text must hold."""
    found = read_variant(text, gene)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("written", "symbol"),
    [
        ("HER2", "ERBB2"), ("her-2/neu", "ERBB2"), ("PD-L1", "CD274"), ("PDL1", "CD274"),
        ("MLL", "KMT2A"), ("C11orf30", "EMSY"), ("LKB1", "STK11"), ("p53", "TP53"),
        ("c-MET", "MET"), ("TRKA", "NTRK1"), ("SEPT2", "SEPTIN2"), ("MARCH1", "MARCHF1"),
        ("EGFR", "EGFR"), ("egfr", "EGFR"), ("NEWGENE1", "NEWGENE1"), ("BRАF", "BRAF"),  # noqa: RUF001
    ],
)  # fmt: skip
def test_gene_symbol_knows_old_and_everyday_names(written, symbol):
    """Aliases and look-alike letters lead to the current symbol; strangers stay as they are."""
    assert gene_symbol(written) == symbol


def test_known_gene_is_only_what_the_table_holds():
    """A gene that is not in the table is not invented."""
    assert known_gene("HER2") is genes()["ERBB2"]
    assert known_gene("NEWGENE1") is None


def test_gene_of_hgnc_reads_ids_with_and_without_prefix():
    """Systems write HGNC:3236 and 3236."""
    assert gene_of_hgnc("HGNC:3236") == gene_of_hgnc("3236") == "EGFR"
    assert gene_of_hgnc("HGNC:999999") == gene_of_hgnc("") == ""


def test_no_two_genes_share_an_id_and_no_symbol_is_another_genes_name():
    """The table must be free of the swaps it is meant to find."""
    numbers = [gene.hgnc for gene in genes().values() if gene.hgnc]
    assert len(numbers) == len(set(numbers))
    assert all(gene_symbol(symbol) == symbol for symbol in genes())


def test_reference_residues_and_codons_agree():
    """Where both are known, the codon codes for the residue."""
    for gene in genes().values():
        for place, codon in gene.codons.items():
            change = read_variant(
                f"c.{3 * place - 2}{codon[0]}>{'A' if codon[0] != 'A' else 'C'}", gene.symbol
            )
            assert change is not None
            if place in gene.residues and change.short:
                assert change.short[0] == gene.residues[place]


@pytest.mark.parametrize(
    ("text", "gene", "short", "kind"),
    [
        ("p.L858R", "EGFR", "L858R", "substitution"),
        ("BRAF p.Val600Glu", "", "V600E", "substitution"),
        ("BRAF:p.(Val600Glu)", "", "V600E", "substitution"),
        ("NP_004647.1:p.(Gln590Ter)", "BAP1", "Q590*", "nonsense"),
        ("p.R213X", "TP53", "R213*", "nonsense"),
        ("G719X", "EGFR", "G719X", "substitution"),
        ("v600e", "BRAF", "V600E", "substitution"),
        ("p.Gly12=", "KRAS", "G12=", "silent"),
        ("p.Gly12Gly", "KRAS", "G12=", "silent"),
        ("E746_A750del", "EGFR", "E746_A750del", "deletion"),
        ("p.Glu746_Ala750del", "EGFR", "E746_A750del", "deletion"),
        ("p.E746_A750delELREA", "EGFR", "E746_A750del", "deletion"),
        ("L747_A750delinsP", "EGFR", "L747_A750delinsP", "delins"),
        ("L747_A750>P", "EGFR", "L747_A750delinsP", "delins"),
        ("p.Asp770_Asn771insSerValAsp", "EGFR", "D770_N771insSVD", "insertion"),
        ("Y772_A775dup", "ERBB2", "Y772_A775dup", "duplication"),
        ("p.Arg97ProfsTer23", "TP53", "R97Pfs*23", "frameshift"),
        ("R97fs", "TP53", "R97fs", "frameshift"),
        ("X1010_splice", "MET", "X1010_splice", "splice"),
        ("p.M1ext-5", "TP53", "M1ext-5", "unknown"),
        ("NM_000455.5(STK11):c.725G>A (p.Gly242Glu)", "", "G242E", "substitution"),
        ("exon 19 deletion", "EGFR", "EXON 19 DELETION", "deletion"),
        ("EGFR ex20ins", "", "EXON 20 INSERTION", "insertion"),
        ("del19", "EGFR", "EXON 19 DELETION", "deletion"),
        ("MET exon 14 skipping", "", "EXON 14 SKIPPING", "skipping"),
        ("EML4::ALK", "", "fusion", "fusion"),
        ("EML4-ALK fusion", "", "fusion", "fusion"),
        ("ALK rearrangement", "", "fusion", "fusion"),
        ("HER2 amplification", "", "amplification", "amplification"),
        ("loss of function", "NF1", "loss", "loss"),
        ("BRАF V600E", "", "V600E", "substitution"),  # noqa: RUF001
    ],
)
def test_read_variant_reads_what_reports_write(text, gene, short, kind):
    """HGVS in one and three letters, MAF short forms and everyday words."""
    found = variant(text, gene)
    assert (found.short, found.kind, found.fault) == (short, kind, "")


@pytest.mark.parametrize(
    ("text", "gene", "short", "kind"),
    [
        ("c.35G>T", "KRAS", "G12V", "substitution"),
        ("c.34G>T", "KRAS", "G12C", "substitution"),
        ("c.1799T>A", "BRAF", "V600E", "substitution"),
        ("c.2573T>G", "EGFR", "L858R", "substitution"),
        ("c.2369C>T", "EGFR", "T790M", "substitution"),
        ("c.3140A>G", "PIK3CA", "H1047R", "substitution"),
        ("c.1624G>A", "PIK3CA", "E542K", "substitution"),
        ("c.36T>C", "KRAS", "G12=", "silent"),
        ("c.725G>A", "STK11", "", "unknown"),
        ("c.2235_2249del", "EGFR", "", "deletion"),
        ("c.2236_2250del15", "EGFR", "", "deletion"),
        ("c.2310_2311insGGT", "EGFR", "", "insertion"),
        ("c.2310_2311insGG", "EGFR", "", "frameshift"),
        ("c.2311_2319dup", "EGFR", "", "duplication"),
        ("c.2237_2255delinsT", "EGFR", "", "delins"),
        ("c.3028+1G>T", "MET", "", "splice"),
        ("c.3028+30G>T", "MET", "", "intronic"),
        ("c.2888-20_2890del", "MET", "", "splice"),
        ("c.2888-30_2888-25del", "MET", "", "intronic"),
    ],
)
def test_coding_changes_are_translated_where_the_codon_is_known(text, gene, short, kind):
    """The protein change follows from the genetic code; elsewhere only the kind is known."""
    found = variant(text, gene)
    assert (found.short, found.kind, found.fault, found.coding) == (short, kind, "", text)


def test_residues_gained_and_lost_are_counted():
    """Exon 20 insertions are told from deletions by what they add."""
    assert variant("E746_A750del", "EGFR").gain == -5
    assert variant("c.2235_2249del", "EGFR").gain == -5
    assert variant("L747_A750delinsP", "EGFR").gain == -3
    assert variant("D770_N771insSVD", "EGFR").gain == 3
    assert variant("Y772_A775dup", "ERBB2").gain == 4
    assert variant("H773_V774ins3", "EGFR").gain == 3


@pytest.mark.parametrize(
    ("text", "gene", "words", "nearest"),
    [
        (
            "p.Gly12",
            "KRAS",
            "does not say into what",
            ("G12C", "G12S", "G12R", "G12D", "G12A", "G12V"),
        ),
        (
            "V600",
            "BRAF",
            "does not say into what",
            ("V600E", "V600K", "V600M", "V600L", "V600A", "V600G"),
        ),
        ("c.35G>Z", "KRAS", "names Z, which is no DNA base", ("c.35G>A", "c.35G>C", "c.35G>T")),
        ("c.35Z>A", "KRAS", "names Z", ("c.35?>A", "c.35?>C", "c.35?>G", "c.35?>T")),
        ("c.35G>G", "KRAS", "changes a base into itself", ("c.35G>A", "c.35G>C", "c.35G>T")),
        (
            "c.35A>T",
            "KRAS",
            "does not fit KRAS, which has G at 35",
            ("c.35G>A", "c.35G>C", "c.35G>T"),
        ),
        ("V600E", "KRAS", "does not fit KRAS, which has 189 amino acids", ("BRAF V600E",)),
        ("V600E", "EGFR", "", ()),
        ("K248Q", "TP53", "does not fit TP53, which has R at 248", ("R248Q",)),
        ("L858R", "ERBB2", "", ()),
        ("T790M", "KRAS", "which has 189 amino acids", ("EGFR T790M",)),
        (
            "G12Z",
            "KRAS",
            "names Z, which is no amino acid",
            ("G12C", "G12S", "G12R", "G12D", "G12A", "G12V"),
        ),
        ("B12C", "KRAS", "names B, which is no amino acid", ()),
        ("p.nonsense!", "KRAS", "is not a change of a protein", ()),
        ("c.what", "KRAS", "is not a coding change", ()),
    ],
)
def test_a_variant_that_cannot_be_names_its_fault_and_the_nearest_valid_form(
    text, gene, words, nearest
):
    """One look at the message mends the report."""
    found = variant(text, gene)
    assert words in found.fault
    assert bool(found.fault) == bool(words)
    assert found.nearest == nearest


@pytest.mark.parametrize(
    "text",
    [
        "",
        "adenocarcinoma",
        "T4",
        "M1",
        "S-100",
        "*1/*28",
        "HLA-A*02:01",
        "HER2-low",
        "IVA",
        "50 %",
        "exon 9",
    ],
)
def test_words_that_are_no_variant_are_left_alone(text):
    """Stages, markers and genotypes are not taken for variants."""
    assert read_variant(text) is None


def test_several_variants_of_one_text_are_all_read():
    """The gene holds until the next one is named."""
    found = read_variants("EGFR L858R and T790M, KRAS G12C")
    assert [v.text for v in found] == ["EGFR L858R", "EGFR T790M", "KRAS G12C"]
    assert [v.text for v in read_variants("c.3028+1G>T", "MET")] == ["MET c.3028+1G>T"]
    assert read_variants("no variant found") == ()


def test_fusions_name_both_genes():
    """The gene that is treated comes first, its partner beside it."""
    assert (variant("KIF5B-RET").gene, variant("KIF5B-RET").partner) == ("RET", "KIF5B")
    assert (variant("EML4::ALK", "ALK").gene, variant("EML4::ALK", "ALK").partner) == (
        "ALK",
        "EML4",
    )
    assert read_variant("fusion") is None


@pytest.mark.parametrize(
    "text",
    [
        "wild type",
        "WT",
        "Wild-Type",
        "negative",
        "not detected",
        "no mutation detected",
        "no variants",
    ],
)
def test_wild_type_is_said_in_many_ways(text):
    """The ways of saying that nothing was found."""
    assert is_wild_type(text)
    assert not is_wild_type(f"{text} L858R")


def test_hot_spot_gene_finds_the_gene_a_change_belongs_to():
    """V600 belongs to BRAF, G12 to the RAS genes."""
    assert hot_spot_gene("V600E") == ("BRAF",)
    assert set(hot_spot_gene("G12C")) >= {"KRAS", "NRAS", "HRAS"}
    assert hot_spot_gene("exon 19") == ()


@pytest.mark.parametrize(
    ("cell", "gene"),
    [
        ("2-Sep", "SEPTIN2"), ("Sep-02", "SEPTIN2"), ("2-Sep-2024", "SEPTIN2"),
        ("1-Mar", "MARCHF1"),
        ("2024-09-02", "SEPTIN2"), ("2024-09-02 00:00:00", "SEPTIN2"), ("4-Oct", "POU5F1"),
        ("1-Dec", "DELEC1"), ("2-Jan", ""), ("EGFR", ""),
    ],
)  # fmt: skip
def test_gene_from_date_sees_through_the_spreadsheet(cell, gene):
    """2-Sep in a column of genes was SEPT2."""
    assert gene_from_date(cell) == gene


def test_lookalike_letters_are_noticed():
    """A Cyrillic A is told from a Latin one."""
    assert has_lookalikes("BRАF")  # noqa: RUF001
    assert not has_lookalikes("BRAF")


def test_every_group_of_the_table_names_a_gene_of_the_table():
    """A group of an unknown gene could never be met."""
    assert set(table()["groups"]) <= set(genes())


@given(st.text(max_size=40), st.sampled_from(["", "EGFR", "KRAS", "BRAF", "STK11", "?"]))
def test_no_text_raises(text, gene):
    """Whatever stands in a report, a variant, a fault or nothing comes out."""
    found = read_variant(text, gene)
    assert found is None or found.text is not None
    assert isinstance(read_variants(text, gene), tuple)


@given(
    st.from_regex(
        r"(p\.)?\(?[A-Z][a-z]{0,2}[0-9]{1,4}(_[A-Z][0-9]{1,4})?(del|ins|dup|fs|delins|>)?[A-Za-z*]{0,4}\)?",
        fullmatch=True,
    )
    | st.from_regex(
        r"c\.[-*]?[0-9]{1,5}([+-][0-9]{1,3})?(_[0-9]{1,5})?([ACGTZ]>[ACGTZ]|del|dup|ins[ACGT]{1,4})",
        fullmatch=True,
    ),
    st.sampled_from(["", "EGFR", "KRAS", "BRAF", "MET"]),
)
def test_nothing_like_a_variant_raises(text, gene):
    """Texts made like HGVS, sound or not."""
    found = read_variant(text, gene)
    assert found is None or not (found.fault and found.kind in ("fusion", "amplification"))
