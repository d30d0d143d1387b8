"""Another team's case in an emergency on the screen: asking for it, reading it, who did."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.charts.markup import Markup, element, join
from components.charts.values import value_text
from components.widgets.decision import record_text, state_line
from components.widgets.fields import line
from components.widgets.panels import Tone, callout, disclosure
from components.widgets.presentation import question, told_briefly
from components.widgets.tables import Column, table
from dashboard.knowledge.schema import DiseasePack
from dashboard.meeting.emergency import Access, Opened


def ask(*, key: str) -> tuple[str, str] | None:
    """Whose papers and why, when they were asked for just now."""
    with st.expander("Another team's case, in an emergency", icon=":material/emergency:"):
        st.caption(
            "Opens the papers of one patient for four hours, for reading. Your name and your "
            "reason are written down and shown to the auditors."
        )
        name = line("Pseudonym of the patient", "", f"{key}.name")
        reason = line("Why it cannot wait for the team", "", f"{key}.reason")
        ready = bool(name.strip() and reason.strip())
        pressed = st.button("Open the papers", key=f"{key}.go", disabled=not ready)
    return (name, reason) if pressed else None


def papers(opened: Opened, pack: DiseasePack, *, intact: bool) -> Markup:
    """Everything of one case, as text."""
    case, labels = opened.case, {regimen.id: regimen.label for regimen in pack.regimens}
    known = [
        (feature.label, value_text(feature, opened.patient.values[feature.id]))
        for feature in pack.features
        if feature.id in opened.patient.values
    ]
    facts = table("What is known", (Column("Fact"), Column("Value")), known)
    record = opened.decision
    decided = (
        join([state_line(record), record_text(record, labels, intact=intact, brief=True)])
        if record is not None
        else element("p", "Nothing has been decided yet.", class_="cc-flat")
    )
    return join(
        [
            callout(
                Tone.ALERT,
                f"Emergency access to {case.pseudonym} until {opened.until:%H:%M} UTC.",
                "Only for reading. That you look at it is written down and shown to the auditors.",
            ),
            question(case),
            told_briefly(case),
            decided,
            disclosure("What is known of the patient", facts),
        ]
    )


def accesses_table(found: Sequence[Access]) -> Markup:
    """Who opened another team's papers, why and until when."""
    rows = [
        (f"{each.at:%Y-%m-%d %H:%M}", each.person, each.pseudonym, each.reason,
         f"{each.until:%H:%M}")
        for each in found
    ]  # fmt: skip
    titles = ("When (UTC)", "Who", "Patient", "Why", "Until")
    counted = "1 emergency access" if len(rows) == 1 else f"{len(rows)} emergency accesses"
    told = table(counted, [Column(title) for title in titles], rows)
    return callout(Tone.CAUTION, f"{counted} in the last 30 days.", told)
