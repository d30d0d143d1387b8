"""Follow-up on the screen: what is due, the form for one month, and how good estimates were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import streamlit as st

from components.charts.markup import Markup, element, join
from components.widgets.cases import day
from components.widgets.fields import line, one_of, regimen_names
from components.widgets.panels import Tone, callout, chip, empty_state, plain
from components.widgets.tables import Column, table
from dashboard.knowledge.schema import DiseasePack
from dashboard.meeting.brier import FEWEST_CASES, Comparison, Score
from dashboard.meeting.follow_up import (
    RESPONSES,
    WHY_NOT,
    CarriedOut,
    Due,
    Entry,
    FollowUp,
    Status,
)
from dashboard.records.wording import counted

_UNKNOWN = "not known"
_GRADES = (None, 0, 1, 2, 3, 4, 5)


def due_table(asked: Sequence[Due]) -> Markup:
    """What is to be asked, the most overdue first."""
    if not asked:
        return empty_state(
            "Nothing is to be followed up.",
            "Follow-up begins when a decision is final; it is asked for after 3, 6 and 12 months.",
        )
    rows = [(each.pseudonym, f"Month {each.month}", day(each.on), _late(each)) for each in asked]
    columns = (Column("Case"), Column("Asked"), Column("On"), Column("State"))
    return table("Decisions to follow up", columns, rows, quiet=True)


def choose_case(
    asked: Sequence[Due], begun: Sequence[FollowUp], on_screen: str, *, key: str
) -> str:
    """Which case to look at or enter; at first the one on the screen, else nobody.

    What is to be asked stands first; then those of whom everything was entered, or who need none.
    """
    names = {each.case: plain(f"{each.pseudonym}, month {each.month}") for each in asked}
    for held in begun:
        names.setdefault(held.case, plain(f"{held.pseudonym}, nothing more to ask"))
    ids = list(names)
    chosen = st.selectbox(
        "Case", ids, index=ids.index(on_screen) if on_screen in ids else None,
        format_func=names.__getitem__, placeholder="Choose a case", key=key,
    )  # fmt: skip
    return chosen or ""


def entry_form(start: Entry, held: FollowUp, pack: DiseasePack, *, key: str) -> Entry:
    """What is known at a month, as it stands in the form."""
    names = regimen_names(pack, (start.given,))
    months, listed = sorted(held.months), list(names)
    left, middle, right = st.columns(3)
    month = left.selectbox(
        "Month after the decision", months, key=f"{key}.month",
        index=months.index(start.month) if start.month in months else len(months) - 1,
    )  # fmt: skip
    on = middle.date_input("Known on", value=start.on, format="YYYY-MM-DD", key=f"{key}.on")
    with right:
        status = one_of("Status", list(Status), start.status, f"{key}.status")
    with left:
        done = one_of("Carried out", list(CarriedOut), start.carried_out, f"{key}.done")
    why = middle.multiselect(
        "If not, or partly: why", list(WHY_NOT), key=f"{key}.why", select_all=False,
        default=[code for code in start.why_not if code in WHY_NOT],
        format_func=WHY_NOT.__getitem__,
    )  # fmt: skip
    given = right.selectbox(
        "Regimen that was given", listed, key=f"{key}.given", placeholder=_UNKNOWN,
        index=listed.index(start.given) if start.given in names else None,
        format_func=names.__getitem__,
    )  # fmt: skip
    response = left.selectbox(
        "Best response (RECIST)", RESPONSES, placeholder=_UNKNOWN, key=f"{key}.response",
        index=RESPONSES.index(start.response) if start.response in RESPONSES else None,
    )  # fmt: skip
    grade = middle.selectbox(
        "Worst grade of toxicity", _GRADES, key=f"{key}.grade",
        index=_GRADES.index(start.worst_grade) if start.worst_grade in _GRADES else 0,
        format_func=lambda g: _UNKNOWN if g is None else str(g),
    )  # fmt: skip
    well = right.number_input(
        "Wellbeing, the patient's own (0 to 100)", 0.0, 100.0, value=start.wellbeing,
        key=f"{key}.well", placeholder=_UNKNOWN,
    )  # fmt: skip
    toxicity = line("Toxicity in words", start.toxicity, f"{key}.toxicity")
    words = line("Remarks", start.words, f"{key}.words")
    known = CarriedOut(str(done)) not in (CarriedOut.UNKNOWN, CarriedOut.PENDING)
    return replace(
        start, month=month, on=on, status=Status(str(status)),
        carried_out=CarriedOut(str(done)), why_not=tuple(c for c in WHY_NOT if c in why),
        given=(given or "") if known else start.given, response=response or "", worst_grade=grade,
        wellbeing=well, toxicity=toxicity, words=words,
    )  # fmt: skip


def typed(blank: Entry, entry: Entry) -> dict[str, Any]:
    """What of an entry was filled in, by field."""
    return {
        each.name: getattr(entry, each.name)
        for each in fields(Entry)
        if getattr(entry, each.name) != getattr(blank, each.name)
    }


def entries_table(held: FollowUp) -> Markup:
    """Everything entered for a case; a later entry for the same month stands below."""
    if not held.entries:
        return element("p", "Nothing has been entered yet.", class_="cc-flat")
    rows = [
        (
            f"Month {e.month}",
            day(e.on),
            str(e.carried_out).capitalize()
            + (f" ({'; '.join(WHY_NOT.get(c, c) for c in e.why_not)})" if e.why_not else ""),
            e.response or _UNKNOWN,
            _toxicity_words(e),
            str(e.status).capitalize(),
            e.words,
            e.by,
        )
        for e in held.entries
    ]
    heads = ("Asked", "Known on", "Carried out", "Response", "Toxicity", "Status",
             "Remarks", "Entered by")  # fmt: skip
    return table(f"Follow-up of {held.pseudonym}", [Column(head) for head in heads], rows)


def outcome_words(followed: FollowUp) -> str:
    """What happened, beside what was expected."""
    if followed.responded is None:
        return "Outcome: the response is not known yet."
    return f"Outcome: the patient {'responded' if followed.responded else 'did not respond'}."


def scores(found: Comparison) -> Markup:
    """The board's Brier score beside the model's, or how many cases are wanting."""
    if found.board is None or found.model is None or found.difference is None:
        return callout(
            Tone.UNKNOWN,
            f"Too few: {found.n} of at least {FEWEST_CASES} decided cases with ballots, a forecast "
            "and a known response.",
            "Below that a score would say more about chance than about anybody's judgement.",
        )
    rows = [
        ("Board, the mean of its ballots", _score(found.board)),
        ("Model", _score(found.model)),
        ("Board minus model", _score(found.difference)),
    ]
    words = (
        "The Brier score is the mean squared distance between the chance given beforehand and what "
        "happened: 0 is perfect, 0.25 is what saying 50% every time gives. Cases were chosen by "
        "the board and are few, and what the board decided changed what could be seen: a mirror, "
        "no contest."
    )
    title = f"Chance of response, {counted(found.n, 'case')}; in brackets the 95% interval"
    drawn = table(title, (Column("Whose"), Column("Brier score", number=True)), rows)
    return join([drawn, element("p", words, class_="cc-small cc-muted cc-flat")])


def _toxicity_words(entry: Entry) -> str:
    grade = "" if entry.worst_grade is None else f"grade {entry.worst_grade}"
    return ": ".join(filter(None, (grade, entry.toxicity))) or _UNKNOWN


def _late(asked: Due) -> Markup:
    if asked.days_late > 0:
        return chip(Tone.CAUTION, f"{counted(asked.days_late, 'day')} late")
    if asked.days_late == 0:
        return chip(Tone.GOOD, "Today")
    return chip(Tone.PLAIN, f"in {counted(-asked.days_late, 'day')}")


def _score(score: Score) -> str:
    minus = "\N{MINUS SIGN}"
    shown = f"{score.value:.3f} ({score.low:.3f} to {score.high:.3f})"
    return shown.replace("-", minus)
