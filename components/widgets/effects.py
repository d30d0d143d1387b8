"""Beyond one fact at a time, on the screen: facts together, and one fact over the whole cohort.

Pairs are told with how much they do beyond what each does alone; two facts of the visitor's choice
are laid out as a table with this patient's cell framed. A fact over the cohort is a curve with the
patient's mark. Nothing is estimated here.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.charts import theme
from components.charts.attribution import signed, unit_of
from components.charts.effects import Named, effect_figure
from components.charts.markup import Markup, element
from components.charts.theme import RawFigure
from components.charts.values import value_text
from components.charts.verdicts import label_of
from components.widgets import panels
from components.widgets.figures import show_figure
from components.widgets.panels import plain
from components.widgets.tables import Cell, Column, table
from components.widgets.targets import question_words
from components.widgets.why import named_fact
from dashboard.answers.explanation import (
    MONTHS,
    REGIMEN,
    EffectCurve,
    Interaction,
    Surface,
    Target,
)
from dashboard.knowledge.schema import DiseasePack, Kind
from dashboard.records.patient import Value
from dashboard.records.wording import unit_label

_LEAST = 0.005  # of the scale: half a point together is not worth a pair
_MOST_ACROSS, _STRONGEST = 7, 0.45
ALONG_CAPTION = (
    "What the model learnt of the whole cohort, against its average patient, the other facts as "
    "patients near each value have them; 90% band of what the model does not know. Strokes at the "
    "foot: a tenth of the patients lies between two. It describes the model, not causes."
)
PAIRS_CAPTION = (
    "What two facts do together beyond what each does alone; the table lays two facts out with the "
    "others as they are. It describes the model, not causes."
)


def choose_fact(pack: DiseasePack, inputs: Sequence[str], *, key: str, label: str = "Fact") -> str:
    """One of the facts that the model uses."""
    chosen: str = st.selectbox(
        label, list(inputs), key=key, persist_state="session",
        format_func=lambda name: plain(label_of(name, pack)),
    )  # fmt: skip
    return chosen


def named_curve(curve: EffectCurve, pack: DiseasePack) -> Named:
    """A curve with the words of the pack."""
    held = pack.vocabulary.get(curve.feature)
    unit = unit_label(held.unit) if held is not None and held.kind is Kind.NUMBER else ""
    places = tuple(_value(curve.feature, place, pack) for place in curve.places)
    patient = _value(curve.feature, curve.patient, pack)
    return Named(curve, label_of(curve.feature, pack), unit, places, patient)


def show_along(curve: EffectCurve, pack: DiseasePack, *, source: str, key: str) -> RawFigure:
    """The curve with its words and its table; gives the figure."""
    named = named_curve(curve, pack)
    figure = effect_figure(named)
    show_figure(figure, key=key)
    st.caption(f"{unknown_words(named)} {ALONG_CAPTION} {source}")
    panels.show(panels.disclosure("The figures as a table", effect_table(named)))
    return figure


def effect_table(named: Named) -> Markup:
    """The curve's figures, with how many patients stand behind each."""
    held = named.curve
    rows: list[list[Cell]] = [
        [text, named.text(place), f"{held.counts[place]:,}" if place < len(held.counts) else ""]
        for place, text in enumerate(named.places)
    ]
    columns = [
        Column(named.label), Column(f"{unit_of(held.scale)}, 90% interval", number=True),
        Column("Patients from here to the next", number=True),
    ]  # fmt: skip
    return table(f"{named.label} over the cohort, against the average patient", columns, rows)


def unknown_words(named: Named) -> str:
    """What to say where the patient has no mark."""
    if named.curve.patient is not None:
        return ""
    return f"{named.label} is not known of this patient, so that no mark stands on the curve."


# -- facts together ------------------------------------------------------------------------------


def pairs_words(found: Sequence[Interaction], scale: str, pack: DiseasePack) -> str:
    """The pair that does most, or that none does anything to speak of."""
    strong = [pair for pair in found if abs(pair.effect) >= _least(scale)]
    if not strong:
        return (
            "For this patient no two facts do anything together to speak of: the model as good as "
            "adds its facts up."
        )
    pair = strong[0]
    return (
        f"Together {_fact(pair.first, pair.first_value, pack)} and "
        f"{_fact(pair.second, pair.second_value, pack)} add "
        f"{signed(pair.effect, None, None, scale)} {unit_of(scale)} beyond what each adds alone."
    )


def pairs_table(found: Sequence[Interaction], scale: str, pack: DiseasePack) -> Markup:
    """The pairs that do most together."""
    rows: list[list[Cell]] = [
        [
            _fact(pair.first, pair.first_value, pack),
            _fact(pair.second, pair.second_value, pack),
            signed(pair.effect, pair.low, pair.high, scale),
        ]
        for pair in found
    ]
    columns = [
        Column("Fact"), Column("Together with"),
        Column(f"Add beyond each alone, {unit_of(scale)}", number=True),
    ]  # fmt: skip
    return table("Facts that do most together", columns, rows)


def first_pair(found: Sequence[Interaction], inputs: Sequence[str]) -> tuple[str, str]:
    """Two facts to begin with: those that do most together, then the model's first."""
    named = [name for pair in found for name in (pair.first, pair.second)]
    order = list(dict.fromkeys([*(n for n in named if n in set(inputs)), *inputs]))
    return order[0], order[1]


def show_pairs(
    found: Sequence[Interaction], pack: DiseasePack, inputs: Sequence[str], *, scale: str, key: str
) -> tuple[str, str]:
    """The pairs in words and as a table; gives the two facts that are to be laid out."""
    panels.show(panels.lead(pairs_words(found, scale, pack)))
    panels.show(pairs_table(found, scale, pack))
    return choose_two(pack, inputs, first_pair(found, inputs), key=key)


def choose_two(
    pack: DiseasePack, inputs: Sequence[str], start: tuple[str, str], *, key: str
) -> tuple[str, str]:
    """Two facts to lay out against each other."""
    left, right = st.columns(2, gap="small")
    with left:
        offered = list(dict.fromkeys((start[0], *inputs)))
        one = choose_fact(pack, offered, key=f"{key}.one", label="Lay out")
    with right:
        offered = [name for name in dict.fromkeys((*start[::-1], *inputs)) if name != one]
        other = choose_fact(pack, offered, key=f"{key}.other.{one}", label="against")
    return one, other


def surface_table(found: Surface, pack: DiseasePack) -> Markup:
    """The forecast over the values of two facts; the cell nearest this patient is framed."""
    first, second = (_thinned(places) for places in found.places)
    own = [_nearest(places, value) for places, value in zip((first, second), found.patient,
                                                            strict=True)]  # fmt: skip
    shares = [found.values[i][j] for i, _ in first for j, _ in second]
    low, high = min(shares), max(shares)
    rows: list[list[Cell]] = [
        [
            _value(found.features[0], place, pack),
            *[
                _shade(found.values[i][j], found.scale, (low, high),
                       framed=(i, j) == (own[0], own[1]))
                for j, _ in second
            ],
        ]
        for i, place in first
    ]  # fmt: skip
    columns = [Column(label_of(found.features[0], pack))]
    columns += [Column(_value(found.features[1], place, pack), number=True) for _, place in second]
    target = Target(found.target, found.horizon_months, found.scale)
    words = (
        f"{question_words(target, pack)} by {label_of(found.features[0], pack)} (rows) and "
        f"{label_of(found.features[1], pack)} (columns); framed: nearest to this patient"
    )
    return table(words, columns, rows)


def _shade(value: float, scale: str, ends: tuple[float, float], *, framed: bool) -> Markup:
    text = f"{value:.1f}" if scale == MONTHS else theme.percent(value)
    part = (value - ends[0]) / (ends[1] - ends[0]) if ends[1] > ends[0] else 0.0
    return element(
        "span", text, class_="cc-shade cc-framed" if framed else "cc-shade",
        style=f"--cc-share:{100 * _STRONGEST * part:.0f}%",
    )  # fmt: skip


def _thinned(places: Sequence[Value]) -> list[tuple[int, Value]]:
    """At most so many places, the first and the last among them, with where they stood."""
    count = len(places)
    if count <= _MOST_ACROSS:
        return list(enumerate(places))
    chosen = sorted({round(n * (count - 1) / (_MOST_ACROSS - 1)) for n in range(_MOST_ACROSS)})
    return [(place, places[place]) for place in chosen]


def _nearest(places: Sequence[tuple[int, Value]], value: Value | None) -> int | None:
    if value is None:
        return None
    if isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool)):
        numbers = [(abs(float(p) - value), i) for i, p in places if isinstance(p, int | float)]
        return min(numbers)[1] if numbers else None
    return next((i for i, place in places if place == value), None)


def _fact(feature: str, value: Value | None, pack: DiseasePack) -> str:
    if feature == REGIMEN:
        return f"the regimen ({pack.regimen(str(value)).label})"
    return named_fact(feature, value, pack)


def _least(scale: str) -> float:
    return _LEAST * (10.0 if scale == MONTHS else 1.0)


def _value(feature: str, value: Value | None, pack: DiseasePack) -> str:
    short = float(f"{value:.3g}") if isinstance(value, float) else value
    if feature not in pack.vocabulary:
        return "unknown" if short is None else f"{short}"
    return value_text(pack.feature(feature), short)
