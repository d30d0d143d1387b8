"""A row of concordance in a sentence that a room understands, from its numbers alone.

What the model expects, how far that is from the trials whose patients are like this one, how much
of it is the patient and how much the model, and which features make the patient's part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from components.charts import theme
from components.charts.values import UNKNOWN
from dashboard.answers.concordance import (
    AGREE,
    DIFFER,
    NOT_COMPARABLE,
    TRIAL,
    FeaturePart,
    Row,
    Split,
    Voice,
    size_told,
)
from dashboard.records.wording import counted

if TYPE_CHECKING:
    from dashboard.insight.standing_out import Apart

_MOST_NAMED = 3
_UNKNOWN_SHARE = 0.25  # of the patient's part, from which on unknown facts are told
_SMALL = 0.5  # months or points below which a part is not worth a word
SHARE = "%"


def sentence(
    measure: str,
    unit: str,
    model: Voice,
    *,
    voices: Sequence[Voice],
    verdict: str,
    noticed: float | None = None,
) -> str:
    """What the model expects, beside the trials it was compared with, and what may be missed."""
    told = (
        f"The model expects {a_measure(measure)} of {amount(model.value, unit)}{ends(model, unit)}"
    )
    trials = [
        v
        for v in voices
        if v.who == TRIAL and v.counted and v.z is not None and v.value is not None
    ]
    if not trials or model.value is None:
        reasons = list(dict.fromkeys(v.reason for v in voices if v.reason))
        why = (
            f": {reasons[0]}" if reasons else ": no trial took patients like this one or nearly so"
        )
        return f"{told}; it cannot be compared{why}."
    gaps = [model.value - (v.value or 0.0) for v in trials]
    named = ", ".join(
        f"{v.label.partition(':')[0]} {number(v.value, unit)}" for v in trials[:_MOST_NAMED]
    )
    count = "the one trial" if len(trials) == 1 else f"the {len(trials)} trials"
    more = ", …" if len(trials) > _MOST_NAMED else ""
    there = f"{count} whose population the patient fits or nearly fits ({named}{more})"
    alone = by_itself(model, voices, unit)
    size = "" if noticed is None else size_told(noticed, unit)
    if verdict == AGREE and model.is_wide(unit):
        least = f" ({size} or more)" if size else ""
        return (
            f"{told}; this does not contradict {there}, but its interval is so wide that only a "
            f"gross difference{least} would be likely to.{alone}"
        )
    if verdict == AGREE:
        unseen = f"; a difference below {size} may be missed" if size else ""
        return f"{told}; this agrees with {there}{unseen}.{alone}"
    return f"{told}, {range_of(gaps, unit)} than {there}."


def by_itself(model: Voice, voices: Sequence[Voice], unit: str) -> str:
    """From which single voices the model differs although the trials together agree with it."""
    apart = [v for v in voices if v.verdict == DIFFER and v.value is not None]
    if not apart or model.value is None:
        return ""
    named = "; ".join(
        f"{v.label} ({amount(v.value, unit)}, the model {range_of([model.value - v.value], unit)})"
        for v in apart[:_MOST_NAMED]
        if v.value is not None
    )
    return f" By itself it differs from {named}."


def headline(rows: Sequence[Row]) -> str:
    """In how many rows the model differs, in how many little shows, and what is not compared."""
    apart = sum(bool(row.differing) for row in rows)
    silent = sum(row.verdict == NOT_COMPARABLE and not row.differing for row in rows)
    wide = sum(row.verdict == AGREE and row.model.is_wide(row.unit) for row in rows)
    told = (
        f"The model differs from what is published or observed in {apart or 'none'} of "
        f"{counted(len(rows) - silent, 'comparison')}"
    )
    if wide:
        told += (
            f"; in {wide} its interval is so wide that only a gross difference is likely to show"
        )
    return f"{told}; {silent} cannot be compared." if silent else f"{told}."


def differing_line(row: Row) -> str:
    """A row's disagreement on one line: what the model says, against whom, and what they say."""
    apart = [v for v in row.voices if v.verdict == DIFFER] or [
        v for v in row.voices if v.who == TRIAL and v.counted and v.z is not None
    ]
    named = "; ".join(f"{v.label} {amount(v.value, row.unit)}" for v in apart[:_MOST_NAMED])
    told = f"{row.label}, {row.measure}: the model {amount(row.model.value, row.unit)}"
    if row.split is not None and not any(v.verdict == DIFFER for v in row.voices):
        split = row.split
        return (
            f"{told}; asked about the patients of {split.trial} it says "
            f"{amount(split.on_trial, row.unit)}, published {amount(split.published, row.unit)}"
        )
    return f"{told}; {named}"


def split_sentence(split: Split, unit: str) -> str:
    """How much of the gap to one trial is the patient and how much the model, and why."""
    trial, _, arm = split.trial.partition(": ")
    told = (
        f"Asked about the trial's own patients ({trial}{', ' if arm else ''}{arm}), the model "
        f"expects {amount(split.on_trial, unit)}; {amount(split.published, unit)} was published. "
        f"Of the {signed(split.gap, unit)} between this patient's forecast and the trial, "
        f"{signed(split.patient_part, unit)} is because the patient differs from the trial's "
        f"patients, and {signed(split.model_part, unit)} because the model differs from the trial"
    )
    named = features_named(split.features, unit, split.patient_part)
    return f"{told}. {named}" if named else f"{told}."


def features_named(features: Sequence[FeaturePart], unit: str, part: float) -> str:
    """The features that move the model most in the direction of the patient's part.

    What is not known of the patient is told beside, where it moves the model as much: the trial's
    patients are known, and the model expects something else of somebody it knows less of.
    """
    telling = [f for f in features if f.effect is not None and f.effect * part > 0]
    known = [f for f in telling if f.value != UNKNOWN][:_MOST_NAMED]
    if not telling or abs(part) < _SMALL:
        return ""
    verb = "raises" if part > 0 else "lowers"
    parts = [f"{f.label} {_short(f.value)}, {signed(f.effect, unit)}" for f in known]
    told = f"What {verb} the forecast most, by the model: {'; '.join(parts)}." if parts else ""
    open_facts = [f for f in telling if f.value == UNKNOWN][:_MOST_NAMED]
    weight = sum(f.effect or 0.0 for f in open_facts)
    if not open_facts or abs(weight) < max(_SMALL, _UNKNOWN_SHARE * abs(part)):
        return told
    which = "these are" if len(open_facts) > 1 else "this is"
    labels = ", ".join(f.label for f in open_facts)
    rest = f"{signed(weight, unit)} is because {which} not known of the patient: {labels}."
    return f"{told} {rest}".strip()


def _short(value: str) -> str:
    """A value without what explains it in brackets."""
    return value.partition(" (")[0]


def standing_out(voice: Voice, apart: Apart) -> Voice:
    """The voice of an arm with the smallest error that would be noticed, and whether it stands out.

    It stands out where it departs from what all others lead one to expect.
    """
    voice = replace(voice, noticed=100 * (apart.noticed - 1))
    if not apart.stands_out:
        return voice
    who = "its own hazard ratio and all other arms" if apart.by == "figures" else "all other arms"
    size = round(100 * abs(apart.factor - 1))
    told = f"{who} lead one to expect figures about {size}% "
    told += "higher" if apart.factor > 1 else "lower"
    return replace(voice, note=f"{voice.note}; stands out: {told}")


def verdict_words(verdict: str) -> str:
    """The verdict as a reader is told it."""
    return {AGREE: "agrees", DIFFER: "differs"}.get(verdict, "cannot be compared")


def a_measure(measure: str) -> str:
    """The measure with its article."""
    article = "an" if measure[:1] in "aeio" or measure.startswith(("8", "11", "18")) else "a"
    return f"{article} {measure}"


def number(value: float | None, unit: str) -> str:
    """A value in the unit's digits, without the unit."""
    if value is None:
        return "not reached"
    return f"{value:.0f}%" if unit == SHARE else f"{value:.1f}"


def amount(value: float | None, unit: str) -> str:
    """A value with its unit."""
    told = number(value, unit)
    return told if unit == SHARE or value is None else f"{told} {unit}"


def ends(voice: Voice, unit: str) -> str:
    """The interval in brackets, with its level."""
    if voice.low is None and voice.high is None:
        return ""
    low, high = (number(end, unit) for end in (voice.low, voice.high))
    return f" ({voice.level:.0f}% interval {low} to {high})"


def signed(value: float | None, unit: str) -> str:
    """A difference with its sign: `+8 months`, `−5 points`."""
    if value is None:
        return ""
    sign = "+" if value >= 0 else "\N{MINUS SIGN}"
    size = theme.rounded(abs(value), 1.0 if unit == SHARE or abs(value) >= 10 else 0.1)  # noqa: PLR2004
    noun = "point" if unit == SHARE else unit.removesuffix("s")
    return f"{sign}{size} {noun}{'' if size == '1' else 's'}"


def range_of(gaps: Sequence[float], unit: str) -> str:
    """How far the model is from the trials: `8 months more`, or from which to which."""
    noun = "points" if unit == SHARE else unit
    low, high = min(gaps), max(gaps)
    if low < 0 < high:
        return f"{signed(low, unit)} to {signed(high, unit)} apart"
    near, far = sorted((abs(low), abs(high)))
    word = "more" if high > 0 else "less"
    size = f"{near:.0f}" if round(near) == round(far) else f"{near:.0f} to {far:.0f}"
    return f"{size} {noun} {word}"
