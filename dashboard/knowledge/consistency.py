"""Which facts of one patient cannot, or hardly, stand beside each other.

The statements are data (`consistency.toml`, and a file of that name in a site's folder of packs) in
the language of `rules`: when something holds, what is said, how it is mended, which facts are in
question. One file serves all tumour groups: a statement that speaks of a feature or level a pack
does not have is left out for that pack, and `lint` finds those that fit no pack at all. Beside the
features of a pack, statements may speak of facts that no model uses but files often hold
(pregnancy, HER2 by IHC), and of what the recorded courses of treatment imply. Judging patients is
for `records.checks`; facts that follow from facts by logic are a pack's implications.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from dashboard.foundation.errors import RuleError
from dashboard.knowledge.findings import PackFinding, Place, refuse
from dashboard.knowledge.pack_memory import PackMemory
from dashboard.knowledge.rules import Rule, near, parse
from dashboard.knowledge.schema import DiseasePack, Feature, FeatureId, Id, Kind
from dashboard.knowledge.sources import Model

FILE_NAME = "consistency.toml"
STANDARD = Path(__file__).with_name(FILE_NAME)

Weight = Literal["error", "question", "warning", "note"]


class BesideFact(Model):
    """A fact that no model uses, read from what a file holds beside the patient's features."""

    id: FeatureId
    label: str
    kind: Kind
    aliases: tuple[str, ...]
    words: dict[str, bool | str]  # the words it comes in, and what each means
    levels: tuple[str, ...] = ()


class GivenFact(Model):
    """True when a recorded course of treatment names one of these drugs or classes."""

    id: FeatureId
    label: str
    words: tuple[str, ...]
    classes: tuple[str, ...] = ()


class _Statement(Model):
    code: Id
    severity: Weight
    message: str
    fix: str
    source: str = ""


class Conflict(_Statement):
    """Something is wrong, or rare, when the rule holds."""

    when: str
    fields: tuple[FeatureId, ...] = ()  # the facts in question; empty = those the rule names
    unless_known: tuple[FeatureId, ...] = ()  # not said once one of these is known
    withhold: bool = False  # models use none of the fields until it is settled


class Exclusive(_Statement):
    """At most one of these is usually true."""

    cases: dict[str, str]


class Ratio(_Statement):
    """One number is the quotient of two others."""

    result: FeatureId
    over: FeatureId
    under: FeatureId
    tolerance: float = 0.2  # as a share of the computed value


class Count(_Statement):
    """A count is at least the number of its named parts that are true."""

    total: FeatureId
    parts: tuple[FeatureId, ...]


class Consistency(Model):
    """Everything the file says."""

    beside: tuple[BesideFact, ...] = ()
    given: tuple[GivenFact, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    exclusive: tuple[Exclusive, ...] = ()
    ratios: tuple[Ratio, ...] = ()
    counts: tuple[Count, ...] = ()
    acquired: tuple[FeatureId, ...] = Field(default=())  # may change between two reports

    @cached_property
    def fingerprint(self) -> str:
        """Names the content: equal content, equal fingerprint."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    def joined(self, other: Consistency) -> Consistency:
        """Both together; of two statements with one code the other's counts."""
        own, theirs = self.model_dump(), other.model_dump()
        return Consistency.model_validate(
            {name: _overlaid(own[name], theirs[name]) for name in own}
        )


@dataclass(frozen=True, slots=True)
class FittedConflict:
    """A conflict whose rule was read against the features of a pack."""

    statement: Conflict
    rule: Rule
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FittedExclusive:
    """The cases of an exclusive group that a pack knows."""

    statement: Exclusive
    cases: tuple[tuple[str, Rule], ...]


@dataclass(frozen=True, slots=True)
class Fitted:
    """What of the file applies to one pack."""

    pack: DiseasePack
    vocabulary: Mapping[str, Feature]
    conflicts: tuple[FittedConflict, ...]
    exclusive: tuple[FittedExclusive, ...]
    ratios: tuple[Ratio, ...]
    counts: tuple[Count, ...]
    given: tuple[GivenFact, ...]
    acquired: frozenset[str]


def load_consistency(folders: Sequence[Path] = ()) -> Consistency:
    """The file that ships with the product, with those of a site laid over it.

    Raises:
        PackError: a file cannot be read; the message lists every mistake.
    """
    found = _standard()
    for folder in folders:
        path = folder / FILE_NAME
        if path.is_file():
            found = found.joined(read_consistency(path))
    return found


def read_consistency(path: Path) -> Consistency:
    """The statements of one file.

    Raises:
        PackError: it is no TOML, has unknown keys, or a rule that cannot be read.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        found = Consistency.model_validate(content)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        refuse([PackFinding(Place(path), f"This is no TOML: {fault}.", "Mend that line.")])
        raise  # never reached: refuse raises
    except ValidationError as fault:
        refuse(_shape_findings(path, fault))
        raise  # never reached: refuse raises
    refuse(
        PackFinding(Place(path), f"{code}: {error.message}", error.hint)
        for code, text in rules_in(found)
        if (error := _rule_error(text)) is not None
    )
    return found


@cache
def _standard() -> Consistency:
    return read_consistency(STANDARD)


def _overlaid(
    own: Sequence[Mapping[str, object] | str], theirs: Sequence[Mapping[str, object] | str]
) -> list[Mapping[str, object] | str]:
    merged = {_name(item): item for item in own}
    merged |= {_name(item): item for item in theirs}
    return list(merged.values())


def _name(item: Mapping[str, object] | str) -> object:
    return item if isinstance(item, str) else item.get("code", item.get("id"))


def _shape_findings(path: Path, fault: ValidationError) -> Iterator[PackFinding]:
    for error in fault.errors(include_url=False):
        place = ".".join(map(str, error["loc"]))
        yield PackFinding(Place(path), f"{place}: {error['msg']}.", "Compare with its neighbours.")


def rules_in(consistency: Consistency) -> Iterator[tuple[str, str]]:
    """Every rule in the file, with the code of its statement."""
    for conflict in consistency.conflicts:
        yield conflict.code, conflict.when
    for group in consistency.exclusive:
        for case in group.cases.values():
            yield group.code, case


def _rule_error(text: str) -> RuleError | None:
    try:
        parse(text)
    except RuleError as error:
        return error
    return None


# -- fitting to a pack ---------------------------------------------------------------------------

_fitted = PackMemory[Fitted]()


def fit(consistency: Consistency, pack: DiseasePack) -> Fitted:
    """What of the file applies to this pack; found once for each version of both."""
    return _fitted.of(pack, lambda: _fit(consistency, pack), consistency.fingerprint)


def _fit(consistency: Consistency, pack: DiseasePack) -> Fitted:
    vocabulary = {**_facts_beside(consistency), **pack.vocabulary}
    return Fitted(
        pack=pack,
        vocabulary=vocabulary,
        conflicts=tuple(_fitting_conflicts(consistency, vocabulary)),
        exclusive=tuple(_fitting_groups(consistency, vocabulary)),
        ratios=tuple(
            ratio
            for ratio in consistency.ratios
            if {ratio.result, ratio.over, ratio.under} <= vocabulary.keys()
        ),
        counts=tuple(count for count in consistency.counts if count.total in vocabulary),
        given=consistency.given,
        acquired=frozenset(consistency.acquired),
    )


def _facts_beside(consistency: Consistency) -> dict[str, Feature]:
    """The facts statements may speak of that are no features of a pack."""
    facts = {
        fact.id: Feature(id=fact.id, label=fact.label, kind=fact.kind, levels=fact.levels)
        for fact in consistency.beside
    }
    facts |= {
        fact.id: Feature(id=fact.id, label=fact.label, kind=Kind.FLAG) for fact in consistency.given
    }
    return facts


def _fitting_conflicts(
    consistency: Consistency, vocabulary: Mapping[str, Feature]
) -> Iterator[FittedConflict]:
    for conflict in consistency.conflicts:
        rule = _fitting(conflict.when, vocabulary)
        if rule is not None:
            names = dict.fromkeys(leaf.name for leaf in rule.leaves)
            yield FittedConflict(conflict, rule, conflict.fields or tuple(names))


def _fitting_groups(
    consistency: Consistency, vocabulary: Mapping[str, Feature]
) -> Iterator[FittedExclusive]:
    for group in consistency.exclusive:
        fitting = ((label, _fitting(text, vocabulary)) for label, text in group.cases.items())
        cases = tuple((label, rule) for label, rule in fitting if rule is not None)
        if len(cases) > 1:
            yield FittedExclusive(group, cases)


def _fitting(text: str, vocabulary: Mapping[str, Feature]) -> Rule | None:
    """The rule, unless the pack lacks a feature or a level it speaks of."""
    try:
        return parse(text, vocabulary)
    except RuleError:
        return None


def lint(consistency: Consistency, packs: Iterable[DiseasePack]) -> list[PackFinding]:
    """Statements that fit no pack at all: a name or a level is misspelt."""
    vocabularies = [_fit(consistency, pack).vocabulary for pack in packs]
    known: dict[str, Feature] = {}
    for vocabulary in vocabularies:
        known |= vocabulary
    found = []
    for code, text in rules_in(consistency):
        if not any(_fitting(text, vocabulary) is not None for vocabulary in vocabularies):
            strangers = sorted(parse(text).names - known.keys())
            cure = near(strangers[0], known) if strangers else "Compare its levels with the packs."
            message = f"{code}: no pack has everything that '{text}' speaks of."
            found.append(PackFinding(Place(STANDARD), message, cure))
    return found
