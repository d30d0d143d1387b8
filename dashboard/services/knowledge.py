"""What Concord knows: the disease packs and how much of them was re-read at its source."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.knowledge.schema import DiseasePack, Source, Verified
from dashboard.services.context import Context, Permission


@dataclass(frozen=True, slots=True)
class PackSummary:
    """One disease pack in a line; the share counts rows of figures whose source was re-read."""

    id: str
    label: str
    version: str
    features: int
    regimens: int
    arms: int
    figures: int
    verified: int
    partly_verified: int
    fingerprint: str

    @property
    def share_verified(self) -> float:
        """Rows re-read in full, as a share of all rows of figures."""
        return self.verified / self.figures if self.figures else 0.0


def packs(context: Context) -> tuple[PackSummary, ...]:
    """Every pack that is loaded, in the library's order."""
    context.require(Permission.KNOWLEDGE_READ)
    context.record("packs.listed", count=len(context.library.ids))
    return tuple(_summary(context.library.pack(pack_id)) for pack_id in context.library.ids)


def pack(context: Context, disease: str) -> DiseasePack:
    """One pack, for pages that show what it holds."""
    context.require(Permission.KNOWLEDGE_READ)
    context.record("pack.opened", disease)
    return context.library.pack(disease)


def _summary(pack: DiseasePack) -> PackSummary:
    status = [source.verified for source in _sources(pack)]
    return PackSummary(
        id=pack.id,
        label=pack.label,
        version=pack.version,
        features=len(pack.features),
        regimens=len(pack.regimens),
        arms=len(pack.arms) + len(pack.early_arms),
        figures=len(status),
        verified=status.count(Verified.YES),
        partly_verified=status.count(Verified.PARTIAL),
        fingerprint=pack.fingerprint,
    )


def _sources(pack: DiseasePack) -> list[Source]:
    tables = (pack.arms, pack.early_arms, pack.toxicities, pack.effects, pack.sequences, pack.sites)
    return [row.source for table in tables for row in table]
