"""One case for a room: who, the question, what was brought in, and the controls of the presenter.

Everything of one case stands on one screen. The presenter's buttons answer to keys as well: arrows
and a clicker turn to the next and the former case, 1 to 3 choose the view, T starts and pauses the
timer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import streamlit as st

from components.charts.markup import Markup, element
from components.charts.values import value_text
from components.widgets.cases import day as day_words
from components.widgets.full_screen import CLICKER
from components.widgets.panels import Tone, chip, empty_state
from dashboard.knowledge.schema import DiseasePack
from dashboard.meeting.case import BoardCase, Urgency
from dashboard.meeting.checklist import ITEMS
from dashboard.meeting.gate import Gate
from dashboard.meeting.presenting import Meeting, Screen
from dashboard.records.patient import Patient

_IDENTITY = ("age_years", "sex", "ecog_ps")
_NAMED_MISSING = 3
MOST_BALLOTS = 6  # of two lines each, beside a long question: what one screen holds
_LONG_QUESTION = 100  # letters; it takes two lines, so what was brought in takes fewer
_NOTHING = "nothing entered"
_KEYS = {Screen.CASE: "1", Screen.BALLOTS: "2", Screen.DECISION: "3"}


@dataclass(frozen=True, slots=True)
class Pressed:
    """What the presenter did just now."""

    turn: int = 0
    screen: Screen | None = None
    timer: bool = False
    ticks: tuple[tuple[str, bool], ...] = ()
    present: tuple[str, ...] | None = None


def nothing_to_present() -> Markup:
    """What the page says while no case is ready."""
    return empty_state(
        "No case is ready for a board.",
        "A case is on the agenda of its day once it is ready. Prepare one on the page of the case.",
    )


def choose_day(days: Sequence[date], shown: date | None, *, key: str) -> date:
    """Whose agenda it is: the nearest day unless another is chosen."""
    start = days.index(shown) if shown in days else 0
    chosen: date = st.selectbox(
        "Meeting of", days, index=start, format_func=day_words, key=key,
        label_visibility="collapsed", width=170, persist_state="session",
    )  # fmt: skip
    return chosen


def follows(*, key: str) -> bool:
    """Whether this screen only follows the presenter."""
    return st.toggle("Only follow", key=key, persist_state="session")


def controls(meeting: Meeting, cases: Sequence[BoardCase], *, key: str) -> Pressed:
    """The presenter's buttons, with their keys; what was pressed just now."""
    ids = [case.id for case in cases]
    place = ids.index(meeting.case) if meeting.case in ids else -1
    before = st.button("Previous", key=f"{key}.before", shortcut="Left", disabled=place < 1)
    after = st.button(
        "Next" if place >= 0 else "Begin", key=f"{key}.after", shortcut="Right", type="primary",
        disabled=place == len(ids) - 1,
    )  # fmt: skip
    clicked = _clicker(key=key, first=place < 1, last=place == len(ids) - 1)
    screen = None
    for each, shortcut in _KEYS.items():
        kind = "secondary" if each is meeting.screen else "tertiary"
        if st.button(str(each), key=f"{key}.{each}", shortcut=shortcut, type=kind):  # type: ignore[arg-type]
            screen = each
    runs = meeting.timer.started is not None
    timer = st.button(
        "Pause" if runs else "Start", key=f"{key}.timer", shortcut="T", type="tertiary",
        icon=":material/timer_pause:" if runs else ":material/timer_play:",
    )  # fmt: skip
    ticks, present = _checklist(meeting, key=key)
    return Pressed(clicked or int(after) - int(before), screen, timer, ticks, present)


def _clicker(*, key: str, first: bool, last: bool) -> int:
    """The same for a clicker, which sends the keys that turn pages; there is nothing to see."""
    with st.container(key=CLICKER):
        back = st.button("Back", key=f"{key}.page_up", shortcut="PageUp", disabled=first)
        on = st.button("On", key=f"{key}.page_down", shortcut="PageDown", disabled=last)
    return int(on) - int(back)


def timer_words(meeting: Meeting, now: datetime) -> Markup:
    """How long the case has been spoken of, marked when the planned time is over."""
    words = element("span", meeting.timer.words(now), class_="cc-timer", role="timer")
    over = chip(Tone.CAUTION, "over") if meeting.timer.is_over(now) else None
    return element("span", words, " ", over, class_="cc-whole")  # a second line would push the case


def stage(
    case: BoardCase, patient: Patient, pack: DiseasePack, position: tuple[int, int]
) -> Markup:
    """Who this is, in one line in large type."""
    known = [pack.vocabulary[name] for name in _IDENTITY if name in pack.vocabulary]
    facts = [f"{each.label} {value_text(each, patient.values.get(each.id))}" for each in known]
    facts += [pack.label, f"line {patient.line or 'unknown'}"]
    chips = [chip(Tone.CAUTION, "SYNTHETIC")] if case.synthetic else []
    if case.urgency is not Urgency.ROUTINE:
        chips.append(chip(Tone.ALERT, str(case.urgency).capitalize()))
    place, whole = position
    numbered = f"Case {place} of {whole}" if place else "Not on this agenda"
    return element(
        "section",
        element("span", case.pseudonym, class_="cc-who"),
        *chips,
        *[element("span", fact, class_="cc-fact") for fact in facts],
        element("span", numbered, class_="cc-muted"),
        class_="cc-stage",
        aria_label="Patient on the screen",
    )


def question(case: BoardCase) -> Markup:
    """What the board is asked."""
    asked = [q for q in case.questions if q.strip()]
    return element("p", " ".join(asked) or "No question was entered.", class_="cc-ask")


def told(case: BoardCase, gate: Gate) -> Markup:
    """Wishes, goals, performance, comorbidity and what is missing, side by side."""
    asked = " ".join(q for q in case.questions if q.strip())
    pairs = [*_brought_in(case), ("Still missing", _missing(case, gate))]
    return _pairs(pairs, tight=len(asked) > _LONG_QUESTION)


def told_briefly(case: BoardCase) -> Markup:
    """The same without what is missing."""
    return _pairs(_brought_in(case))


def _brought_in(case: BoardCase) -> list[tuple[str, str]]:
    return [
        ("Wishes", case.wishes or _NOTHING),
        ("Goals", case.goals or _NOTHING),
        ("Performance", case.performance or _NOTHING),
        ("Comorbidity", case.comorbidity or _NOTHING),
    ]


def _pairs(pairs: Sequence[tuple[str, str]], *, tight: bool = False) -> Markup:
    parts = [element("div", element("dt", label), element("dd", text)) for label, text in pairs]
    return element("dl", *parts, class_="cc-told cc-tight" if tight else "cc-told")


def position(case: BoardCase, cases: Sequence[BoardCase]) -> tuple[int, int]:
    """Which of how many a case is; 0 where it is not on the agenda."""
    ids = [each.id for each in cases]
    return (ids.index(case.id) + 1 if case.id in ids else 0, len(ids))


def _missing(case: BoardCase, gate: Gate) -> str:
    held = gate.holding_up
    if not held:
        return "nothing that decides"
    names = ", ".join(fact.label for fact in held[:_NAMED_MISSING])
    more = f" and {len(held) - _NAMED_MISSING} more" if len(held) > _NAMED_MISSING else ""
    passed = " (let pass)" if case.waiver else ""
    return f"{names}{more}{passed}"


def _checklist(
    meeting: Meeting, *, key: str
) -> tuple[tuple[tuple[str, bool], ...], tuple[str, ...] | None]:
    """The list to tick and who is there; what changed just now."""
    changed, part = [], ""
    with st.popover(f"Checklist {len(meeting.ticks)} of {len(ITEMS)}", type="tertiary"):
        for item in ITEMS:
            if item.part != part:
                part = item.part
                st.caption(part)
            was = item.id in meeting.ticks
            done = st.checkbox(item.words, value=was, key=f"{key}.tick.{meeting.case}.{item.id}")
            if done != was:
                changed.append((item.id, done))
        names = st.multiselect(
            "Present", list(meeting.present), default=list(meeting.present),
            accept_new_options=True, key=f"{key}.present", placeholder="Type a name",
        )  # fmt: skip
    present = tuple(names)
    return tuple(changed), present if present != meeting.present else None
