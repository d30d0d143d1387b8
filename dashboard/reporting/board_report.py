"""The report of one patient for a tumour board: what is asked, forecast, published and unknown.

The first page stands for itself: the regimens side by side with their intervals. Then come the
curves, toxicity, a hundred people under each regimen, the scenarios that were kept, the reasons of
eligibility, the trials the patient would have fitted, the scores, the record with the origin of
every value, and the limits. Nothing is ranked and nothing advised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from components.charts import readings, theme
from components.charts.markup import unbroken
from components.charts.printed import Beside, Line, beside_drawing, curves_drawing
from components.charts.values import UNKNOWN, by_group, origin_text, value_text
from components.charts.verdicts import holding, label_of, reasons
from dashboard.answers.forecast import Chance, RegimenForecast, SurvivalCurve
from dashboard.knowledge import eligibility
from dashboard.knowledge.eligibility import Part
from dashboard.knowledge.evidence import Arm, EarlyArm, Estimate
from dashboard.knowledge.matching import ArmMatch, Fit
from dashboard.knowledge.rules import Answer
from dashboard.knowledge.sources import Source, Verified
from dashboard.records.patient import Patient, Value
from dashboard.records.wording import counted
from dashboard.reporting import appendix, decided, followed, hundred, what_ifs
from dashboard.reporting.board_case import BoardCase
from dashboard.reporting.decided import Decided
from dashboard.reporting.document import (
    Block,
    Callout,
    Document,
    Heading,
    Listing,
    Paragraph,
    Picture,
    Series,
    Table,
)
from dashboard.scores.shelf import ScoreResult, Status, UsedInput

MOST_DRAWN = 6
_MOST_DECIDING = 6
_ROW_LETTERS, _LETTERS_BESIDE_PICTURE = 60, 800  # a row takes a line even where it says little
_AGE = "age_years"
_SHOWN_FIRST, _PERFORMANCE = ("demographics", "disease", "molecular"), "ecog_ps"
_VERDICTS = {
    Answer.YES: "eligible",
    Answer.UNKNOWN: "undecided",
    Answer.NO: "not eligible",
    None: "\N{EM DASH}",
}
_READ = {
    Verified.YES: "yes",
    Verified.PARTIAL: "in part",
    Verified.MEMORY: "no",
}
_NO_TREATMENTS = (
    "The cohort recorded no treatments: it tells one prognosis, whatever is given, and compares no "
    "regimens. "
)
_NOT_FORECAST = "no forecast"
_NONE = "\N{EM DASH}"


def compose(case: BoardCase) -> Document:
    """The whole report."""
    return _document(
        case, _opening, _decided, _options, _curves, _harm, hundred.people, what_ifs.scenarios,
        appendix.reasons_of_forecasts, _why_open, _published, appendix.concordance, _scores,
        _record, appendix.model_card, _limits,
    )  # fmt: skip


def compose_summary(case: BoardCase) -> Document:
    """What fits on one page: the options side by side, what is missing, and the limits."""
    short = _document(case, _opening, _decided_briefly, _options, _open_questions, _limits)
    blocks = _in_lines(short.blocks)
    if case.decided is not None and _is_long(case.decided, case):
        blocks = (block for block in blocks if not isinstance(block, Picture))
    return replace(short, blocks=tuple(blocks), sources=())


def _is_long(said: Decided, case: BoardCase) -> bool:
    """Whether a decision takes the room of a picture on one page."""
    rows = decided.brief_rows(said, case.all_labels)
    return sum(_ROW_LETTERS + len(words) for _, words in rows) > _LETTERS_BESIDE_PICTURE


def _in_lines(blocks: Iterable[Block]) -> Iterator[Block]:
    """The same with every list as lines of running text, which take less of the page."""
    for block in blocks:
        if isinstance(block, Listing):
            told = [item if item.endswith(".") else f"{item};" for item in block.items]
            yield Paragraph(" ".join(told).removesuffix(";"), small=True)
        else:
            yield block


def _document(case: BoardCase, *parts: Callable[[BoardCase], Iterable[Block]]) -> Document:
    blocks = [block for part in parts for block in part(case)]
    return Document(
        title=f"Tumour board: {case.patient.id}",
        subtitle=f"{case.pack.label}, {_line(case.patient)}",
        made_on=case.made_on,
        synthetic=case.synthetic,
        blocks=tuple(blocks),
        sources=tuple(_sources(case)),
        stamp=case.stamp,
    )


def _line(patient: Patient) -> str:
    return "line of treatment unknown" if patient.line is None else f"line {patient.line}"


# -- the first page ------------------------------------------------------------------------------


def _opening(case: BoardCase) -> Iterator[Block]:
    known = {**case.patient.values}
    shown = [
        f"{feature.label}: {value_text(feature, known[feature.id])}"
        for feature in case.pack.features
        if feature.id in known and (feature.group in _SHOWN_FIRST or feature.id == _PERFORMANCE)
    ]
    yield Paragraph("; ".join(shown) + "." if shown else "Nothing is known of the patient yet.")
    yield from (Callout(caution) for caution in case.forecast.cautions)


def _decided(case: BoardCase) -> Iterator[Block]:
    yield from decided.in_full(case.decided, case.all_labels)
    yield from followed.in_full(case.followed, case.all_labels)


def _decided_briefly(case: BoardCase) -> Iterator[Block]:
    yield from decided.in_brief(case.decided, case.all_labels)


def _options(case: BoardCase) -> Iterator[Block]:
    months = case.horizon_months
    yield Heading("The regimens side by side")
    told = "" if case.forecast.knows_treatments else _NO_TREATMENTS
    header = (
        "Regimen", "By the rules", "Response (CR or PR)", f"Progression-free at {months:g} months",
        f"Alive at {months:g} months", "Median survival", "Severe toxicity (grade 3 or worse)",
    )  # fmt: skip
    yield Table(
        f"{appendix.FORECASTS}, at {months:g} months from the start of treatment",
        header,
        tuple(_option(case, name) for name in case.rows),
        widths=(2.1, 1.0, 1.3, 1.4, 1.3, 1.4, 1.3),
        note=f"{told}In the order of the pack, not ranked. Learnt from: {case.learnt_from}. Severe "
        f"toxicity: {_what_harm_is(case)}",
    )
    beside = [
        Beside(case.drawn_label(name), found.response, found.toxicities.get(readings.ANY))
        for name in case.rows
        if (found := case.of(name))
    ]
    if any(row.benefit or row.harm for row in beside):
        yield Picture(
            beside_drawing(beside),
            "Chances with their 90% intervals. Where intervals overlap widely, the model cannot "
            "tell the regimens apart.",
            title="Benefit and harm",
        )


def _option(case: BoardCase, name: str) -> tuple[str, ...]:
    verdict = _VERDICTS[case.verdict(name)]
    found = case.of(name)
    if found is None:
        return (case.labels[name], verdict, _NOT_FORECAST, *[_NONE] * 4)
    return (
        case.labels[name],
        verdict,
        _chance(found.response),
        _at(found.pfs, case.horizon_months),
        _at(found.os, case.horizon_months),
        _median(found.os),
        _severe(case, found),
    )


def _chance(chance: Chance | None) -> str:
    return _NONE if chance is None else theme.percent(chance.p, chance.low, chance.high)


def _at(curve: SurvivalCurve | None, month: float) -> str:
    if curve is None:
        return _NONE
    if month > float(curve.months[-1]):
        return f"not known: the data end at {curve.months[-1]:g} months"
    return _chance(curve.at(month))


def _median(curve: SurvivalCurve | None) -> str:
    if curve is None:
        return _NONE
    span = curve.median
    if span.months is None:
        return f"not reached by {curve.months[-1]:g} months"
    return theme.months(span.months, span.low, span.high)


def _severe(case: BoardCase, found: RegimenForecast) -> str:
    """The chance of any severe event; where that was not learnt, of the likeliest kind, named."""
    if not found.toxicities:
        return _NONE
    if readings.ANY in found.toxicities:
        return _chance(found.toxicities[readings.ANY])
    group, chance = max(found.toxicities.items(), key=lambda item: item[1].p)
    return f"{case.group(group)}: {_chance(chance)}"


def _what_harm_is(case: BoardCase) -> str:
    """What the last column counts, in a sentence."""
    if all(readings.ANY in one.toxicities for one in case.forecast.regimens if one.toxicities):
        return "the chance of at least one adverse event of grade 3 or worse."
    return (
        "adverse events of grade 3 or worse; of any kind, or of the likeliest kind where one is "
        "named."
    )


# -- curves and harm -----------------------------------------------------------------------------


def _curves(case: BoardCase) -> Iterator[Block]:
    drawn = [(case.drawn_label(name), found) for name in case.rows if (found := case.of(name))][
        :MOST_DRAWN
    ]
    for endpoint, pick in (("Overall survival", "os"), ("Progression-free survival", "pfs")):
        lines = [Line(label, curve) for label, found in drawn if (curve := getattr(found, pick))]
        if lines:
            if pick == "os":
                yield Heading("Survival")
            until = min(60.0, *(float(line.curve.months[-1]) for line in lines))
            yield Picture(
                curves_drawing(endpoint, lines, until),
                f"{endpoint} against months from the start of treatment: forecast with 90% bands. "
                f"Learnt from: {case.learnt_from}.",
                title=f"{endpoint}, forecast",
                series=tuple(_series(line, until) for line in lines),
            )
            if pick == "os":
                yield from appendix.at_risk(case)


def _series(line: Line, until: float) -> Series:
    months = [float(month) for month in range(int(until) + 1)]
    return Series(line.label, tuple(months), tuple(line.curve.at(month).p for month in months))


def _harm(case: BoardCase) -> Iterator[Block]:
    found = [(name, one) for name in case.rows if (one := case.of(name)) and one.toxicities]
    groups = list(dict.fromkeys(group for _, one in found for group in one.toxicities))
    if not groups:
        return
    yield Heading("Severe toxicity")
    for first in range(0, len(groups), 5):
        some = groups[first : first + 5]
        yield Table(
            "Chance of a grade 3 or worse event, with 90% interval",
            ("Regimen", *map(case.group, some)),
            tuple(
                (case.labels[name], *[_chance(one.toxicities.get(group)) for group in some])
                for name, one in found
            ),
            widths=(2.0, *[1.0] * len(some)),
        )


# -- why -----------------------------------------------------------------------------------------


def _why_open(case: BoardCase) -> Iterator[Block]:
    facts = case.judgement.known(case.patient.facts)
    yield Heading("What the published rules say")
    rows = []
    for name in case.regimens:
        verdict = case.judgement.of(name)
        rules = eligibility.rules_of(case.pack)[name]
        why = [] if verdict.answer is Answer.YES else reasons(verdict, case.pack, facts)
        why += [f"Caution: {text}" for text in holding(rules[Part.CAUTION], case.pack, facts)]
        rows.append((case.labels[name], _VERDICTS[verdict.answer], "; ".join(why) or _NONE))
    yield Table(
        "Eligibility by regimen", ("Regimen", "By the rules", "Why"), tuple(rows), (2, 1, 4)
    )
    yield from _open_questions(case)
    cautions = [
        f"{case.labels[name]}: {text}"
        for name in case.rows
        for text in (case.of(name).cautions if case.of(name) else ())  # type: ignore[union-attr]
    ]
    if cautions:
        yield Paragraph("What to bear in mind of the forecasts:", leads=True)
        yield Listing(tuple(cautions))


def _open_questions(case: BoardCase) -> Iterator[Block]:
    deciding = case.judgement.deciding[:_MOST_DECIDING]
    if deciding:
        yield Paragraph("Unknown facts that would decide most:", leads=True)
        yield Listing(
            tuple(
                f"{label_of(fact.feature, case.pack)}: settles "
                f"{counted(len(fact.regimens), 'regimen')}"
                for fact in deciding
            )
        )


# -- what is published ---------------------------------------------------------------------------


def _published(case: BoardCase) -> Iterator[Block]:
    rows = [
        _arm_row(case.labels[name], match)
        for name in case.regimens
        for match in case.matches.get(name, ())
        if match.fit is not Fit.DOES_NOT_FIT
    ]
    if not rows:
        return
    yield Heading("Published trials whose population the patient fits, or nearly fits")
    yield Table(
        "Arms of trials",
        ("Regimen", "Trial", "Patient", "Response", "Median PFS", "Median OS", "Re-read"),
        tuple(rows),
        widths=(2, 1.7, 1.7, 1.1, 1.4, 1.4, 0.9),
        note="Months with 95% intervals. Re-read: whether the figures were read again at their "
        "source; those that were not should be looked up before anything rests on them.",
    )


def _arm_row(regimen: str, match: ArmMatch) -> tuple[str, ...]:
    arm = match.arm
    told = str(match.fit) + (f": {'; '.join(match.differs)}" if match.differs else "")
    trial = f"{arm.trial} ({unbroken(f'n = {arm.n:,}')})" if arm.n else arm.trial
    if isinstance(arm, EarlyArm):
        shown = _NONE if arm.endpoint_pct is None else f"{arm.endpoint_pct:g}% {arm.endpoint}"
        return (regimen, trial, told, _NONE, shown, _NONE, _READ[arm.source.verified])
    response = _NONE if arm.orr_pct is None else f"{arm.orr_pct:g}%"
    return (
        regimen, trial, told, response, _estimate(arm.pfs_median), _estimate(arm.os_median),
        _READ[arm.source.verified],
    )  # fmt: skip


def _estimate(estimate: Estimate) -> str:
    if estimate.value is None and estimate.low is None:
        return _NONE
    value = "not reached" if estimate.value is None else f"{estimate.value:g}"
    if estimate.low is None and estimate.high is None:
        return value
    low, high = ("not reached" if e is None else f"{e:g}" for e in (estimate.low, estimate.high))
    return f"{value} ({low} to {high})"


def _scores(case: BoardCase) -> Iterator[Block]:
    computed = [one for one in case.scores if one.status is Status.COMPUTED]
    if not computed:
        return
    yield Heading("Published scores")
    yield Table(
        "Scores that apply and whose inputs are known",
        ("Score", "Value", "Group", "From"),
        tuple(
            (
                result.score.name,
                _score_value(result),
                result.group.label if result.group else _NONE,
                "; ".join(f"{used.label}: {_input(used, case)}" for used in result.used),
            )
            for result in computed
        ),
        widths=(2, 1, 2, 4),
    )


def _score_value(result: ScoreResult) -> str:
    value = result.value
    text = value if isinstance(value, str) else f"{value:.{result.score.digits}f}"
    return f"{text} {result.score.value_unit}".strip()


def _input(used: UsedInput, case: BoardCase) -> str:
    """An input as it may leave: the age as the patient is handed out with it."""
    value = used.value
    if used.features == (_AGE,):
        value = case.patient.values.get(_AGE, value)
    return _plain(value, used.unit)


def _plain(value: Value, unit: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value.replace("_", " ")
    return theme.quantity(value, "" if unit == "count" else unit)


# -- record, limits, sources ---------------------------------------------------------------------


def _record(case: BoardCase) -> Iterator[Block]:
    yield Heading("The record")
    known = case.patient.values
    rows = [
        (
            feature.label,
            value_text(feature, known.get(feature.id)),
            origin_text(case.patient.origins.get(feature.id)) or _NONE,
        )
        for features in by_group(case.pack.features).values()
        for feature in features
        if feature.id in known
    ]
    if any(origin != _NONE for *_, origin in rows):
        yield Table(
            "What is known, and from where", ("Fact", "Value", "Origin"), tuple(rows), (2, 1.5, 3)
        )
    elif rows:
        bare = tuple(row[:2] for row in rows)
        yield Table("What is known; from where is not on record", ("Fact", "Value"), bare, (2, 3))
    missing = [f.label for f in case.pack.features if f.id not in case.patient.facts]
    if missing:
        yield Paragraph(
            f"Unknown ({UNKNOWN} is never replaced by a default): {', '.join(missing)}.", small=True
        )


def _limits(case: BoardCase) -> Iterator[Block]:
    yield Heading("How to read this")
    yield Listing(
        (
            f"The forecasts were learnt from: {case.learnt_from} (model {case.forecast.bundle}). "
            "They say what became of patients like this one there, not what will be.",
            "An interval of 90% leaves the truth outside it once in ten times, if the patient is "
            "like those the model was learnt from.",
            "A difference between two regimens is an estimate from observed choices; a randomised "
            "trial, where there is one, outweighs it.",
            "Eligibility follows the published rules of the disease pack; it does not know what is "
            "not on record.",
        )
    )


def _sources(case: BoardCase) -> Sequence[str]:
    arms: list[Arm | EarlyArm] = [
        match.arm
        for name in case.regimens
        for match in case.matches.get(name, ())
        if match.fit is not Fit.DOES_NOT_FIT
    ]
    cited = [arm.source for arm in arms] + [
        one.score.source for one in case.scores if one.status is Status.COMPUTED
    ]
    return list(dict.fromkeys(text for source in cited if (text := _citation(source))))


def _citation(source: Source) -> str:
    told = f"{source.text}. {source.reference}".strip(". ")
    return f"{told}. Re-read at the source: {_READ[source.verified]}." if told else ""
