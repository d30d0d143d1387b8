"""Administration on the screen: people and roles, consent, erasing, copies of what is kept."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.charts.markup import Markup, element
from components.widgets.panels import Tone, callout
from components.widgets.tables import Column, table
from dashboard.records.wording import counted

PARTS = PEOPLE, CONSENT, ERASURE, MODELS, COPIES = (
    "People", "Consent", "Erasure", "Models", "Copies",
)  # fmt: skip
NO_ROLE = "none"
ALLOWED, OBJECTED, NOTHING = "allows", "objects", "said nothing"
_WORDS = (NOTHING, ALLOWED, OBJECTED)


def choose_part(*, key: str) -> str:
    """Which part of administration."""
    part: str = st.segmented_control(
        "Part", PARTS, default=PEOPLE, required=True, key=key, persist_state="session",
        label_visibility="collapsed",
    )  # fmt: skip
    return part


def people_table(rows: Sequence[tuple[str, str, str, str]]) -> Markup:
    """Everybody with a role, or who had one: name, role, since when, by whom."""
    columns = [Column("Person"), Column("Role"), Column("Since (UTC)"), Column("Given by")]
    if not rows:
        return element("p", "Nobody has a role yet.", class_="cc-muted")
    return table("People of this server", columns, rows)


def ask_role(roles: Sequence[str], *, key: str) -> tuple[str, str] | None:
    """Who is to have which role; None until it is asked for."""
    with st.form(f"{key}.form", border=False):
        left, middle, right = st.columns([3, 2, 1.2], vertical_alignment="bottom")
        name = left.text_input("Person, as the proxy names them", key=f"{key}.name")
        role = middle.selectbox("Role", [*roles, NO_ROLE], key=f"{key}.role")
        asked = right.form_submit_button("Give the role", width="stretch")
    return (name, role) if asked else None


def ask_person(names: Sequence[str], *, key: str) -> str | None:
    """Whose visits are to end; None until it is asked for."""
    left, right = st.columns([3, 1.2], vertical_alignment="bottom")
    name = left.selectbox(
        "End every visit of",
        list(names),
        index=None,
        key=f"{key}.name",
        placeholder="Nobody chosen",
    )
    asked = right.button("End visits", key=f"{key}.end", width="stretch", disabled=name is None)
    return name if asked else None


def ask_consent(purposes: Sequence[str], *, key: str) -> tuple[str, dict[str, bool], str] | None:
    """What a patient said of each purpose, and where it is written; None until it is asked for."""
    with st.form(f"{key}.form", border=False):
        left, right = st.columns(2)
        patient = left.text_input("Patient, as the cohorts name them", key=f"{key}.patient")
        source = right.text_input(
            "Where it is written", key=f"{key}.source", placeholder="Form of 1 March 2026"
        )
        said = {
            purpose: place.radio(purpose.capitalize(), _WORDS, key=f"{key}.{purpose}")
            for purpose, place in zip(purposes, st.columns(len(purposes)), strict=True)
        }
        asked = st.form_submit_button("Keep what was said")
    decisions = {purpose: word == ALLOWED for purpose, word in said.items() if word != NOTHING}
    return (patient, decisions, source) if asked else None


def ask_erasure(*, key: str) -> tuple[str, str] | None:
    """Whose records are to be erased, and why; asked for twice, for it cannot be taken back."""
    with st.form(f"{key}.form", border=False):
        left, right = st.columns(2)
        patient = left.text_input("Pseudonym of the patient", key=f"{key}.patient")
        again = right.text_input("The pseudonym once more", key=f"{key}.again")
        reason = st.text_input("Reason", key=f"{key}.reason", placeholder="Request of 1 March 2026")
        asked = st.form_submit_button("Erase for good", type="primary")
    if asked and patient.strip() != again.strip():
        st.warning("The two pseudonyms differ. Nothing was erased.")
        return None
    return (patient.strip(), reason) if asked else None


def certificate(patient: str, versions: object, *, at: str, by: str, name: str) -> Markup:
    """What was erased, by whom and when, to be printed."""
    told = (
        f"The key of {patient} was destroyed on {at} UTC by {by}: {versions} versions, and every "
        f"copy of them, can be read by nobody any more. Certificate {name}."
    )
    return callout(Tone.GOOD, "Erased", told)


def checked(versions: int, lines: int, damaged: int, what: str) -> Markup:
    """What a look at everything, or at a copy, found."""
    if damaged:
        return callout(Tone.ALERT, what, f"Not what was written: {counted(damaged, 'version')}.")
    return callout(Tone.GOOD, what, f"{counted(versions, 'version')} and {counted(lines, 'line')} "
                   "were read; all are what was written.")  # fmt: skip
