"""What is published: for one patient regimen by regimen, and to search through.

A trial arm fits, nearly fits or does not fit the patient; each figure keeps its interval, its
source and whether it was re-read there. Nothing is pooled and nothing is ranked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from dashboard.answers.evidence import Document, Found, RegimenEvidence
from dashboard.foundation.errors import UserError
from dashboard.knowledge.evidence import Arm, EarlyArm
from dashboard.knowledge.library import Library
from dashboard.knowledge.matching import match_arms, match_effects
from dashboard.knowledge.rules import near
from dashboard.knowledge.schema import DiseasePack
from dashboard.knowledge.synonyms import synonyms_of
from dashboard.knowledge.tiers import tier_of
from dashboard.records.patient import Patient
from dashboard.scores.shelf import built_in_shelf
from dashboard.services import published_rows
from dashboard.services.context import Context, Permission
from dashboard.services.evidence_documents import documents_of
from dashboard.vault.evidence_index import EvidenceIndex
from dashboard.vault.own_evidence import OwnEvidence

FACETS = {
    "disease": "Tumour group",
    "regimen": "Regimen",
    "biomarker": "Biomarker",
    "line": "Line",
    "endpoint": "Endpoint",
    "kind": "Kind of row",
}


def matches(
    context: Context, patient: Patient, regimens: Sequence[str] = ()
) -> tuple[RegimenEvidence, ...]:
    """What is published for each regimen beside this patient, in the pack's order.

    Args:
        context: who asks.
        patient: whom the trials' populations are held against.
        regimens: which ones; all of the pack when none are named.

    Raises:
        UserError: there is no regimen of a name.
    """
    context.require(Permission.PATIENT_READ)
    pack = context.library.pack(patient.disease)
    wanted = tuple(regimens) or tuple(pack.regimens_by_id)
    for name in wanted:
        if name not in pack.regimens_by_id:
            hint = near(name, pack.regimens_by_id) or "Name one of the pack's regimens by its id."
            raise UserError(f"{pack.label} has no regimen called {name}.", hint=hint)
    found = tuple(_evidence(patient, pack, regimen) for regimen in wanted)
    context.record("patient.evidence", patient.id, regimens=len(found))
    return found


def _evidence(patient: Patient, pack: DiseasePack, regimen: str) -> RegimenEvidence:
    facts = patient.facts
    arms = match_arms(facts, pack, regimen)
    effects = match_effects(facts, pack, regimen)
    return RegimenEvidence(
        regimen,
        pack.regimen(regimen).label,
        tuple(published_rows.arm_row(match, pack) for match in arms),
        tuple(published_rows.effect_row(match, pack) for match in effects),
        tuple(published_rows.toxicity_row(row, pack) for row in pack.toxicities_of(regimen)),
        published_rows.tier_row(tier_of(facts, pack, arms)),
    )


def newest_year(context: Context, disease: str) -> int | None:
    """The year of the newest trial in a pack."""
    context.require(Permission.KNOWLEDGE_READ)
    context.record("evidence.newest", disease)
    pack = context.library.pack(disease)
    arms: tuple[Arm | EarlyArm, ...] = (*pack.arms, *pack.early_arms)
    return max((arm.year for arm in arms if arm.year), default=None)


def is_old(context: Context, newest: int | None) -> bool:
    """Whether a pack's newest trial is of a year that ended more than twelve months ago."""
    context.require(Permission.KNOWLEDGE_READ)
    context.record("evidence.age", str(newest or ""))
    return newest is None or context.clock().year > newest + 1


Filters = Mapping[str, Sequence[str]]


def search(
    context: Context,
    query: str,
    filters: Filters | None = None,
    *,
    most: int = 50,
    start: int = 0,
) -> Found:
    """What is published, and what the hospital added, by words and filters.

    Args:
        context: who asks.
        query: any words; brand and generic names, aliases and abbreviations find each other.
        filters: by facet (`FACETS`), the values that pass.
        most: at most so many documents.
        start: leave out so many of the first.
    """
    context.require(Permission.KNOWLEDGE_READ)
    found = _index(context).search(query, filters, most=most, start=start)
    # A query may name somebody: how many words it had is all that is written down.
    context.record("evidence.searched", words=len(found.words), found=found.total)
    return found


def values(context: Context, facet: str) -> tuple[tuple[str, int], ...]:
    """The values of a facet with how many documents have each."""
    context.require(Permission.KNOWLEDGE_READ)
    context.record("evidence.filters", facet)
    return _index(context).values(facet)


def _index(context: Context) -> EvidenceIndex:
    folder = context.settings.data_dir / "evidence"
    fingerprints = tuple(pack.fingerprint for pack in context.library.packs)
    return _made(_Made(fingerprints, folder, OwnEvidence(folder).stamp, context.library))


@dataclass(frozen=True, slots=True)
class _Made:
    """What an index was made from."""

    packs: tuple[str, ...]
    folder: Path
    stamp: tuple[tuple[str, int], ...]
    library: Library = field(compare=False, hash=False)


@lru_cache(maxsize=2)
def _made(made: _Made) -> EvidenceIndex:
    packs = made.library.packs
    own: tuple[Document, ...] = OwnEvidence(made.folder).documents()
    shipped = documents_of(packs, built_in_shelf().scores)
    return EvidenceIndex((*shipped, *own), synonyms_of(packs))
