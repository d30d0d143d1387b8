"""The model beside trials, scores and similar patients, and where it disagrees with them.

For every regimen and endpoint one quantity that most of them speak of is chosen; each keeps its own
interval. The statistic and its levels stand in `insight.agreement`; what the model says of each
trial's own patients is asked once for a bundle (`replays`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from components.charts.values import value_text
from dashboard.answers.concordance import (
    MODEL,
    NOT_COMPARABLE,
    SCORE,
    SIMILAR,
    TRIAL,
    VERDICTS,
    Concordance,
    FeaturePart,
    Row,
    Split,
    Voice,
)
from dashboard.answers.evidence import ArmRow, Citation, RegimenEvidence
from dashboard.answers.forecast import Forecast, RegimenForecast
from dashboard.answers.similar import SimilarGroup
from dashboard.cohort.assumptions import load_assumptions
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.knowledge.matching import Fit, wider
from dashboard.knowledge.schema import DiseasePack
from dashboard.records.patient import Patient
from dashboard.scores.shelf import ScoreResult, Status
from dashboard.services import concordance_words as words
from dashboard.services import evidence, forecasts, replays, scores
from dashboard.services import similar as likeness
from dashboard.services.context import Context, Permission

if TYPE_CHECKING:
    from dashboard.insight.agreement import Point, Spread
    from dashboard.insight.asked_trials import Asked
    from dashboard.insight.trial_replays import Measure, Replay
    from dashboard.learning.bundle import Bundle

SIMILAR_PATIENTS = 200  # over all regimens
LIKE = (Fit.FITS, Fit.AS_FAR_AS_KNOWN, Fit.NEARLY)
_FEWEST_FEATURES_SHARE = 0.15  # of the parts' sizes: below, shares of the sum would mislead
_WEEKS = 12 / 52.1775
_CURVES = ("pfs", "os")


def concordance(
    context: Context,
    patient: Patient,
    regimens: Sequence[str] = (),
    *,
    own: str = "",
    similar: Mapping[str, SimilarGroup] | None = None,
) -> Concordance:
    """Every regimen and endpoint of one patient, the model beside all who speak of it.

    Args:
        context: who asks.
        patient: the patient.
        regimens: which; all that the model can speak of when none are named.
        own: the folder of a hospital's own cohort; empty for the default one.
        similar: by regimen, what was observed in the most similar patients; asked for when not
            given.

    Raises:
        NotPrepared: the model has to be trained first.
    """
    context.require(Permission.PATIENT_READ)
    replays.prepare(context, patient.disease, own=own)
    groups = _most_similar(context, patient, own) if similar is None else similar
    desk = _desk(context, patient, tuple(regimens), own, groups)
    rows = [row for name in desk.regimens for row in desk.rows(name)]
    context.record("patient.concordance", patient.id, rows=len(rows))
    used = {row.measure for row in rows}
    between = tuple(
        (name, (held.regimen + held.between) ** 0.5)
        for name, held in desk.asked.spreads.items()
        if name in used
    )
    return Concordance(patient.fingerprint, desk.forecast.bundle, tuple(rows), between)


def explained(context: Context, patient: Patient, row: Row, *, own: str = "") -> Row:
    """The row with the features that make the patient's part of its gap."""
    context.require(Permission.PATIENT_READ)
    context.record("patient.concordance.explained", patient.id, regimen=row.regimen)
    if row.split is None:
        return row
    bundle = forecasts.opened(context, patient.disease, own=own)
    return _with_features(context, patient, bundle, row)


def export(context: Context, found: Concordance) -> bytes:
    """Every voice of every row as CSV."""
    context.require(Permission.PATIENT_READ)
    context.record("concordance.exported", found.bundle, rows=len(found.rows))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ["regimen", "endpoint", "measure", "unit", "who", "label", "value", "low", "high", "level",
         "z", "verdict", "row_verdict", "source", "reference", "verified", "note"]
    )  # fmt: skip
    for row in found.rows:
        for voice in (row.model, *row.voices):
            source = voice.source or Citation(verified="")
            cells = [
                row.regimen, row.endpoint, row.measure, row.unit, voice.who, voice.label,
                voice.value, voice.low, voice.high, voice.level, voice.z,
                "" if voice.who == MODEL else voice.verdict, row.verdict, source.text,
                source.reference, source.verified, voice.note or voice.reason,
            ]  # fmt: skip
            writer.writerow(["" if cell is None else cell for cell in cells])
    return out.getvalue().encode()


# -- one patient -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Desk:
    """Everything one patient's rows are made from."""

    pack: DiseasePack
    regimens: tuple[str, ...]
    forecast: Forecast
    evidence: Mapping[str, RegimenEvidence]
    scores: tuple[ScoreResult, ...]
    similar: Mapping[str, SimilarGroup]
    replays: Mapping[tuple[str, str], Replay]
    asked: Asked

    def rows(self, regimen: str) -> list[Row]:
        """The rows of one regimen: response, PFS, OS, where the model speaks of them."""
        from dashboard.insight.trial_replays import MEASURES

        found = []
        for endpoint in ("response", *_CURVES):
            measures = [measure for measure in MEASURES if measure.endpoint == endpoint]
            tried = [row for m in measures if (row := self._row(regimen, m)) is not None]
            if tried:
                found.append(max(tried, key=_telling))
        return found

    def _row(self, regimen: str, measure: Measure) -> Row | None:
        """One quantity, with everybody who speaks of it."""
        model = _model_voice(self.forecast.of(regimen), measure)
        if model is None:
            return None
        said = [*self._trials(regimen, measure), *self._scores(regimen, measure)]
        said += self._similar(regimen, measure)
        spread = self.spread(measure)
        judged = [_judged(voice, model, measure.unit, spread) for voice in said]
        verdict, z = _overall(judged, model, measure.unit, spread)
        split = self._split(regimen, measure, model, judged)
        told = words.sentence(measure.label, measure.unit, model, voices=judged, verdict=verdict)
        if split is not None:
            told = f"{told} {words.split_sentence(split, measure.unit)}"
        return Row(
            regimen, self.pack.regimen(regimen).label, measure.endpoint, measure.label,
            measure.unit, model, tuple(judged), verdict, z, split, told,
        )  # fmt: skip

    def spread(self, measure: Measure) -> Spread:
        """Of model minus trial, by how the measure is read."""
        from dashboard.insight.agreement import NO_SPREAD

        return self.asked.spreads.get(measure.label, NO_SPREAD)

    def _trials(self, regimen: str, measure: Measure) -> list[Voice]:
        like = [arm for arm in self.evidence[regimen].arms if arm.fit in LIKE]
        said = {arm.id: voice for arm in like if (voice := _trial_voice(arm, measure)) is not None}
        fits = {arm.id: Fit(arm.fit) for arm in like}
        whole = wider([a for a in self.pack.arms_of(regimen) if a.id in said], self.pack, fits)
        counted = {n: _within_part(voice) if n in whole else voice for n, voice in said.items()}
        apart = self.asked.apart
        return [
            words.standing_out(voice, apart[name]) if name in apart else voice
            for name, voice in counted.items()
        ]

    def _scores(self, regimen: str, measure: Measure) -> list[Voice]:
        classes = self.pack.expand_classes(self.pack.regimen(regimen))
        return [
            voice
            for result in self.scores
            if not result.score.regimen_classes or classes & set(result.score.regimen_classes)
            for voice in _score_voices(result, measure)
        ]

    def _similar(self, regimen: str, measure: Measure) -> list[Voice]:
        group = self.similar.get(regimen)
        voice = _similar_voice(group, measure) if group else None
        return [] if voice is None else [voice]

    def _split(
        self, regimen: str, measure: Measure, model: Voice, voices: Sequence[Voice]
    ) -> Split | None:
        """The gap to the trial that fits best, of those with the narrowest interval."""
        from dashboard.insight.agreement import from_scale

        if model.value is None:
            return None
        arms = {f"{a.trial}: {a.arm}": a for a in self.evidence[regimen].arms}
        best: tuple[tuple[int, float], ArmRow, Replay] | None = None
        for voice in voices:
            told = voice.who == TRIAL and voice.counted and voice.z is not None
            arm = arms.get(voice.label) if told else None
            held = self.replays.get((arm.id, measure.label)) if arm else None
            if arm is None or held is None:
                continue
            rank = (LIKE.index(Fit(arm.fit)), held.published.variance)
            if best is None or rank < best[0]:
                best = (rank, arm, held)
        if best is None:
            return None
        _, arm, held = best
        spread = self.spread(measure)
        error = (held.published.variance + spread.regimen + spread.between) ** 0.5
        published, on_trial = (
            from_scale(each, measure.unit) for each in (held.published.value, held.model)
        )
        return Split(
            f"{arm.trial}: {arm.arm}", published, on_trial, model.value, held.difference / error
        )


def _desk(
    context: Context,
    patient: Patient,
    regimens: tuple[str, ...],
    own: str,
    similar: Mapping[str, SimilarGroup],
) -> _Desk:
    forecast = forecasts.forecast(context, patient, regimens, own=own)
    pack = context.library.pack(patient.disease)
    names = tuple(each.regimen for each in forecast.regimens if each.regimen in pack.regimens_by_id)
    found = {each.regimen: each for each in evidence.matches(context, patient, names)}
    asked = replays.asked(context, patient.disease, own=own)
    return _Desk(
        pack,
        names,
        forecast,
        found,
        scores.scores_of(context, patient),
        similar,
        {(replay.arm, replay.measure): replay for replay in asked.replays},
        asked,
    )


def _most_similar(context: Context, patient: Patient, own: str) -> dict[str, SimilarGroup]:
    """What was observed in the most similar patients; nothing where too few are like this one."""
    try:
        found = likeness.similar(context, patient, k=SIMILAR_PATIENTS, own=own)
    except NotEnoughEvidence:
        return {}
    return {group.regimen: group for group in found.groups}


def _telling(row: Row) -> int:
    """How many can be compared; the first measure wins where several have as many."""
    return sum(voice.z is not None for voice in row.voices)


def _model_voice(held: RegimenForecast, measure: Measure) -> Voice | None:
    label = "The model, for this patient"
    if measure.endpoint == "response":
        chance = held.response
        if chance is None:
            return None
        ends = (100 * chance.p, 100 * chance.low, 100 * chance.high)
        return Voice(MODEL, label, *ends, level=100 * chance.level)
    curve = held.os if measure.endpoint == "os" else held.pfs
    if curve is None or (measure.months or 0) > curve.months[-1]:
        return None
    if measure.months is not None:
        at = curve.at(measure.months)
        return Voice(MODEL, label, 100 * at.p, 100 * at.low, 100 * at.high, level=100 * at.level)
    span = curve.median
    note = "" if span.months is not None else "not reached while the cohort was followed"
    return Voice(MODEL, label, span.months, span.low, span.high, 100 * span.level, note)


def _trial_voice(arm: ArmRow, measure: Measure) -> Voice | None:
    figure = next((f for f in arm.of(measure.endpoint) if f.label == measure.label), None)
    if figure is None:
        return None
    note = "; ".join((arm.fit, *(f"asked for: {text}" for text in arm.differs)))
    return Voice(
        TRIAL, f"{arm.trial}: {arm.arm}", figure.value, figure.low, figure.high,
        figure.level, f"{note}; interval {figure.interval}", arm.source,
    )  # fmt: skip


def _within_part(voice: Voice) -> Voice:
    note = f"{voice.note}; its patients are counted in a narrower arm of the trial"
    return replace(voice, counted=False, note=note)


_SCORED = {
    "median overall survival": ("median OS", "months"),
    "median progression-free survival": ("median PFS", "months"),
    "response rate": ("objective response", "%"),
    "1-year overall survival": ("12-month OS", "%"),
    "5-year overall survival": ("60-month OS", "%"),
}


def _score_voices(result: ScoreResult, measure: Measure) -> list[Voice]:
    if result.status is not Status.COMPUTED:
        return []
    found = []
    for outcome in result.outcomes:
        label, unit = _SCORED.get(outcome.endpoint, ("", ""))
        if label != measure.label:
            continue
        scale = _WEEKS if outcome.unit == "weeks" and unit == "months" else 1.0
        value, low, high = (
            None if e is None else e * scale for e in (outcome.value, outcome.low, outcome.high)
        )
        group = result.group.label if result.group else ""
        source = result.score.source
        cited = Citation(source.text, source.reference, "yes" if outcome.verified else "memory")
        name = f"{result.score.name}, {group}"
        note = outcome.population
        found.append(Voice(SCORE, name, value, low, high, note=note, source=cited))
    return found


def _similar_voice(group: SimilarGroup, measure: Measure) -> Voice | None:
    label = f"Similar patients ({group.patients or '?'})"
    if measure.endpoint == "response":
        chance = group.response
        if chance is None:
            return None
        ends = (100 * chance.p, 100 * chance.low, 100 * chance.high)
        return Voice(SIMILAR, label, *ends, level=100 * chance.level, note=group.hidden)
    curve = group.curves.get(measure.endpoint)
    if curve is None or measure.months is not None:
        return None
    ends_of = (curve.median, curve.median_low, curve.median_high)
    return Voice(SIMILAR, label, *ends_of, level=100 * curve.level, note=group.hidden)


def _point(voice: Voice, unit: str) -> Point | None:
    from dashboard.insight.agreement import point

    return point(voice.value, voice.low, voice.high, unit=unit, level=voice.level / 100)


def _judged(voice: Voice, model: Voice, unit: str, spread: Spread) -> Voice:
    """The voice with what the statistic says of the model against it."""
    from dashboard.insight.agreement import NO_SPREAD, compared

    ours, theirs = _point(model, unit), _point(voice, unit)
    if ours is None or theirs is None:
        return replace(voice, reason=_why_not(voice, model))
    found = compared(ours, [theirs], spread if voice.who == TRIAL else NO_SPREAD)
    if found is None:
        return voice
    return replace(voice, z=found.z, verdict=found.verdict)


def _why_not(voice: Voice, model: Voice) -> str:
    if model.value is None:
        return "the model's median is not reached while its cohort was followed"
    if voice.value is None:
        return f"the median of {voice.label} was not reached"
    if voice.low is None and voice.high is None:
        return f"no interval was published for {voice.label}"
    return "the model's interval has no end"


def _overall(
    voices: Sequence[Voice], model: Voice, unit: str, spread: Spread
) -> tuple[str, float | None]:
    """The verdict over the trials together; each of them keeps its own."""
    from dashboard.insight.agreement import compared

    ours = _point(model, unit)
    trials = [v for v in voices if v.who == TRIAL and v.counted]
    known = [(v, held) for v in trials if (held := _point(v, unit)) is not None]
    points, names = [held for _, held in known], [v.label.partition(":")[0] for v, _ in known]
    found = compared(ours, points, spread, names) if ours is not None else None
    return (NOT_COMPARABLE, None) if found is None else (found.verdict, found.z)


def _with_features(context: Context, patient: Patient, bundle: Bundle, row: Row) -> Row:
    from dashboard.cohort.population import population_of
    from dashboard.insight import trial_replays

    split = row.split
    pack = context.library.pack(patient.disease)
    arm = next((a for a in pack.arms_of(row.regimen) if split and _named(a) == split.trial), None)
    if split is None or arm is None:
        return row
    assumptions = load_assumptions(pack.id, context.settings.packs_dirs)
    group = trial_replays.trial_rows(
        bundle.contract, population_of(pack, assumptions), assumptions, arm
    )
    if group is None:
        return row
    mine, _ = bundle.contract.of_patient(patient.facts)
    measure = next(m for m in trial_replays.MEASURES if m.label == row.measure)
    parts = trial_replays.feature_parts(bundle, mine, group, regimen=row.regimen, measure=measure)
    features = _features(parts, split.patient_part, patient, pack)
    told = replace(split, features=features)
    before = words.split_sentence(split, row.unit)
    after = words.split_sentence(told, row.unit)
    return replace(row, split=told, sentence=row.sentence.replace(before, after))


def _named(arm: object) -> str:
    return f"{getattr(arm, 'trial', '')}: {getattr(arm, 'arm_label', '')}"


def _features(
    parts: Sequence[tuple[str, float]], whole: float, patient: Patient, pack: DiseasePack
) -> tuple[FeaturePart, ...]:
    """The parts in the row's unit, in proportion; the most telling first."""
    total, size = sum(part for _, part in parts), sum(abs(part) for _, part in parts)
    clear = size > 0 and abs(total) > _FEWEST_FEATURES_SHARE * size and total * whole > 0
    ordered = sorted(parts, key=lambda named: -abs(named[1]))
    found = []
    for name, part in ordered:
        feature = pack.vocabulary.get(name)
        if feature is None or part == 0:
            continue
        told = value_text(feature, patient.facts.get(name))
        effect = whole * part / total if clear else None
        found.append(FeaturePart(name, feature.label, told, effect, part > 0))
    return tuple(found)


def ordered(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Disagreements first, the largest first; then what agrees; then what cannot be compared."""
    return tuple(sorted(rows, key=lambda row: (VERDICTS.index(row.verdict), -abs(row.z or 0.0))))
