"""The parts of the full report that say why, how sure, and against what: for those who read on.

Attributions as bars and rows, who else speaks of a figure and where they differ, how many patients
stood behind the curves, and the card of the model. Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from components.charts import readings, theme
from components.charts.attribution import signed, unit_of
from components.charts.evidence import figure_text
from components.charts.printed import Bar, bars_drawing
from components.charts.values import value_text
from components.charts.verdicts import label_of
from dashboard.answers.concordance import AGREE, Row, Voice, size_told
from dashboard.answers.explanation import REGIMEN, TIME, Attribution, Contribution
from dashboard.answers.model_card import HeadCard
from dashboard.reporting.board_case import BoardCase
from dashboard.reporting.document import Block, Heading, Listing, Paragraph, Picture, Table

FORECASTS = "Forecasts with 90% intervals"
FACTS = "the facts that add most"
CONCORDANCE = "Where they agree and where they differ"
_MOST_BARS, _MOST_VOICES = 8, 4
_RISK_MONTHS = (0, 12, 24, 36, 48, 60)
_NONE = "\N{EM DASH}"
_ENDPOINTS: Mapping[str, str] = {
    "response": "Response",
    "os": "Overall survival",
    "pfs": "Progression-free survival",
}
_MEASURES: Mapping[str, str] = {"auc": "AUC", "c_uno": "C (Uno)", "c_harrell": "C (Harrell)"}


def at_risk(case: BoardCase) -> Iterator[Block]:
    """How many patients of the cohort were still followed under each regimen."""
    rows = []
    for name in case.rows:
        curve = case.at_risk.get(name)
        if curve is None:
            continue
        held = dict(zip(curve.risk_months, curve.at_risk, strict=True))
        told = [held.get(float(month), 0) for month in _RISK_MONTHS]
        hidden = curve.hidden or _NONE
        rows.append((case.labels[name], *[hidden if n is None else f"{n:,}" for n in told]))
    if rows:
        yield Table(
            "Number at risk: patients of the cohort in this line of treatment still followed",
            ("Regimen", *[f"{month} months" for month in _RISK_MONTHS]),
            tuple(rows),
            widths=(3.0, *[1.0] * len(_RISK_MONTHS)),
        )


# -- why the forecasts are what they are ---------------------------------------------------------


def reasons_of_forecasts(case: BoardCase) -> Iterator[Block]:
    """What each fact adds to the forecast, as bars and as a table with published effects."""
    if not case.attributions:
        return
    yield Heading("Why the forecasts are what they are")
    yield Paragraph(
        "Baseline plus what every fact adds is the forecast. A bar whose interval crosses the line "
        "has no sure direction. Attribution says what the model used, not what causes what.",
        leads=True,
    )
    for found in case.attributions:
        yield _bars(case, found)
    yield _facts(case, case.attributions[0])


def _bars(case: BoardCase, found: Attribution) -> Picture:
    parts = [part for part in found.ranked if part.effect][:_MOST_BARS]
    rest = sum(part.effect for part in found.contributions) - sum(part.effect for part in parts)
    bars = [_bar(case, part, found.scale) for part in parts]
    if rest:
        text = signed(rest, None, None, found.scale)
        bars.append(Bar("All other facts together", rest, rest, rest, text))
    what = f"{_asked(found)} under {case.labels[found.regimen]}"
    start = theme.percent(found.baseline)
    end = theme.percent(found.output, found.low, found.high)
    caption = (
        f"From {start} for the average patient of the cohort to {end} for this one. Beside each "
        f"bar what the fact adds, in {unit_of(found.scale)}, with its 90% interval."
    )
    return Picture(bars_drawing(what, bars), caption, title=what)


def _bar(case: BoardCase, part: Contribution, scale: str) -> Bar:
    low = part.effect if part.low is None else part.low
    high = part.effect if part.high is None else part.high
    text = signed(part.effect, part.low, part.high, scale)
    return Bar(_fact(case, part), part.effect, low, high, text)


def _asked(found: Attribution) -> str:
    at = f" at {found.horizon_months:g} months" if found.horizon_months else ""
    return f"{_ENDPOINTS.get(found.target, found.target)}{at}"


def _fact(case: BoardCase, part: Contribution) -> str:
    if part.feature == REGIMEN:
        return "The regimen itself"
    if part.feature == TIME:
        return "Effects that change with time"
    if part.feature not in case.pack.vocabulary:
        return label_of(part.feature, case.pack)
    feature = case.pack.feature(part.feature)
    value = None if part.value is None else case.patient.facts.get(part.feature, part.value)
    return f"{feature.label}: {value_text(feature, value)}"  # as it may leave: ages from 90 on


def _facts(case: BoardCase, found: Attribution) -> Table:
    rows = []
    for part in [part for part in found.ranked if part.effect][:_MOST_BARS]:
        beside = found.expected.get(part.feature)
        said = _NONE
        if beside is not None:
            first = next((row.said for row in beside.rows), "")
            said = f"{beside.verdict}: {first}" if first else beside.verdict
        sure = "sure" if part.stable else "not sure"
        text = signed(part.effect, part.low, part.high, found.scale)
        rows.append((_fact(case, part), text, sure, said))
    return Table(
        f"{_asked(found)} under {case.labels[found.regimen]}: {FACTS}",
        ("Fact", f"Adds, {unit_of(found.scale)}", "Direction", "Published effects"),
        tuple(rows),
        widths=(2.2, 1.4, 0.8, 3.0),
    )


# -- who else speaks of it -----------------------------------------------------------------------


def concordance(case: BoardCase) -> Iterator[Block]:
    """The model beside trials, scores and similar patients, and where they differ."""
    if not case.concordance:
        return
    yield Heading("The model beside trials, scores and similar patients")
    yield Table(
        CONCORDANCE,
        ("Regimen and quantity", "The model", "Others who speak of it", "Verdict"),
        tuple(_row(row) for row in case.concordance),
        widths=(2.0, 1.3, 3.2, 1.2),
        note="Each keeps its own interval; nothing is averaged. A difference is more than 1.96 "
        "standard errors, with the spread between trials counted in.",
    )


def _row(row: Row) -> tuple[str, ...]:
    others = [f"{voice.label}: {_told(voice, row.unit)}" for voice in row.voices[:_MOST_VOICES]]
    more = len(row.voices) - _MOST_VOICES
    if more > 0:
        others.append(f"and {more} more")
    apart = [name for name in row.differing if name != "the trials together"]
    if row.verdict == AGREE and row.noticed is not None:
        apart = apart or [f"one below {size_told(row.noticed, row.unit)} may be missed"]
    beside = ", ".join(apart[:2])
    verdict = f"{row.verdict} ({beside})" if beside else row.verdict
    told = _told(row.model, row.unit)
    return (f"{row.label}, {row.measure}", told, "; ".join(others) or _NONE, verdict)


def _told(voice: Voice, unit: str) -> str:
    told = figure_text(voice.value, voice.low, voice.high, unit)
    return told if unit == "%" or voice.value is None else f"{told} {unit}"


# -- the model -----------------------------------------------------------------------------------


def model_card(case: BoardCase) -> Iterator[Block]:
    """What the model is, how well it did on patients left out, and where it ends."""
    card = case.card
    kind = "simulated patients; no real patient is in it" if card.synthetic else "real patients"
    yield Heading("The model")
    yield Paragraph(
        f"Learnt from {card.rows_used:,} treatments of {kind}, judged on patients left out of "
        f"training in {card.folds} rounds. {card.use}".strip()
    )
    yield Table(
        "How well it did on patients left out of training; 50% is a coin, 100% never wrong",
        ("Forecast", "Patients", "Events", "Tells apart", "Mean error of chances",
         "Calibration slope"),
        tuple(_head(head, case) for head in card.heads),
        widths=(2.0, 0.9, 0.9, 2.0, 1.3, 1.1),
        note="A slope of 1 is right: below it, forecasts are too extreme; above it, too timid.",
    )  # fmt: skip
    if card.limits:
        yield Paragraph("Where it ends:", leads=True)
        yield Listing(tuple(card.limits))
    versions = (
        ("Model", card.bundle),
        ("Cohort", f"{card.cohort} ({card.cohort_fingerprint})"),
        ("Source of the data", card.source),
        ("Pack", card.pack_fingerprint),
        ("Code", card.code_version),
        ("Seed", str(card.seed)),
    )
    yield Table("Where it comes from", ("What", "Which"), versions, (1, 4))


def _head(head: HeadCard, case: BoardCase) -> tuple[str, ...]:
    quality = head.quality
    name = next((name for name in _MEASURES if name in quality), "")
    apart = head.note or _NONE
    if name:
        ends = (quality.get(f"{name}_low"), quality.get(f"{name}_high"))
        apart = f"{_MEASURES[name]} {theme.percent(quality[name], *ends)}"
    return (
        _target(head.target, case),
        f"{quality['n']:,.0f}" if "n" in quality else _NONE,
        f"{quality['events']:,.0f}" if "events" in quality else _NONE,
        apart,
        f"{100 * quality['ece']:.1f} points" if "ece" in quality else _NONE,
        f"{quality['slope']:.2f}" if "slope" in quality else _NONE,
    )


def _target(target: str, case: BoardCase) -> str:
    name, _, part = target.partition(":")
    told = _ENDPOINTS.get(name, name)
    words = case.group(part) if name == readings.TOXICITY else part.replace("_", " ")
    return f"{told[0].upper()}{told[1:]}{f', {words}' if words else ''}"
