"""Replaying the published trials with fresh patients, and saying how each figure comes out.

Every figure of a pack is measured as the trial would have: events are drawn, medians and
landmarks read from them, hazard ratios estimated by Cox's model up to the trial's follow-up. No
figure is left out in silence: what cannot be simulated is listed with its reason. Where a figure
is missed, the report says whether the regimen's trials contradict each other beyond chance.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy import special

from dashboard.answers.population import (
    LANDMARK,
    MEDIAN,
    RATIO,
    RESPONSE,
    SEVERE,
    SUBGROUP,
    CalibrationReport,
    Disagreement,
    FigureCheck,
)
from dashboard.cohort.calibration import median_error
from dashboard.cohort.estimators import binomial_interval, cox_two_groups
from dashboard.cohort.outcomes import PARTIAL, OutcomeModel, Potential, draw_potential
from dashboard.cohort.progress import Told, silent, within
from dashboard.cohort.trial_cases import (
    EFFECT_HORIZON,
    ArmCase,
    Cases,
    Comparison,
    Group,
    LevelCase,
    StratumCase,
    cases_of,
    followed_to,
)
from dashboard.knowledge.evidence import Arm, Toxicity

Floats = npt.NDArray[np.float64]

PATIENTS = 4000  # simulated for each arm: the median is then known to about 2 %
LANDMARK_POINTS = 0.06
SEVERE_POINTS = 0.04
FAR_OFF = 1.30  # a median further off than this must have its conflict named
_BEYOND_CHANCE = 0.05
_MOST_NAMED = 4
_FAR_AWAY = 600.0  # months: never reached
_ENDPOINTS = ("pfs", "os")


def calibration_report(
    model: OutcomeModel, *, seed: int, patients: int = PATIENTS, told: Told = silent
) -> CalibrationReport:
    """Every published figure of the model's pack against fresh simulated patients."""
    cases = cases_of(model.pack, model.assumptions, seed, patients, told=within(told, 0.0, 0.7))
    replay = _Replay(model, cases)
    figures = list(replay.figures(within(told, 0.7, 1.0)))
    disagreements = tuple(_disagreements(figures))
    return CalibrationReport(
        disease=model.pack.id,
        seed=seed,
        solved_with_seed=model.parameters.seed,
        figures=tuple(_with_conflicts(figures, disagreements)),
        disagreements=disagreements,
        not_simulated=(*cases.missing, *_silent(cases)),
    )


def _silent(cases: Cases) -> Iterable[tuple[str, str]]:
    """Effects that no simulated figure stands for, each with its reason."""
    shown = {c.used.effect.id for c in cases.levels} | {c.used.effect.id for c in cases.strata}
    named = {row for row, _ in cases.missing}
    for used in cases.book.effects:
        effect = used.effect
        if effect.endpoint == "toxicity" or effect.id in shown or effect.id in named:
            continue
        yield effect.id, used.reason or "no rule says whom the level means"


class _Replay:
    """Draws each arm once and reads all its figures off."""

    def __init__(self, model: OutcomeModel, cases: Cases) -> None:
        self.model, self.cases = model, cases
        self._drawn: dict[tuple[int, str], Potential] = {}

    def figures(self, told: Told = silent) -> Iterable[FigureCheck]:
        for place, case in enumerate(self.cases.arms.values()):
            told(0.8 * place / len(self.cases.arms))
            if case.arm is not None:
                drawn = self.drawn(case.group, case.regimen)
                yield from _arm_figures(case.arm, drawn)
                yield from _response_figure(case, case.arm, drawn)
        for comparison in self.cases.comparisons:
            yield from self._ratios(comparison)
        for level in self.cases.levels:
            yield from self._level(level)
        for stratum in self.cases.strata:
            yield from self._stratum(stratum)
        for row in self.cases.pack.toxicities:
            yield from self._severe(row)

    def drawn(self, group: Group, regimen: str) -> Potential:
        key = (id(group), regimen)
        if key not in self._drawn:
            open_to = np.zeros((group.size, len(self.model.book.regimens)), bool)
            open_to[:, self.model.book.regimens.index(regimen)] = True
            self._drawn[key] = draw_potential(self.model, group, open_to)[0]
        return self._drawn[key]

    def _ratios(self, comparison: Comparison) -> Iterable[FigureCheck]:
        arm = comparison.arm
        for endpoint in _ENDPOINTS:
            value, low, high = (getattr(arm, f"{endpoint}_hr{p}") for p in ("", "_low", "_high"))
            if value is None or low is None or high is None:
                continue
            treated, control = (
                self.cases.arms[key] for key in (comparison.treated, comparison.control)
            )
            shown = _hazard_ratio(
                _months(self.drawn(treated.group, treated.regimen), endpoint),
                _months(self.drawn(control.group, control.regimen), endpoint),
                followed_to(arm),
            )
            yield _figure(arm, RATIO, endpoint, shown, (value, low, high))

    def _level(self, case: LevelCase) -> Iterable[FigureCheck]:
        effect = case.used.effect
        if effect.low is None or effect.high is None:
            return
        inside, reference = (self.drawn(g, case.regimen) for g in (case.inside, case.reference))
        shown = _contrast(inside, reference, effect.endpoint) ** (1.0 / case.span)
        yield _effect_figure(case, shown)

    def _stratum(self, case: StratumCase) -> Iterable[FigureCheck]:
        effect = case.used.effect
        if effect.low is None or effect.high is None:
            return
        total, pooled = 0.0, 0.0
        for part in case.parts:
            first, second = (self.drawn(part.inside, n) for n in (part.treated, part.control))
            ratio = _contrast(first, second, effect.endpoint, part.horizon)
            pooled += part.weight * np.log(ratio)
            total += part.weight
        yield _effect_figure(case, float(np.exp(pooled / total)))

    def _severe(self, row: Toxicity) -> Iterable[FigureCheck]:
        groups = [c.group for c in self.cases.arms.values() if c.regimen == row.regimen_id]
        if row.grade3plus_pct is None or not groups:
            return
        drawn = self.drawn(groups[0], row.regimen_id)
        onset = drawn.severe_months.get(row.adverse_group)
        shown = float(np.mean(~np.isnan(onset))) if onset is not None else 0.0
        share = row.grade3plus_pct / 100.0
        yield FigureCheck(
            SEVERE,
            row.id,
            row.adverse_group,
            row.regimen_id,
            row.adverse_group,
            share,
            None,
            None,
            shown,
            abs(shown - share) <= SEVERE_POINTS,
            str(row.source.verified),
            row.source.text,
            row.source.reference,
        )


def _months(drawn: Potential, endpoint: str) -> Floats:
    return drawn.pfs_months if endpoint == "pfs" else drawn.os_months


def _hazard_ratio(treated: Floats, control: Floats, horizon: float) -> float:
    months = np.concatenate([treated, control])
    group = np.concatenate([np.ones(treated.size, bool), np.zeros(control.size, bool)])
    event = months <= horizon
    return cox_two_groups(np.minimum(months, horizon), event, group).value


def _contrast(
    first: Potential, second: Potential, endpoint: str, horizon: float = EFFECT_HORIZON
) -> float:
    if endpoint != "response":
        return _hazard_ratio(_months(first, endpoint), _months(second, endpoint), horizon)
    odds = []
    for drawn in (first, second):
        count = float(np.sum(drawn.response >= PARTIAL)) + 0.5
        odds.append(count / (drawn.response.size + 1.0 - count))
    return odds[0] / odds[1]


def _arm_figures(arm: Arm, drawn: Potential) -> Iterable[FigureCheck]:
    for endpoint in _ENDPOINTS:
        months = _months(drawn, endpoint)
        yield from _median_figure(arm, endpoint, float(np.median(months)))
        for landmark in arm.landmarks:
            if landmark.endpoint == endpoint:
                share = landmark.percent / 100.0
                band = (share, share - LANDMARK_POINTS, share + LANDMARK_POINTS)
                shown = float(np.mean(months > landmark.months))
                yield _figure(arm, LANDMARK, endpoint, shown, band, float(landmark.months))


def _response_figure(case: ArmCase, arm: Arm, drawn: Potential) -> Iterable[FigureCheck]:
    """The response rate of those whose response the trial judged, against its exact interval."""
    n = case.patients_judged
    if arm.orr_pct is None or not n:
        return
    share = arm.orr_pct / 100.0
    low, high = binomial_interval(round(share * n), n)
    responded = drawn.response >= PARTIAL
    shown = float(np.mean(responded[case.judged.rows] if case.judged else responded))
    figure = _figure(arm, RESPONSE, "response", shown, (share, low, high))
    yield replace(figure, patients=n)


def _median_figure(arm: Arm, endpoint: str, shown: float) -> Iterable[FigureCheck]:
    """Arms that publish an interval; a median not reached has a lower end alone."""
    median, low, high = (getattr(arm, f"{endpoint}_median_{p}") for p in ("months", "low", "high"))
    if low is not None:
        figure = _figure(arm, MEDIAN, endpoint, shown, (median, low, high))
        yield figure if figure.inside else replace(figure, inside=_rounds_into(shown, low, high))


def _rounds_into(shown: float, low: float, high: float | None) -> bool:
    """Published ends are rounded to a tenth of a month; so is what is held against them."""
    rounded = round(min(shown, _FAR_AWAY), 1)
    return round(low, 1) <= rounded <= round(_FAR_AWAY if high is None else high, 1)


def _figure(
    arm: Arm,
    kind: str,
    endpoint: str,
    shown: float,
    band: tuple[float | None, float, float | None],
    months: float | None = None,
) -> FigureCheck:
    value, low, high = band
    inside = low - 1e-9 <= shown <= (np.inf if high is None else high) + 1e-9
    return FigureCheck(
        kind,
        arm.id,
        f"{arm.trial}: {arm.arm_label}",
        arm.regimen_id,
        endpoint,
        value,
        low,
        high,
        shown,
        bool(inside),
        str(arm.source.verified),
        arm.source.text,
        arm.source.reference,
        months,
        arm.n,
    )


def _effect_figure(case: LevelCase | StratumCase, shown: float) -> FigureCheck:
    effect = case.used.effect
    regimen = case.regimen if isinstance(case, LevelCase) else case.parts[0].treated
    low, high = float(effect.low or 0.0), float(effect.high or np.inf)
    return FigureCheck(
        SUBGROUP,
        effect.id,
        f"{effect.feature} {effect.level}",
        regimen,
        effect.endpoint,
        effect.value,
        low,
        high,
        shown,
        low <= shown <= high,
        str(effect.source.verified),
        effect.source.text,
        effect.source.reference,
        conflict=case.used.reason,
    )


# -- conflicts -----------------------------------------------------------------------------------


def _disagreements(figures: list[FigureCheck]) -> Iterable[Disagreement]:
    """Cochran's Q of the residuals of a regimen's medians and response rates."""
    held: dict[tuple[str, str], list[FigureCheck]] = {}
    for figure in figures:
        if figure.kind in (MEDIAN, RESPONSE) and figure.published:
            held.setdefault((figure.regimen, figure.endpoint), []).append(figure)
    for (regimen, endpoint), rows in held.items():
        if len(rows) < 2:  # noqa: PLR2004
            continue
        scores = np.array([_score(row) for row in rows])
        q, degrees = float(np.sum(scores**2)), len(rows) - 1
        if special.chdtrc(degrees, q) < _BEYOND_CHANCE:
            far = [row for row, score in zip(rows, scores, strict=True) if abs(score) > 1.5]  # noqa: PLR2004
            i_squared = max(0.0, (q - degrees) / q)
            text = _told(rows, q, degrees, i_squared)
            yield Disagreement(
                regimen, endpoint, q, degrees, i_squared, tuple(r.row for r in far), text
            )


def _score(figure: FigureCheck) -> float:
    """How many standard errors the published figure is from the simulated one."""
    published = figure.published or 0.0
    if figure.kind == MEDIAN:
        error = median_error(published, figure.low, figure.high, figure.patients)
        return float(np.log(published / min(figure.simulated, _FAR_AWAY)) / error)
    n = figure.patients or 100
    error = float(np.sqrt(max(figure.simulated * (1 - figure.simulated), 0.01) / n))
    return (published - figure.simulated) / error


def _told(rows: list[FigureCheck], q: float, degrees: int, i_squared: float) -> str:
    ordered = sorted(rows, key=lambda row: row.published or 0.0)
    ends = " against ".join(_spelled(row) for row in (ordered[0], ordered[-1]))
    return (
        f"{len(rows)} arms of this regimen differ beyond chance and what the model knows of their "
        f"patients (Q {q:.0f} on {degrees}, I2 {i_squared:.0%}): {ends}."
    )


def _spelled(figure: FigureCheck) -> str:
    value = figure.published or 0.0
    scale, unit = (100.0, " %") if figure.kind == RESPONSE else (1.0, " months")
    trial = figure.label.split(":")[0]
    return f"{trial} {scale * value:.3g}{unit}"


def _with_conflicts(
    figures: list[FigureCheck], disagreements: tuple[Disagreement, ...]
) -> Iterable[FigureCheck]:
    """Name what stands against every median, rate and landmark that is missed or far off."""
    told = {(d.regimen, d.endpoint): d.text for d in disagreements}
    for figure in figures:
        if figure.kind not in (MEDIAN, RESPONSE, LANDMARK) or not (
            _far(figure) or not figure.inside
        ):
            yield figure
            continue
        text = told.get((figure.regimen, figure.endpoint), "")
        if not text and figure.kind == MEDIAN:
            text = _single(figure, figures)
        yield replace(figure, conflict=text)


def _far(figure: FigureCheck) -> bool:
    ratio = figure.ratio
    return figure.kind == MEDIAN and ratio is not None and not 1 / FAR_OFF <= ratio <= FAR_OFF


def _single(figure: FigureCheck, figures: list[FigureCheck]) -> str:
    """Without trials that disagree beyond chance: the figures that hold the curve elsewhere."""
    if figure.inside:
        high = "not reached" if figure.high is None else f"{figure.high:.3g}"
        return f"Inside its own wide interval ({figure.low:.3g} to {high}, n {figure.patients})."
    others = [
        f"{_short_label(other)} {other.published:.3g} (simulated {other.simulated:.3g})"
        for other in figures
        if other is not figure
        and other.published is not None
        and other.endpoint == figure.endpoint
        and (other.regimen == figure.regimen or other.row == figure.row)
    ]
    if not others:
        return ""
    return f"The curve is held by {'; '.join(others[:_MOST_NAMED])}."


def _short_label(figure: FigureCheck) -> str:
    when = f" at {figure.months:.0f} months" if figure.months else ""
    return f"{figure.kind}{when} of {figure.label}"
