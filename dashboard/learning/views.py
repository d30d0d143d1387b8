"""A cohort, or one patient under many regimens, as both halves of every model see it.

Hides that the linear and the tree half take different columns of the same people. A `Prepared`
cohort also carries who is whose row and how the rows are split for validation, so that every head
is fitted and judged on the same folds. It holds no outcome.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dashboard.cohort.columns import CohortData
from dashboard.cohort.folder import select
from dashboard.foundation.errors import BundleMismatch
from dashboard.foundation.seeds import generator
from dashboard.learning.boosting import Copies, copies_of
from dashboard.learning.encoding import Encoding, fit_encoding
from dashboard.learning.matrix import Contract

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_MANY_ROWS = 3_000
_FOLDS_FEW, _FOLDS_MANY = 5, 3


@dataclass(frozen=True, slots=True)
class Views:
    """The same rows as the linear half and as the tree half take them."""

    linear: Floats
    trees: Floats

    def take(self, rows: npt.NDArray[np.generic]) -> Views:
        """Some of the rows."""
        return Views(self.linear[rows], self.trees[rows])


@dataclass(frozen=True, slots=True)
class Prepared:
    """Training rows in the encoding fitted to them, with their masked copies."""

    encoding: Encoding
    views: Views
    weight: Floats
    copies: Copies
    copied_trees: Floats  # the tree half's rows of the copies, some inputs blanked
    seed: int
    rows: int  # of the whole cohort: what is tried and grown is the same in every fold

    @property
    def large(self) -> bool:
        """Whether the whole cohort is so large that less has to be tried."""
        return self.rows >= _MANY_ROWS

    def copies_among(self, rows: Flags) -> Flags:
        """Which copies belong to these rows."""
        return rows[self.copies.patient]


@dataclass(frozen=True, slots=True)
class Fold:
    """One split: the rows that are held out, and the others prepared."""

    held_out: Integers
    training: Integers
    prepared: Prepared
    views: Views  # of the rows held out


@dataclass(frozen=True, slots=True)
class Study:
    """A cohort's matrix, prepared whole and fold by fold."""

    contract: Contract
    values: Floats
    descriptors: Floats
    weight: Floats
    fold: Integers
    whole: Prepared
    folds: tuple[Fold, ...]


def prepare(
    contract: Contract,
    values: Floats,
    descriptors: Floats,
    weight: Floats,
    *,
    seed: int,
    whole: Prepared | None = None,
) -> Prepared:
    """Fit the encoding to rows and lay out what both halves are trained on.

    Where the rows are a part of a cohort, `whole` is that cohort prepared.
    """
    start = whole.encoding.completion if whole else None
    encoding, core = fit_encoding(contract, values, descriptors, start=start)
    chance = generator(seed, "masked copies")
    copies = copies_of(len(values), values.shape[1], chance)
    copied = values[copies.patient].copy()
    copied[copies.blanked] = np.nan
    return Prepared(
        encoding,
        Views(
            encoding.linear_of(core, np.isnan(values).astype(np.float64), descriptors),
            encoding.trees(values, descriptors),
        ),
        weight,
        copies,
        encoding.trees(copied, descriptors[copies.patient]),
        seed,
        whole.rows if whole else len(values),
    )


def views_of(encoding: Encoding, values: Floats, descriptors: Floats) -> Views:
    """Rows as both halves take them."""
    return Views(encoding.linear(values, descriptors), encoding.trees(values, descriptors))


def prepare_study(data: CohortData, contract: Contract, *, seed: int) -> tuple[Study, CohortData]:
    """Prepare a cohort and its folds; also the cohort's rows that are used.

    Rows under a regimen too rare for the contract are used where its classes are known and left
    out else. A patient's rows are never split between folds.
    """
    values, descriptors, rows = usable_rows(data, contract)
    data = select(data, rows)
    weight = np.ones(len(rows)) if data.weight is None else data.weight
    weight = weight / weight.mean()
    ids = np.array(data.persons, dtype=object)
    folds_wanted = _FOLDS_FEW if len(rows) < _MANY_ROWS else _FOLDS_MANY
    fold = assign_folds(ids, _stratum(data), folds_wanted, seed=seed)
    whole = prepare(contract, values, descriptors, weight, seed=seed)
    draft = Study(contract, values, descriptors, weight, fold, whole, ())
    return replace(draft, folds=tuple(_folds(draft, seed))), data


def usable_rows(data: CohortData, contract: Contract) -> tuple[Floats, Floats, Integers]:
    """Inputs and regimen descriptors of the rows the contract can speak of, and which they are.

    Raises:
        BundleMismatch: the model tells regimens apart and the cohort does not, or lacks its inputs.
    """
    values = contract.of_cohort(data)
    if not contract.descriptor_names:
        return values, np.zeros((data.size, 0)), np.arange(data.size)
    if data.regimen is None:
        raise BundleMismatch(
            "The model forecasts under regimens, and the cohort names none.",
            hint='Give the cohort a column with role = "regimen".',
        )
    known = [
        contract.position(name) >= 0
        or bool(set(contract.classes.get(name, ())) & set(contract.class_names))
        for name in data.regimens
    ]
    rows = np.flatnonzero(np.array(known)[data.regimen])
    table = [
        contract.describe([n])[0] if k else None for n, k in zip(data.regimens, known, strict=True)
    ]
    width = len(contract.descriptor_names)
    stacked = np.array([row if row is not None else np.zeros(width) for row in table])
    return values[rows], stacked[data.regimen[rows]], rows


def _stratum(data: CohortData) -> Integers:
    """Rows that should be spread evenly over the folds: by answer, else by death or progression."""
    if data.response is not None:
        return np.nan_to_num(data.response.codes, nan=-1.0).astype(np.int64)
    for timed in data.timed.values():
        return timed.event.astype(np.int64)
    return np.zeros(data.size, dtype=np.int64)


def assign_folds(
    ids: npt.NDArray[np.object_], stratum: Integers, folds: int, *, seed: int
) -> Integers:
    """A fold for every row; rows of one id share theirs, and strata are spread evenly."""
    _, first, person = np.unique(ids.astype(str), return_index=True, return_inverse=True)
    shuffled = generator(seed, "folds").permutation(len(first))
    dealt = shuffled[np.argsort(stratum[first][shuffled], kind="stable")]
    of_person = np.empty(len(first), dtype=np.int64)
    of_person[dealt] = np.arange(len(first)) % folds
    assigned: Integers = of_person[person.ravel()]
    return assigned


def _folds(study: Study, seed: int) -> Iterator[Fold]:
    """Each fold's training rows prepared without a look at the outcomes of those held out.

    The completion of the inputs starts from the whole cohort's, to be quick; it knows no outcome.
    """
    values, descriptors, weight = study.values, study.descriptors, study.weight
    for number in range(int(study.fold.max()) + 1):
        held_out = np.flatnonzero(study.fold == number)
        training = np.flatnonzero(study.fold != number)
        prepared = prepare(
            study.contract,
            values[training],
            descriptors[training],
            weight[training],
            seed=seed,
            whole=study.whole,
        )
        views = views_of(prepared.encoding, values[held_out], descriptors[held_out])
        yield Fold(held_out, training, prepared, views)
