"""What every cross-check of a pack needs: where things stand, and how a rule or a name is checked.

A check is a generator of findings; nothing is raised, so that all mistakes come out at once. Which
things are checked stands in `feature_checks`, `regimen_checks` and `evidence_checks`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from dashboard.foundation.errors import RuleError
from dashboard.knowledge.findings import PackFinding, Place
from dashboard.knowledge.pack_files import ReadPack
from dashboard.knowledge.rules import Rule, near, parse
from dashboard.knowledge.schema import DiseasePack, Feature
from dashboard.knowledge.sources import Source

Findings = Iterator[PackFinding]


class Sourced(Protocol):
    """Anything that says where it comes from."""

    @property
    def source(self) -> Source:
        """Where the figures come from."""


@dataclass(slots=True)
class Bench:
    """One pack on the workbench, with its rules parsed once each."""

    read: ReadPack
    pack: DiseasePack
    quantities: Mapping[str, frozenset[str]]  # the units of every quantity
    _rules: dict[str, Rule | RuleError] = field(default_factory=dict)

    @property
    def vocabulary(self) -> Mapping[str, Feature]:
        """The features rules may speak of."""
        return self.pack.vocabulary

    def place(self, part: str, name: str, key: str = "") -> Place:
        """Where a part of the pack stands."""
        return self.read.place(part, name, key)

    def parsed(self, text: str) -> Rule | RuleError:
        """The rule, or what is wrong with it."""
        known = self._rules.get(text)
        if known is None:
            try:
                known = parse(text, self.vocabulary)
            except RuleError as error:
                known = error
            self._rules[text] = known
        return known

    def rule(self, text: str, place: Place, key: str) -> Findings:
        """What is wrong with a rule."""
        if text and isinstance(error := self.parsed(text), RuleError):
            message = f"{key}, column {error.column}: {error.message}"
            yield PackFinding(place, message, error.hint)

    def names(self, text: str) -> frozenset[str]:
        """The features a sound rule speaks of."""
        known = self.parsed(text)
        return known.names if isinstance(known, Rule) else frozenset()

    def known(
        self, name: str, those: Mapping[str, object] | tuple[str, ...], place: Place, what: str
    ) -> Findings:
        """That a name is one of those; a near one is suggested."""
        if name not in those:
            cure = near(name, those) or f"There are {', '.join(list(those)[:12])}."
            yield PackFinding(place, f"There is no {what} {name}.", cure)

    def sourced(self, item: Sourced, place: Place) -> Findings:
        """That an item says where it comes from."""
        if not item.source.text:
            cure = "Say in source where it was read, and in reference its DOI or PMID."
            yield PackFinding(place, "The source is missing.", cure)


def percentages(item: object, names: tuple[str, ...], place: Place) -> Findings:
    """That every percentage lies between 0 and 100."""
    for name in names:
        value = getattr(item, name)
        if value is not None and not 0 <= value <= 100:  # noqa: PLR2004
            message = f"{name} is {value:g}, which is no percentage."
            yield PackFinding(place, message, "Write 0 to 100.")


def interval(
    name: str, figures: tuple[float | None, float | None, float | None], place: Place
) -> Findings:
    """That an interval holds its own value."""
    value, low, high = figures
    if low is not None and high is not None and low > high:
        message = f"{name}: the interval runs backwards, from {low:g} to {high:g}."
        yield PackFinding(place, message, "Exchange its ends.")
    elif value is not None and not _inside(value, low, high):
        ends = f"{'' if low is None else f'{low:g}'} to {'' if high is None else f'{high:g}'}"
        message = f"{name}: {value:g} lies outside its own interval, {ends.strip()}."
        yield PackFinding(place, message, "Look all three figures up at the source.")


def _inside(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or low <= value) and (high is None or value <= high)
