"""Who speaks of one quantity, each as a voice of its own: the model, trials, scores, the similar.

A voice is a figure with its own interval and source. What the statistic says of the model against
each is added here; who is asked, and which quantity, is decided by `concordance`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dashboard.answers.concordance import MODEL, SCORE, SIMILAR, TRIAL, Voice
from dashboard.answers.evidence import ArmRow, Citation
from dashboard.answers.forecast import RegimenForecast
from dashboard.answers.similar import SimilarGroup
from dashboard.scores.schema import Outcome
from dashboard.scores.shelf import ScoreResult, Status

if TYPE_CHECKING:
    from dashboard.insight.agreement import Point, Spread
    from dashboard.insight.trial_replays import Measure

FEWEST_SIMILAR = 10.0  # effective patients below which an observed figure is not held against
_WEEKS = 12 / 52.1775
_SCORED = {
    "median overall survival": ("median OS", "months"),
    "median progression-free survival": ("median PFS", "months"),
    "response rate": ("objective response", "%"),
    "1-year overall survival": ("12-month OS", "%"),
    "5-year overall survival": ("60-month OS", "%"),
}


def model_voice(held: RegimenForecast, measure: Measure) -> Voice | None:
    """The model's forecast of the quantity; None where it has none."""
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


def trial_voice(arm: ArmRow, measure: Measure) -> Voice | None:
    """An arm's published figure, with how the patient stands to its population."""
    figure = next((f for f in arm.of(measure.endpoint) if f.label == measure.label), None)
    if figure is None:
        return None
    note = "; ".join((arm.fit, *(f"asked for: {text}" for text in arm.differs)))
    return Voice(
        TRIAL, f"{arm.trial}: {arm.arm}", figure.value, figure.low, figure.high,
        figure.level, f"{note}; interval {figure.interval}", arm.source, arm=arm.id,
    )  # fmt: skip


def within_part(voice: Voice) -> Voice:
    """The voice of a whole trial where a narrower arm of it is counted."""
    note = f"{voice.note}; its patients are counted in a narrower arm of the trial"
    return replace(voice, counted=False, note=note)


def score_voices(result: ScoreResult, measure: Measure, disease: str) -> list[Voice]:
    """What was published for the patient's group, where it is of this quantity and this tumour."""
    if result.status is not Status.COMPUTED or result.score.seen_under:
        return []
    held = [o for o in result.outcomes if not o.tumours or disease in o.tumours]
    voices = (_score_voice(result, outcome, measure) for outcome in held)
    return [voice for voice in voices if voice is not None]


def _score_voice(result: ScoreResult, outcome: Outcome, measure: Measure) -> Voice | None:
    label, unit = _SCORED.get(outcome.endpoint, ("", ""))
    if label != measure.label:
        return None
    scale = _WEEKS if outcome.unit == "weeks" and unit == "months" else 1.0
    low, high = (None if end is None else end * scale for end in (outcome.low, outcome.high))
    source = result.score.source
    return Voice(
        SCORE, f"{result.score.name}, {result.group.label if result.group else ''}",
        outcome.value * scale, low, high, note=outcome.population,
        source=Citation(source.text, source.reference, "yes" if outcome.verified else "memory"),
    )  # fmt: skip


def similar_voice(group: SimilarGroup, measure: Measure) -> Voice | None:
    """What was observed in the most similar patients; too few are shown and not compared."""
    held = _observed(group, measure)
    if held is None:
        return None
    few = group.effective is not None and group.effective < FEWEST_SIMILAR
    return replace(
        held,
        label=f"Similar patients ({group.patients or '?'})",
        note=group.hidden,
        reason=f"fewer than {FEWEST_SIMILAR:.0f} similar patients received it" if few else "",
    )


def _observed(group: SimilarGroup, measure: Measure) -> Voice | None:
    if measure.endpoint == "response":
        chance = group.response
        if chance is None:
            return None
        ends = (100 * chance.p, 100 * chance.low, 100 * chance.high)
        return Voice(SIMILAR, "", *ends, level=100 * chance.level)
    curve = group.curves.get(measure.endpoint)
    if curve is None or measure.months is not None:
        return None
    return Voice(
        SIMILAR, "", curve.median, curve.median_low, curve.median_high, level=100 * curve.level
    )


def point_of(voice: Voice, unit: str) -> Point | None:
    """The voice on the scale of comparison."""
    from dashboard.insight.agreement import point

    return point(voice.value, voice.low, voice.high, unit=unit, level=voice.level / 100)


def judged(voice: Voice, model: Voice, unit: str, spread: Spread) -> Voice:
    """The voice with what the statistic says of the model against it."""
    from dashboard.insight.agreement import NO_SPREAD, compared

    if voice.reason:
        return voice
    ours, theirs = point_of(model, unit), point_of(voice, unit)
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
