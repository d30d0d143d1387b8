"""The board's list on the screen: cards in four columns, an agenda, a table of numbers.

A card names the patient by pseudonym alone, says how soon, how complete and who prepares. Opening
one is a button, so that nothing of a case stands in a link.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import streamlit as st

from components.charts import theme
from components.charts.markup import Markup, element, join
from components.widgets.panels import Tone, callout, chip, empty_state, plain, show
from components.widgets.tables import Column, table
from dashboard.meeting.agenda import Metrics, Share, columns
from dashboard.meeting.case import BoardCase, Stage, Urgency

VIEWS = COLUMNS, AGENDA, NUMBERS = "Columns", "Agenda", "Numbers"
TITLES: Mapping[Stage, str] = {
    Stage.BACKLOG: "Backlog",
    Stage.READY: "Ready",
    Stage.DISCUSSED: "Discussed",
    Stage.FOLLOW_UP: "Follow-up",
}
_TONES: Mapping[Urgency, Tone] = {
    Urgency.URGENT: Tone.ALERT, Urgency.SOON: Tone.CAUTION, Urgency.ROUTINE: Tone.PLAIN,
}  # fmt: skip
_MOST_IN_COLUMN = 12
_NOTHING = "none known"


def choose_view(*, key: str) -> str:
    """Columns, agenda or numbers."""
    view: str = st.segmented_control(
        "View of the cases", VIEWS, default=COLUMNS, required=True, key=key,
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    return view


def choose_in_columns(cases: Sequence[BoardCase], diseases: Mapping[str, str], *, key: str) -> str:
    """The cases in four columns; the id of the one opened just now, or nothing."""
    opened = ""
    held = columns(cases)
    for column, (stage, found) in zip(st.columns(len(held), gap="small"), held.items(),
                                      strict=True):  # fmt: skip
        with column:
            st.subheader(f"{TITLES[stage]} ({len(found)})", anchor=False)
            for case in found[:_MOST_IN_COLUMN]:
                with st.container(border=True, gap="small"):
                    show(card(case, diseases))
                    if _open_button(case, key):
                        opened = case.id
            if len(found) > _MOST_IN_COLUMN:
                st.caption(f"And {len(found) - _MOST_IN_COLUMN} more; the agenda lists them all.")
    return opened


def card(case: BoardCase, diseases: Mapping[str, str]) -> Markup:
    """Who, how soon, when, how complete, who prepares."""
    chips = [chip(_TONES[case.urgency], str(case.urgency).capitalize())]
    if case.synthetic:
        chips.append(chip(Tone.CAUTION, "SYNTHETIC"))
    if case.teaching:
        chips.append(chip(Tone.PLAIN, "Teaching"))
    question = next((q for q in case.questions if q.strip()), "No question yet")
    share = element(
        "span", element("span", style=f"width:{100 * case.completeness:.0f}%"), class_="cc-share",
        aria_hidden="true",
    )  # fmt: skip
    return element(
        "div",
        element("strong", case.pseudonym, class_="cc-card-title"),
        element("div", *_spaced(chips)),
        element("p", question, class_="cc-card-text"),
        element("div", share, f"{case.known} of {case.core} core facts", class_="cc-small"),
        element(
            "div",
            f"{diseases.get(case.disease, case.disease)}, {day(case.meets_on)}, "
            f"prepared by {case.prepared_by or 'nobody'}",
            class_="cc-small cc-muted",
        ),
    )


def agenda_table(cases: Sequence[BoardCase], diseases: Mapping[str, str]) -> Markup:
    """Every case in the order a board would take them."""
    if not cases:
        return no_cases()
    rows = [
        (
            case.pseudonym,
            diseases.get(case.disease, case.disease),
            str(case.urgency).capitalize(),
            day(case.meets_on),
            TITLES[case.stage],
            f"{case.known} of {case.core}",
            case.prepared_by or "nobody",
            _asked(case),
        )
        for case in cases
    ]
    heads = (
        "Case",
        "Tumour",
        "Urgency",
        "Meeting",
        "Stage",
        "Core facts",
        "Prepared by",
        "Question",
    )
    return table("Urgent first, then the nearest day, then the more complete",
                 [Column(head) for head in heads], rows)  # fmt: skip


def numbers_table(found: Metrics) -> Markup:
    """What the meetings come to; every share with both its numbers."""
    stages = ", ".join(f"{TITLES[stage].lower()} {n}" for stage, n in found.by_stage.items())
    days = found.days_of_preparation
    rows = [
        ("Cases", f"{found.cases} ({stages})"),
        ("From opening to ready, middle case", _NOTHING if days is None else f"{days:.1f} days"),
        ("Let pass with facts missing, of those that became ready", _share(found.waived)),
        ("A trial was offered, of final decisions that say", _share(found.trial_offered)),
        ("Decided without dissent, of final decisions", _share(found.consensus)),
        ("Decided otherwise than the tool showed, of those that say", _share(found.differs)),
        ("Carried out, of those known", _share(found.carried_out)),
        ("Members present, the mean over decisions that say",
         _NOTHING if found.attendance is None else f"{found.attendance:.1f}"),
        ("Discussion, the middle case", _NOTHING if found.minutes is None else
         f"{found.minutes:.1f} min"),
    ]  # fmt: skip
    return table("The meetings in numbers", (Column("What"), Column("How many")), rows, quiet=True)


def no_cases() -> Markup:
    """What the list says while it is empty."""
    return empty_state(
        "The board's list is empty.",
        "Put the patient on the screen on it, take a sample patient, or bring back a case file.",
    )


def damaged_note(count: int) -> Markup:
    """That some cases cannot be shown."""
    if not count:
        return Markup("")
    what = "1 case is" if count == 1 else f"{count} cases are"
    return callout(
        Tone.ALERT,
        f"{what} not what was saved, and withheld.",
        "The store found them changed or incomplete. Bring back a backup; nothing else is touched.",
    )


def choose_new(
    on_screen: str, samples: Mapping[str, str], *, key: str
) -> tuple[bool, str, tuple[str, bytes] | None]:
    """How a new case comes: from the patient on the screen, a sample, or a file; what was asked."""
    with st.popover("New case", icon=":material/add:"):
        from_screen = bool(on_screen) and st.button(
            f"Of {plain(on_screen)}, who is on the screen", key=f"{key}.screen", type="primary"
        )
        chosen = st.selectbox(
            "Of a sample patient", list(samples), index=None, format_func=lambda n: samples[n],
            placeholder="Choose a sample", key=f"{key}.sample",
        )  # fmt: skip
        from_sample = st.button(
            "Make a case of the sample", key=f"{key}.take", disabled=chosen is None
        )
        file = st.file_uploader("Bring back a case file", type=["json"], key=f"{key}.file")
        brought = file is not None and st.button("Bring it back", key=f"{key}.bring")
    content = (file.name, file.getvalue()) if file is not None and brought else None
    return from_screen, chosen if chosen and from_sample else "", content


def day(when: date | None) -> str:
    """A day as it is written everywhere; no day yet."""
    return "no day yet" if when is None else f"{when.day} {when:%b %Y}"


def choose_from(cases: Sequence[BoardCase], *, key: str) -> str:
    """Open one of the list by name; its id, or nothing."""
    ids = [case.id for case in cases]
    named: Callable[[str], str] = {case.id: plain(case.pseudonym) for case in cases}.__getitem__
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Case", ids, index=None, format_func=named, key=f"{key}.choice",
            placeholder="Choose a case to open",
        )  # fmt: skip
        pressed = st.button("Open", key=f"{key}.open", disabled=chosen is None)
    return chosen if chosen and pressed else ""


def _open_button(case: BoardCase, key: str) -> bool:
    return st.button(
        f"Open {plain(case.pseudonym)}", key=f"{key}.{case.id}", type="tertiary",
        icon=":material/arrow_forward:", icon_position="right",
    )  # fmt: skip


def _asked(case: BoardCase) -> Markup:
    """The first question, no longer than a few lines; the case itself has it whole."""
    question = next((q for q in case.questions if q.strip()), "")
    return element("span", question, class_="cc-card-text")


def _share(share: Share) -> str:
    if not share.of:
        return _NOTHING
    return f"{share.count} of {share.of} ({theme.percent(share.count / share.of)})"


def _spaced(pieces: Sequence[Markup]) -> list[Markup]:
    return [join([piece, " "]) for piece in pieces]
