"""The shape of a published score: what goes in, whom it is for, what comes out and who says so.

A score is one file in `catalogue/` and one function in `formulas`. The file carries everything a
reader must be shown beside the number: inputs with units, the scope, groups with the outcome that
was published for them, version, source, terms of use, whether the formula was re-read at its
source, and worked examples that are run as tests.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dashboard.knowledge.rules import Value
from dashboard.knowledge.schema import Kind, Range, Source
from dashboard.knowledge.sources import Model


class Fact(Model):
    """How an input is taken from a patient: a feature, scaled; or the first rule that is met."""

    feature: str = ""
    factor: float = 1.0
    levels: dict[str, str | bool] = Field(
        default_factory=dict
    )  # level of the feature -> value here
    when: str = ""  # a rule over the patient's facts
    value: float | bool | str | None = None  # what the input is when the rule is met
    note: str = ""


class OfLimit(Model):
    """For an absolute amount that patients hold as a multiple of the laboratory's upper limit.

    The amount follows from the multiple only where the limit is stated; otherwise the usual limits
    bound what it may be.
    """

    feature: str  # the multiple
    quantity: str  # of the table of units
    usual: Range  # upper limits that laboratories state, in the unit of the input


class Among(Model):
    """Which levels a missing input can have for whom; the first rule that is met counts."""

    when: str  # a rule over the patient's facts
    levels: tuple[str, ...]


class ScoreInput(Model):
    """One input of a score."""

    id: str
    label: str
    kind: Kind
    unit: str = ""
    levels: tuple[str, ...] = ()
    plausible: Range | None = None  # what a missing input may be, for the range of results
    hard: Range | None = None  # what can be computed with at all
    facts: tuple[Fact, ...] = ()
    of_limit: OfLimit | None = None
    among: tuple[Among, ...] = ()
    default: float | bool | str | None = None  # the published value for "not known"
    help: str = ""


class Criterion(Model):
    """One condition that a patient must meet for the score to be meant for them."""

    text: str
    when: str  # a rule over the inputs; unknown does not exclude


class Outcome(Model):
    """What was published for a group."""

    endpoint: str
    value: float
    low: float | None = None
    high: float | None = None
    unit: str = "%"
    population: str = ""
    tumours: tuple[str, ...] = ()  # seen in these alone; empty: in those of the score's scope
    verified: bool = False


class Group(Model):
    """A band of the score with its published outcomes."""

    id: str
    label: str
    when: str  # a rule over `value` and the inputs
    outcomes: tuple[Outcome, ...] = ()


class Example(Model):
    """A worked example: inputs, the value to the printed digits, the group."""

    inputs: dict[str, float | bool | str]
    value: float | str
    digits: int = 0
    group: str = ""


class Score(Model):
    """A published score."""

    id: str
    name: str
    setting: str
    kind: str
    version: str
    formula: str
    value_label: str
    value_kind: Literal["number", "category"] = "number"
    value_unit: str = ""
    value_levels: tuple[str, ...] = ()
    digits: int = 0
    low: float | None = None
    high: float | None = None
    is_probability: bool = False
    inputs: tuple[ScoreInput, ...]
    scope: tuple[Criterion, ...] = ()
    regimen_classes: tuple[str, ...] = ()  # the outcomes were seen under these; empty: under any
    seen_under: str = ""  # treatments that are no regimen; never held against a regimen's forecast
    groups: tuple[Group, ...] = ()
    caveats: tuple[str, ...] = ()
    terms: str
    source: Source
    examples: tuple[Example, ...]

    def input(self, input_id: str) -> ScoreInput:
        """The input of this id; StopIteration never leaves here, KeyError does."""
        for given in self.inputs:
            if given.id == input_id:
                return given
        raise KeyError(input_id)


Inputs = dict[str, Value]
