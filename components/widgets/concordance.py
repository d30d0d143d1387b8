"""The model beside everybody who speaks of the same quantity, and where they disagree.

A list to filter for disagreements, and one row in full: all voices on one axis with their own
intervals, the sentence, how much of the gap is the patient and how much the model, and which
features make the patient's part. Nothing is averaged.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.charts.evidence import ForestRow, figure_text, forest_figure
from components.charts.markup import Markup, element, join, unbroken
from components.charts.theme import RawFigure
from components.widgets import panels
from components.widgets.evidence import source_cell
from components.widgets.figures import show_figure
from components.widgets.panels import Tone, callout, chip
from components.widgets.tables import Cell, Column, table
from dashboard.answers.concordance import (
    AGREE,
    DIFFER,
    LIMIT,
    MODEL,
    NOT_COMPARABLE,
    TRIAL,
    FeaturePart,
    Row,
    Split,
    Voice,
    size_told,
)
from dashboard.records.wording import counted

WORDS = {
    DIFFER: (Tone.CAUTION, "differs"),
    AGREE: (Tone.GOOD, "agrees"),
    NOT_COMPARABLE: (Tone.UNKNOWN, "cannot be compared"),
}
_LOOSE = (Tone.UNKNOWN, "not contradicted")
ALL = "all"
MINUS = "\N{MINUS SIGN}"
_MOST_OTHERS = 3
_MOST_LINES = 4
_MOST_FEATURES = 8


def choose_rows(rows: Sequence[Row], *, key: str) -> list[Row]:
    """The rows of one kind, or all; each choice says how many there are."""
    groups = {
        ALL: list(rows),
        DIFFER: [row for row in rows if row.differing],
        AGREE: [row for row in rows if row.verdict == AGREE and not row.differing],
        NOT_COMPARABLE: [row for row in rows if row.verdict == NOT_COMPARABLE],
    }
    names = {ALL: "All", DIFFER: "Any disagreement", AGREE: "No disagreement seen", NOT_COMPARABLE:
             "Not comparable"}  # fmt: skip
    titles = {name: f"{names[name]} ({len(held)})" for name, held in groups.items()}
    first = DIFFER if groups[DIFFER] else ALL
    picked = st.segmented_control(
        "Rows listed", list(groups), default=first, required=True, key=key, wrap=True,
        format_func=titles.__getitem__,
    )  # fmt: skip
    return groups[picked or ALL]


def headline(told: str, lines: Sequence[str]) -> Markup:
    """What a room has to know first: where the model differs, and from whom."""
    chance = "Of so many comparisons one in twenty differs by chance."
    if not lines:
        return callout(Tone.GOOD, told, chance)
    shown = [element("li", line) for line in lines[:_MOST_LINES]]
    more = len(lines) - len(shown)
    if more > 0:
        shown.append(element("li", f"and {more} more, listed below"))
    return callout(Tone.CAUTION, told, element("ul", *shown, class_="cc-list"), chance)


def rows_table(rows: Sequence[Row]) -> Markup:
    """One line for each regimen and quantity: the model, the others, the verdict."""
    columns = (
        Column("Regimen and quantity", width="26%"), Column("The model", number=True),
        Column("Others who speak of it", width="38%"), Column("Verdict", width="10.5rem"),
    )  # fmt: skip
    cells: list[list[Cell]] = [
        [
            join([row.label, element("br"), _light(_measure(row))]),
            unbroken(_told(row.model, row.unit)),
            _others(row),
            join([_row_verdict(row), *_differing(row), *_unseen(row)]),
        ]
        for row in rows
    ]
    return table("The model beside trials, scores and similar patients", columns, cells, quiet=True)


def choose_row(rows: Sequence[Row], *, key: str) -> Row:
    """One row to look at in full."""
    by_key = {"/".join(row.key): row for row in rows}
    picked = st.selectbox(
        "In full", list(by_key), key=key,
        format_func=lambda name: (
            f"{by_key[name].label} \N{MIDDLE DOT} {_measure(by_key[name])} \N{MIDDLE DOT} "
            f"{_words(by_key[name])[1]}"
        ),
    )  # fmt: skip
    return by_key[picked]


def show_row(row: Row, *, key: str) -> RawFigure:
    """All voices on one axis, the sentence, the gap's parts, the sources; gives the figure."""
    voices = (row.model, *row.voices)
    drawn = [
        ForestRow(voice.label, voice.value, voice.low, voice.high, voice.who, _hover(voice))
        for voice in voices
    ]
    title = (
        f"{row.measure[:1].upper()}{row.measure[1:]}, {row.unit if row.unit != '%' else 'share'}"
    )
    figure = forest_figure(drawn, title=title, unit=row.unit)
    show_figure(figure, key=f"{key}.forest")
    st.caption(
        "Diamond: the model for this patient (its own interval level). Square: trial arm. "
        "Triangle: published score. Disc: similar patients. Each keeps its own interval."
    )
    tone, word = _words(row)
    panels.show(callout(tone, f"{row.label}: {word}", row.sentence))
    if row.split is not None:
        panels.show(split_table(row.split, row.unit))
        panels.show(feature_table(row.split, row.unit))
    panels.show(voices_table(row))
    return figure


def split_table(split: Split, unit: str) -> Markup:
    """From the trial's figure to the patient's, in two steps."""
    columns = (Column("Step"), Column("Value", number=True), Column("Difference", number=True),
               Column("What it is", width="45%"))  # fmt: skip
    beyond = abs(split.on_trial_z) > LIMIT
    apart = "more than chance and the spread between trials explain" if beyond else "within chance"
    rows: list[list[Cell]] = [
        [f"Published for {split.trial}", _amount(split.published, unit), "", "the trial's figure"],
        [
            "The model on that trial's own patients", _amount(split.on_trial, unit),
            _signed(split.model_part, unit),
            f"the model differs from the trial ({_errors(split.on_trial_z)} standard errors: "
            f"{apart})",
        ],
        [
            "The model for this patient", _amount(split.for_patient, unit),
            _signed(split.patient_part, unit), "the patient differs from the trial's patients",
        ],
    ]  # fmt: skip
    return table("How the gap divides", columns, rows)


def feature_table(split: Split, unit: str) -> Markup:
    """The features that make the patient's part, the most telling first."""
    held = split.features[:_MOST_FEATURES]
    if not held:
        return Markup("")
    columns = (Column("Feature"), Column("This patient"), Column("Its part", number=True))
    rows: list[list[Cell]] = [[f.label, f.value, _part(f, unit)] for f in held]
    caption = (
        "What makes the patient's part, by the model: each feature against the trial's patients, "
        "in proportion. It describes the model, not causes"
    )
    return table(caption, columns, rows)


def voices_table(row: Row) -> Markup:
    """Everybody who speaks of the quantity, with the statistic and the source."""
    columns = (
        Column("Who", width="32%"), Column("Value (interval)", number=True),
        Column("Against the model", width="18%"), Column("Smallest error noticed", number=True),
        Column("Source"),
    )  # fmt: skip
    rows: list[list[Cell]] = []
    for voice in (row.model, *row.voices):
        verdict: Cell = "" if voice.who == MODEL else _verdict(voice.verdict, voice.z)
        if voice.reason:
            verdict = join([verdict, element("br"), _small(voice.reason)])
        who = join([voice.label, element("br"), _small(f"{voice.who}; {voice.note}".strip("; "))])
        source: Cell = _small("forecast of the bundle in use" if voice.who == MODEL else "")
        if voice.source is not None:
            source = source_cell(voice.source)
        seen = "" if voice.noticed is None else size_told(voice.noticed, "times")
        rows.append([who, unbroken(_told(voice, row.unit)), verdict, seen, source])
    return table("Everybody who speaks of this quantity", columns, rows)


def statistic_note(between: Sequence[tuple[str, float]]) -> Markup:
    """How the verdict is reached, in two sentences, with the spread that was used."""
    told = "; ".join(f"{name}: {held:.2f}" for name, held in between)
    return panels.disclosure(
        "How the verdict is reached",
        element(
            "p",
            "The difference between the model and the trials together, on the scale of logarithms "
            "(times) or log-odds (shares), is divided by its standard error: the model's, the "
            "trials' and the spread between trials. Beyond 1.96 the model differs; each trial, "
            f"score and group is also compared by itself. Spread between trials: {told or 'none'}.",
        ),
        element(
            "p",
            "Agreeing is not being right: a difference of the size told, or more, is found four "
            "times of five or more, given the trials' patients and how unsure the model is; a "
            "smaller one is found less often. “Smallest error noticed” says the same of an error "
            "in the published figures of one arm, held against its hazard ratio and all other "
            "arms.",
        ),
    )


def _others(row: Row) -> Markup:
    if not row.voices:
        return _small("nobody speaks of it: no trial took patients like this one")
    lines = [
        element("li", f"{voice.label}: {_told(voice, row.unit)}")
        for voice in row.voices[:_MOST_OTHERS]
    ]
    more = len(row.voices) - _MOST_OTHERS
    if more > 0:
        lines.append(element("li", f"and {more} more"))
    return element("ul", *lines, class_="cc-list cc-small")


def _differing(row: Row) -> list[Markup]:
    named = [name for name in row.differing if name != "the trials together"]
    if not named:
        return []
    more = f" and {len(named) - 1} more" if len(named) > 1 else ""
    return [element("br"), _small(f"differs from {named[0]}{more}")]


def _unseen(row: Row) -> list[Markup]:
    """Below which size a difference may be missed: agreeing says no more than that."""
    if row.verdict != AGREE or row.noticed is None:
        return []
    return [
        element("br"),
        _small(f"a difference below {unbroken(size_told(row.noticed, row.unit))} may be missed"),
    ]


def _words(row: Row) -> tuple[Tone, str]:
    """The row's verdict; with an interval so wide that it says little, nobody is told it agrees."""
    return _LOOSE if row.verdict == AGREE and row.model.is_wide(row.unit) else WORDS[row.verdict]


def _row_verdict(row: Row) -> Markup:
    return _verdict(row.verdict, row.z, _words(row))


def _verdict(verdict: str, z: float | None, words: tuple[Tone, str] | None = None) -> Markup:
    mark = chip(*(words or WORDS[verdict]))
    return (
        mark if z is None else join([mark, element("br"), _small(f"{_errors(z)} standard errors")])
    )


def _measure(row: Row) -> str:
    return f"{row.measure}, {row.unit}" if row.unit != "%" else row.measure


def _told(voice: Voice, unit: str) -> str:
    told = figure_text(voice.value, voice.low, voice.high, unit)
    return told if unit == "%" or voice.value is None else f"{told} {unit}"


def _hover(voice: Voice) -> str:
    z = "" if voice.z is None else f"{_errors(voice.z)} standard errors from the model"
    return "; ".join(part for part in (voice.note if voice.who == TRIAL else "", z) if part)


def _part(feature: FeaturePart, unit: str) -> str:
    if feature.effect is not None:
        return _signed(feature.effect, unit)
    return f"{'better' if feature.better else 'worse'}, opposed by others"


def _errors(z: float) -> str:
    size = f"{abs(z):.1f}"
    return size if size == "0.0" else f"{'+' if z > 0 else MINUS}{size}"


def _amount(value: float, unit: str) -> str:
    return f"{value:.0f}%" if unit == "%" else unbroken(f"{value:.1f} {unit}")


def _signed(value: float, unit: str) -> str:
    sign = "+" if value >= 0 else MINUS
    size = counted(round(abs(value)), "point") if unit == "%" else f"{abs(value):.1f} {unit}"
    return unbroken(f"{sign}{size}")


def _light(text: str) -> Markup:
    return element("span", text, class_="cc-light")


def _small(text: str) -> Markup:
    return element("span", text, class_="cc-small cc-muted cc-light")
