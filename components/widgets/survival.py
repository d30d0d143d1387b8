"""Forecast survival on the screen: cards at a month, curves, the gap between two, every figure.

The same curves feed all of them; what has been come through already is taken out of every figure at
once. Nothing is estimated here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

from components.charts import forecast_curves, readings, theme
from components.charts.forecast_curves import Drawn, Frame
from components.charts.markup import Markup, element
from components.charts.readings import ENDPOINTS, OS, PFS
from components.charts.survival import MOST_CURVES, stable_styles
from components.charts.theme import RawFigure
from components.widgets import marks, panels
from components.widgets.figures import show_figure
from components.widgets.tables import Column, table
from dashboard.answers import curves
from dashboard.answers.forecast import Chance, Forecast, SurvivalCurve
from dashboard.answers.population import GroupCurve
from dashboard.answers.similar import ObservedCurve, SimilarGroup

TOGETHER, APART, GAP = "Curves", "Panels", "Difference"
LANDMARKS = (6, 12, 24, 36, 60)
_THROUGH = {OS: "Already alive", PFS: "Already without progression"}
_CAPTIONS = {OS: "Alive", PFS: "Without progression"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which endpoint, from how many months come through, and read at how many more."""

    endpoint: str = OS
    survived: int = 0
    months: int = 12


@dataclass(frozen=True, slots=True)
class Seen:
    """What was observed: the cohort's patients of this line, and those similar to this one."""

    cohort: Mapping[str, GroupCurve] = field(default_factory=dict)
    alike: Mapping[str, SimilarGroup] = field(default_factory=dict)


@dataclass(frozen=True)
class SurvivalView:
    """The curves of one endpoint, each from the month a patient has come through."""

    chosen: Chosen
    drawn: tuple[Drawn, ...]
    left_out: Mapping[str, str]
    harms: Mapping[str, Chance] = field(default_factory=dict)  # any severe toxicity

    @property
    def frame(self) -> Frame:
        """What the pictures are of."""
        last = max((float(each.curve.months[-1]) for each in self.drawn), default=0.0)
        mark = float(self.chosen.months) if self.chosen.months <= last else None
        return Frame(ENDPOINTS[self.chosen.endpoint], float(self.chosen.survived), mark)

    @property
    def as_forecast(self) -> dict[str, SurvivalCurve]:
        """The curves from the start on; none once they begin at what was come through."""
        return {} if self.chosen.survived else {each.regimen: each.curve for each in self.drawn}


def choose_endpoint(*, key: str) -> str:
    """Overall or progression-free."""
    endpoint: str = st.segmented_control(
        "Endpoint", (OS, PFS), default=OS, required=True, key=key, persist_state="session",
        format_func=str.upper, label_visibility="collapsed",
    )  # fmt: skip
    return endpoint


def choose_picture(*, key: str) -> str:
    """Curves in one picture, in panels, or the gap between two of them."""
    how: str = st.segmented_control(
        "Picture", (TOGETHER, APART, GAP), default=TOGETHER, required=True, key=key,
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    return how


def choose_survived(endpoint: str, *, key: str) -> int:
    """How many months the patient has come through already."""
    with st.popover(_THROUGH[endpoint], icon=":material/hourglass_bottom:"):
        months: int = st.slider(
            f"{_THROUGH[endpoint]} so many months after the start", 0, 24, 0, 1, key=key,
            persist_state="session", format="%d months",
        )  # fmt: skip
        st.caption("All figures then speak of the months from there on.")
    return months


def ask_for_observed(*, key: str) -> bool:
    """Whether what similar patients lived through is laid over the forecast."""
    wanted: bool = st.toggle(
        "Lay the observed survival of similar patients over the forecast", key=key,
        persist_state="session",
    )  # fmt: skip
    return wanted


def survival_view(
    forecast: Forecast,
    labels: Mapping[str, str],
    regimens: Sequence[str],
    seen: Seen,
    *,
    chosen: Chosen,
) -> SurvivalView:
    """The curves of these regimens; one that ends before what was come through is left out."""
    styles = stable_styles(regimens, list(labels))
    survived = chosen.survived
    drawn: list[Drawn] = []
    left_out: dict[str, str] = {}
    for regimen in regimens:
        found = readings.of_regimen(forecast, regimen)
        curve: SurvivalCurve | None = getattr(found, chosen.endpoint)
        if curve is None:
            left_out[regimen] = "; ".join(found.cautions) or "no forecast"
        elif survived and (survived >= curve.months[-1] or curve.at(survived).low <= 0):
            left_out[regimen] = f"followed {curve.months[-1]:.0f} months only"
        else:
            drawn.append(
                Drawn(
                    regimen, labels[regimen], curves.given_survived(curve, survived),
                    styles[regimen], _at_risk(seen.cohort.get(regimen)),
                    *_observed(seen.alike.get(regimen), chosen),
                )
            )  # fmt: skip
    severe = {name: readings.of_regimen(forecast, name).toxicities for name in regimens}
    harms = {name: held[readings.ANY] for name, held in severe.items() if readings.ANY in held}
    return SurvivalView(chosen, tuple(drawn), left_out, harms)


def show_cards(view: SurvivalView) -> None:
    """The share at the chosen month, large, with its interval and in words."""
    held = []
    for each in view.drawn:
        shown = readings.reading(readings.curve_at(each.curve, view.chosen.months))
        if shown is None:
            end = each.curve.months[-1]
            held.append((each.style, each.label, readings.NOTHING, f"ends at {end:.0f} months"))
        else:
            under = f"{shown.ends}, {shown.words}"
            held.append((each.style, each.label, shown.middle, under))
    since = "from now" if view.chosen.survived else "after the start"
    title = f"{_CAPTIONS[view.chosen.endpoint]} {view.chosen.months} months {since}"
    panels.show(element("p", element("strong", title), class_="cc-flat"))
    panels.show(marks.cards(title, held))


def show_picture(view: SurvivalView, how: str, *, key: str) -> RawFigure | None:
    """The curves as chosen; more than four become panels by themselves. Gives what it showed."""
    if not view.drawn:
        panels.show(panels.empty_state("No curve to show.", "None of these regimens has one."))
        return None
    if how == GAP and len(view.drawn) > 1:
        return _show_gap(view, key=key)
    apart = how == APART or len(view.drawn) > MOST_CURVES
    draw = forecast_curves.panels_figure if apart else forecast_curves.curves_figure
    figure = draw(view.drawn, view.frame)
    show_figure(figure, key=f"{key}.{'panels' if apart else 'curves'}")
    return figure


def figures_table(view: SurvivalView) -> Markup:
    """Every figure of the curves: medians, shares at landmarks, restricted means."""
    last = max((float(each.curve.months[-1]) for each in view.drawn), default=0.0)
    landmarks = [month for month in LANDMARKS if month <= last]
    until = min((float(each.curve.months[-1]) for each in view.drawn), default=0.0)
    columns = [
        Column("Regimen"),
        Column("Median, months", number=True),
        *[Column(f"At {month} months", number=True) for month in landmarks],
        Column(f"Mean of the first {until:.0f} months", number=True),
    ]
    rows: list[list[Markup | str]] = [
        [
            marks.named(each.style, each.label),
            _stacked(readings.median_text(each.curve)),
            *[
                _stacked(readings.text_of(readings.curve_at(each.curve, month)))
                for month in landmarks
            ],
            _stacked(readings.span_text(each.curve.restricted_mean(until))),
        ]
        for each in view.drawn
    ]
    level = theme.percent(view.drawn[0].curve.level) if view.drawn else ""
    words = f"{ENDPOINTS[view.chosen.endpoint]}, forecast for this patient, with {level} intervals"
    return table(words, columns, rows)


def _stacked(text: str) -> Markup | str:
    """A figure above its interval: a cell never breaks inside one."""
    middle, opened, ends = text.partition(" (")
    if not opened:
        return text
    return element(
        "span", element("span", middle, class_="cc-mid"), " ",
        element("span", f"({ends}", class_="cc-ends"), class_="cc-stacked",
    )  # fmt: skip


def left_out_words(view: SurvivalView, labels: Mapping[str, str]) -> str:
    """Which regimens have no curve here, and why."""
    told = [f"{labels[regimen]}: {why}" for regimen, why in view.left_out.items()]
    return f"Not drawn: {'; '.join(told)}." if told else ""


def _show_gap(view: SurvivalView, *, key: str) -> RawFigure:
    labels = {each.regimen: each.label for each in view.drawn}
    names = list(labels)
    left, right = st.columns(2)
    one = left.selectbox("This regimen", names, format_func=labels.__getitem__, key=f"{key}.one")
    others = [name for name in names if name != one]
    other = right.selectbox(
        "compared with", others, format_func=labels.__getitem__, key=f"{key}.other.{one}"
    )
    held = {each.regimen: each for each in view.drawn}
    first, second = held[one], held[other]
    panels.show(gap_words(view, first, second))
    found = curves.gap_curve(first.curve, second.curve)
    figure = forecast_curves.gap_figure(found, first, second, view.frame)
    show_figure(figure, key=f"{key}.gap")
    st.caption(
        "The band takes the two forecasts as independent. They are of one patient, so it is rather "
        "too wide than too narrow. A difference between forecasts is the effect of the treatment "
        "only as far as everything that decided the choice of treatment is among the inputs."
    )
    return figure


def gap_words(view: SurvivalView, one: Drawn, other: Drawn) -> Markup:
    """The gap at the chosen month, in 100 patients, as a number needed to treat, and in months."""
    parts = []
    here = [readings.curve_at(each.curve, view.chosen.months) for each in (one, other)]
    if here[0] is not None and here[1] is not None:
        found = curves.gap(here[0], here[1])
        parts.append(
            f"At {view.chosen.months} months {forecast_curves.points(found.value)} in 100 "
            f"({forecast_curves.points(found.low)} to {forecast_curves.points(found.high)}) with "
            f"{one.label}."
        )
        needed = curves.needed_to_treat(found)
        parts.append(
            "The interval includes no difference, so no number needed to treat is given."
            if needed is None
            else f"One in {needed[0]:.0f} treated ({needed[1]:.0f} to {needed[2]:.0f})."
        )
    until = float(min(one.curve.months[-1], other.curve.months[-1]))
    means = [each.curve.restricted_mean(until) for each in (one, other)]
    months = curves.gap_of_means(means[0], means[1])
    if months is not None:
        parts.append(
            f"Within {until:.0f} months that is {_signed(months.value)} months on average "
            f"({_signed(months.low)} to {_signed(months.high)})."
        )
    return element("p", " ".join([*parts, *_harm_words(view, one, other)]), class_="cc-lead")


def _harm_words(view: SurvivalView, one: Drawn, other: Drawn) -> list[str]:
    """The price of it: severe toxicity in 100 patients, and as a number needed to harm."""
    if one.regimen not in view.harms or other.regimen not in view.harms:
        return []
    found = curves.gap(view.harms[one.regimen], view.harms[other.regimen])
    told = (
        f"Severe toxicity: {forecast_curves.points(found.value)} in 100 "
        f"({forecast_curves.points(found.low)} to {forecast_curves.points(found.high)})"
    )
    needed = curves.needed_to_treat(found)
    if needed is None:
        return [f"{told}; the interval includes no difference."]
    more = "more" if found.value > 0 else "fewer"
    return [f"{told}: one {more} in {needed[0]:.0f} treated ({needed[1]:.0f} to {needed[2]:.0f})."]


def _signed(months: float) -> str:
    return f"{months:+.1f}".replace("-", "\N{MINUS SIGN}")


def _at_risk(seen: GroupCurve | None) -> dict[int, int]:
    if seen is None:
        return {}
    held = zip(seen.risk_months, seen.at_risk, strict=True)
    return {int(month): left for month, left in held if left is not None}


def _observed(group: SimilarGroup | None, chosen: Chosen) -> tuple[ObservedCurve | None, str]:
    """The observed curve with how many it rests on; none for who has come through a part of it."""
    curve = group.curves.get(chosen.endpoint) if group else None
    if group is None or curve is None or chosen.survived:
        return None, ""
    effective = "" if group.effective is None else f", in effect {group.effective:.0f}"
    return curve, f"observed in {group.patients} alike{effective}"
