"""Ballots on the screen: one's own form, who has given one, and everything side by side after.

Before the reveal nothing here can show another's ballot, because it is not handed to the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from components.charts import theme
from components.charts.markup import Markup, element, join
from components.widgets.panels import Tone, callout, plain
from components.widgets.tables import Cell, Column, table
from dashboard.meeting.ballot import Phase, Round, board_chance, choices
from dashboard.meeting.choices import Choice
from dashboard.records.wording import counted

_NO_ESTIMATE = -1
_STEPS = (_NO_ESTIMATE, *range(0, 101, 5))
OTHERS = tuple(str(choice) for choice in Choice if choice is not Choice.REGIMEN)


@dataclass(frozen=True, slots=True)
class Given:
    """A ballot as it was filled in just now."""

    name: str
    choice: str
    confidence: float
    chances: dict[str, float]


def explain() -> Markup:
    """What ballots are for, in two sentences."""
    return element(
        "p",
        "Say what you think before the forecast is shown: your choice, how sure you are, and the "
        "chance of a response you expect. Nobody sees it until the chair reveals all of them.",
        class_="cc-flat",
    )


def ballot_form(
    regimens: Sequence[str], labels: Mapping[str, str], *, asks_name: bool, key: str
) -> Given | None:
    """One's own ballot, when it was given just now; the form is empty again afterwards."""
    with st.form(key, clear_on_submit=True, border=True):
        name = st.text_input("Whose ballot", key=f"{key}.name") if asks_name else ""
        choice = st.selectbox(
            "Your choice", [*regimens, *OTHERS], index=None, key=f"{key}.choice",
            format_func=lambda n: plain(labels.get(n, n.capitalize())), placeholder="Choose one",
        )  # fmt: skip
        sure = st.select_slider(
            "How sure are you that this is the right choice?", range(0, 101, 10), value=50,
            format_func=lambda n: f"{n}%", key=f"{key}.sure",
        )  # fmt: skip
        st.caption("Of 100 patients like this one, how many would respond (CR or PR)?")
        columns = st.columns(2, gap="medium")
        chances = {
            regimen: columns[place % 2].select_slider(
                plain(labels.get(regimen, regimen)), _STEPS, value=_NO_ESTIMATE,
                format_func=lambda n: "no estimate" if n == _NO_ESTIMATE else f"{n}",
                key=f"{key}.chance.{regimen}",
            )
            for place, regimen in enumerate(regimens)
        }  # fmt: skip
        given = st.form_submit_button("Give the ballot", type="primary")
    if not given:
        return None
    told = {name: n / 100 for name, n in chances.items() if n != _NO_ESTIMATE}
    return Given(name or "", choice or "", sure / 100, told)


def who_has(held: Round) -> Markup:
    """Who has given one; of whom, not what."""
    if not held.ballots:
        return element("p", "Nobody has given a ballot yet.", class_="cc-flat")
    names = ", ".join(ballot.name for ballot in held.ballots)
    return element("p", f"Given, and covered: {names}.", class_="cc-flat")


def end_round(held: Round, *, key: str) -> tuple[bool, str]:
    """Whether the chair revealed just now, or why they do without."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        revealed = st.button(
            "Reveal the ballots and the forecast", key=f"{key}.reveal", type="primary",
            disabled=not held.ballots, icon=":material/visibility:",
        )  # fmt: skip
        if held.ballots:
            return revealed, ""
        with st.popover("Do without ballots"):
            reason = st.text_input("Because", key=f"{key}.why", live="1s") or ""
            without = st.button("Do without", key=f"{key}.off", disabled=not reason.strip())
    return revealed, reason if without else ""


def side_by_side(
    held: Round,
    regimens: Sequence[str],
    labels: Mapping[str, str],
    *,
    model: Mapping[str, str],
    outcome: str = "",
    most: int = 0,
) -> Markup:
    """Model, members and later the outcome: the chance of response under each regimen.

    A row for each, so that a board of any size fits; model and mean stand above the members.

    Args:
        held: the round, revealed or done without.
        regimens: what the board weighs.
        labels: the names of the regimens.
        model: the model's figures as they are shown.
        outcome: what happened, once it is known.
        most: how many members have a row, where the screen cannot be scrolled; 0 for all.
    """
    if held.phase is Phase.OFF:
        return callout(
            Tone.PLAIN, "The chair did without ballots.", f"{held.changed_by}: {held.reason}"
        )
    dash = "\N{EN DASH}"
    heads = [Column("Who", width="16%"), Column("Own choice", width="21%")]
    heads += [Column("How sure of it", number=True, wraps=True)]
    heads += [Column(labels.get(name, name), number=True, wraps=True) for name in regimens]
    mean = [_share(board_chance(held, name)) for name in regimens]
    rows: list[list[Cell]] = [
        ["Model", dash, dash, *[_figure(model.get(name, dash)) for name in regimens]],
        ["Board, the mean", _counted(held, labels), dash, *mean],
    ]
    rows += [
        [
            ballot.name,
            _named(ballot.choice, labels),
            theme.percent(ballot.confidence),
            *[_share(ballot.chances.get(name)) for name in regimens],
        ]
        for ballot in held.ballots[: most or None]
    ]
    more = len(held.ballots) - most if most else 0
    drawn = table("Chance of response under each regimen: ballots beside the model", heads, rows)
    said = element("p", outcome, class_="cc-flat") if outcome else None
    note = element(
        "p",
        f"{counted(more, 'more ballot')} on the page of the case. " if more > 0 else "",
        "The model's figures are estimates with intervals, no verdict on anybody's judgement.",
        class_="cc-small cc-muted cc-flat",
    )
    return join([drawn, said, note])


def covered() -> Markup:
    """What stands in the place of a forecast that is covered."""
    return callout(
        Tone.UNKNOWN,
        "The forecast is covered until the ballots are revealed.",
        "Members say first what they think, so that the figures do not decide for them. The chair "
        "reveals, or does without ballots for a reason, on the page of the case.",
    )


def _figure(text: str) -> Markup:
    """A figure whose interval breaks as a whole, before its bracket."""
    middle, _, ends = text.partition(" (")
    interval = element("span", f"({ends}", class_="cc-whole") if ends else None
    return element("span", middle, " ", interval)


def _share(chance: float | None) -> str:
    return "\N{EN DASH}" if chance is None else theme.percent(chance)


def _named(choice: str, labels: Mapping[str, str]) -> str:
    return labels.get(choice, choice.capitalize())


def _counted(held: Round, labels: Mapping[str, str]) -> str:
    return "; ".join(f"{n} for {_named(name, labels)}" for name, n in choices(held).items())
