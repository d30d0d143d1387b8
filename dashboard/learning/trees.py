"""Boosted trees as plain arrays: read LightGBM's text, predict, and attribute exactly.

Answers "what does this model say, and which column contributed how much?" without LightGBM's own
loader, which a damaged file can crash: the text is parsed strictly and anything unexpected raises
`BundleMismatch`. Prediction works on the paths to the leaves (a row reaches a leaf when it meets
every condition of its path), and attribution is TreeSHAP by enumerating the few features of a path,
so both are exact and vectorised over rows. Training lives in `boosting`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from dashboard.foundation.errors import BundleMismatch

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_CATEGORICAL, _DEFAULT_LEFT = 1, 2
_MISSING_SHIFT, _MISSING_NONE, _MISSING_NAN = 2, 0, 2
_MOST_LEAVES = 255
_BLOCK = 2_000_000  # row x leaf cells held at once


@dataclass(frozen=True, slots=True)
class _Tree:
    """One tree as its arrays stand in the text."""

    feature: list[int]
    threshold: list[float]
    decision: list[int]
    left: list[int]
    right: list[int]
    leaf_value: list[float]
    leaf_count: list[int]
    internal_count: list[int]


@dataclass(frozen=True, slots=True)
class Lean:
    """What trees start from: a straight line in columns that are never unknown.

    Boosted trees shrink what they learn, and regimens differ far more than patients do. Started
    from the linear half's effects of regimens, they need to learn only what is left.
    """

    base: float
    slopes: Floats  # one a column; 0 where the trees start level
    centre: Floats  # the columns' means over the training rows

    def added(self, rows: Floats) -> Floats:
        """What each of the first columns adds, rows x columns."""
        width = rows.shape[1]
        slopes, centre = self.slopes[:width], self.centre[:width]
        found: Floats = np.where(slopes != 0.0, (rows - centre) * slopes, 0.0)
        return found

    def of(self, rows: Floats) -> Floats:
        """Where each row starts."""
        sums: Floats = self.base + self.added(rows).sum(axis=1)
        return sums

    def split(self, width: int) -> tuple[Lean, Lean]:
        """The line of the first columns, and that of the others without the base."""
        return (
            Lean(self.base, self.slopes[:width], self.centre[:width]),
            Lean(0.0, self.slopes[width:], self.centre[width:]),
        )

    def and_nothing(self) -> Lean:
        """The same with one column more that adds nothing."""
        return Lean(self.base, np.append(self.slopes, 0.0), np.append(self.centre, 0.0))

    def to_array(self) -> Floats:
        """For the bundle: base, slopes, centre."""
        return np.concatenate([[self.base], self.slopes, self.centre])

    @classmethod
    def from_array(cls, array: Floats, columns: int) -> Lean:
        """Read back what `to_array` gave.

        Raises:
            BundleMismatch: it is of another number of columns.
        """
        if array.shape != (1 + 2 * columns,):
            raise _damaged("what they start from is not of the contract's columns")
        return cls(float(array[0]), array[1 : 1 + columns], array[1 + columns :])


@dataclass(frozen=True)
class Forest:
    """A sum of small trees over named columns, from where they started."""

    columns: tuple[str, ...]
    split_feature: Integers  # of every split of every tree
    split_threshold: Floats
    split_missing_left: Flags  # where a missing value goes
    split_zero_missing: Flags  # True: a missing value counts as zero, as the model was trained
    path_split: Integers  # leaves x depth: the split at each step, -1 past the end
    path_left: Flags
    path_share: Floats  # share of the parent's training rows that took this step
    leaf_value: Floats
    leaf_reach: Floats  # share of a tree's training rows in this leaf
    leaf_tree: Integers
    trees: int
    lean: Lean | None = None

    @property
    def expected(self) -> float:
        """The average prediction over the training rows."""
        return float(self.leaf_value @ self.leaf_reach) + (self.lean.base if self.lean else 0.0)

    def _starts(self, rows: Floats) -> Floats:
        return self.lean.of(rows) if self.lean else np.zeros(len(rows))

    def predict(self, rows: Floats) -> Floats:
        """The sum of the trees for each row."""
        self._check(rows)
        blocks = [self._reached(block) @ self.leaf_value for block in self._blocks(rows)]
        sums = np.concatenate(blocks) if blocks else np.empty(0)
        return sums + self._starts(rows)

    def crossed(self, rows: Floats, contexts: Floats) -> Floats:
        """The sums for every row in every context: rows x contexts.

        The first columns come from `rows`, the others from `contexts`. A leaf is reached when both
        meet its conditions, so that each is asked once instead of once a pair.
        """
        return self.crossed_stages(rows, contexts, (self.trees,))[0]

    def crossed_stages(self, rows: Floats, contexts: Floats, stages: Sequence[int]) -> list[Floats]:
        """The same of only the first trees, for several numbers of trees at once."""
        width = rows.shape[1]
        self._check(np.empty((0, width + contexts.shape[1])))
        of_rows = self.split_feature < width
        here = np.hstack([np.zeros((len(contexts), width)), contexts])
        reached = self._reached(here, ~of_rows).T
        values = [np.where(self.leaf_tree < stage, self.leaf_value, 0.0) for stage in stages]
        there = np.hstack([reached * value[:, None] for value in values])
        zeros = np.zeros((1, contexts.shape[1]))
        blocks = [
            self._reached(np.hstack([block, np.repeat(zeros, len(block), axis=0)]), of_rows) @ there
            for block in self._blocks(rows)
        ]
        found = np.concatenate(blocks) if blocks else np.empty((0, there.shape[1]))
        sums = found.reshape(len(found), len(stages), -1).transpose(1, 0, 2)
        if self.lean:
            own, others = self.lean.split(width)
            sums = sums + own.of(rows)[:, None] + others.of(contexts)
        return list(sums)

    def staged(self, rows: Floats, stages: Sequence[int]) -> list[Floats]:
        """The sums of only the first trees, for several numbers of trees at once."""
        self._check(rows)
        values = np.column_stack(
            [np.where(self.leaf_tree < stage, self.leaf_value, 0.0) for stage in stages]
        )
        sums = [self._reached(block) @ values for block in self._blocks(rows)]
        return list(np.concatenate(sums).T + self._starts(rows))

    def contributions(self, rows: Floats) -> tuple[float, Floats]:
        """The expected value, and what each column adds to it for each row (exact TreeSHAP)."""
        self._check(rows)
        blocks = [self._attributed(block) for block in self._blocks(rows)]
        found = np.concatenate(blocks) if blocks else np.empty((0, len(self.columns)))
        return self.expected, found + self.lean.added(rows) if self.lean else found

    def _check(self, rows: Floats) -> None:
        if rows.ndim != 2 or rows.shape[1] != len(self.columns):  # noqa: PLR2004  (a table)
            raise BundleMismatch(
                f"The model reads {len(self.columns)} columns and was given {rows.shape[-1]}.",
                hint="Use the feature contract of the same bundle.",
            )

    def _blocks(self, rows: Floats) -> Iterator[Floats]:
        size = max(1, _BLOCK // max(1, len(self.leaf_value)))
        for start in range(0, len(rows), size):
            yield rows[start : start + size]

    def _conditions(self, rows: Floats) -> Flags:
        """Whether each row goes left at each split; one column more that is always true."""
        values = rows[:, self.split_feature]
        missing = np.isnan(values)
        left = np.where(missing & self.split_zero_missing, 0.0, values) <= self.split_threshold
        stated = missing & ~self.split_zero_missing
        left = np.where(stated, self.split_missing_left, left)
        return np.column_stack([left, np.ones(len(rows), dtype=bool)])

    def _met(self, rows: Floats) -> Iterator[Flags]:
        """Per step of the paths: which rows meet each leaf's condition there."""
        left = self._conditions(rows)
        for step in range(self.path_split.shape[1]):
            yield left[:, self.path_split[:, step]] == self.path_left[:, step]

    def _reached(self, rows: Floats, asked: Flags | None = None) -> Floats:
        """Which leaves each row reaches, by all conditions or by those of the splits asked."""
        reached = np.ones((len(rows), len(self.leaf_value)), dtype=bool)
        for step, met in enumerate(self._met(rows)):
            if asked is None:
                reached &= met
            else:
                reached &= met | ~np.append(asked, False)[self.path_split[:, step]]
        return reached.astype(np.float64)

    @cached_property
    def _slots(self) -> tuple[Integers, Floats, Integers]:
        """Per leaf: its distinct features, their shares, and the slot each step belongs to."""
        leaves, depth = self.path_split.shape
        features = np.full((leaves, depth), -1, dtype=np.int64)
        shares = np.ones((leaves, depth))
        slots = np.zeros((leaves, depth), dtype=np.int64)
        for leaf in range(leaves):
            known: dict[int, int] = {}
            for step in range(depth):
                split = int(self.path_split[leaf, step])
                if split < 0:
                    slots[leaf, step] = -1
                    continue
                slot = known.setdefault(int(self.split_feature[split]), len(known))
                slots[leaf, step] = slot
                features[leaf, slot] = self.split_feature[split]
                shares[leaf, slot] *= self.path_share[leaf, step]
        return features, shares, slots

    def _attributed(self, rows: Floats) -> Floats:
        features, shares, slots = self._slots
        width = features.shape[1]
        follows = np.ones((width, len(rows), len(features)))
        for step, met in enumerate(self._met(rows)):
            for slot in range(width):
                inside = slots[:, step] == slot
                follows[slot][:, inside] *= met[:, inside]
        found = np.zeros((len(rows), len(self.columns)))
        sizes = (features >= 0).sum(axis=1)
        for size in range(1, width + 1):
            chosen = np.flatnonzero(sizes == size)
            for slot in range(size):
                each = _shapley(follows[:size][:, :, chosen], shares[chosen, :size].T, slot)
                np.add.at(found.T, features[chosen, slot], (each * self.leaf_value[chosen]).T)
        return found


def _shapley(follows: Floats, shares: Floats, slot: int) -> Floats:
    """One path's Shapley value of one of its features, for a leaf value of one."""
    size = len(follows)
    others = [other for other in range(size) if other != slot]
    coefficients = [np.ones(follows.shape[1:])]
    for other in others:  # the product of (share + follows * t), by powers of t
        with_it = [0.0, *(c * follows[other] for c in coefficients)]
        without = [*(c * shares[other] for c in coefficients), 0.0]
        coefficients = [a + b for a, b in zip(with_it, without, strict=True)]
    weights = [
        math.factorial(k) * math.factorial(size - 1 - k) / math.factorial(size) for k in range(size)
    ]
    total = sum(w * c for w, c in zip(weights, coefficients, strict=True))
    attributed: Floats = total * (follows[slot] - shares[slot])
    return attributed


# ----------------------------------------------------------------------------------------- reading


def read_forest(text: str, columns: tuple[str, ...]) -> Forest:
    """Read a model's text strictly.

    Raises:
        BundleMismatch: the text is not a regular model over exactly these columns.
    """
    head, *bodies = text.split("\nTree=")
    fields = _fields(head)
    if tuple(fields.get("feature_names", "").split()) != tuple(_names(len(columns))):
        raise _damaged("its columns are not those of the contract")
    if not bodies or "end of trees" not in bodies[-1]:
        raise _damaged("it ends too early")
    bodies[-1] = bodies[-1].split("end of trees")[0]
    return _assemble(columns, [_read_tree(body, len(columns)) for body in bodies])


def _names(width: int) -> list[str]:
    return [f"Column_{i}" for i in range(width)]


def _damaged(why: str) -> BundleMismatch:
    return BundleMismatch(
        f"The trees of this bundle cannot be used: {why}.",
        hint="Train it again, or restore it from a copy.",
    )


def _fields(block: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in block.splitlines())
    return {key: value for key, found, value in pairs if found}


def _list(fields: Mapping[str, str], key: str, length: int, kind: type) -> list[float]:
    try:
        values = [kind(item) for item in fields[key].split()]
    except (KeyError, ValueError) as problem:
        raise _damaged(f"{key} is missing or no list of numbers") from problem
    # A threshold of infinity is how LightGBM writes "known or unknown?".
    bad = any(math.isnan(v) or (math.isinf(v) and key != "threshold") for v in values)
    if len(values) != length or bad:
        raise _damaged(f"{key} is not {length} numbers")
    return values


def _read_tree(body: str, width: int) -> _Tree:
    fields = _fields(body)
    leaves = _list(fields, "num_leaves", 1, int)[0]
    if not 1 <= leaves <= _MOST_LEAVES:
        raise _damaged(f"a tree has {leaves} leaves")
    leaves, splits = int(leaves), int(leaves) - 1
    if fields.get("num_cat") != "0" or fields.get("is_linear", "0") != "0":
        raise _damaged("a tree is of a kind that is not trained here")
    if splits == 0:
        value = _list(fields, "leaf_value", 1, float)
        return _Tree([], [], [], [], [], value, [1], [])
    integers = {
        key: [int(v) for v in _list(fields, key, splits, int)]
        for key in ("split_feature", "decision_type", "left_child", "right_child", "internal_count")
    }
    tree = _Tree(
        integers["split_feature"],
        _list(fields, "threshold", splits, float),
        integers["decision_type"],
        integers["left_child"],
        integers["right_child"],
        _list(fields, "leaf_value", leaves, float),
        [int(v) for v in _list(fields, "leaf_count", leaves, int)],
        integers["internal_count"],
    )
    _check_tree(tree, width)
    return tree


def _check_tree(tree: _Tree, width: int) -> None:
    splits, leaves = len(tree.feature), len(tree.leaf_value)
    if not all(0 <= feature < width for feature in tree.feature):
        raise _damaged("a split is on a column that does not exist")
    missing = {decision >> _MISSING_SHIFT for decision in tree.decision}
    if any(d & _CATEGORICAL or d < 0 for d in tree.decision) or not missing <= {
        _MISSING_NONE,
        _MISSING_NAN,
    }:
        raise _damaged("a split is of a kind that is not trained here")
    children = sorted(tree.left + tree.right)
    if children != sorted([*range(1, splits), *(~leaf for leaf in range(leaves))]):
        raise _damaged("a tree's branches do not form a tree")
    if any(child > 0 and child <= node for node in range(splits) for child in _below(tree, node)):
        raise _damaged("a tree's branches run in a circle")
    if min(tree.leaf_count) < 0 or min(tree.internal_count) <= 0:
        raise _damaged("a tree counts fewer than no patients")


def _below(tree: _Tree, node: int) -> tuple[int, int]:
    return tree.left[node], tree.right[node]


@dataclass(slots=True)
class _Path:
    """The steps to one leaf."""

    splits: list[int]
    left: list[bool]
    shares: list[float]


def _assemble(columns: tuple[str, ...], trees: list[_Tree]) -> Forest:
    paths: list[_Path] = []
    values: list[float] = []
    owner: list[int] = []
    first = 0
    for number, tree in enumerate(trees):
        found = _paths(tree, first)
        paths += [found[leaf] for leaf in range(len(tree.leaf_value))]
        values += tree.leaf_value
        owner += [number] * len(tree.leaf_value)
        first += len(tree.feature)
    depth = max(1, *(len(path.splits) for path in paths))
    decision = np.array([d for tree in trees for d in tree.decision], dtype=np.int64)
    shares = np.array([path.shares + [1.0] * (depth - len(path.shares)) for path in paths])
    return Forest(
        columns,
        np.array([f for tree in trees for f in tree.feature], dtype=np.int64),
        np.array([t for tree in trees for t in tree.threshold], dtype=np.float64),
        (decision & _DEFAULT_LEFT) > 0,
        (decision >> _MISSING_SHIFT) == _MISSING_NONE,
        np.array([p.splits + [-1] * (depth - len(p.splits)) for p in paths], dtype=np.int64),
        np.array([p.left + [True] * (depth - len(p.left)) for p in paths], dtype=bool),
        shares,
        np.array(values),
        shares.prod(axis=1),
        np.array(owner, dtype=np.int64),
        len(trees),
    )


def _paths(tree: _Tree, first: int) -> dict[int, _Path]:
    if not tree.feature:
        return {0: _Path([], [], [])}
    found: dict[int, _Path] = {}
    open_nodes = [(0, _Path([], [], []))]
    while open_nodes:
        node, path = open_nodes.pop()
        for child, left in zip(_below(tree, node), (True, False), strict=True):
            count = tree.leaf_count[~child] if child < 0 else tree.internal_count[child]
            step = _Path(
                [*path.splits, first + node],
                [*path.left, left],
                [*path.shares, count / tree.internal_count[node]],
            )
            if child < 0:
                found[~child] = step
            else:
                open_nodes.append((child, step))
    return found
