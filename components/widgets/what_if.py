"""What would change a forecast, on the screen: facts to change, what moves most, where order flips.

Changed facts are typed like any others, so that units are asked for and limits hold; nothing of it
is kept. Everything says what would be forecast of a patient who had these values, never what a
change would bring about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from components.charts import readings, theme
from components.charts.changed import NOT_CAUSES, change_words, fact_text
from components.charts.markup import Markup, element, join
from components.charts.theme import RawFigure
from components.charts.verdicts import label_of
from components.charts.what_if import (
    Ghosted,
    Swung,
    apart_text,
    change_text,
    figure_text,
    ghost_figure,
    tornado_figure,
)
from components.widgets import panels
from components.widgets.entry import Form, entry_form
from components.widgets.figures import show_figure
from components.widgets.panels import Tone, plain
from components.widgets.tables import Cell, Column, table
from components.widgets.targets import question_words
from dashboard.answers.explanation import Target
from dashboard.answers.forecast import Forecast
from dashboard.answers.scenario import LONGEST_NAME, Scenario
from dashboard.answers.what_if import (
    Change,
    Counterfactual,
    Counterfactuals,
    Swing,
    TippingPoint,
    TippingPoints,
    Tornado,
)
from dashboard.knowledge.schema import DiseasePack
from dashboard.records.cells import Raw
from dashboard.records.patient import Patient

VIEWS = CHANGE, KEPT, SWING, FLIP, MODIFY = (
    "Change facts", "Kept scenarios", "What moves it most", "Where the order flips",
    "What could be modified",
)  # fmt: skip
MOST_CHANGED, MOST_SWINGS = 6, 14
NONE_KEPT = "Change facts, then give what you changed a name: it is kept for you with the patient."


def choose_view(*, compares: bool, key: str) -> str:
    """Change facts, swings, what is modifiable, and tipping points where regimens are compared."""
    offered = [view for view in VIEWS if compares or view != FLIP]
    view: str = st.segmented_control(
        "View of what would change the forecast", offered, default=CHANGE, required=True, key=key,
        wrap=True, label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    return view


# -- facts changed -------------------------------------------------------------------------------


def change_form(
    pack: DiseasePack, inputs: Sequence[str], start: Mapping[str, str], *, key: str
) -> Form:
    """Which facts to change, and a field for each, filled with what is on record."""
    offered = [name for name in inputs if name in pack.vocabulary]
    chosen: list[str] = st.multiselect(
        f"Facts to change, up to {MOST_CHANGED}", offered, max_selections=MOST_CHANGED,
        format_func=lambda name: plain(label_of(name, pack)), key=f"{key}.facts",
        placeholder="Choose facts; their fields hold what is on record", persist_state="session",
        select_all=False,
    )  # fmt: skip
    if not chosen:
        return Form(key)
    return entry_form(pack, start, key=key, only=chosen)


def changes_of(form: Form, start: Mapping[str, str]) -> dict[str, Raw]:
    """The fields that say something else than the record."""
    return {
        name: raw
        for name, raw in form.typed.items()
        if (raw.text.strip(), raw.unit) != (start.get(name, ""), "")
    }


def ghosts(
    before: Forecast, after: Forecast, regimens: Sequence[str], labels: Mapping[str, str], *,
    months: int,
) -> list[Ghosted]:  # fmt: skip
    """The regimens with every figure as it is and as it would be."""
    return [
        Ghosted(
            labels[name],
            readings.at_month(readings.of_regimen(before, name), months),
            readings.at_month(readings.of_regimen(after, name), months),
        )
        for name in regimens
    ]


def ghost_columns(rows: Sequence[Ghosted], months: int) -> dict[str, str]:
    """The figures that are drawn, with their heads: what the model has not learnt has no axis."""
    heads = {
        readings.RESPONSE: "Response",
        readings.PFS: f"Progression-free, {months} mo",
        readings.OS: f"Alive, {months} mo",
        readings.TOXICITY: "Severe toxicity",
    }
    held = {q: head for q, head in heads.items() if any(row.before[q] for row in rows)}
    return held or heads


def ghost_table(rows: Sequence[Ghosted], months: int) -> Markup:
    """Every figure, changed and original."""
    columns = [
        Column("Regimen"),
        *[Column(readings.quantity_label(q, months), number=True) for q in readings.QUANTITIES],
    ]
    cells = [
        [row.label, *[change_text(row.before[q], row.after[q]) for q in readings.QUANTITIES]]
        for row in rows
    ]
    return table("As it would be forecast, and as it was", columns, cells)


def show_answer(
    found: Tornado | TippingPoints | Counterfactuals, pack: DiseasePack, *, key: str
) -> RawFigure | None:
    """The answer to one question: its sentence, its picture where it has one, its table."""
    if isinstance(found, Tornado):
        panels.show(panels.lead(_swing_words(found, pack)))
        figure = tornado_figure(_swings_of(found, pack), found.output, found.scale)
        show_figure(figure, key=key)
        st.caption(f"Each fact moved alone, unknown ones in bold. {NOT_CAUSES}")
        panels.show(panels.disclosure("All facts as a table", _swings_table(found, pack)))
        return figure
    if isinstance(found, TippingPoints):
        panels.show(panels.lead(_tipping_words(found, pack)))
        if found.points:
            panels.show(_tipping_table(found, pack))
        st.caption(f"One fact at a time, the others as they are. {NOT_CAUSES}")
        return None
    panels.show(_counterfactual_words(found, pack))
    panels.show(_counterfactual_table(found, pack))
    return None


# -- scenarios that were kept --------------------------------------------------------------------


def ask_name(*, changed: bool, key: str) -> str:
    """Under which name to keep what is changed; empty until the visitor says so."""
    with st.form(key, border=False, clear_on_submit=True):
        left, right = st.columns([3, 1], vertical_alignment="bottom", gap="small")
        name = left.text_input(
            "Name this scenario", max_chars=LONGEST_NAME, placeholder="such as Fitter",
            disabled=not changed, autocomplete="off",
        )  # fmt: skip
        asked = right.form_submit_button("Keep it", disabled=not changed, width="stretch")
    return name.strip() if asked else ""


def choose_dropped(kept: Sequence[Scenario], *, key: str) -> str:
    """Which scenario to drop; empty until the visitor says so."""
    left, right = st.columns([3, 1], vertical_alignment="bottom", gap="small")
    name = left.selectbox("Drop a scenario", [each.name for each in kept], key=key)
    return name or "" if right.button("Drop it", key=f"{key}.now", width="stretch") else ""


def show_kept(
    original: tuple[Patient, Forecast],
    others: Mapping[str, tuple[Patient, Forecast]],
    lost: Mapping[str, str],
    pack: DiseasePack,
    *,
    regimen: str,
    months: int,
) -> tuple[list[Ghosted], RawFigure | None]:
    """The scenarios beside the original under one regimen, as a picture and a table."""
    who, before = original
    after = {name: forecast for name, (_, forecast) in others.items()}
    rows = scenario_rows(before, after, regimen, months=months)
    figure = ghost_figure(rows, ghost_columns(rows, months)) if rows else None
    if figure is not None:
        show_figure(figure, key="what_if.kept")
    panels.show(lost_words(lost))
    words = {name: change_words(who, other, pack) for name, (other, _) in others.items()}
    panels.show(scenario_table(rows, words, months))
    return rows, figure


def lost_words(lost: Mapping[str, str]) -> Markup:
    """Which scenarios have no forecast any more, and why."""
    return join(
        panels.callout(Tone.CAUTION, f"{name} cannot be forecast.", why)
        for name, why in lost.items()
    )


def scenario_rows(
    before: Forecast, after: Mapping[str, Forecast], regimen: str, *, months: int
) -> list[Ghosted]:
    """Each scenario under one regimen, the original as its ghost."""
    was = readings.at_month(readings.of_regimen(before, regimen), months)
    return [
        Ghosted(name, was, readings.at_month(readings.of_regimen(forecast, regimen), months))
        for name, forecast in after.items()
    ]


def scenario_table(
    rows: Sequence[Ghosted], changed: Mapping[str, str], months: int
) -> Markup:  # fmt: skip
    """What each scenario changes, and every figure as it would be and was."""
    columns = [
        Column("Scenario", width="14%"), Column("Changed", width="24%"),
        *[Column(readings.quantity_label(q, months), number=True) for q in readings.QUANTITIES],
    ]  # fmt: skip
    cells = [
        [
            row.label,
            changed[row.label],
            *[change_text(row.before[q], row.after[q]) for q in readings.QUANTITIES],
        ]
        for row in rows
    ]
    return table("Kept scenarios beside the forecast as it is", columns, cells)


# -- swings --------------------------------------------------------------------------------------


def _swings_of(found: Tornado, pack: DiseasePack) -> list[Swung]:
    """The unknown facts that move most, then the known ones."""
    unknown = [swing for swing in found.swings if not swing.known][: MOST_SWINGS // 2]
    known = [swing for swing in found.swings if swing.known][: MOST_SWINGS - len(unknown)]
    return [
        Swung(
            _fact(swing, pack),
            f"{fact_text(swing.feature, swing.low_value, pack)} to "
            f"{fact_text(swing.feature, swing.high_value, pack)}",
            swing.low_output,
            swing.high_output,
            swing.known,
        )
        for swing in (*unknown, *known)
    ]


def _fact(swing: Swing, pack: DiseasePack) -> str:
    """A fact with its value; of an unknown one the name alone, which the picture sets in bold."""
    name = label_of(swing.feature, pack)
    return f"{name}: {fact_text(swing.feature, swing.value, pack)}" if swing.known else name


def _swing_words(found: Tornado, pack: DiseasePack) -> str:
    """Which unknown fact is worth knowing most, in a sentence."""
    unknown = next((swing for swing in found.swings if not swing.known), None)
    if unknown is None:
        return "Every fact that the model uses is known; below, what each would do if otherwise."
    ends = sorted((unknown.low_output, unknown.high_output))
    return (
        f"The unknown fact that would move this forecast most is "
        f"{label_of(unknown.feature, pack)}: known, it would lie between "
        f"{figure_text(ends[0], found.scale)} and {figure_text(ends[1], found.scale)}; now it is "
        f"{figure_text(found.output, found.scale)}."
    )


def _swings_table(found: Tornado, pack: DiseasePack) -> Markup:
    """Every fact's swing."""
    columns = [
        Column("Fact"), Column("Now"), Column("Moved from"), Column("to"),
        Column("Forecast from", number=True), Column("to", number=True),
    ]  # fmt: skip
    rows = [
        [
            label_of(s.feature, pack), fact_text(s.feature, s.value, pack),
            fact_text(s.feature, s.low_value, pack), fact_text(s.feature, s.high_value, pack),
            figure_text(s.low_output, found.scale), figure_text(s.high_output, found.scale),
        ]
        for s in found.swings
    ]  # fmt: skip
    return table("How far each fact alone would move the forecast", columns, rows)


# -- tipping points ------------------------------------------------------------------------------


def _tipping_words(found: TippingPoints, pack: DiseasePack) -> str:
    """Whether and where two regimens change places, in sentences; none is an answer."""
    target = Target(found.target, found.horizon_months, found.scale)
    first, second = pack.regimen(found.regimen).label, pack.regimen(found.versus).label
    more = "higher" if found.difference >= 0 else "lower"
    said = [
        f"{question_words(target, pack)} is forecast {more} under {first} than under {second}, "
        f"by {apart_text(found.difference, found.scale)}."
    ]
    if not found.certain:
        said.append("That order is not sure to begin with: its interval holds both directions.")
    if found.points:
        one = found.points[0]
        said.append(f"It would flip when {_tip(one, pack)}.")
        if not one.usual:
            said.append("No value that most patients of the cohort have would flip it.")
    else:
        said.append(
            f"No single fact flips it: {len(found.searched)} were tried, each alone, over "
            "everything the model was trained on."
        )
    return " ".join(said)


def _tipping_table(found: TippingPoints, pack: DiseasePack) -> Markup:
    """Every place at which the order flips."""
    columns = [
        Column("Fact"), Column("Now"), Column("The order flips when it"),
        Column("Difference beyond", number=True), Column("Usual in the cohort"),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            label_of(point.feature, pack),
            fact_text(point.feature, point.value, pack),
            f"{_CROSSINGS[point.crossing]} {fact_text(point.feature, point.at, pack)}",
            apart_text(point.difference, found.scale),
            "yes" if point.usual else "no",
        ]
        for point in found.points
    ]
    return table("Where the order of the two flips, one fact alone otherwise", columns, rows)


_CROSSINGS = {"below": "falls below", "above": "rises above", "is": "is"}


def _tip(point: TippingPoint, pack: DiseasePack) -> str:
    at = fact_text(point.feature, point.at, pack)
    now = fact_text(point.feature, point.value, pack)
    return f"{label_of(point.feature, pack)} {_CROSSINGS[point.crossing]} {at} (now {now})"


# -- what could be modified ----------------------------------------------------------------------


def _counterfactual_words(found: Counterfactuals, pack: DiseasePack) -> Markup:
    """Whether the goal is reached by changing what can be changed, and by which changes."""
    tried = ", ".join(label_of(name, pack) for name in found.modifiable) or "none is known"
    goal, now = figure_text(found.goal, found.scale), figure_text(found.output, found.scale)
    if found.found:
        title = f"From {now} to {goal} or beyond: {_changes(found.found[0].changes, pack)}."
        body = f"Forecast then: {figure_text(found.found[0].after, found.scale)}."
        return panels.callout(Tone.PLAIN, title, body, NOT_CAUSES)
    title = f"No plausible change of what can be modified leads from {now} to {goal}."
    best = ""
    if found.best is not None:
        best = (
            f"The farthest found: {_changes(found.best.changes, pack)}, forecast "
            f"{figure_text(found.best.after, found.scale)}."
        )
    return panels.callout(Tone.PLAIN, title, f"Tried, at most two together: {tried}.", best,
                          NOT_CAUSES)  # fmt: skip


def _counterfactual_table(found: Counterfactuals, pack: DiseasePack) -> Markup:
    """Every change found, with how usual such a patient is."""
    held: Sequence[Counterfactual] = found.found or ([found.best] if found.best else [])
    columns = [
        Column("Change"), Column("Forecast now", number=True), Column("then", number=True),
        Column("Patients less usual than that", number=True),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            element("span", _changes(each.changes, pack)),
            figure_text(each.before, found.scale),
            figure_text(each.after, found.scale),
            theme.percent(each.plausible),
        ]
        for each in held
    ]
    return table("The smallest plausible changes of modifiable facts", columns, rows)


def _changes(changes: Sequence[Change], pack: DiseasePack) -> str:
    return " and ".join(
        f"{label_of(c.feature, pack)} {fact_text(c.feature, c.after, pack)} instead of "
        f"{fact_text(c.feature, c.before, pack)}"
        for c in changes
    )
