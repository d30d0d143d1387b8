"""The model card on the screen: what a model learnt from, how good it is, where it ends.

Every figure was measured on patients left out of training, and is told in plain words beside the
number. What could not be judged says why; nothing is left out because it is unflattering.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from components.charts import readings, theme
from components.charts.markup import Markup, element
from components.charts.verdicts import label_of
from components.widgets import panels
from components.widgets.panels import Tone, figures
from components.widgets.tables import Cell, Column, table
from components.widgets.targets import target_label
from dashboard.answers.explanation import PROGRESSION, REGIMEN
from dashboard.answers.model_card import HeadCard, ModelCard
from dashboard.answers.self_check import SelfCheck
from dashboard.knowledge.schema import DiseasePack
from dashboard.records.wording import counted

VIEWS = QUALITY, CALIBRATION, RATIOS, INPUTS, VERSIONS, CHECK = (
    "How good it is", "Expected and observed", "A plain model beside", "What it uses",
    "Where it comes from", "Check it now",
)  # fmt: skip
_CHANCE = 0.5
_STRENGTHS = ((0.6, "weak"), (0.7, "modest"), (0.8, "fair"), (1.01, "strong"))
_MISFIT = 0.05
_CAUSES = {"progressed": "progression first", "died_first": "death before progression"}


def choose_view(*, key: str) -> str:
    """Quality, the plain model, the inputs, the versions."""
    view: str = st.segmented_control(
        "View of the model", VIEWS, default=QUALITY, required=True, key=key, wrap=True,
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    return view


def choose_endpoint(card: ModelCard, pack: DiseasePack, *, key: str) -> str:
    """One of the endpoints that a plain model was fitted for."""
    chosen: str = st.segmented_control(
        "Endpoint", list(card.plain), default=next(iter(card.plain)), required=True, key=key,
        format_func=lambda name: target_label(name, pack), persist_state="session",
        label_visibility="collapsed",
    )  # fmt: skip
    return chosen


def lead(card: ModelCard) -> Markup:
    """What the model is, in sentences."""
    kind = "simulated patients; no real patient is in it" if card.synthetic else "real patients"
    whom = f"treatments of {kind}" if card.regimens else kind
    return panels.lead(
        f"The model behind every forecast of this disease learnt from {card.rows_used:,} {whom}. "
        f"It was judged on patients left out of training, in {card.folds} rounds. {card.use}"
    )


def counts(card: ModelCard) -> Markup:
    """The card in four numbers."""
    told = sum(n is not None for n in card.regimens.values())
    of_treatments = f"{told} of {len(card.regimens)}", "regimens with enough patients to be counted"
    return figures(
        (
            f"{card.rows_used:,}",
            "treatments learnt from" if card.regimens else "patients learnt from",
        ),
        (f"{len(card.inputs)}", "facts it uses"),
        of_treatments if card.regimens else ("none", "treatments recorded: one prognosis"),
        (f"{len(card.heads)}", "things it forecasts"),
    )


def limits(card: ModelCard) -> Markup:
    """Where the model ends: what everybody who reads a forecast has to know."""
    items = [element("li", limit) for limit in card.limits]
    return panels.callout(Tone.CAUTION, "Where it ends", element("ul", *items, class_="cc-list"))


# -- quality -------------------------------------------------------------------------------------


def quality_table(card: ModelCard, pack: DiseasePack) -> Markup:
    """Each thing that is forecast with its figures and what they mean."""
    columns = [
        Column("Forecast", width="20%"), Column("Judged on", width="17%"),
        Column("Tells apart", number=True, width="15%"), Column("In words"),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [head_label(head.target, pack), _judged(head), _apart(head.quality), _words(head)]
        for head in card.heads
    ]
    rows += [
        [head_label(target, pack), readings.NOTHING, readings.NOTHING, f"Not learnt: {why}"]
        for target, why in card.left_out.items()
    ]
    return table(
        "Measured on patients left out of training; 50% is a coin, 100% never wrong", columns, rows
    )


def scores_table(card: ModelCard, pack: DiseasePack) -> Markup:
    """Every figure of every head as it was measured, and the complexity that was chosen."""
    rows: list[list[Cell]] = [
        [head_label(head.target, pack), name.replace("_", " "), f"{value:.4g}"]
        for head in card.heads
        for name, value in (*sorted(head.quality.items()), *sorted(head.choice.items()))
    ]
    columns = [Column("Forecast"), Column("Figure"), Column("Value", number=True)]
    return table("All figures, and the complexity chosen by cross-validation", columns, rows)


def head_label(target: str, pack: DiseasePack) -> str:
    """What a head forecasts, in words."""
    name, _, cause = target.partition(":")
    if name == PROGRESSION:
        return f"Progression: {_CAUSES.get(cause, cause)}" if cause else "Progression"
    return target_label(target, pack)


def strength(value: float, low: float | None) -> str:
    """How well a model tells patients apart, in a word that does not flatter."""
    if low is not None and low <= _CHANCE:
        return "not surely better than chance"
    return next(word for limit, word in _STRENGTHS if value < limit)


def _judged(head: HeadCard) -> str:
    if "n" not in head.quality:
        return readings.NOTHING
    words = counted(round(head.quality["n"]), "patient")
    if "events" in head.quality:
        words += f", {counted(round(head.quality['events']), 'event')}"
    return words


def _apart(quality: Mapping[str, float]) -> str:
    name = _measure(quality)
    return _with_ends(quality, name) if name else readings.NOTHING


def _measure(quality: Mapping[str, float]) -> str:
    return next((name for name in ("auc", "c_uno", "c_harrell") if name in quality), "")


def _with_ends(quality: Mapping[str, float], name: str) -> str:
    return theme.percent(quality[name], quality.get(f"{name}_low"), quality.get(f"{name}_high"))


def _words(head: HeadCard) -> str:
    quality, name = head.quality, _measure(head.quality)
    if not name:
        return head.note or "Judged together with progression-free survival, of which it is a part."
    pair = (
        "Of two patients, one who had it and one who had not, it gives the first the higher chance"
        if name == "auc"
        else "Of two patients, it names the one whose event comes first"
    )
    said = [f"{pair} so often: {strength(quality[name], quality.get(f'{name}_low'))}."]
    if "ece" in quality:
        off = round(100 * quality["ece"])
        points = counted(off, "point") if off else "less than 1 point"
        said.append(f"Its chances are off by {points} on average.")
    if "slope" in quality:
        said.append(_slope(quality["slope"]))
    if "d_calibration" in quality:
        fits = quality["d_calibration"] >= _MISFIT
        found = "no misfit was found" if fits else "a misfit was found"
        said.append(
            f"Between its curves and what happened {found} (p {quality['d_calibration']:.2f})."
        )
    return " ".join(said)


def _slope(slope: float) -> str:
    """Whether chances are too extreme or too timid; a tenth either way is neither."""
    if slope < 0.9:  # noqa: PLR2004 - a tenth
        return f"They are too extreme (slope {slope:.2f}, 1 is right)."
    if slope > 1.1:  # noqa: PLR2004
        return f"They are too timid (slope {slope:.2f}, 1 is right)."
    return f"They are neither too extreme nor too timid (slope {slope:.2f})."


# -- the check in front of whoever asks -----------------------------------------------------------


def ask_for_check(*, key: str) -> bool:
    """Whether the visitor wants the model checked now."""
    st.caption(
        "The model is held against itself now, with sample patients: seconds of work, nothing "
        "prepared before. It says whether the numbers are those the model stands for, not whether "
        "the model is right; that is what the other views tell."
    )
    return st.button("Check the model", key=key, icon=":material/fact_check:")


def checks_table(found: SelfCheck) -> Markup:
    """Each check with what it found."""
    rows: list[list[Cell]] = [
        [
            check.name,
            panels.chip(*((Tone.GOOD, "holds") if check.holds else (Tone.ALERT, "does not hold"))),
            check.what,
            check.found,
        ]
        for check in found.checks
    ]
    columns = [
        Column("Check", width="22%"), Column("Result"), Column("What is compared", width="34%"),
        Column("Found"),
    ]  # fmt: skip
    held = sum(check.holds for check in found.checks)
    words = f"{held} of {len(found.checks)} hold, checked in {found.seconds:.1f} seconds"
    return table(words, columns, rows)


# -- what it uses and where it comes from --------------------------------------------------------


def inputs_table(card: ModelCard, pack: DiseasePack) -> Markup:
    """Every fact that the model uses, with what it moves response by on average."""
    moved = dict(card.moved)
    names = sorted((*card.inputs, REGIMEN), key=lambda name: -moved.get(name, 0.0))
    rows: list[list[Cell]] = [
        [
            "The regimen itself" if name == REGIMEN else label_of(name, pack),
            f"{moved[name]:.1f}" if name in moved else readings.NOTHING,
        ]
        for name in dict.fromkeys(names)
    ]
    columns = [Column("Fact"), Column("Moves response by, points", number=True)]
    return table("What the model uses; mean size of the effect over the cohort", columns, rows)


def unused_words(card: ModelCard, pack: DiseasePack) -> str:
    """What the model does not use, and why."""
    if not card.not_used:
        return "Every fact of the pack is used."
    names = ", ".join(label_of(name, pack) for name in card.not_used)
    return f"Not used, because they never vary in the cohort or are known too seldom: {names}."


def regimens_table(card: ModelCard, pack: DiseasePack) -> Markup:
    """How many patients stand behind each regimen; fewer than may be told are not counted."""
    rows: list[list[Cell]] = [
        [
            pack.regimen(name).label if name in pack.regimens_by_id else name or "any",
            "few" if count is None else f"{count:,}",
        ]
        for name, count in sorted(card.regimens.items(), key=lambda item: -(item[1] or 0))
    ]
    columns = [Column("Regimen"), Column("Patients", number=True)]
    return table("Patients behind each regimen", columns, rows)


def versions_table(card: ModelCard) -> Markup:
    """What the model came from, so that the same can be made again."""
    pairs: Sequence[tuple[str, str]] = (
        ("Model", card.bundle),
        ("Cohort", card.cohort),
        ("Where the cohort comes from", card.source),
        ("Rows read, and used", f"{card.rows_read:,}, {card.rows_used:,}"),
        ("Seed", str(card.seed)),
        ("Folds of cross-validation", str(card.folds)),
        ("Fingerprint of the pack", card.pack_fingerprint),
        ("Fingerprint of the cohort", card.cohort_fingerprint),
        ("Version of the code", card.code_version),
    )
    columns = [Column("What", width="30%"), Column("Value")]
    return table("Where this model comes from", columns, [list(pair) for pair in pairs])
