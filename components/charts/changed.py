"""Which facts of a patient are otherwise, in words: for the page of what-ifs and for paper.

A value reads as it does everywhere; a number that somebody only supposed is cut to three digits.
"""

from __future__ import annotations

from components.charts.values import value_text
from components.charts.verdicts import label_of
from dashboard.knowledge.schema import DiseasePack
from dashboard.records.patient import Patient, Value

NOT_CAUSES = (
    "This is what would be forecast of a patient who had these values. It does not say that "
    "bringing a value about would bring the forecast about."
)


def change_words(before: Patient, after: Patient, pack: DiseasePack) -> str:
    """Each fact that is otherwise, from what to what."""
    names = [
        name
        for name in dict.fromkeys((*before.facts, *after.facts))
        if before.facts.get(name) != after.facts.get(name)
    ]
    if not names:
        return "Nothing is changed yet; the marks are the forecast as it is."
    told = [
        f"{label_of(name, pack)}: {fact_text(name, after.facts.get(name), pack)} "
        f"instead of {fact_text(name, before.facts.get(name), pack)}"
        for name in names
    ]
    return "; ".join(told) + "."


def fact_text(feature: str, value: Value | None, pack: DiseasePack) -> str:
    """A value of a fact of the pack, or of one that only the cohort knows; unknown says so."""
    if value is None:
        return "unknown"
    short = float(f"{value:.3g}") if isinstance(value, float) else value
    if feature not in pack.vocabulary:
        return f"{short:g}" if isinstance(short, float) else str(short)
    return value_text(pack.feature(feature), short)
