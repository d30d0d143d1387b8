"""From genotype to phenotype by the activity score, as the guideline's tables have it."""

import pytest

from components.widgets.toxicity import genotypes_table
from dashboard.knowledge.library import load_library
from dashboard.knowledge.pharmacogenes import WORKING, pharmacogenes

STOP, THIRTEEN, SLOW, HAP = (
    "c.1905+1G>A (*2A)", "c.1679T>G (*13)", "c.2846A>T", "c.1129-5923C>G, c.1236G>A (HapB3)",
)  # fmt: skip


@pytest.mark.parametrize(
    ("copies", "score", "phenotype"),
    [
        ((WORKING,), 2.0, "normal"),
        ((WORKING, HAP), 1.5, "intermediate"),
        ((WORKING, SLOW), 1.5, "intermediate"),
        ((WORKING, STOP), 1.0, "intermediate"),
        ((WORKING, THIRTEEN), 1.0, "intermediate"),
        ((SLOW, HAP), 1.0, "intermediate"),
        ((SLOW,), 1.0, "intermediate"),
        ((HAP, STOP), 0.5, "poor"),
        ((SLOW, THIRTEEN), 0.5, "poor"),
        ((STOP, THIRTEEN), 0.0, "poor"),
        ((STOP,), 0.0, "poor"),
    ],
    ids=str,
)
def test_genotype_has_the_score_and_phenotype_of_the_guideline(copies, score, phenotype):
    """Every pair that the tables name; one name alone is two copies of it."""
    (gene,) = pharmacogenes()
    (found,) = [each for each in gene.genotypes if set(each.copies) == set(copies)]
    assert (found.score, found.phenotype) == (score, phenotype)


def test_genotypes_are_every_pair_once_and_make_levels_of_the_fact():
    """Five kinds of copies in fifteen pairs; every phenotype is one the packs' rules can read."""
    (gene,) = pharmacogenes()
    assert len({frozenset(each.copies) for each in gene.genotypes}) == len(gene.genotypes) == 15
    levels = load_library().pack("colorectal").feature(gene.feature).levels
    assert {each.phenotype for each in gene.genotypes} == set(levels)
    assert gene.source.verified == "memory"  # the guideline itself was not re-read


def test_genotypes_are_shown_where_a_rule_could_use_the_phenotype():
    """With the source and how far it was re-read; not for a disease without the fact."""
    (shown,) = genotypes_table(load_library().pack("colorectal"))
    assert "From genotype to phenotype: DPD metaboliser phenotype" in shown.text
    assert "Clin Pharmacol Ther 2018;103:210-216" in shown.text
    assert "complete deficiency" not in shown.text  # a score of 0.5 is poor and not complete
    assert genotypes_table(load_library().pack("melanoma")) == []
