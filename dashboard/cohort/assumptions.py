"""What the simulator assumes beyond a pack's published figures, read from `simulation.toml`.

The file that ships for every tumour group is laid under the pack's own. Unknown keys are refused.
Nothing here is a published figure; the explanation in the documentation says what each number does.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence, Set
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dashboard.foundation.errors import PackError
from dashboard.knowledge.schema import Case

BUILT_IN = Path(__file__).resolve().parents[1] / "knowledge"
FILE_NAME = "simulation.toml"
Endpoint = Literal["pfs", "os", "response"]
NO_DRUGS = frozenset({"supportive", "observation"})  # classes of care without anticancer drugs


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HospitalSite(_Model):
    """One hospital of the registry and its habits."""

    id: str
    share: float = Field(gt=0)
    testing: float = 1.0
    habit: float = 0.0


class Registry(_Model):
    """Where and when patients are treated, and how they are followed."""

    first_year: int
    last_year: int
    cut_off: date
    dropout_per_year: float
    sites: tuple[HospitalSite, ...]


class MissingWeights(_Model):
    """What makes a value more likely to be missing, in log odds."""

    older_by_decade: float = 0.0
    ecog_2_or_worse: float = 0.0
    per_calendar_year: float = 0.0
    together: float = 0.0  # how much the features of the group go missing together


class TrialPopulations(_Model):
    """Who enters trials where an arm's own expression is silent."""

    fitness: str = ""
    unless_mentioned: tuple[str, ...] = ()


class OutcomeAssumptions(_Model):
    """The hidden state behind response, progression and death."""

    general_share: float
    progression_on_state: float
    death_on_state: float
    response_on_state: float
    first_assessment_months: float
    death_noise_shared: float
    progression_effect_of_survival_effect: float
    response_effect_of_progression_effect: float
    background_death_per_year_at_65: float
    background_doubling_years: float


class ToxicityAssumptions(_Model):
    """How severe side effects hang together and when they come."""

    shared_frailty: float
    older_by_decade: float
    ecog_2_or_worse: float
    median_onset_share: float


class ChoiceWeights(_Model):
    """How clinics choose among eligible regimens, as log weights."""

    preferred: float
    caution: float
    comparator: float
    evidence: float
    older_intense: float
    frail_intense: float
    comorbid_intense: float
    before_approval: float
    no_drugs: float  # care without anticancer drugs, for the fit
    no_drugs_per_ecog: float  # for each step of performance status beyond 1
    no_drugs_per_line: float  # for each line before
    floor: float


class HistoryEntry(_Model):
    """What a treatment given before leaves in the record."""

    feature: str
    level: str = ""  # empty: the flag becomes true
    classes: tuple[str, ...] = ()
    drugs: tuple[str, ...] = ()  # parts of a drug's name
    regimens: tuple[str, ...] = ()


class LineAssumptions(_Model):
    """Who gets a further line, and what the earlier one changes."""

    most: int
    gap_months: float
    goes_on: float
    goes_on_older_by_decade: float
    goes_on_per_ecog: float
    worse_ecog: float
    sequence: float
    history: tuple[HistoryEntry, ...] = ()


class Shape(_Model):
    """How a curve falls before any trial has spoken."""

    k: float
    plateau: float
    plateau_sd: float = 0.5  # of its log hazard: how far trials may move what nobody has followed


class Shapes(_Model):
    """The two curves of a family of drugs."""

    pfs: Shape
    os: Shape

    def of(self, endpoint: str) -> Shape:
        """The shape of one endpoint's curve."""
        return self.pfs if endpoint == "pfs" else self.os


class PopulationTerm(_Model):
    """A mechanism that trials of several regimens share, its size solved from all of them."""

    id: str
    when: str = ""
    per_decade: bool = False  # of the trial's year, counted from 2015
    independent_review: bool = False  # of responses that a panel judged, as the readings say
    endpoints: tuple[Endpoint, ...]
    regimens: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()  # empty with no regimens: all
    not_classes: tuple[str, ...] = ()
    prior_mean: float = 0.0
    prior_sd: float = 0.3
    why: str


class _OfTrials(_Model):
    """Something that is known of a trial, or of some arms."""

    trial: str = ""  # how the trial's name begins
    arms: tuple[str, ...] = ()
    why: str

    def speaks_of(self, trial: str, arm: str) -> bool:
        """Whether it is about this arm."""
        return arm in self.arms or (bool(self.trial) and trial.startswith(self.trial))


class Refinement(_OfTrials):
    """What a trial's report says of its patients beyond the arm's expression and its year."""

    when: str = ""
    year: int | None = None  # when they were treated, where the report came long after


class Reading(_OfTrials):
    """How a trial's responses were read: by whom, and among how many with something to measure."""

    independent: bool = False
    when: str = ""  # who among those randomised could be judged; empty: everybody
    patients: dict[str, int] = Field(default_factory=dict)  # arm -> how many were judged


class Redrawn(_Model):
    """A feature that is drawn given another, so that facts which exclude each other do not meet."""

    feature: str
    cases: tuple[Case, ...]
    why: str


class Assumptions(_Model):
    """Everything in `simulation.toml`."""

    dependence: dict[str, dict[str, float]] = Field(default_factory=dict)
    registry: Registry
    missingness: dict[str, MissingWeights] = Field(default_factory=dict)
    trials: TrialPopulations = TrialPopulations()
    outcomes: OutcomeAssumptions
    toxicity: ToxicityAssumptions
    choice: ChoiceWeights
    lines: LineAssumptions
    shapes: dict[str, Shapes]
    terms: tuple[PopulationTerm, ...] = ()
    refinements: tuple[Refinement, ...] = ()
    readings: tuple[Reading, ...] = ()
    draws: tuple[Redrawn, ...] = ()
    effect_regimens: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    effect_trials: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    comparators: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    shape_families: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    def shape_of(self, classes: Set[str], endpoint: str) -> Shape:
        """How a curve of a regimen of these classes falls before any trial has spoken."""
        for family, members in self.shape_families.items():
            if classes & set(members):
                return self.shapes[family].of(endpoint)
        return self.shapes["default"].of(endpoint)


def load_assumptions(pack_id: str, folders: Sequence[Path] = ()) -> Assumptions:
    """The assumptions for a pack: what ships, the pack's own file, then those of a site's folders.

    Raises:
        PackError: a file cannot be read or has a key that does not exist.
    """
    found: dict[str, Any] = {}
    places = [BUILT_IN, BUILT_IN / "packs" / pack_id, *(folder / pack_id for folder in folders)]
    for place in places:
        path = place / FILE_NAME
        if path.is_file():
            found = _laid_over(found, _read(path))
    try:
        return Assumptions.model_validate(found)
    except ValidationError as error:
        raise PackError(f"{FILE_NAME} of {pack_id}: {error}") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise PackError(f"{path.name} in {path.parent.name} is not TOML: {error}.") from error


def _laid_over(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        held = merged.get(key)
        both = isinstance(held, dict) and isinstance(value, dict)
        merged[key] = _laid_over(held, value) if both and held is not None else value
    return merged
