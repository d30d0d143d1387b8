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
    AGREE,
    DIFFER,
    MODEL,
    NOT_COMPARABLE,
    TRIAL,
    VERDICTS,
    Concordance,
    FeaturePart,
    Row,
    Split,
    Voice,
    size_told,
)
from dashboard.answers.evidence import Citation, RegimenEvidence
from dashboard.answers.forecast import Forecast
from dashboard.answers.similar import SimilarGroup
from dashboard.cohort.assumptions import load_assumptions
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.knowledge.matching import Fit, wider
from dashboard.knowledge.schema import DiseasePack
from dashboard.records.patient import Patient
from dashboard.scores.shelf import ScoreResult
from dashboard.services import concordance_voices as voices
from dashboard.services import concordance_words as words
from dashboard.services import evidence, forecasts, replays, scores
from dashboard.services import similar as likeness
from dashboard.services.context import Context, Permission

if TYPE_CHECKING:
    from dashboard.insight.agreement import Spread
    from dashboard.insight.asked_trials import Asked
    from dashboard.insight.trial_replays import Measure, Replay
    from dashboard.learning.bundle import Bundle

SIMILAR_PATIENTS = 200  # over all regimens
LIKE = (Fit.FITS, Fit.AS_FAR_AS_KNOWN, Fit.NEARLY)
_FEWEST_FEATURES_SHARE = 0.15  # of the parts' sizes: below, shares of the sum would mislead
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
         "z", "verdict", "row_verdict", "source", "reference", "verified", "note", "noticed",
         "row_noticed"]
    )  # fmt: skip
    for row in found.rows:
        for voice in (row.model, *row.voices):
            source = voice.source or Citation(verified="")
            cells = [
                row.regimen, row.endpoint, row.measure, row.unit, voice.who, voice.label,
                voice.value, voice.low, voice.high, voice.level, voice.z,
                "" if voice.who == MODEL else voice.verdict, row.verdict, source.text,
                source.reference, source.verified, voice.note or voice.reason,
                _rounded(voice.noticed), _rounded(row.noticed),
            ]  # fmt: skip
            writer.writerow(["" if cell is None else cell for cell in cells])
    return out.getvalue().encode()


def _rounded(size: float | None) -> float | None:
    return None if size is None else round(size, 1)


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

    @property
    def trials(self) -> dict[str, str]:
        """By arm, the trial whose patients it shares: several publications may name it."""
        return {arm.id: arm.nct_id or arm.trial for arm in self.pack.arms}

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
        model = voices.model_voice(self.forecast.of(regimen), measure)
        if model is None:
            return None
        said = [*self._trials(regimen, measure), *self._scores(regimen, measure)]
        said += self._similar(regimen, measure)
        spread = self.spread(regimen, measure)
        judged = [voices.judged(voice, model, measure.unit, spread) for voice in said]
        verdict, z, noticed = self._overall(judged, model, measure.unit, spread)
        split = self._split(regimen, measure, model, judged)
        told = words.sentence(
            measure.label, measure.unit, model, voices=judged, verdict=verdict, noticed=noticed
        )
        if split is not None:
            told = f"{told} {words.split_sentence(split, measure.unit)}"
        return Row(
            regimen, self.pack.regimen(regimen).label, measure.endpoint, measure.label,
            measure.unit, model, tuple(judged), verdict, z, split, told, noticed,
        )  # fmt: skip

    def spread(self, regimen: str, measure: Measure) -> Spread:
        """Of model minus trial, by how the measure is read and how unsure the model is."""
        from dashboard.insight.agreement import NO_SPREAD

        told = [
            each.claimed
            for each in self.asked.replays
            if (each.regimen, each.measure) == (regimen, measure.label)
        ]
        held = self.asked.spreads.get(measure.label, NO_SPREAD)
        return held.under(sum(told) / len(told)) if told else held

    def _trials(self, regimen: str, measure: Measure) -> list[Voice]:
        like = [arm for arm in self.evidence[regimen].arms if arm.fit in LIKE]
        said = {
            arm.id: voice for arm in like if (voice := voices.trial_voice(arm, measure)) is not None
        }
        fits = {arm.id: Fit(arm.fit) for arm in like}
        whole = wider([a for a in self.pack.arms_of(regimen) if a.id in said], self.pack, fits)
        counted = {
            n: voices.within_part(voice) if n in whole else voice for n, voice in said.items()
        }
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
            for voice in voices.score_voices(result, measure, self.pack.id)
        ]

    def _similar(self, regimen: str, measure: Measure) -> list[Voice]:
        group = self.similar.get(regimen)
        voice = voices.similar_voice(group, measure) if group else None
        return [] if voice is None else [voice]

    def _overall(
        self, said: Sequence[Voice], model: Voice, unit: str, spread: Spread
    ) -> tuple[str, float | None, float | None]:
        """The verdict over the trials together, and what would show; each keeps its own."""
        from dashboard.insight.agreement import compared

        ours = voices.point_of(model, unit)
        points, names = [], []
        for voice in said:
            held = voices.point_of(voice, unit)
            if voice.who == TRIAL and voice.counted and held is not None:
                points.append(held)
                names.append(self.trials[voice.arm])
        found = compared(ours, points, spread, names) if ours is not None else None
        if found is None or ours is None:
            return NOT_COMPARABLE, None, None
        return found.verdict, found.z, found.noticed(ours.value - found.difference, unit)

    def _split(
        self, regimen: str, measure: Measure, model: Voice, said: Sequence[Voice]
    ) -> Split | None:
        """The gap to one trial: to one that differs where any does, else to the best fitting.

        Of several it is the one that fits best, and of those the one with the narrowest interval.
        """
        if model.value is None:
            return None
        arms = {arm.id: arm for arm in self.evidence[regimen].arms}
        told = [v for v in said if v.who == TRIAL and v.counted and v.z is not None]
        tried = [v for v in told if (v.arm, measure.label) in self.replays]
        if not tried:
            return None

        def rank(voice: Voice) -> tuple[bool, int, float]:
            held = self.replays[voice.arm, measure.label]
            fit = LIKE.index(Fit(arms[voice.arm].fit))
            return voice.verdict != DIFFER, fit, held.published.variance

        return self._gap(min(tried, key=rank), measure, model.value)

    def _gap(self, voice: Voice, measure: Measure, ours: float) -> Split:
        from dashboard.insight.agreement import from_scale

        held = self.replays[voice.arm, measure.label]
        spread = self.spread(held.regimen, measure)
        error = (held.published.variance + spread.regimen + spread.between) ** 0.5
        published, on_trial = (
            from_scale(each, measure.unit) for each in (held.published.value, held.model)
        )
        z = held.difference / error
        return Split(voice.label, published, on_trial, ours, z, arm=voice.arm)


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


def _with_features(context: Context, patient: Patient, bundle: Bundle, row: Row) -> Row:
    from dashboard.cohort.population import population_of
    from dashboard.insight import trial_replays

    split = row.split
    pack = context.library.pack(patient.disease)
    arm = next((a for a in pack.arms_of(row.regimen) if split and a.id == split.arm), None)
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


def headline(found: Concordance) -> tuple[str, tuple[str, ...]]:
    """Where the model differs: how often, and each difference on a line of its own."""
    apart = [row for row in ordered(found.rows) if row.differing]
    return words.headline(found.rows), tuple(words.differing_line(row) for row in apart)


def differing(found: Concordance) -> dict[str, tuple[str, ...]]:
    """By regimen, what the model differs in and from whom, for a mark on the board."""
    marks: dict[str, list[str]] = {}
    for row in ordered(found.rows):
        if row.differing:
            marks.setdefault(row.regimen, []).append(f"{row.measure}: {row.differing[0]}")
    return {regimen: tuple(told) for regimen, told in marks.items()}


def unseen(found: Concordance) -> dict[str, str]:
    """By regimen that agrees, below which size a disagreement may be missed.

    Of several quantities it is the last, overall survival where that can be compared.
    """
    told = {}
    for row in found.rows:
        if row.verdict == AGREE and row.noticed is not None:
            size = size_told(row.noticed, row.unit)
            told[row.regimen] = (
                f"no disagreement seen ({row.measure}: one below {size} may be missed)"
            )
    return told


def ordered(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Rows with any disagreement first, of the trials together before that of a single voice."""
    return tuple(
        sorted(rows, key=lambda r: (not r.differing, VERDICTS.index(r.verdict), -abs(r.z or 0.0)))
    )
