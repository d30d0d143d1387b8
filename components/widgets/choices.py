"""What is chosen once and holds on every page of a patient: regimens and months.

The controls are small enough to stand in one row above what they change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from components.widgets.panels import plain
from components.widgets.regimens import WORDS
from dashboard.knowledge.eligibility import Judgement
from dashboard.knowledge.schema import DiseasePack

USUAL_MONTHS = 12


def choose_regimens(
    pack: DiseasePack, judgement: Judgement, start: Sequence[str], *, most: int, key: str
) -> list[str]:
    """The regimens to compare, by name with their verdict; at most so many."""
    words = {verdict.regimen: WORDS[verdict.answer][1] for verdict in judgement.regimens}

    def named(regimen: str) -> str:
        return plain(f"{pack.regimen(regimen).label} ({words[regimen].lower()})")

    with st.popover("Regimens", icon=":material/checklist:"):
        chosen: list[str] = st.multiselect(
            f"Regimens on the board, two to {most}",
            [regimen.id for regimen in pack.regimens],
            default=list(start),
            format_func=named,
            max_selections=most,
            key=key,
            persist_state="session",
            select_all=False,
        )
        st.caption(
            "At first: those open to the patient, with the most patients in published trials of "
            "this line. That is a rule for a first screen, not advice."
        )
    return chosen


def choose_cohort(names: Mapping[str, str], *, key: str) -> str:
    """The cohort whose model forecasts, by folder; the first one at first."""
    chosen: str = st.selectbox(
        "Model learnt from", list(names), format_func=lambda name: plain(names[name]), key=key,
        persist_state="session",
    )  # fmt: skip
    return chosen


def choose_months(offered: Sequence[int], start: int, *, key: str) -> int:
    """The months at which shares are read."""
    months: int = st.segmented_control(
        "Months", offered, default=start, required=True, key=key, persist_state="session",
        format_func=lambda n: f"{n} mo", label_visibility="collapsed", wrap=True,
    )  # fmt: skip
    return months
