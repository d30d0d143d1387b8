"""The board: one row for each regimen, every figure with its interval on one scale from 0 to 100 %.

Rows stand in the pack's order until somebody chooses another, and no row is ever called best: under
a patient's own weights each gets a chance of being first, and one that another equals or beats in
everything is marked. A regimen that the rules close is greyed and keeps its reason. A figure that
reaches beyond what was followed is not shown, and its place says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

from components.charts import readings, theme
from components.charts.markup import Markup, element
from components.charts.readings import OS, PFS, PROGRESSION, QUANTITIES, RESPONSE, TOXICITY
from components.charts.survival import stable_styles
from components.charts.theme import LineStyle
from components.charts.verdicts import reasons
from components.widgets import marks
from components.widgets.panels import Tone, callout, chip, disclosure
from components.widgets.regimens import verdict_chip
from components.widgets.tables import Column, table
from dashboard.answers.forecast import Chance, Forecast, RegimenForecast, Support
from dashboard.answers.ranking import MOST_WEIGHT, Ranking, Weights
from dashboard.knowledge.burden import WEEKS, burden_of
from dashboard.knowledge.eligibility import Judgement
from dashboard.knowledge.rules import Answer, Facts
from dashboard.knowledge.schema import DiseasePack
from dashboard.records.wording import counted

PACK, WEIGHTS, APART = "pack", "weights", "apart"
ORDERS = (PACK, RESPONSE, PFS, OS, PROGRESSION, TOXICITY, WEIGHTS, APART)
_HARMS = (PROGRESSION, TOXICITY)
_HEADS = {
    RESPONSE: ("Response", "CR or PR"),
    PFS: ("PFS", "at {months} months"),
    OS: ("OS", "at {months} months"),
    PROGRESSION: ("Progression", "by {months} months"),
    TOXICITY: ("Severe toxicity", "grade 3 or worse"),
}
_CAPTION = (
    "Model estimates for this patient; in brackets and as bars the {level} interval. Every bar "
    "runs from 0 to 100%. Intervals that overlap do not tell two regimens apart."
)
_SLIDERS = (
    ("benefit", "Weight of benefit", 10.0),
    ("harm", "Weight of avoiding severe toxicity", 5.0),
    ("burden", f"Weight of avoiding visits (a visit a week is the most in {WEEKS} weeks)", 2.0),
)
_WEIGHED = {
    "benefit": "benefit weighs", "harm": "avoiding severe toxicity weighs",
    "burden": "avoiding visits weighs",
}  # fmt: skip
_MARK = "\N{BLACK UP-POINTING TRIANGLE}"
_APART = "\N{NOT EQUAL TO} differs,"
_MOST_CAUTIONS = 2
_LEAST_SHARE = 1e-4
_NEARLY_ALL = 0.99


@dataclass(frozen=True, slots=True)
class BoardView:
    """What the board is drawn from: one patient's answers, and what was chosen."""

    pack: DiseasePack
    facts: Facts
    judgement: Judgement
    forecast: Forecast
    months: int
    ranking: Ranking | None = None
    differing: Mapping[str, Sequence[str]] | None = None  # from published figures; None: not asked
    unseen: Mapping[str, str] = field(default_factory=dict)  # what may be missed where none shows

    def of(self, regimen: str) -> RegimenForecast:
        """The forecast under a regimen."""
        return readings.of_regimen(self.forecast, regimen)

    def figures(self, regimen: str) -> dict[str, Chance | None]:
        """The figures of one row."""
        return readings.at_month(self.of(regimen), self.months)


def choose_order(months: int, *, key: str) -> str:
    """By what the rows are ordered; the pack's order until somebody chooses."""

    def named(order: str) -> str:
        if order == PACK:
            return "Order: as in the pack"
        if order == WEIGHTS:
            return "Order: this patient's weights"
        if order == APART:
            return "Order: where the model differs from the published, first"
        falling = "lowest" if order in _HARMS else "highest"
        return f"Order: {readings.quantity_label(order, months)}, {falling} first"

    order: str = st.selectbox(
        "Order of the rows", ORDERS, format_func=named, key=key, label_visibility="collapsed",
        persist_state="session",
    )  # fmt: skip
    return order


def choose_weights(months: int, *, key: str) -> tuple[Weights, str]:
    """How much benefit, harm and burden count, and which figure is the benefit."""
    with st.popover("Weights", icon=":material/tune:"):
        benefit: str = st.selectbox(
            "Benefit is", (OS, PFS, RESPONSE), key=f"{key}.measure", persist_state="session",
            format_func=lambda name: readings.quantity_label(name, months),
        )  # fmt: skip
        given = [
            st.slider(
                label, 0.0, MOST_WEIGHT, start, 1.0, key=f"{key}.{name}", persist_state="session",
                format="%d",
            )
            for name, label, start in _SLIDERS
        ]  # fmt: skip
        st.caption(
            "With 10 and 5, one patient in 100 more with the benefit counts as much as two in 100 "
            "fewer with severe toxicity. The values at the start are no advice: set them together "
            "with the patient."
        )
    return Weights(*given), benefit


def in_order(view: BoardView, regimens: Sequence[str], order: str) -> list[str]:
    """The regimens in the order chosen; those without the figure come last."""
    if order == PACK:
        return list(regimens)
    if order == WEIGHTS:
        places = {s.regimen: s.place for s in view.ranking.standings} if view.ranking else {}
        return sorted(regimens, key=lambda name: places.get(name, float("inf")))
    if order == APART:
        return sorted(regimens, key=lambda name: name not in (view.differing or {}))
    sign = 1 if order in _HARMS else -1

    def place(regimen: str) -> float:
        chance = view.figures(regimen)[order]
        return float("inf") if chance is None else sign * chance.p

    return sorted(regimens, key=place)


def board_table(view: BoardView, regimens: Sequence[str]) -> Markup:
    """The board itself."""
    styles = stable_styles(regimens, [regimen.id for regimen in view.pack.regimens])
    heads = [_head("Regimen", "verdict; how many alike received it")]
    heads += [
        _head(title, under.format(months=view.months), axis=True)
        for title, under in _HEADS.values()
    ]
    heads.append(_head("Burden", f"visits, {WEEKS} weeks"))
    if view.ranking is not None:
        heads.append(_head("First", "under these weights"))
    rows = [_row(view, regimen, styles[regimen]) for regimen in regimens]
    drawn = element(
        "table",
        element("caption", _CAPTION.format(level=_level(view, regimens))),
        element("thead", element("tr", *heads)),
        element("tbody", *rows),
        class_="cc-table cc-board",
    )
    return element(
        "div", drawn, class_="cc-scroll", tabindex="0", role="region", aria_label="The board"
    )


def ranking_words(ranking: Ranking, labels: Mapping[str, str]) -> Markup:
    """What the chances of coming first mean, or why there are none for this patient."""
    left = [f"{labels[name]}: {why}" for name, why in ranking.left_out.items()]
    if ranking.closed:
        title = "Ranking under personal weights is not supported for this patient."
        return callout(Tone.CAUTION, title, " ".join([ranking.closed, *left]))
    words = (
        "First: the chance of scoring highest under these weights, given the intervals, among the "
        "regimens that can be ranked. The intervals are drawn independently, so these chances err "
        "towards \N{LEFT DOUBLE QUOTATION MARK}cannot tell\N{RIGHT DOUBLE QUOTATION MARK}. "
        "Dominated: on the estimates, another is as good in everything that counts."
    )
    return element(
        "div",
        element("p", element("strong", "What would change the lead: "), turn_words(ranking, labels),
                class_="cc-small cc-flat"),
        element("p", words, class_="cc-small cc-flat cc-muted"),
    )  # fmt: skip


def turn_words(ranking: Ranking, labels: Mapping[str, str]) -> str:
    """How much a weight would have to count until another regimen leads, on the estimates."""
    if not ranking.turns:
        return "no change of a single weight would put another regimen first, on the estimates."
    told = [
        f"{labels[turn.after]} leads instead of {labels[turn.before]} when {_WEIGHED[turn.weight]} "
        f"{'more' if turn.share > turn.now else 'less'} than {theme.percent(turn.share)} "
        f"(now {theme.percent(turn.now)})"
        for turn in ranking.turns
    ]
    return f"{'; '.join(told)}. On the estimates, the other weights in proportion."


def others_list(view: BoardView, shown: Sequence[str]) -> Markup:
    """Every regimen that is not on the board, greyed where the rules close it, with the reason."""
    others = [v for v in view.judgement.regimens if v.regimen not in set(shown)]
    if not others:
        return Markup("")
    closed = sum(verdict.answer is Answer.NO for verdict in others)
    rows = []
    for verdict in sorted(others, key=lambda v: v.answer is Answer.NO):
        said = (
            ""
            if verdict.answer is Answer.YES
            else "; ".join(reasons(verdict, view.pack, view.facts))
        )
        grey = "cc-muted cc-light" if verdict.answer is Answer.NO else None
        name = element("span", view.pack.regimen(verdict.regimen).label, class_=grey)
        rows.append((name, verdict_chip(verdict), element("span", said, class_=grey)))
    columns = (Column("Regimen", width="32%"), Column("Verdict", width="9rem"), Column("Why"))
    title = f"{counted(len(others), 'regimen')} not on the board, {closed} of them not suitable"
    return disclosure(title, table("Regimens not on the board", columns, rows, quiet=True))


# -- one row -------------------------------------------------------------------------------------


def _row(view: BoardView, regimen: str, style: LineStyle) -> Markup:
    verdict = view.judgement.of(regimen)
    found = view.of(regimen)
    cells = [_cell(found, name, chance) for name, chance in view.figures(regimen).items()]
    cells.append(_burden(view, regimen))
    if view.ranking is not None:
        cells.append(_first(view, regimen))
    closed = verdict.answer is Answer.NO
    return element(
        "tr",
        element("th", *_named(view, regimen, style), scope="row"),
        *cells,
        class_="cc-shut" if closed else None,
    )


def _named(view: BoardView, regimen: str, style: LineStyle) -> list[Markup]:
    """The name with its line, the verdict with its reason, and what stands against ranking it."""
    verdict, found = view.judgement.of(regimen), view.of(regimen)
    said = [] if verdict.answer is Answer.YES else reasons(verdict, view.pack, view.facts)
    standing = view.ranking.of(regimen) if view.ranking else None
    under = [verdict_chip(verdict), _received(found)]
    if standing is not None and standing.dominated_by:
        other = view.pack.regimen(standing.dominated_by).label
        share = _share_of_draws(standing.dominated_share)
        said.append(f"Dominated by {other} (in {share} of draws)")
    name = element("span", view.pack.regimen(regimen).label)
    return [
        element("div", marks.swatch(style), name, class_="cc-name"),
        element("div", *under, class_="cc-under"),
        *[element("div", reason, class_="cc-reason", title=reason) for reason in said[:2]],
        *_differing(view, regimen),
    ]


def _differing(view: BoardView, regimen: str) -> list[Markup]:
    """Where the model differs from what is published for this regimen, once that was asked."""
    if view.differing is None:
        return []
    told = view.differing.get(regimen, ())
    unseen = view.unseen.get(regimen, "cannot be compared with the published")
    lines = [f"{_APART} {each}" for each in told] or [unseen]
    return [element("div", line, class_="cc-reason", title=line) for line in lines]


def _received(found: RegimenForecast) -> Markup | None:
    """How many patients like this one received it; few or none is marked."""
    if found.support is None:
        return None
    similar = found.support.similar
    words = f"{similar:,.0f} alike" if similar >= 1 else "none alike"
    if found.cautions:
        words = f"{_MARK} {words}"
    return element("span", words, class_="cc-muted", title=" ".join(found.cautions) or None)


def _cell(found: RegimenForecast, quantity: str, chance: Chance | None) -> Markup:
    """A figure, its interval in words, and the interval as a bar on the common scale."""
    shown = readings.reading(chance)
    if chance is None or shown is None:
        missing = element("span", readings.why_none(found, quantity), class_="cc-ends")
        return element("td", missing, class_="cc-cell")
    low, width = 100 * chance.low, 100 * (chance.high - chance.low)
    bar = element(
        "span",
        element("span", class_="cc-span", style=f"left:{low:.1f}%;width:{max(width, 0.5):.1f}%"),
        element("span", class_="cc-point", style=f"left:{100 * chance.p:.1f}%"),
        class_="cc-track cc-harm" if quantity in _HARMS else "cc-track",
        aria_hidden="true",
    )
    return element(
        "td",
        element("span", shown.middle, class_="cc-mid"),
        element("span", f" ({shown.ends})", class_="cc-ends"),
        bar,
        class_="cc-cell",
    )


def _burden(view: BoardView, regimen: str) -> Markup:
    burden = burden_of(view.pack.regimen(regimen))
    visits = "not in the pack" if burden.visits is None else f"{burden.visits}"
    return element(
        "td",
        element("span", visits, class_="cc-mid"),
        element("div", burden.words, class_="cc-ends"),
        class_="cc-cell",
    )


def _first(view: BoardView, regimen: str) -> Markup:
    standing = view.ranking.of(regimen) if view.ranking else None
    if standing is None:
        why = view.ranking.left_out.get(regimen) if view.ranking else None
        return element("td", element("span", "not ranked", class_="cc-ends", title=why),
                       class_="cc-cell")  # fmt: skip
    return element(
        "td",
        element("span", _share_of_draws(standing.first), class_="cc-mid"),
        element("div", f"expected place {standing.place:.1f}", class_="cc-ends"),
        class_="cc-cell",
    )


def _share_of_draws(share: float) -> str:
    """A share that was counted in draws: none of them is no proof of never."""
    return theme.percent(min(max(share, _LEAST_SHARE), 1 - _LEAST_SHARE))


def _head(title: str, under: str, *, axis: bool = False) -> Markup:
    marks = ("0", "50", "100%")
    scale = element("span", *[element("span", m) for m in marks], class_="cc-scale",
                    aria_hidden="true")  # fmt: skip
    return element(
        "th", title, element("span", under, class_="cc-under-head"), scale if axis else None,
        scope="col", class_="cc-axis" if axis else None,
    )  # fmt: skip


def _level(view: BoardView, regimens: Sequence[str]) -> str:
    """The level of the intervals, read from one of them."""
    for regimen in regimens:
        for quantity in QUANTITIES:
            chance = view.figures(regimen)[quantity]
            if chance is not None:
                return theme.percent(chance.level)
    return theme.percent(0.9)


def applicability(view: BoardView, regimens: Sequence[str], source: str) -> Markup:
    """Whether the model has seen patients like this one, what it learnt from, and the cautions."""
    supports = [s for name in regimens if (s := view.of(name).support) is not None]
    lines = [_likeness(view, supports[0], source)] if supports else [element("div", source)]
    by_caution: dict[str, list[str]] = {}
    for regimen in regimens:
        for caution in view.of(regimen).cautions[:1]:
            by_caution.setdefault(caution, []).append(view.pack.regimen(regimen).label)
    told = [_caution(caution, labels, regimens) for caution, labels in by_caution.items()]
    if len(told) > _MOST_CAUTIONS:
        lines.append(disclosure(f"{_MARK} {len(told)} cautions", *told))
    else:
        lines += told
    return element("div", *lines, class_="cc-small cc-flat")


def _caution(caution: str, labels: Sequence[str], regimens: Sequence[str]) -> Markup:
    who = "" if len(labels) == len(regimens) else f"{', '.join(labels)}: "
    return element("div", element("span", f"{_MARK} ", aria_hidden="true"), who, caution)


def _how_usual(share: float) -> str:
    """What share of the cohort stands at least as far from its middle."""
    if share > _NEARLY_ALL:
        return "This patient is among the most typical 1% of the cohort."
    return f"{theme.percent(share)} of the cohort is as unusual or more so."


def _likeness(view: BoardView, support: Support, source: str) -> Markup:
    inside = support.inside
    state = chip(
        Tone.GOOD if inside else Tone.CAUTION,
        "Inside what the model has seen" if inside else "Outside what the model has seen",
    )
    vocabulary = view.pack.vocabulary
    untypical = [vocabulary[n].label if n in vocabulary else n for n in support.untypical]
    unusual = f" Unusual: {', '.join(untypical[:3])}." if untypical else ""
    farther = f" {_how_usual(1 - support.distance)}{unusual} "
    return element("div", state, farther, element("span", source, class_="cc-muted"))
