"""The audit log on the screen: look for lines, and say whether the chain holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from components.charts.markup import Markup, element
from components.widgets.downloads import Offer
from components.widgets.panels import Tone, callout
from components.widgets.tables import Cell, Column, table
from dashboard.answers.account import Look
from dashboard.records.wording import counted
from dashboard.vault.audit import Broken, Entry

MOST_SHOWN = 200
_ALL = ""
_DATE, _MINUTE = 10, 16  # letters of a time as ISO writes it


@dataclass(frozen=True, slots=True)
class Sought:
    """Which lines are looked for; empty is everything."""

    words: str = ""
    person: str = _ALL
    action: str = _ALL
    since: str = ""

    def finds(self, entry: Entry) -> bool:
        """Whether a line is one of them."""
        told = (
            f"{entry.actor} {entry.action} {entry.subject} {entry.facts} {entry.session}".casefold()
        )
        return (
            self.words.casefold() in told
            and self.person in (_ALL, entry.actor)
            and self.action in (_ALL, entry.action)
            and entry.at[:_DATE] >= self.since
        )


def choose_lines(entries: Sequence[Entry], *, key: str) -> list[Entry]:
    """The lines that are looked for, the newest first."""
    people = sorted({entry.actor for entry in entries})
    actions = sorted({entry.action for entry in entries})
    words, person, action, day = st.columns([2, 1.4, 1.4, 1])
    since = day.date_input("Since", None, key=f"{key}.since", format="YYYY-MM-DD")
    sought = Sought(
        words.text_input("Words", key=f"{key}.words", placeholder="a patient, a reason, a name"),
        person.selectbox("Person", [_ALL, *people], key=f"{key}.person", format_func=_named),
        action.selectbox("Action", [_ALL, *actions], key=f"{key}.action", format_func=_named),
        since.isoformat() if since else "",
    )
    return [entry for entry in reversed(entries) if sought.finds(entry)]


def lines_table(entries: Sequence[Entry], of: int) -> Markup:
    """The lines, and how many there are beyond."""
    shown = entries[:MOST_SHOWN]
    told = f"{len(entries):,} of {counted(of, 'line')}"
    told += f"; the newest {MOST_SHOWN} are shown" if len(entries) > MOST_SHOWN else ""
    columns = [
        Column("Line", number=True, width="5rem"), Column("When (UTC)", width="11rem"),
        Column("Who", width="16%"), Column("Role", width="6rem"), Column("Action"),
        Column("About", width="18%"), Column("Facts", width="20%"), Column("Visit", width="8rem"),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            f"{entry.sequence:,}", _whole(entry.at[:_MINUTE].replace("T", " ")), entry.actor,
            entry.role, entry.action, entry.subject, facts_text(entry.facts), entry.session,
        ]
        for entry in shown
    ]  # fmt: skip
    return table(told, columns, rows)


def log_offers(make: Callable[[str], bytes]) -> list[Offer]:
    """The whole log as a file of each form."""

    def maker(form: str) -> Callable[[], bytes]:
        return lambda: make(form)

    return [
        Offer(f"Whole log ({form.upper()})", f"audit-log.{form}", mime, maker(form))
        for form, mime in (("csv", "text/csv"), ("jsonl", "application/jsonl"))
    ]


def ask_patient(*, key: str) -> str:
    """Whose record is to be accounted for; empty while nobody is named."""
    name = st.text_input(
        "Who looked at the record of", key=key, placeholder="a patient's pseudonym",
        help="Every look, change and paper under this pseudonym, to be handed to the patient.",
    )  # fmt: skip
    return name.strip()


def looks_table(looks: Sequence[Look]) -> Markup:
    """Who did what with a record, the newest day first."""
    if not looks:
        return element("p", "The log has no line of this pseudonym.", class_="cc-muted")
    columns = [Column("Day", width="7rem"), Column("Who"), Column("Role", width="6rem"),
               Column("What"), Column("Times", number=True), Column("Reason given")]  # fmt: skip
    rows: list[list[Cell]] = [
        [_whole(look.day), look.person, look.role, look.what, str(look.times), look.reason]
        for look in looks
    ]
    return table("Who looked at this record", columns, rows)


def account_offers(patient: str, make: Callable[[str], bytes]) -> list[Offer]:
    """The account of a record as a file of each form."""

    def maker(form: str) -> Callable[[], bytes]:
        return lambda: make(form)

    return [
        Offer(
            f"For the patient ({form.upper()})", f"{patient}-who-looked.{form}", mime, maker(form)
        )
        for form, mime in (("txt", "text/plain"), ("csv", "text/csv"))
    ]


def facts_text(facts: str) -> str:
    """The facts of a line as `name: value`."""
    held = json.loads(facts) if facts else {}
    return "; ".join(f"{name}: {value}" for name, value in held.items())


def verdict(versions: int, lines: int, damaged: int, broken: Broken | None) -> Markup:
    """What a look at everything found."""
    if not damaged and broken is None:
        told = f"{counted(lines, 'line')} and {counted(versions, 'version')} are what was written."
        return callout(Tone.GOOD, "The chain holds", told)
    are = "is" if damaged == 1 else "are"
    lost = f"{counted(damaged, 'version')} {are} damaged, and withheld."
    said = [element("p", lost)] if damaged else []
    if broken is not None:
        said.append(element("p", f"Line {broken.sequence} is {broken.kind}: {broken.told}."))
    return callout(Tone.ALERT, "The chain is broken", element("div", *said))


def _named(value: str) -> str:
    return value or "all"


def _whole(words: str) -> Markup:
    """A time that no line breaks apart, at its hyphens neither."""
    return element("span", words, class_="cc-whole")
