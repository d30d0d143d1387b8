"""The model beside what is published and observed, quantity by quantity, and where they differ.

Everyone who speaks of a quantity keeps a voice of its own: nothing is averaged away. A difference
is split into what is the patient and what is the model, by the model re-run on the trial's own
patients, and names the features that make the patient's part.
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.answers.evidence import Citation
from dashboard.records.wording import counted

AGREE, DIFFER, NOT_COMPARABLE = "agree", "differ", "cannot be compared"
VERDICTS = (DIFFER, AGREE, NOT_COMPARABLE)
LIMIT = 1.96  # standard errors beyond which two figures differ
_WIDE_POINTS, _WIDE_TIMES = 50.0, 4.0
_DOUBLE = 100.0  # percent more, from which on a factor is told
MODEL, TRIAL, SCORE, SIMILAR = "model", "trial", "score", "similar patients"


def size_told(size: float, unit: str) -> str:
    """A difference that would just be noticed: points, percent, or a factor where it is large.

    Args:
        size: points of a share; percent of a time.
        unit: of the quantity.
    """
    if unit == "%":
        return counted(round(size), "point")
    return f"{size:.0f}%" if size < _DOUBLE else f"a factor of {1 + size / 100:.1f}"


@dataclass(frozen=True, slots=True)
class Voice:
    """One who speaks of the quantity, with what the statistic says of the model against it."""

    who: str  # model, trial, score, similar patients
    label: str
    value: float | None
    low: float | None
    high: float | None
    level: float = 95.0
    note: str = ""
    source: Citation | None = None
    z: float | None = None
    verdict: str = NOT_COMPARABLE
    reason: str = ""  # why it cannot be compared
    counted: bool = (
        True  # false: a narrower arm of the trial, counted in its place, has its patients
    )
    arm: str = ""  # the id of a trial's arm
    noticed: float | None = None  # percent: an error of the arm found four times of five

    def is_wide(self, unit: str) -> bool:
        """Whether the interval spans so much that agreeing with it says little."""
        if self.low is None or self.high is None:
            return True
        if unit == "%":
            return self.high - self.low > _WIDE_POINTS
        return self.high > _WIDE_TIMES * self.low


@dataclass(frozen=True, slots=True)
class FeaturePart:
    """One feature's part of the gap: the patient's value, and what it adds in the row's unit."""

    feature: str
    label: str
    value: str
    effect: float | None  # None where the parts cancel so far that shares would mislead
    better: bool = True  # whether it moves the model towards response or longer life


@dataclass(frozen=True, slots=True)
class Split:
    """A gap between the model for the patient and one trial, in the row's unit."""

    trial: str
    published: float
    on_trial: float  # the model on the trial's own patients
    for_patient: float
    on_trial_z: float  # the model against the trial on its own patients, in standard errors
    features: tuple[FeaturePart, ...] = ()
    arm: str = ""  # its id

    @property
    def gap(self) -> float:
        """The model for the patient minus the trial."""
        return self.for_patient - self.published

    @property
    def patient_part(self) -> float:
        """How much of it is that the patient differs from the trial's patients."""
        return self.for_patient - self.on_trial

    @property
    def model_part(self) -> float:
        """How much of it is that the model differs from the trial."""
        return self.on_trial - self.published


@dataclass(frozen=True, slots=True)
class Row:
    """One regimen and quantity."""

    regimen: str
    label: str
    endpoint: str
    measure: str  # "median OS", "objective response", "12-month PFS"
    unit: str
    model: Voice
    voices: tuple[Voice, ...]
    verdict: str
    z: float | None
    split: Split | None
    sentence: str
    noticed: float | None = None  # found four times of five: points, or percent of time

    @property
    def differing(self) -> tuple[str, ...]:
        """From whom the model differs: the trials together, single voices, a trial's patients."""
        named = [voice.label for voice in self.voices if voice.verdict == DIFFER]
        if self.split is not None and abs(self.split.on_trial_z) > LIMIT:
            named.append(f"{self.split.trial}, on its own patients")
        if self.verdict == DIFFER:
            named.insert(0, "the trials together")
        return tuple(dict.fromkeys(named))

    @property
    def key(self) -> tuple[str, str]:
        """What names the row."""
        return self.regimen, self.endpoint


@dataclass(frozen=True, slots=True)
class Concordance:
    """All rows of one patient, with the variance between trials that the statistic used."""

    patient_fingerprint: str
    bundle: str
    rows: tuple[Row, ...]
    between: tuple[tuple[str, float], ...]  # endpoint, deviation between trials on the scale

    def of(self, regimen: str, endpoint: str) -> Row:
        """One row; KeyError where there is none."""
        for row in self.rows:
            if row.key == (regimen, endpoint):
                return row
        raise KeyError(f"{regimen}/{endpoint}")
