"""Why a forecast is what it is, on the screen: the question, the sentence, the bars, the evidence.

Bars whose direction is not sure are counted in one row and shown when asked for; the row keeps the
sum whole. Published effects stand beside each bar as agreeing, contradicting or missing, with their
source. Nothing is estimated here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import log

import streamlit as st

from components.charts import theme
from components.charts.attribution import (
    MOST_LINES,
    Attributed,
    Bar,
    Course,
    over_time_figure,
    signed,
    unit_of,
)
from components.charts.markup import Markup, element
from components.charts.theme import RawFigure
from components.charts.values import contrast_text, value_text
from components.charts.verdicts import label_of
from components.widgets import panels
from components.widgets.panels import Tone, chip
from components.widgets.tables import Cell, Column, table
from components.widgets.targets import question_words, target_label, under
from dashboard.answers.explanation import (
    MONTHS,
    PROBABILITY,
    REGIMEN,
    TIME,
    Attribution,
    Contrast,
    Contribution,
    Expected,
    Target,
)
from dashboard.answers.model_card import ModelCard, PlainEffect
from dashboard.knowledge.schema import DiseasePack, Verified
from dashboard.records.patient import Value

VIEWS = FACTS, COURSE, PAIRS, ALONG, PLAIN = (
    "What each fact adds", "Over time", "Facts together", "One fact over the cohort",
    "A plain model beside",
)  # fmt: skip
MOST_BARS, MOST_RATIOS = 9, 12
_LEAST = 0.05  # points or months: what rounds to nothing has no bar of its own
BARS_CAPTION = (
    "Bars describe how the model came to its number; they are not causes. An unknown fact has a "
    "bar for being unknown."
)
COURSE_CAPTION = (
    "What each fact adds at each month, of the forecast of one regimen; at most five facts, those "
    "that do most at some month and whose direction is sure there."
)
PLAIN_CAPTION = (
    "A plain Cox regression of the same patients: one ratio for each fact, whatever the others "
    "are. Drawn are those surest to differ from one; the table has all. It forecasts nothing here."
)
NO_PLAIN = "A plain regression was not fitted for this figure; there is one for survival."
_VERDICTS: Mapping[str, tuple[Tone, str]] = {
    "agrees": (Tone.GOOD, "\N{CHECK MARK}"),
    "contradicts": (Tone.CAUTION, "\N{BLACK UP-POINTING TRIANGLE}"),
    "evidence disagrees": (Tone.UNKNOWN, "\N{NOT EQUAL TO}"),
    "no evidence": (Tone.CLOSED, "\N{EN DASH}"),
}


def choose_view(*, key: str) -> str:
    """The bars, how they go with time, or the plain model."""
    view: str = st.segmented_control(
        "View of the reasons", VIEWS, default=FACTS, required=True, key=key, wrap=True,
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    return view


# -- the bars ------------------------------------------------------------------------------------


def fact_label(part: Contribution, pack: DiseasePack) -> str:
    """A fact with the value it has."""
    return named_fact(part.feature, part.value, pack)


def named_fact(feature: str, value: Value | None, pack: DiseasePack) -> str:
    """A fact with a value; what is no fact of the pack has words of its own."""
    if feature == REGIMEN:
        return "The regimen itself"
    if feature == TIME:
        return "Effects that change with time"
    if feature not in pack.vocabulary:
        own = label_of(feature, pack).replace("_", " ")
        return f"{own}: {'unknown' if value is None else value}"
    held = pack.feature(feature)
    return f"{held.label}: {value_text(held, value)}"


def attributed(found: Attribution | Contrast, pack: DiseasePack, *, unsure: bool) -> Attributed:
    """The bars of an explanation with their sums; what is not drawn alone is drawn together.

    Args:
        found: the explanation.
        pack: names of facts and regimens.
        unsure: draw each of the larger bars whose direction is not sure as well.
    """
    parts = found.ranked if unsure else found.stable
    least = _LEAST * (1.0 if found.scale == MONTHS else 0.01)
    alone = [part for part in parts[:MOST_BARS] if abs(part.effect) >= least]
    rest = parts[len(alone) :]
    bars = [_bar(part, found.expected, pack) for part in alone]
    if small := [part for part in rest if part.effect]:
        bars.append(Bar(f"{_counted(small)} of smaller effect, together", _sum(small)))
    if not unsure and found.unstable:
        label = f"{_counted(found.unstable)} of unsure direction, together"
        bars.append(Bar(label, _sum(found.unstable), sure=False))
    if not bars:
        bars.append(Bar("No fact adds anything", 0.0, sure=False))
    before, after = _sums(found, pack)
    return Attributed(_what(found, pack), found.scale, before, tuple(bars), after)


def _bar(part: Contribution, expected: Mapping[str, Expected], pack: DiseasePack) -> Bar:
    said = _said(expected[part.feature]) if part.feature in expected else ""
    label = fact_label(part, pack)
    return Bar(label, part.effect, part.low, part.high, said, sure=part.stable)


def _said(expected: Expected) -> str:
    """The verdict of published effects, and the first of their sources."""
    word = f"{_VERDICTS[expected.verdict][1]} {expected.verdict}"
    source = next((row.source for row in expected.rows if row.source), "")
    return f"{word}: {source}" if source else word


def _counted(parts: Sequence[Contribution]) -> str:
    return f"{len(parts)} fact{'s' if len(parts) != 1 else ''}"


def _sum(parts: Sequence[Contribution]) -> float:
    return sum(part.effect for part in parts)


def _sums(
    found: Attribution | Contrast, pack: DiseasePack
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """What stands above and below the bars."""
    if isinstance(found, Attribution):
        start = ("Average patient of the cohort", _figure(found.baseline, found.scale))
        end = _figure(found.output, found.scale, found.low, found.high)
        return (start,), (("This patient", end),)
    first, second = pack.regimen(found.regimen).label, pack.regimen(found.versus).label
    apart = signed(found.difference, found.low, found.high, found.scale)
    before = (
        (first, _figure(found.output, found.scale)),
        (second, _figure(found.versus_output, found.scale)),
    )
    return before, (("Difference, the first less the second", apart),)


def _figure(
    value: float, scale: str, low: float | None = None, high: float | None = None
) -> str:  # fmt: skip
    return (theme.months if scale == MONTHS else theme.percent)(value, low, high)


def _what(found: Attribution | Contrast, pack: DiseasePack) -> str:
    target = Target(found.target, found.horizon_months, found.scale)
    words = f"{question_words(target, pack)} {under(found.regimen, pack)}"
    if isinstance(found, Contrast):
        return f"{words} rather than {pack.regimen(found.versus).label}"
    return words


def choose_unsure(found: Attribution | Contrast, *, key: str) -> bool:
    """Whether bars whose direction is not sure are drawn as well."""
    if not found.unstable:
        return False
    return st.toggle(
        f"Show the {_counted(found.unstable)} whose direction is not sure", key=key,
        persist_state="session",
    )  # fmt: skip


def reasons_table(found: Attribution | Contrast, pack: DiseasePack) -> Markup:
    """Every fact of the explanation: what it adds, whether that is sure, what is published."""
    rows = [_reason_row(part, found, pack) for part in found.ranked if part.effect]
    columns = [
        Column("Fact and its value", width="32%"),
        Column(f"Adds, in {unit_of(found.scale)} (90% interval)", number=True, width="20%"),
        Column("Direction", width="12%"), Column("Published effects"),
    ]  # fmt: skip
    return table(_what(found, pack), columns, rows)


def reasons_details(found: Attribution | Contrast, pack: DiseasePack) -> Markup:
    """The same folded beneath the bars."""
    table = reasons_table(found, pack)
    return panels.disclosure("Every fact as a table, with the evidence", table)


def _reason_row(part: Contribution, found: Attribution | Contrast, pack: DiseasePack) -> list[Cell]:
    way = "raises" if part.effect > 0 else "lowers"
    return [
        fact_label(part, pack),
        signed(part.effect, part.low, part.high, found.scale),
        way if part.stable else "not sure",
        _published(found.expected.get(part.feature)),
    ]


def _published(expected: Expected | None) -> Markup | str:
    if expected is None:
        return ""
    tone, _ = _VERDICTS[expected.verdict]
    said = [
        element(
            "div",
            f"{row.said}: {'raises' if row.direction > 0 else 'lowers'}. {row.source} ",
            row.reference, " ", panels.re_read_mark(Verified(row.verified)), class_="cc-small",
        )
        for row in expected.rows
    ]  # fmt: skip
    return element("div", chip(tone, expected.verdict), *said)


def evidence_words(found: Attribution | Contrast) -> str:
    """How the sure bars stand to what is published, in a sentence."""
    verdicts: list[str] = [found.expected[p.feature].verdict for p in found.stable
                if p.feature in found.expected]  # fmt: skip
    counts = {name: verdicts.count(name) for name in _VERDICTS}
    told = (
        f"Published effects beside the known facts whose direction is sure: {counts['agrees']} "
        f"agree, {counts['contradicts']} contradict, {counts['evidence disagrees']} disagree among "
        f"themselves, {counts['no evidence']} with none on file."
    )
    return told if verdicts else "Published effects speak of none of the facts shown."


# -- over time and beside ------------------------------------------------------------------------


def courses_of(found: Sequence[Attribution], pack: DiseasePack) -> list[Course]:
    """The facts that do most at any month, and what each adds at every month."""
    held = [{part.feature: part for part in each.contributions} for each in found]
    most: dict[str, float] = {}
    for part in (part for each in found for part in each.stable):
        most[part.feature] = max(most.get(part.feature, 0.0), abs(part.effect))
    months = tuple(float(each.horizon_months or 0.0) for each in found)
    chosen = sorted(most, key=lambda name: -most[name])[:MOST_LINES]
    return [
        Course(
            fact_label(next(parts[name] for parts in held if name in parts), pack),
            months,
            tuple(parts[name].effect if name in parts else 0.0 for parts in held),
        )
        for name in chosen
    ]


def course_view(
    found: Sequence[Attribution], name: str, pack: DiseasePack
) -> tuple[RawFigure, str, Markup]:
    """How the bars go with time: the picture, its caption, the table."""
    courses = courses_of(found, pack)
    figure = over_time_figure(courses, target_label(name, pack))
    return figure, COURSE_CAPTION, courses_table(found, courses)


def courses_table(found: Sequence[Attribution], courses: Sequence[Course]) -> Markup:
    """What the drawn facts add at each month, with the share they add up to."""
    columns = [
        Column("Months"),
        *[Column(course.label, number=True) for course in courses],
        Column("Forecast", number=True),
    ]  # fmt: skip
    rows = [
        [
            f"{each.horizon_months:g}",
            *[signed(course.effects[place], None, None, PROBABILITY) for course in courses],
            theme.percent(each.output),
        ]
        for place, each in enumerate(found)
    ]
    return table("What these facts add at each month, in points", columns, rows)


def plain_effects(card: ModelCard, endpoint: str, pack: DiseasePack) -> tuple[PlainEffect, ...]:
    """The ratios of the plain model that are surest not to be one; empty where none was fitted."""

    def sureness(effect: PlainEffect) -> float:
        return abs(log(effect.ratio)) / max(log(effect.high / effect.low), 1e-9)

    surest = sorted(card.plain.get(endpoint, ()), key=sureness, reverse=True)[:MOST_RATIOS]
    return tuple(
        replace(effect, words=contrast_text(effect.words, pack.features)) for effect in surest
    )


def plain_table(card: ModelCard, endpoint: str, pack: DiseasePack) -> Markup:
    """Every ratio of the plain model."""
    columns = [
        Column("Fact"), Column("Hazard ratio", number=True),
        Column("90% interval", number=True),
    ]  # fmt: skip
    rows = [
        [
            contrast_text(effect.words, pack.features),
            f"{effect.ratio:.2f}",
            f"{effect.low:.2f} to {effect.high:.2f}",
        ]
        for effect in card.plain.get(endpoint, ())
    ]
    return table(f"{target_label(endpoint, pack)}: a plain Cox regression", columns, rows)
