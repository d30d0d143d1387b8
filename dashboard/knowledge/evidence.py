"""Published figures: the rows of a pack's long tables.

The fields of each class are the columns of its CSV file, with id and source added; every row says
where it comes from and whether it was re-read there. Figures stay as published: a median that was
not reached is absent, and a hazard ratio keeps the width of its own interval.
"""

from __future__ import annotations

from typing import Literal

from dashboard.knowledge.sources import Id, Model, Source

LANDMARKS_MONTHS = (12, 24, 36, 60)


class Estimate(Model):
    """A figure with its interval; the value is absent when a median was not reached."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


class Landmark(Model):
    """The share of patients still free of an event at a time."""

    endpoint: Literal["pfs", "os"]
    months: int
    percent: float


class _Row(Model):
    """A row of a long table: an id and a source beside the figures."""

    id: Id
    source: Source = Source()


class Arm(_Row):
    """One arm of a published trial in advanced disease."""

    trial: str
    nct_id: str = ""
    year: int | None = None
    phase: str = ""
    line: str = ""
    population: str = ""
    population_when: str = ""
    regimen_id: Id
    arm_label: str = ""
    n: int | None = None
    orr_pct: float | None = None
    cr_pct: float | None = None
    pfs_median_months: float | None = None
    pfs_median_low: float | None = None
    pfs_median_high: float | None = None
    os_median_months: float | None = None
    os_median_low: float | None = None
    os_median_high: float | None = None
    pfs_12mo_pct: float | None = None
    pfs_24mo_pct: float | None = None
    pfs_36mo_pct: float | None = None
    pfs_60mo_pct: float | None = None
    os_12mo_pct: float | None = None
    os_24mo_pct: float | None = None
    os_36mo_pct: float | None = None
    os_60mo_pct: float | None = None
    pfs_hr: float | None = None
    pfs_hr_low: float | None = None
    pfs_hr_high: float | None = None
    pfs_hr_level: float = 95.0
    os_hr: float | None = None
    os_hr_low: float | None = None
    os_hr_high: float | None = None
    os_hr_level: float = 95.0
    control_regimen_id: str = ""
    control_exempt: str = ""  # why hazard ratios stand without a control regimen
    grade3plus_pct: float | None = None
    grade3plus_basis: Literal["", "treatment_related", "all_cause"] = ""
    discontinuation_pct: float | None = None
    followup_months: float | None = None

    @property
    def pfs_median(self) -> Estimate:
        """Median progression-free survival in months."""
        return Estimate(
            value=self.pfs_median_months, low=self.pfs_median_low, high=self.pfs_median_high
        )

    @property
    def os_median(self) -> Estimate:
        """Median overall survival in months."""
        return Estimate(
            value=self.os_median_months, low=self.os_median_low, high=self.os_median_high
        )

    @property
    def pfs_hazard_ratio(self) -> Estimate:
        """Hazard of progression or death against the control."""
        return Estimate(value=self.pfs_hr, low=self.pfs_hr_low, high=self.pfs_hr_high)

    @property
    def os_hazard_ratio(self) -> Estimate:
        """Hazard of death against the control."""
        return Estimate(value=self.os_hr, low=self.os_hr_low, high=self.os_hr_high)

    @property
    def landmarks(self) -> tuple[Landmark, ...]:
        """The published shares at 12, 24, 36 and 60 months."""
        endpoints: tuple[Literal["pfs", "os"], ...] = ("pfs", "os")
        return tuple(
            Landmark(endpoint=endpoint, months=months, percent=percent)
            for endpoint in endpoints
            for months in LANDMARKS_MONTHS
            if (percent := getattr(self, f"{endpoint}_{months}mo_pct")) is not None
        )


class EarlyArm(_Row):
    """One arm of a published trial in early disease."""

    trial: str
    nct_id: str = ""
    year: int | None = None
    phase: str = ""
    population: str = ""
    population_when: str = ""
    regimen_id: Id
    arm_label: str = ""
    n: int | None = None
    control_regimen_id: str = ""
    endpoint: Literal["idfs", "efs", "dfs"]
    landmark_years: float | None = None
    endpoint_pct: float | None = None
    endpoint_hr: float | None = None
    endpoint_hr_low: float | None = None
    endpoint_hr_high: float | None = None
    endpoint_hr_level: float = 95.0
    os_landmark_years: float | None = None
    os_pct: float | None = None
    os_hr: float | None = None
    os_hr_low: float | None = None
    os_hr_high: float | None = None
    os_hr_level: float = 95.0
    pcr_pct: float | None = None


class Toxicity(_Row):
    """How often a family of adverse events was seen under a regimen."""

    regimen_id: Id
    adverse_group: Id
    any_grade_pct: float | None = None
    grade3plus_pct: float | None = None
    basis: Literal["", "treatment_related", "all_cause"] = ""
    term_note: str = ""  # the terms the numbers stand for


class Effect(_Row):
    """A published prognostic or predictive effect."""

    feature: str = ""  # empty: the effect of a regimen as such
    level: str  # as published
    reference_level: str = ""  # as published
    level_when: str = ""
    reference_when: str = ""
    when_exempt: str = ""  # why no rule can say whom the level means
    # level: with against without; mean: with against everyone; treatment: against another treatment
    # within the level, never multiplied onto the effect of the regimen itself
    contrast: Literal["level", "mean", "treatment", "per_unit", "per_doubling"]
    per: float | None = None  # of the feature's unit, for per_unit
    comparator: str = ""  # the other treatment, for contrast = treatment
    endpoint: Literal["os", "pfs", "response", "toxicity"]
    adverse_group: str = ""
    applies_to: str  # as published
    applies_regimens: tuple[str, ...] = ()
    applies_classes: tuple[str, ...] = ()  # any of them; a+b means both
    applies_when: str = ""  # the patients the effect was seen in
    measure: Literal["HR", "OR"]
    value: float
    low: float | None = None
    high: float | None = None
    role: Literal["prognostic", "predictive"]
    derivation: str = ""
    basis: Literal["published", "derived", "approximate"] = "published"
    stackable: bool = True  # false: an alternative to another row, never multiplied with it
    time_dependent: bool = False

    def concerns(self, regimen_id: str, classes: frozenset[str]) -> bool:
        """Whether the effect was seen under this regimen, or one of these classes, or any."""
        if regimen_id in self.applies_regimens:
            return True
        if any(classes.issuperset(entry.split("+")) for entry in self.applies_classes):
            return True
        return not self.applies_regimens and not self.applies_classes


class Sequence(_Row):
    """What followed after progression on a regimen, and how it did."""

    after_regimen_id: Id
    next_regimen_id: Id
    next_label: str = ""
    line: str = ""
    setting: str = ""
    when: str = ""
    orr_pct: float | None = None
    pfs_median_months: float | None = None
    os_median_months: float | None = None
    cross_resistance_note: str = ""
    safety_note: str = ""
    basis: Literal["", "published", "approximate"] = ""


class Site(_Row):
    """How often a site is involved at the start and newly later."""

    site: Id
    site_published: str = ""
    subgroup: str = ""
    when: str = ""
    when_exempt: str = ""
    on_regimen_id: str = ""  # seen under this regimen
    baseline_prevalence_pct: float | None = None
    cum_incidence_12mo_pct: float | None = None
    cum_incidence_24mo_pct: float | None = None
    first_progression: bool = False
    basis: Literal["", "published", "approximate"] = ""
