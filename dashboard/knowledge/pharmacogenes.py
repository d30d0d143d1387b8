"""From the genotype of a gene that breaks drugs down to the phenotype that the rules ask for.

Reads pharmacogenes.toml and works out every pair of copies by the activity score. Knows no dose and
judges no patient: the phenotype on record is what the packs' rules read.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import combinations_with_replacement

from dashboard.knowledge.schema import Source

WORKING = "none of these"


@dataclass(frozen=True, slots=True)
class Genotype:
    """Two copies of a gene, the sum of what they do, and what that makes of the patient."""

    copies: tuple[str, str]
    score: float
    phenotype: str


@dataclass(frozen=True, slots=True)
class Pharmacogene:
    """One gene: the fact of the packs that it decides, and every genotype of its variants."""

    feature: str
    enzyme: str
    note: str
    source: Source
    read_in: str
    genotypes: tuple[Genotype, ...]


@cache
def pharmacogenes() -> tuple[Pharmacogene, ...]:
    """The genes whose genotypes can be told."""
    text = files("dashboard.knowledge").joinpath("pharmacogenes.toml").read_text(encoding="utf-8")
    return tuple(
        Pharmacogene(
            gene["feature"], gene["enzyme"], gene["note"], Source(**gene["source"]),
            gene["read_in"], _genotypes(gene["variants"], gene["phenotypes"], gene["working"]),
        )
        for gene in tomllib.loads(text).values()
    )  # fmt: skip


def _genotypes(
    variants: dict[str, float], phenotypes: dict[str, float], working: float
) -> tuple[Genotype, ...]:
    """Every pair of copies, the most active first."""
    copies = {WORKING: working, **variants}
    pairs = list(combinations_with_replacement(copies, 2))
    scored = [(pair, copies[pair[0]] + copies[pair[1]]) for pair in pairs]
    ordered = sorted(phenotypes.items(), key=lambda item: -item[1])
    found = [
        Genotype(pair, score, next(name for name, least in ordered if score >= least))
        for pair, score in scored
    ]
    return tuple(sorted(found, key=lambda each: -each.score))
