"""The patients of a cohort most like one, in the model's own feature space.

Distance is measured on the columns the models use (standardised, levels as indicators), each input
weighted by how much it moves this cohort's forecasts, times what the asker wishes. A value that is
unknown on either side counts as far as it could well be. Patients who opted out, and rows that do
not match a lock, are never looked at; of several rows of one person only the nearest counts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dashboard.answers.similar import Difference
from dashboard.cohort.columns import CohortData
from dashboard.foundation.errors import NotEnoughEvidence, UnknownFeature
from dashboard.foundation.seeds import generator
from dashboard.insight.halves import chance_halves, hazard_halves, lay_out_rows
from dashboard.knowledge.schema import Kind
from dashboard.learning.bundle import Bundle
from dashboard.learning.encoding import Encoding
from dashboard.learning.matrix import Input
from dashboard.learning.response import ResponseHead
from dashboard.learning.survival import SurvivalHead
from dashboard.records.patient import Value

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_SAMPLE = 150  # rows of the cohort that the inputs' weights are measured on
_LEAST_WEIGHT = 0.02  # of the heaviest input: no input is wholly ignored unless it is asked
_SAME = 0.1  # standard deviations within which two numbers match a lock
_TOLD = 6


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The nearest rows with how alike they are, and what there was to choose from."""

    rows: Integers  # the nearest first
    distance: Floats
    likeness: Floats  # 1 for an identical patient, falling with distance
    pool: int
    share: float  # of those to choose from who were chosen: the larger, the less alike
    parts: Floats  # rows x inputs: what each adds to the squared distance

    @property
    def effective(self) -> float:
        """How many equally alike patients the weights amount to."""
        return effective_number(self.likeness)


def effective_number(weights: Floats) -> float:
    """(sum of weights)^2 over the sum of their squares."""
    total = float((weights**2).sum())
    return float(weights.sum() ** 2 / total) if total > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Space:
    """A cohort laid out in the feature space of a bundle."""

    encoding: Encoding
    values: Floats
    core: Floats
    residual: Floats  # variance of each core column that the other columns leave open
    weights: Floats  # one an input: how much it moves forecasts

    @classmethod
    def of(cls, bundle: Bundle, data: CohortData) -> Space:
        """Lay out a cohort; the weights come from the bundle's explanations of some of its rows."""
        encoding = bundle.encoding
        values = encoding.contract.of_cohort(data)
        residual = 1.0 / np.diag(np.linalg.inv(encoding.completion.covariance))
        return cls(encoding, values, encoding.filled(values), residual, _weights(bundle, values))

    def nearest(
        self,
        facts: Mapping[str, Value],
        ids: Sequence[str],
        count: int,
        *,
        wishes: Mapping[str, float],
        locks: Collection[str],
        left_out: Collection[str] = (),
    ) -> Neighbours:
        """The most similar rows to a patient.

        Args:
            facts: the patient's values.
            ids: whose each row is.
            count: how many are wanted.
            wishes: factors on the inputs' weights; 0 leaves an input out.
            locks: inputs that must match; one unknown in the patient matches everybody.
            left_out: ids that are never looked at.

        Raises:
            UnknownFeature: a wish or lock names no input of the models.
            NotEnoughEvidence: nobody is left, or too little is known of the patient.
        """
        self._check([*wishes, *locks])
        row, _ = self.encoding.contract.of_patient(facts)
        allowed = self._matching(row, locks) & ~np.isin(np.array(ids), list(left_out))
        pool = np.flatnonzero(allowed)
        if not len(pool):
            raise NotEnoughEvidence(
                "Nobody in the cohort matches what is locked.", hint="Take a lock away."
            )
        squared = self._parts(row, pool, wishes).sum(axis=1)
        chosen = _one_each(np.argsort(squared, kind="stable"), np.array(ids)[pool], count)
        people = len(set(np.array(ids)[pool].tolist()))
        return self.around(facts, pool[chosen], wishes=wishes, pool=people)

    def around(
        self, facts: Mapping[str, Value], rows: Integers, *, wishes: Mapping[str, float], pool: int
    ) -> Neighbours:
        """How alike chosen rows are to a patient, the nearest first."""
        row, _ = self.encoding.contract.of_patient(facts)
        parts = self._parts(row, rows, wishes)
        order = np.argsort(parts.sum(axis=1), kind="stable")
        distance = np.sqrt(parts[order].sum(axis=1))
        width = max(float(np.median(distance)), 1e-9)
        likeness = np.exp(-0.5 * (distance / width) ** 2)
        share = len(rows) / max(pool, 1)
        return Neighbours(rows[order], distance, likeness, pool, share, parts[order])

    def _check(self, names: Sequence[str]) -> None:
        strange = sorted(set(names) - set(self.encoding.contract.ids))
        if strange:
            raise UnknownFeature(
                f"The model has no input called {', '.join(strange)}.",
                hint=f"It has {', '.join(self.encoding.contract.ids)}.",
            )

    def _matching(self, row: Floats, locks: Collection[str]) -> Flags:
        allowed = np.ones(len(self.values), dtype=bool)
        for name in locks:
            column = self.encoding.contract.ids.index(name)
            if np.isnan(row[column]):
                continue
            own, each = self.values[:, column], self.encoding.contract.inputs[column]
            if each.kind is Kind.NUMBER:
                axis = self.encoding.axes[column]
                place = axis.standard(row[column : column + 1])[0]
                allowed &= np.abs(axis.standard(own) - place) <= _SAME
            else:
                allowed &= own == row[column]
        return allowed

    def _parts(self, row: Floats, pool: Integers, wishes: Mapping[str, float]) -> Floats:
        """The expected squared difference in each input, weighted."""
        names = self.encoding.contract.ids
        weights = self.weights * np.array([max(0.0, wishes.get(name, 1.0)) for name in names])
        if not weights.any():
            raise NotEnoughEvidence(
                "No input is left to compare by.", hint="Give one of them a weight."
            )
        owner = self.encoding.core_input
        mine = self.encoding.filled(row[None])[0]
        squared = (self.core[pool] - mine) ** 2
        unknown = np.isnan(row)[owner] | np.isnan(self.values[pool])[:, owner]
        squared = squared + unknown * self.residual
        categories = [each.kind is Kind.CATEGORY for each in self.encoding.contract.inputs]
        halved = np.where(np.array(categories)[owner], 0.5, 1.0)  # another level moves two columns
        parts = np.zeros((len(pool), len(categories)))
        np.add.at(parts.T, owner, (squared * halved).T)
        weighted: Floats = parts * (weights / weights.sum())
        return weighted

    def differences(
        self, facts: Mapping[str, Value], found: Neighbours, place: int
    ) -> tuple[Difference, ...]:
        """In what one neighbour differs most from the patient."""
        parts, other = found.parts[place], self.values[found.rows[place]]
        total = max(float(parts.sum()), 1e-12)
        told: list[Difference] = []
        for column in np.argsort(-parts, kind="stable").tolist():
            each = self.encoding.contract.inputs[column]
            theirs = None if np.isnan(other[column]) else _value(each, float(other[column]))
            if theirs != facts.get(each.id):
                share = float(parts[column]) / total
                told.append(Difference(each.id, facts.get(each.id), theirs, share))
        return tuple(told[:_TOLD])


def _value(each: Input, place: float) -> Value:
    if each.levels:
        return each.levels[int(place)]
    return bool(place) if each.kind is Kind.FLAG else place


def _one_each(order: Integers, ids: npt.NDArray[np.str_], count: int) -> Integers:
    """The first rows in an order, one a person."""
    seen: set[str] = set()
    chosen: list[int] = []
    for place in order.tolist():
        if ids[place] not in seen:
            seen.add(ids[place])
            chosen.append(place)
        if len(chosen) == count:
            break
    return np.array(chosen, dtype=np.int64)


def _weights(bundle: Bundle, values: Floats) -> Floats:
    """How much each input moves what is forecast: its mean share of explanations, squared distance.

    Taken over response and survival, under the regimens in turn, so that no regimen decides alone.
    """
    encoding = bundle.encoding
    count = len(encoding.contract.inputs)
    regimens = encoding.contract.regimens or ("",)
    order = generator(0, "weights of inputs").permutation(len(values))[:_SAMPLE]
    names = [regimens[i % len(regimens)] for i in range(len(order))]
    views = lay_out_rows(encoding, values[order], encoding.contract.describe(names))
    shares: list[Floats] = []
    response = bundle.heads.get("response")
    if isinstance(response, ResponseHead):
        shares.append(chance_halves(response.objective, views, encoding).parts)
    survival = bundle.heads.get("os") or bundle.heads.get("pfs")
    if isinstance(survival, SurvivalHead):
        shares.append(hazard_halves(survival.model, views, encoding).parts.mean(axis=1))
    if not shares:
        return np.ones(count)
    moved = [np.abs(each[:, :count]).mean(axis=0) for each in shares]
    weights = np.mean([each / max(float(each.max()), 1e-12) for each in moved], axis=0)
    lifted: Floats = np.maximum(weights, _LEAST_WEIGHT)
    return lifted
