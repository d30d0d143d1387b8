"""What every published score says of one patient, or why it says nothing.

The shelf finds each score by its file and its function. For a patient it takes the inputs from
what is known and shows from where; withholds the number when a criterion of the score fails,
naming it; and when an input is missing says which and over what range the result could lie. It
never fills in a value that was not published as the value for "not known".
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from dashboard.foundation.errors import PackError, UserError
from dashboard.knowledge import rules
from dashboard.knowledge.rules import Answer, Facts, Rule, Value
from dashboard.knowledge.schema import Feature, Kind, Range
from dashboard.scores import formulas
from dashboard.scores.schema import Fact, Group, Outcome, Score, ScoreInput

CATALOGUE = Path(__file__).with_name("catalogue")
_LARGEST = 1e12  # no input is measured in more
_STEPS = 13  # values tried of a missing number, ends included
_MOST_TRIES = 60_000
_FAR = 2.0  # times beyond the plausible range


class Status(StrEnum):
    """What came of asking a score."""

    COMPUTED = "computed"
    MISSING = "missing input"
    OUT_OF_SCOPE = "out of scope"
    INVALID = "invalid input"


@dataclass(frozen=True, slots=True)
class UsedInput:
    """One input as it went in, and where it came from."""

    id: str
    label: str
    value: Value
    unit: str
    origin: str
    features: tuple[str, ...] = ()  # of the patient, that it was taken from


@dataclass(frozen=True, slots=True)
class Span:
    """Where the result may lie while inputs are missing."""

    low: float | None
    high: float | None
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """The answer of one score for one patient."""

    score: Score
    status: Status
    value: float | str | None = None
    group: Group | None = None
    used: tuple[UsedInput, ...] = ()
    missing: tuple[ScoreInput, ...] = ()
    span: Span | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()  # what is known of a missing input after all; values to check

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What was published for the patient's group."""
        return self.group.outcomes if self.group else ()


class Shelf:
    """The scores by id."""

    def __init__(self, scores: tuple[Score, ...]) -> None:
        self.scores = scores
        self._compiled = {score.id: _Compiled.of(score) for score in scores}
        self._meant: dict[str, tuple[str, ...]] = {}

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all scores, in the order of their files."""
        return tuple(score.id for score in self.scores)

    def score(self, score_id: str) -> Score:
        """The score of this id, or a UserError that suggests one."""
        if score_id not in self._compiled:
            hint = rules.near(score_id, self.ids) or f"There are {', '.join(self.ids)}."
            raise UserError(f"There is no score called {score_id}.", hint=hint)
        return self._compiled[score_id].score

    def evaluate(self, score_id: str, given: Mapping[str, Value]) -> ScoreResult:
        """The score for inputs that were given by hand."""
        score = self.score(score_id)
        _refuse_unknown(score, given)
        used = [
            UsedInput(i.id, i.label, _typed(i, given[i.id]), i.unit, "entered")
            for i in score.inputs
            if i.id in given
        ]
        return self._answer(self._compiled[score_id], used)

    def of_patient(
        self,
        score_id: str,
        disease: str,
        facts: Facts,
        *,
        typed: Mapping[str, Value] | None = None,
    ) -> ScoreResult:
        """The score for what is known of a patient.

        Args:
            score_id: the score.
            disease: the patient's tumour group.
            facts: what is on record.
            typed: inputs that were given by hand, where the record has none.
        """
        score = self.score(score_id)
        compiled = self._compiled[score.id]
        known = {**facts, "disease": disease}
        by_hand = typed or {}
        _refuse_unknown(score, by_hand)
        found = [
            _from_facts(i, compiled.rules[i.id], known) or _by_hand(i, by_hand)
            for i in score.inputs
        ]
        return self._answer(compiled, [used for used in found if used], known)

    def meant_for(self, disease: str) -> tuple[str, ...]:
        """The scores whose scope a tumour group alone does not rule out; asked once for a group."""
        if disease not in self._meant:
            self._meant[disease] = tuple(
                score_id
                for score_id in self.ids
                if self.of_patient(score_id, disease, {}).status is not Status.OUT_OF_SCOPE
            )
        return self._meant[disease]

    def _answer(
        self, compiled: _Compiled, used: list[UsedInput], facts: Facts | None = None
    ) -> ScoreResult:
        score = compiled.score
        wrong = _outside(score, used)
        if wrong:
            return ScoreResult(score, Status.INVALID, used=tuple(used), reason=wrong)
        values: dict[str, Value] = {one.id: one.value for one in used}
        for criterion, rule in compiled.scope:
            if rule.judge(values).answer is Answer.NO:
                reason = f"Outside the scope of the score, which asks for: {criterion}."
                return ScoreResult(score, Status.OUT_OF_SCOPE, used=tuple(used), reason=reason)
        return _computed(compiled, _with_defaults(score, used), facts or {})


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A score with its rules parsed."""

    score: Score
    rules: Mapping[str, tuple[Rule, ...]]
    scope: tuple[tuple[str, Rule], ...]
    groups: tuple[tuple[Group, Rule], ...]

    @classmethod
    def of(cls, score: Score) -> _Compiled:
        vocabulary = {i.id: _feature(i) for i in score.inputs}
        kind = Kind.NUMBER if score.value_kind == "number" else Kind.CATEGORY
        value = Feature(id="value", label="value", kind=kind, levels=score.value_levels)
        return cls(
            score,
            {i.id: tuple(rules.parse(fact.when) for fact in i.facts) for i in score.inputs},
            tuple((c.text, rules.parse(c.when, vocabulary)) for c in score.scope),
            tuple((g, rules.parse(g.when, vocabulary | {"value": value})) for g in score.groups),
        )


def read_shelf(folder: Path = CATALOGUE) -> Shelf:
    """Every score of a folder.

    Raises:
        PackError: a file is no score, or has no function; all are named.
    """
    found, wrong = [], []
    for path in sorted(folder.glob("*.toml")):
        try:
            score = Score.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
            formulas.formula(score.id)
            found.append(score)
        except (ValidationError, tomllib.TOMLDecodeError) as error:
            wrong.append(f"{path.name}: {error}")
        except KeyError as error:
            wrong.append(f"{path.name}: there is no function called {error.args[0]}.")
    if wrong:
        raise PackError("Scores that cannot be read: " + " ".join(wrong))
    return Shelf(tuple(found))


@cache
def built_in_shelf() -> Shelf:
    """The scores that ship with the product."""
    return read_shelf()


def compute_columns(score: Score, columns: Mapping[str, Any]) -> np.ndarray[Any, np.dtype[Any]]:
    """The score of a whole table of complete inputs."""
    return formulas.formula(score.id)(columns)


def _computed(compiled: _Compiled, used: list[UsedInput], facts: Facts) -> ScoreResult:
    score = compiled.score
    values: dict[str, Value] = {one.id: one.value for one in used}
    missing = tuple(i for i in score.inputs if i.id not in values)
    if missing:
        names = ", ".join(i.label for i in missing)
        bounded = tuple(_bounded(i, facts) for i in missing)
        span = _span(compiled, values, bounded)
        return ScoreResult(
            score, Status.MISSING, used=tuple(used), missing=missing, span=span,
            reason=f"Missing: {names}.",
            notes=tuple(note for i in missing if (note := _limit_note(i, facts))),
        )  # fmt: skip
    value = _plain(compute_columns(score, values))
    group, notes = _group(compiled, value, values), tuple(_unusual(score, used))
    return ScoreResult(score, Status.COMPUTED, value, group, used=tuple(used), notes=notes)


def _unusual(score: Score, used: Sequence[UsedInput]) -> Iterator[str]:
    """What to say of values so far from the usual that a unit may be wrong."""
    for one in used:
        usual, value = score.input(one.id).plausible, one.value
        if usual is None or not isinstance(value, float):
            continue
        if not usual.low / _FAR <= value <= usual.high * _FAR:
            unit = "" if one.unit == "count" else one.unit
            told = f"{one.label} {value:g} {unit}".strip()
            yield (
                f"{told} is far from what is usually seen ({usual.low:g} to {usual.high:g}): "
                "check the value and its unit."
            )


def _multiple(given: ScoreInput, facts: Facts) -> float | None:
    """The multiple of the upper limit that is known where the amount itself is not."""
    held = facts.get(given.of_limit.feature) if given.of_limit else None
    return held if isinstance(held, float) and held > 0 else None


def _bounded(given: ScoreInput, facts: Facts) -> ScoreInput:
    """The input with what else is known left open alone: some levels, or a multiple's range."""
    for case in given.among:
        if rules.parse(case.when).judge(facts).answer is Answer.YES:
            return given.model_copy(update={"levels": case.levels})
    multiple = _multiple(given, facts)
    if multiple is None or given.of_limit is None:
        return given
    usual = given.of_limit.usual
    reach = Range(low=multiple * usual.low, high=multiple * usual.high)
    return given.model_copy(update={"plausible": reach})


def _limit_note(given: ScoreInput, facts: Facts) -> str:
    multiple = _multiple(given, facts)
    if multiple is None or given.of_limit is None:
        return ""
    usual = given.of_limit.usual
    return (
        f"{given.label} is held as {multiple:g} times the upper limit of normal; the amount needs "
        f"the laboratory's limit. The range assumes {usual.low:g} to {usual.high:g} {given.unit}."
    )


def _plain(result: np.ndarray[Any, np.dtype[Any]]) -> float | str:
    item = result.item()
    return item if isinstance(item, str) else float(item)


def _group(compiled: _Compiled, value: Value, values: Mapping[str, Value]) -> Group | None:
    facts = {**values, "value": value}
    matching = (group for group, rule in compiled.groups if rule.judge(facts).answer is Answer.YES)
    return next(matching, None)


def _span(
    compiled: _Compiled, values: Mapping[str, Value], missing: tuple[ScoreInput, ...]
) -> Span | None:
    """The results over every plausible value of what is missing, where they can be tried."""
    choices = [_choices(i) for i in missing]
    if np.prod([len(c) for c in choices], dtype=float) > _MOST_TRIES:
        return None
    tries = list(product(*choices))
    columns: dict[str, Any] = dict(values)
    for place, i in enumerate(missing):
        columns[i.id] = np.array([one[place] for one in tries])
    results = np.broadcast_to(compute_columns(compiled.score, columns), len(tries))
    groups = _reached(compiled, columns, results)
    if compiled.score.value_kind == "category":
        return Span(None, None, groups)
    return Span(float(results.min()), float(results.max()), groups)


def _reached(
    compiled: _Compiled, columns: Mapping[str, Any], results: np.ndarray[Any, np.dtype[Any]]
) -> tuple[str, ...]:
    reached: dict[str, None] = {}
    for place in _distinct(results):
        row = {n: c[place].item() if isinstance(c, np.ndarray) else c for n, c in columns.items()}
        group = _group(compiled, _plain(results[place]), row)
        if group is not None:
            reached[group.label] = None
    return tuple(g.label for g in compiled.score.groups if g.label in reached)


def _distinct(results: np.ndarray[Any, np.dtype[Any]]) -> Iterator[int]:
    """One place of every distinct result (rounded, so that curves are not tried point by point)."""
    rounded = results if results.dtype.kind == "U" else np.round(results, 2)
    return iter(np.unique(rounded, return_index=True)[1].tolist())


def _choices(given: ScoreInput) -> list[Value]:
    if given.kind is Kind.FLAG:
        return [False, True]
    if given.levels:
        return list(given.levels)
    if given.plausible is None:
        raise PackError(f"{given.id} has no plausible range to try.")
    return list(np.linspace(given.plausible.low, given.plausible.high, _STEPS).tolist())


def _with_defaults(score: Score, used: list[UsedInput]) -> list[UsedInput]:
    have = {one.id for one in used}
    return used + [
        UsedInput(i.id, i.label, i.default, i.unit, "not known: the published value for that")
        for i in score.inputs
        if i.id not in have and i.default is not None
    ]


def _outside(score: Score, used: list[UsedInput]) -> str:
    for one in used:
        hard = score.input(one.id).hard
        if hard and isinstance(one.value, float) and not hard.holds(one.value):
            return (
                f"{one.label} {one.value:g} {one.unit} is outside {hard.low:g} to {hard.high:g}"
                f" {one.unit}: the score cannot be computed. Check the value and its unit."
            ).replace("  ", " ")
    return ""


def _refuse_unknown(score: Score, given: Mapping[str, Value]) -> None:
    names = [i.id for i in score.inputs]
    for name in given:
        if name not in names:
            hint = rules.near(name, tuple(names)) or f"Its inputs are {', '.join(names)}."
            raise UserError(f"{score.name} has no input called {name}.", hint=hint)


def _typed(given: ScoreInput, value: Value) -> Value:
    """The value in the input's own kind, or a refusal that says what fits."""
    if given.kind is Kind.FLAG and isinstance(value, bool):
        return value
    if given.kind is Kind.NUMBER and isinstance(value, int | float) and not isinstance(value, bool):
        if abs(value) < _LARGEST:  # not so of what is no number, nor of whole numbers without end
            return float(value)
    elif given.levels and str(value) in given.levels and not isinstance(value, bool):
        return str(value)
    wanted = {
        Kind.FLAG: "true or false",
        Kind.NUMBER: f"a number in {given.unit or 'units of one'}",
    }
    expected = wanted.get(given.kind, f"one of {', '.join(given.levels)}")
    raise UserError(f"{given.label} is {value!r}.", hint=f"It must be {expected}.")


def _from_facts(given: ScoreInput, whens: tuple[Rule, ...], facts: Facts) -> UsedInput | None:
    for fact, rule in zip(given.facts, whens, strict=True):
        value = _linked(given, fact, facts) if fact.feature else fact.value
        met = not fact.when or rule.judge(facts).answer is Answer.YES
        if value is not None and met:
            typed = value if isinstance(value, bool | str) else float(value)
            features = (fact.feature,) if fact.feature else tuple(sorted(rule.names))
            return UsedInput(given.id, given.label, typed, given.unit, _origin(fact), features)
    return None


def _by_hand(given: ScoreInput, typed: Mapping[str, Value]) -> UsedInput | None:
    if given.id not in typed:
        return None
    value = _typed(given, typed[given.id])
    return UsedInput(given.id, given.label, value, given.unit, "entered by hand, not kept")


def _linked(given: ScoreInput, fact: Fact, facts: Facts) -> Value | None:
    value = facts.get(fact.feature)
    if value is None:
        return None
    if given.kind is Kind.NUMBER:
        number = rules.as_number(value) if isinstance(value, str) else float(value)
        return None if number is None else number * fact.factor
    if given.kind is Kind.FLAG:
        return value if isinstance(value, bool) else None
    level = str(fact.levels.get(str(value), str(value)))
    return level if level in given.levels else "other" if "other" in given.levels else None


def _origin(fact: Fact) -> str:
    scaled = f" × {fact.factor:g}" if fact.factor != 1 else ""
    source = f"{fact.feature}{scaled}" if fact.feature else f"rule: {fact.when}"
    return f"{source} ({fact.note})" if fact.note else source


def _feature(given: ScoreInput) -> Feature:
    return Feature(
        id=given.id, label=given.label, kind=given.kind, unit=given.unit, levels=given.levels
    )
