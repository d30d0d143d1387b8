"""One readable line that says for whom something holds, judged with three answers.

A rule such as ``pd_l1_tps >= 50 and egfr_mutation not in {exon19del, L858R}`` is read by Python's
own parser and then walked with a white list: names, numbers, level names, comparisons, and / or /
not. Nothing is ever executed. Judging follows Kleene's logic (true, false, unknown), so a
definite answer never flips when an unknown fact becomes known. Judging whole tables at once lives
in `rule_tables`.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NoReturn, TypeGuard

from dashboard.foundation.errors import RuleError
from dashboard.knowledge.schema import Feature, Kind

Value = float | bool | str
Facts = Mapping[str, Value]
Truth = bool | None
Vocabulary = Mapping[str, Feature]

LONGEST_RULE = 2000  # characters; a published criterion is rarely over 300
DEEPEST_RULE = 24
_LARGEST_NUMBER = 1e15
_REMEMBERED_VERDICTS = 4096


class Answer(StrEnum):
    """What a rule says of a patient."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class ClauseVerdict(StrEnum):
    """What one comparison of a rule says of a patient."""

    MET = "met"
    NOT_MET = "not met"
    UNKNOWN = "unknown"


_ANSWERS: dict[Truth, Answer] = {True: Answer.YES, False: Answer.NO, None: Answer.UNKNOWN}
_VERDICTS: dict[Truth, ClauseVerdict] = {
    True: ClauseVerdict.MET,
    False: ClauseVerdict.NOT_MET,
    None: ClauseVerdict.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison with its verdict."""

    text: str
    name: str
    verdict: ClauseVerdict


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of a rule and of every clause in it."""

    answer: Answer
    clauses: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """`name operator constants`; the operators are == != < <= > >= in and not in."""

    name: str
    operator: str
    constants: tuple[Value, ...]
    ranks: Mapping[str, float] = field(default_factory=dict, hash=False, compare=False)

    @property
    def text(self) -> str:
        """The comparison as it is written in a rule."""
        if self.operator in ("in", "not in"):
            return f"{self.name} {self.operator} {{{', '.join(map(spell, self.constants))}}}"
        return f"{self.name} {self.operator} {spell(self.constants[0])}"

    def ranked(self, value: Value) -> float | None:
        """The place of a value on the scale that < and > compare on."""
        if not isinstance(value, str):
            return float(value)
        if self.ranks:
            return self.ranks.get(value)
        return as_number(value)


@dataclass(frozen=True, slots=True)
class Both:
    """All parts hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Node


Node = Comparison | Both | Either | Not
_ALWAYS = Both(())


class Rule:
    """A parsed rule; equal texts are equal rules."""

    __slots__ = ("_memory", "_tests", "leaves", "names", "root", "text")

    def __init__(self, text: str, root: Node) -> None:
        self.text = text
        self.root = root
        self.leaves = tuple(_leaves(root))
        self.names = frozenset(leaf.name for leaf in self.leaves)
        self._tests = tuple(_test_of(leaf) for leaf in self.leaves)
        self._memory: dict[tuple[Truth, ...], Verdict] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rule) and other.root == self.root

    def __hash__(self) -> int:
        return hash(self.root)

    def __repr__(self) -> str:
        return f"Rule({self.text!r})"

    def judge(self, facts: Facts) -> Verdict:
        """The answer for these facts; a fact that is absent is unknown."""
        truths = tuple([test(facts) for test in self._tests])
        verdict = self._memory.get(truths)
        if verdict is None:
            verdict = self._verdict(truths)
            if len(self._memory) >= _REMEMBERED_VERDICTS:
                self._memory.clear()
            self._memory[truths] = verdict
        return verdict

    def deciding(self, facts: Facts) -> tuple[str, ...]:
        """The unknown names any one of which could alone settle an unknown answer."""
        if self.judge(facts).answer is not Answer.UNKNOWN:
            return ()
        return tuple(
            name for name in sorted(self.names - facts.keys()) if self._settles(name, facts)
        )

    def _settles(self, name: str, facts: Facts) -> bool:
        tries = candidate_values(leaf for leaf in self.leaves if leaf.name == name)
        return any(self.judge({**facts, name: v}).answer is not Answer.UNKNOWN for v in tries)

    def english(self, vocabulary: Vocabulary | None = None) -> str:
        """The rule as a sentence part, with labels and units instead of names."""
        if not self.leaves:
            return "everyone"
        return _english(self.root, vocabulary or {})

    def _verdict(self, truths: tuple[Truth, ...]) -> Verdict:
        clauses = tuple(
            Clause(leaf.text, leaf.name, _VERDICTS[truth])
            for leaf, truth in zip(self.leaves, truths, strict=True)
        )
        return Verdict(_ANSWERS[_evaluate(self.root, iter(truths))], clauses)


def parse(text: str, vocabulary: Vocabulary | None = None) -> Rule:
    """Read a rule; with a vocabulary, every name, level and unit-bearing comparison is checked.

    Raises:
        RuleError: the text is no rule, or uses a name or level that does not exist; says where, and
            what was probably meant.
    """
    if not text.strip():
        return Rule("", _ALWAYS)
    return Rule(text.strip(), _Reader(text, vocabulary).read())


def spell(constant: Value) -> str:
    """A constant as it is written in a rule."""
    if isinstance(constant, bool):
        return "true" if constant else "false"
    if isinstance(constant, float):
        short = f"{constant:g}"
        return short if float(short) == constant else repr(constant)
    return constant if constant.isidentifier() else f'"{constant}"'


def as_number(text: str) -> float | None:
    """The number a level spells, or None."""
    try:
        return float(text)
    except ValueError:
        return None


def candidate_values(leaves: Iterator[Comparison]) -> list[Value]:
    """Values that between them reach every outcome of these comparisons on one name."""
    values: list[Value] = []
    for constant in {constant for leaf in leaves for constant in leaf.constants}:
        if isinstance(constant, bool):
            values += [True, False]
        elif isinstance(constant, float):
            values += [constant - 1e-6, constant, constant + 1e-6]
        else:
            values += [constant, f"other than {constant}"]
    return values


def ranks_of(feature: Feature) -> dict[str, float]:
    """Where each level stands: its own number where levels are numbers, otherwise its place."""
    numbers = [as_number(level) for level in feature.levels]
    spelled = [number for number in numbers if number is not None]
    if len(spelled) == len(numbers):
        return dict(zip(feature.levels, spelled, strict=True))
    return {level: float(place) for place, level in enumerate(feature.levels)}


# -- reading -------------------------------------------------------------------------------------

_OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_WORDS = {"true": True, "false": False, "True": True, "False": False}


class _Reader:
    """Walks Python's syntax tree and lets only a rule's parts through."""

    def __init__(self, text: str, vocabulary: Vocabulary | None) -> None:
        self.text = text.strip()
        self.vocabulary = vocabulary

    def read(self) -> Node:
        if len(self.text) > LONGEST_RULE:
            self._refuse(
                1, f"The rule has {len(self.text)} characters; the limit is {LONGEST_RULE}."
            )
        if not self.text.isprintable() or "\\" in self.text:
            self._refuse(1, "A rule is one line without control characters or backslashes.")
        try:
            tree = ast.parse(self.text, mode="eval")
        except (SyntaxError, RecursionError, MemoryError) as error:
            column = getattr(error, "offset", None) or len(self.text) + 1
            self._refuse(column, f"This is not a rule: {self.text!r}.", _SYNTAX_HINT)
        return self._node(tree.body, 0)

    def _node(self, node: ast.expr, depth: int) -> Node:
        if depth > DEEPEST_RULE:
            self._refuse_at(node, f"The rule is nested deeper than {DEEPEST_RULE} levels.")
        match node:
            case ast.BoolOp(op=ast.And(), values=values):
                return Both(tuple(self._node(value, depth + 1) for value in values))
            case ast.BoolOp(op=ast.Or(), values=values):
                return Either(tuple(self._node(value, depth + 1) for value in values))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Not(self._node(operand, depth + 1))
            case ast.Compare():
                return self._comparisons(node)
            case ast.Name(id=name) if name not in _WORDS:
                return self._comparison(node, name, "==", (True,))
        self._refuse_at(
            node, "Only comparisons joined by and, or, not are allowed here.", _SYNTAX_HINT
        )

    def _comparisons(self, node: ast.Compare) -> Node:
        sides = [node.left, *node.comparators]
        parts = [
            self._pair(node, left, _OPERATORS.get(type(operator), ""), right)
            for left, operator, right in zip(sides, node.ops, sides[1:], strict=False)
        ]
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _pair(
        self, node: ast.Compare, left: ast.expr, operator: str, right: ast.expr
    ) -> Comparison:
        if not operator:
            self._refuse_at(node, "This comparison is not known.", _SYNTAX_HINT)
        if self._is_name(left):
            if operator in ("in", "not in"):
                return self._comparison(left, left.id, operator, self._members(right))
            return self._comparison(left, left.id, operator, (self._constant(right),))
        if self._is_name(right) and operator in _MIRRORED:
            return self._comparison(right, right.id, _MIRRORED[operator], (self._constant(left),))
        self._refuse_at(node, "A comparison needs the name of a feature on one side.", _SYNTAX_HINT)

    def _is_name(self, node: ast.expr) -> TypeGuard[ast.Name]:
        if not isinstance(node, ast.Name) or node.id in _WORDS:
            return False
        return self.vocabulary is None or node.id in self.vocabulary or not self._is_level(node.id)

    def _is_level(self, word: str) -> bool:
        return any(word in feature.levels for feature in (self.vocabulary or {}).values())

    def _members(self, node: ast.expr) -> tuple[Value, ...]:
        if not isinstance(node, ast.Set | ast.Tuple | ast.List) or not node.elts:
            self._refuse_at(node, "After `in` comes a list such as {exon19del, L858R}.")
        return tuple(self._constant(element) for element in node.elts)

    def _constant(self, node: ast.expr) -> Value:
        match node:
            case ast.Name(id=word):
                return _WORDS.get(word, word)
            case ast.Constant(value=bool(value)) | ast.Constant(value=str(value)):
                return value
            case ast.Constant(value=int(value)) | ast.Constant(value=float(value)):
                return self._number(node, value)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value) | float(value))):
                return -self._number(node, value)
        self._refuse_at(node, "Expected a number, true, false or the name of a level here.")

    def _number(self, node: ast.expr, value: float) -> float:
        if abs(value) > _LARGEST_NUMBER:
            self._refuse_at(node, "The number is larger than any that is measured.")
        return float(value)

    def _comparison(
        self, node: ast.expr, name: str, operator: str, constants: tuple[Value, ...]
    ) -> Comparison:
        if self.vocabulary is None:
            return Comparison(name, operator, constants)
        feature = self.vocabulary.get(name)
        if feature is None:
            self._refuse_at(
                node, f"There is no feature called {name}.", near(name, self.vocabulary)
            )
        settled = tuple(self._settle(node, feature, operator, constant) for constant in constants)
        ranks = ranks_of(feature) if feature.kind is Kind.ORDINAL else {}
        return Comparison(name, operator, settled, ranks)

    def _settle(self, node: ast.expr, feature: Feature, operator: str, constant: Value) -> Value:
        """The constant in the feature's own kind, or a refusal that says what would fit."""
        ordering = operator in ("<", "<=", ">", ">=")
        match feature.kind:
            case Kind.NUMBER:
                if isinstance(constant, float):
                    return constant
                self._refuse_at(node, f"{feature.id} is a number; {spell(constant)} is not.")
            case Kind.FLAG:
                if isinstance(constant, bool) and not ordering:
                    return constant
                self._refuse_at(node, f"{feature.id} is true or false; use == true or == false.")
            case Kind.CATEGORY if ordering:
                self._refuse_at(node, f"The levels of {feature.id} have no order; use == or in.")
        return self._level(node, feature, constant, ordering=ordering)

    def _level(self, node: ast.expr, feature: Feature, constant: Value, *, ordering: bool) -> Value:
        text = spell(constant) if not isinstance(constant, str) else constant
        if text in feature.levels:
            return float(text) if _numeric(feature) else text
        if ordering and _numeric(feature) and isinstance(constant, float):
            return constant
        hint = near(text, feature.levels) or f"Its levels are {', '.join(feature.levels)}."
        self._refuse_at(node, f"{feature.id} has no level {text}.", hint)

    def _refuse_at(self, node: ast.expr, message: str, hint: str = "") -> NoReturn:
        self._refuse(node.col_offset + 1, message, hint)

    def _refuse(self, column: int, message: str, hint: str = "") -> NoReturn:
        raise RuleError(message, rule=self.text, column=column, hint=hint)


_SYNTAX_HINT = "Write it like: ecog_ps <= 1 and histology in {adenocarcinoma, squamous}."


def near(word: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    """A suggestion for a misspelt word, or nothing."""
    lowered = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), lowered, n=2, cutoff=0.6)
    return f"Did you mean {' or '.join(lowered[name] for name in close)}?" if close else ""


def _numeric(feature: Feature) -> bool:
    return feature.kind is Kind.ORDINAL and all(
        as_number(level) is not None for level in feature.levels
    )


# -- judging -------------------------------------------------------------------------------------


def _leaves(node: Node) -> Iterator[Comparison]:
    match node:
        case Comparison():
            yield node
        case Not(part):
            yield from _leaves(part)
        case Both(parts) | Either(parts):
            for part in parts:
                yield from _leaves(part)


def _evaluate(node: Node, truths: Iterator[Truth]) -> Truth:
    """Kleene's logic; truths arrive in the order of the leaves."""
    match node:
        case Comparison():
            return next(truths)
        case Not(part):
            inner = _evaluate(part, truths)
            return None if inner is None else not inner
        case Both(parts):
            return conjunction([_evaluate(part, truths) for part in parts])
        case Either(parts):
            return disjunction([_evaluate(part, truths) for part in parts])


def conjunction(truths: list[Truth]) -> Truth:
    """True when all are true; false when one is false; otherwise unknown."""
    if False in truths:
        return False
    return None if None in truths else True


def disjunction(truths: list[Truth]) -> Truth:
    """True when one is true; false when all are false; otherwise unknown."""
    if True in truths:
        return True
    return None if None in truths else False


_Test = Callable[[Facts], Truth]


def _test_of(leaf: Comparison) -> _Test:
    if leaf.operator in ("==", "!=", "in", "not in"):
        return _membership_test(leaf)
    return _order_test(leaf)


def _membership_test(leaf: Comparison) -> _Test:
    name, wanted = leaf.name, leaf.operator in ("==", "in")
    members = frozenset(leaf.constants)
    texts = frozenset(m for m in members if isinstance(m, str))
    if texts == members:  # text levels: the common case, kept short

        def among(facts: Facts) -> Truth:
            value = facts.get(name)
            return None if value is None else (value in members) is wanted

        return among

    def among_ranked(facts: Facts) -> Truth:
        value = facts.get(name)
        if value is None:
            return None
        if isinstance(value, str):
            rank = leaf.ranked(value)
            return (rank in members or value in members) is wanted
        return (value in members) is wanted

    return among_ranked


def _order_test(leaf: Comparison) -> _Test:
    name, operator = leaf.name, leaf.operator
    bound = leaf.ranked(leaf.constants[0])

    def ordered(facts: Facts) -> Truth:
        value = facts.get(name)
        if value is None or bound is None:
            return None
        rank = value if isinstance(value, float) else leaf.ranked(value)
        return None if rank is None or rank != rank else compare(rank, operator, bound)  # noqa: PLR0124

    return ordered


def compare(left: float, operator: str, right: float) -> bool:
    """Left operator right, for the four orderings."""
    if operator == "<":
        return left < right
    if operator == "<=":
        return left <= right
    return left > right if operator == ">" else left >= right


# -- English -------------------------------------------------------------------------------------

_PHRASES = {
    "==": "is",
    "!=": "is not",
    "<": "below",
    "<=": "at most",
    ">": "above",
    ">=": "at least",
    "in": "is one of",
    "not in": "is none of",
}


def _english(node: Node, vocabulary: Vocabulary, *, inside: bool = False) -> str:
    match node:
        case Comparison():
            return _english_comparison(node, vocabulary)
        case Not(part):
            return f"not ({_english(part, vocabulary)})"
        case Both(parts):
            return " and ".join(_english(part, vocabulary, inside=True) for part in parts)
        case Either(parts):
            text = " or ".join(_english(part, vocabulary, inside=True) for part in parts)
            return f"({text})" if inside else text


def _english_comparison(leaf: Comparison, vocabulary: Vocabulary) -> str:
    feature = vocabulary.get(leaf.name)
    label = feature.label if feature else leaf.name
    if feature is not None and feature.kind is Kind.FLAG:
        wanted = leaf.constants[0] is (leaf.operator != "!=")
        return f"{label}: {'yes' if wanted else 'no'}"
    words = [_english_constant(constant, feature) for constant in leaf.constants]
    unit = f" {feature.unit}" if feature and feature.kind is Kind.NUMBER and feature.unit else ""
    return f"{label} {_PHRASES[leaf.operator]} {', '.join(words)}{unit}"


def _english_constant(constant: Value, feature: Feature | None) -> str:
    if isinstance(constant, str) and feature is not None:
        return feature.level_label(constant)
    return spell(constant)
