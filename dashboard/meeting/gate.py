"""The gate before the board: which unknown facts hold a case up, by what each would change.

A missing fact holds a case up when it alone would decide whether a regimen on the board is open, or
when it is one of the core facts of the disease. What would only narrow the forecast is listed after
those, and holds nothing up. Order and reasons come from the rules and the forecast; nothing is
scored here that they do not say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.answers.forecast import Widening
from dashboard.knowledge.schema import DiseasePack
from dashboard.records.completeness import core_known, missing_facts
from dashboard.records.patient import Patient

LEAST_NARROWING = 0.005  # half a percent of the intervals' width; less is not worth a line


@dataclass(frozen=True, slots=True)
class Missing:
    """An unknown fact with what knowing it would change."""

    feature: str
    label: str
    decides: tuple[str, ...] = ()  # regimens on the board that it alone would open or close
    decides_others: int = 0
    narrowing: float = 0.0  # mean share by which the intervals would become narrower
    effects: int = 0  # published effects that speak of it
    is_core: bool = False

    @property
    def holds_up(self) -> bool:
        """Whether the case waits for it."""
        return self.is_core or bool(self.decides)


@dataclass(frozen=True, slots=True)
class Gate:
    """Everything unknown that would change something, the weightiest first."""

    missing: tuple[Missing, ...]
    known: int
    core: int

    @property
    def holding_up(self) -> tuple[Missing, ...]:
        """The facts that the case waits for."""
        return tuple(fact for fact in self.missing if fact.holds_up)

    @property
    def open_facts(self) -> tuple[str, ...]:
        """Their labels."""
        return tuple(fact.label for fact in self.holding_up)


def gate_of(
    patient: Patient,
    pack: DiseasePack,
    regimens: Sequence[str] = (),
    widenings: Sequence[Widening] = (),
) -> Gate:
    """The gate of a patient.

    Args:
        patient: the patient of the case.
        pack: of their disease.
        regimens: on the board; all of the pack's count when none are named.
        widenings: how much each unknown input widens the forecast; none where there is none.
    """
    on_board = set(regimens) or {regimen.id for regimen in pack.regimens}
    found, all_core = core_known(patient, pack)
    core = set(all_core) - set(found)
    narrowing = {each.feature: each.narrowing for each in widenings}
    facts = {
        fact.feature: Missing(
            fact.feature,
            fact.label,
            tuple(name for name in fact.decides if name in on_board),
            sum(name not in on_board for name in fact.decides),
            narrowing.get(fact.feature, 0.0),
            fact.effects,
            fact.feature in core,
        )
        for fact in missing_facts(patient, pack)
    }
    for name in core - set(facts):
        label = pack.vocabulary[name].label if name in pack.vocabulary else name
        facts[name] = Missing(name, label, narrowing=narrowing.get(name, 0.0), is_core=True)
    for name, share in narrowing.items():
        if name not in facts and share >= LEAST_NARROWING and name in pack.vocabulary:
            facts[name] = Missing(name, pack.vocabulary[name].label, narrowing=share)
    return Gate(tuple(sorted(facts.values(), key=_weight)), len(found), len(all_core))


def _weight(fact: Missing) -> tuple[bool, int, bool, float, int, str]:
    return (
        not fact.holds_up, -len(fact.decides), not fact.is_core, -fact.narrowing,
        -(fact.decides_others + fact.effects), fact.label,
    )  # fmt: skip
