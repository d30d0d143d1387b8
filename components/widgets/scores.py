"""The published scores of one patient on the screen, one row each.

A row gives value and group with the outcome that was published for it, or says which input is
missing and over what range the result could lie, or which criterion of the score fails and then no
number. Every input can be unfolded with the place it came from. PREDICT's treatments are laid out
beneath with what each adds; it is a re-implementation and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from components.charts import theme
from components.charts.markup import Markup, element, join
from components.charts.values import origin_text
from components.widgets.panels import Tone, callout, chip, disclosure, re_read_mark, show
from components.widgets.tables import Cell, Column, table
from dashboard.knowledge.schema import DiseasePack, Kind, Verified
from dashboard.records.patient import Origin, Value
from dashboard.scores.benefit import LABELS, YEARS, BenefitTable
from dashboard.scores.schema import Outcome, ScoreInput
from dashboard.scores.shelf import ScoreResult, Span, Status, UsedInput

ORDER = (Status.COMPUTED, Status.MISSING, Status.INVALID, Status.OUT_OF_SCOPE)
WORDS: Mapping[Status, tuple[Tone, str]] = {
    Status.COMPUTED: (Tone.GOOD, "Computed"),
    Status.MISSING: (Tone.UNKNOWN, "Input missing"),
    Status.INVALID: (Tone.CAUTION, "Input impossible"),
    Status.OUT_OF_SCOPE: (Tone.CLOSED, "Withheld"),
}
_MOST_MISSING = 4
_MOST_TYPED = 4  # more fields than that do not fit on a line


def score_table(
    results: Sequence[ScoreResult], pack: DiseasePack, origins: Mapping[str, Origin]
) -> Markup:
    """One row for each score that may be meant for this patient, computed ones first."""
    meant = [result for result in results if result.status is not Status.OUT_OF_SCOPE]
    withheld = [result for result in results if result.status is Status.OUT_OF_SCOPE]
    drawn = _table(meant, pack, origins)
    if not withheld:
        return drawn
    label = (
        f"{len(withheld)} scores of this tumour group are not meant for this patient; "
        "their numbers are withheld"
        if len(withheld) > 1
        else "1 score of this tumour group is not meant for this patient; its number is withheld"
    )
    return join([drawn, disclosure(label, _table(withheld, pack, origins))])


def _table(
    results: Sequence[ScoreResult], pack: DiseasePack, origins: Mapping[str, Origin]
) -> Markup:
    ordered = sorted(results, key=lambda result: ORDER.index(result.status))
    columns = (
        Column("Score", width="27%"), Column("Result", width="27%"),
        Column("Published for this group", width="22%"), Column("Source"),
    )  # fmt: skip
    rows = [
        [_name(result), _result(result, pack, origins), _outcomes(result), _source(result)]
        for result in ordered
    ]
    return table("Published scores for this tumour group", columns, rows, quiet=True)


def value_text(result: ScoreResult) -> str:
    """The value as it is published: its digits and its unit."""
    if isinstance(result.value, str):
        return result.value
    return _number(result.value, result) if result.value is not None else ""


def outcome_text(outcome: Outcome) -> str:
    """A published outcome with its interval: `median overall survival 10 months (8 to ?)`."""
    sign = "%" if outcome.unit == "%" else f" {outcome.unit}"
    ends = ""
    if outcome.low is not None or outcome.high is not None:
        low, high = (("?" if end is None else f"{end:g}") for end in (outcome.low, outcome.high))
        ends = f" ({low} to {high}{'%' if outcome.unit == '%' else ''})"
    return f"{outcome.endpoint} {outcome.value:g}{sign.rstrip()}{ends}"


def complete_by_hand(results: Sequence[ScoreResult], *, key: str) -> dict[str, dict[str, Value]]:
    """Inputs typed in for scores that lack only a few; empty until all of a score are given."""
    lacking = [r for r in results if r.status is Status.MISSING and len(r.missing) <= _MOST_TYPED]
    if not lacking:
        return {}
    given: dict[str, dict[str, Value]] = {}
    with st.expander("Complete a score by hand"):
        st.caption("What is entered here is used for the score alone and is not kept.")
        for result in lacking:
            typed = _typed(result, key=f"{key}.{result.score.id}")
            if len(typed) == len(result.missing):
                given[result.score.id] = typed
    return given


def _typed(result: ScoreResult, *, key: str) -> dict[str, Value]:
    columns = st.columns([2, *[3] * len(result.missing)], vertical_alignment="bottom")
    with columns[0]:
        show(element("span", result.score.name, class_="cc-small"))
    typed: dict[str, Value] = {}
    for column, given in zip(columns[1:], result.missing, strict=True):
        with column:
            value = _field(given, key=f"{key}.{given.id}")
            if value is not None:
                typed[given.id] = value
    return typed


def _field(given: ScoreInput, *, key: str) -> Value | None:
    if given.kind is Kind.NUMBER:
        hard = given.hard
        unit = f", {given.unit}" if given.unit not in ("", "count") else ""
        number = st.number_input(
            f"{given.label}{unit}", value=None, key=key, placeholder="unknown",
            min_value=float(hard.low) if hard else None,
            max_value=float(hard.high) if hard else None,
        )  # fmt: skip
        return None if number is None else float(number)
    levels = ("yes", "no") if given.kind is Kind.FLAG else given.levels
    picked = st.selectbox(
        given.label, levels, index=None, key=key, placeholder="unknown",
        format_func=lambda level: str(level).replace("_", " "),
    )  # fmt: skip
    if picked is None:
        return None
    return picked == "yes" if given.kind is Kind.FLAG else str(picked)


def choose_treatments(result: ScoreResult, offered: Sequence[str], *, key: str) -> list[str]:
    """Which of PREDICT's treatments to weigh."""
    picked = st.pills(
        "Treatments weighed", list(offered), selection_mode="multi",
        default=[name for name in ("chemotherapy", "hormone", "trastuzumab") if name in offered],
        format_func=lambda name: LABELS[name], key=f"{key}.{result.score.id}", wrap=True,
    )  # fmt: skip
    return [name for name in offered if name in set(picked)]


def choose_generation(*, key: str) -> str:
    """Second or third generation of chemotherapy."""
    picked = st.segmented_control(
        "Generation of chemotherapy", ("2", "3"), default="3", required=True, key=key,
        format_func=lambda name: f"{'Second' if name == '2' else 'Third'} generation",
    )  # fmt: skip
    return str(picked)


def show_benefits(benefit: BenefitTable) -> None:
    """The course and what each treatment adds, with what these numbers are."""
    for part in (predict_notice(benefit), course_table(benefit), benefit_table(benefit)):
        show(part)


def course_table(benefit: BenefitTable) -> Markup:
    """Alive, and dead of breast cancer or of other causes, after 5, 10 and 15 years."""
    columns = [
        Column("Years after surgery"), Column("Alive, surgery alone", number=True),
        Column("Alive, with the treatments", number=True),
        Column("Died of breast cancer", number=True), Column("Died of another cause", number=True),
    ]  # fmt: skip
    rows = [
        [f"{y.years} years", *(f"{v:.1f}%" for v in (
            y.alive_untreated, y.alive, y.breast_deaths, y.other_deaths))]
        for y in benefit.course
    ]  # fmt: skip
    return table("Expected course by the PREDICT formula, per 100 patients", columns, rows)


def benefit_table(benefit: BenefitTable) -> Markup:
    """What each treatment adds to overall survival, split so that the order does not matter."""
    if not benefit.benefits:
        return element("p", "Choose a treatment to see what it adds.", class_="cc-muted")
    columns = [Column("Treatment")]
    for years in YEARS:
        columns += [
            Column(f"{years} years, order-free", number=True),
            Column("added in this order", number=True),
        ]
    rows: list[list[Cell]] = []
    for name in dict.fromkeys(b.treatment for b in benefit.benefits):
        held = {b.years: b for b in benefit.benefits if b.treatment == name}
        cells = [_points(part) for y in YEARS for part in (held[y].order_free, held[y].in_order)]
        rows.append([LABELS[name], *cells])
    totals = [sum(b.order_free for b in benefit.benefits if b.years == y) for y in YEARS]
    rows.append(
        ["All together", *(_points(total) for total in totals for _ in range(2))],
    )
    return table("Percentage points of overall survival that each treatment adds", columns, rows)


def predict_notice(benefit: BenefitTable) -> Markup:
    """What the numbers are, and are not."""
    return callout(
        Tone.PLAIN,
        f"The published formula of version {benefit.version}, re-implemented here.",
        "This is not the official tool. No interval was published for the formula. Order-free: "
        "the joint gain is shared out as the mean over every order of giving the treatments.",
    )


def _points(value: float) -> str:
    return f"{theme.rounded(value, 0.1)}"


def _name(result: ScoreResult) -> Markup:
    score = result.score
    parts: list[Markup | str] = [
        score.name,
        element("br"),
        _small(f"{score.setting} \N{MIDDLE DOT} version {score.version}"),
    ]
    return join(parts)


def _result(result: ScoreResult, pack: DiseasePack, origins: Mapping[str, Origin]) -> Markup:
    tone, word = WORDS[result.status]
    parts: list[Markup | str] = []
    if result.status is Status.COMPUTED:
        parts = [element("strong", f"{result.score.value_label}: {value_text(result)}")]
        if result.group and result.group.label != value_text(result):
            parts += [element("br"), f"group: {result.group.label}"]
        if not result.score.is_probability and _looks_like_a_share(result):
            parts += [element("br"), _small("A score, not the probability of response.")]
        parts += [join([element("br"), _small(note)]) for note in result.notes]
    elif result.status is Status.MISSING:
        parts = [chip(tone, word), element("br"), _missing(result)]
        if result.span is not None:
            parts += [element("br"), _small(_span_text(result, result.span))]
        parts += [join([element("br"), _small(note)]) for note in result.notes]
    else:
        parts = [chip(tone, word), element("br"), _small(result.reason)]
    inputs = [_input_line(used, pack, origins) for used in result.used]
    label = f"{len(inputs)} input{'s' if len(inputs) != 1 else ''} used"
    if inputs and result.status is not Status.OUT_OF_SCOPE:
        parts.append(disclosure(label, element("ul", *inputs)))
    return join(parts)


def _looks_like_a_share(result: ScoreResult) -> bool:
    return isinstance(result.value, float) and (result.score.low, result.score.high) == (0, 1)


def _missing(result: ScoreResult) -> Markup:
    labels = [given.label for given in result.missing]
    if len(labels) <= _MOST_MISSING:
        return _small(f"Missing: {', '.join(labels)}.")
    items = [element("li", label) for label in labels]
    return disclosure(f"{len(labels)} inputs are missing", element("ul", *items))


def _span_text(result: ScoreResult, span: Span) -> str:
    whole = len(span.groups) == len(result.score.groups) > 1
    groups = "any group" if whole else " or ".join(span.groups)
    if span.low is None or span.high is None:
        return f"Over plausible values: {groups}." if groups else ""
    low, high = (_number(end, result) for end in (span.low, span.high))
    return f"Over plausible values: {low} to {high}{f'; {groups}' if groups else ''}."


def _number(value: float, result: ScoreResult) -> str:
    digits = min(result.score.digits, 1 if result.score.value_unit == "%" else 2)
    unit = result.score.value_unit
    written = f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")
    return f"{written}{unit if unit in ('', '%') else ' ' + unit}"


def _input_line(used: UsedInput, pack: DiseasePack, origins: Mapping[str, Origin]) -> Markup:
    told = f"{used.label}: {_input_value(used)}"
    sources = [pack.vocabulary[n].label if n in pack.vocabulary else n for n in used.features]
    places = [origin_text(origins.get(name)) for name in used.features]
    where = "; ".join(dict.fromkeys(place for place in places if place))
    taken = f"from {', '.join(sources)}" if sources else used.origin
    note = used.origin.partition("(")[2].rstrip(")") if "(" in used.origin else ""
    tail = " \N{MIDDLE DOT} ".join(part for part in (taken, note, where) if part)
    return element("li", told, element("br"), element("span", tail, class_="cc-muted"))


def _input_value(used: UsedInput) -> str:
    if isinstance(used.value, bool):
        return "yes" if used.value else "no"
    if isinstance(used.value, str):
        return used.value.replace("_", " ")
    return theme.quantity(used.value, "" if used.unit == "count" else used.unit)


def _outcomes(result: ScoreResult) -> Markup | str:
    if result.status is not Status.COMPUTED:
        return ""
    if not result.outcomes:
        own = result.score.is_probability or not result.score.groups
        return "" if own else _small("no outcome published for this result")
    lines: list[Markup | str] = []
    for outcome in result.outcomes:
        verified = Verified.YES if outcome.verified else Verified.MEMORY
        lines.append(outcome_text(outcome))
        lines += [_small(words) for words in _whose(outcome, result)]
        lines.append(re_read_mark(verified))
    return join(part for line in lines for part in (line, element("br")))


def _whose(outcome: Outcome, result: ScoreResult) -> list[str]:
    """In whom a published outcome was seen, under what, and that it has no interval."""
    told = [outcome.population] if outcome.population else []
    if outcome.tumours:
        told.append(f"seen in another tumour: {', '.join(outcome.tumours)}")
    if result.score.seen_under:
        told.append(f"seen under {result.score.seen_under}")
    if outcome.low is None and outcome.high is None:
        told.append("no interval was published")
    return told


def _source(result: ScoreResult) -> Markup:
    score = result.score
    words = " ".join(part for part in (score.source.text, score.source.reference) if part)
    told = [
        element("li", f"Formula: {score.formula}"),
        element("li", f"Terms: {score.terms}"),
        element("li", score.source.note) if score.source.note else None,
        *[element("li", caveat) for caveat in score.caveats],
    ]
    return join(
        [
            _small(words), element("br"), re_read_mark(score.source.verified),
            disclosure("Formula, terms, limits", element("ul", *told)),
        ]
    )  # fmt: skip


def _small(text: str) -> Markup:
    return element("span", text, class_="cc-small cc-muted cc-light")
