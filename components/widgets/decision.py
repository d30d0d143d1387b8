"""The decision on the screen: what the tool showed, what clinician and board say, and the record.

Nothing is chosen beforehand: every choice starts empty, and what is still wanting is listed beside
the form. A closed record is shown as text with its hash; it can only be added to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

import streamlit as st

from components.charts.markup import Markup, element, join, unbroken
from components.charts.readings import NOTHING, OS, PFS, PROGRESSION, RESPONSE, TOXICITY
from components.widgets.fields import in_full, line, one_of, regimen_names
from components.widgets.panels import Tone, callout, chip, show
from components.widgets.tables import Column, table
from dashboard.knowledge.schema import DiseasePack
from dashboard.meeting.case import Decided
from dashboard.meeting.choices import REASONS, Choice, Said, Stance
from dashboard.meeting.decision import Decision, Dissent, Option, View, wanting
from dashboard.meeting.tool_layer import ToolLayer

FIELDS = (
    "clinician", "board", "options", "dissent", "conditions", "responsible", "due",
    "trial_offered", "prediction_consent", "present",
)  # fmt: skip
_QUANTITIES = {
    RESPONSE: "Response", PFS: "PFS", OS: "OS", PROGRESSION: "Progression",
    TOXICITY: "Severe toxicity",
}  # fmt: skip
_UNSAID = ("not said", "none", "none by code", "not asked")
_One = TypeVar("_One")


def decision_form(
    record: Decision, pack: DiseasePack, today: date, *, has_tool: bool, key: str
) -> Decision:
    """The record as it stands in the form."""
    st.header("What the board decided", anchor=False)
    board = _view(record.board, pack, has_tool=has_tool, key=f"{key}.board")
    left, middle, right = st.columns([1.6, 1.3, 1.1])
    with left:
        responsible = line("Who carries it out", record.responsible, f"{key}.responsible")
    due = middle.date_input(
        "Until", value=record.due, min_value=min(today, record.due or today), format="YYYY-MM-DD",
        key=f"{key}.due",
    )  # fmt: skip
    with right:
        trial = one_of("A trial was offered", list(Said), record.trial_offered, f"{key}.trial")
    conditions = line("Conditions", record.conditions, f"{key}.conditions",
                       "for example: if creatinine clearance stays above 45")  # fmt: skip
    left, right = st.columns([1, 1], vertical_alignment="bottom")
    with left:
        present = tuple(
            st.multiselect(
                "Present", list(record.present), default=list(record.present),
                accept_new_options=True, key=f"{key}.present", placeholder="Type a name",
            )
        )  # fmt: skip
    with right:
        consent = one_of(
            "The patient agrees to the use of predictions", list(Said), record.prediction_consent,
            f"{key}.consent",
        )  # fmt: skip
    dissent = _dissent(record.dissent, key=key)
    options = _options(record.options, pack, key=key)
    st.header("What the treating clinician thought", anchor=False)
    clinician = _view(record.clinician, pack, has_tool=has_tool, key=f"{key}.own")
    return replace(
        record, board=board, responsible=responsible.strip(), due=due, trial_offered=trial,
        conditions=conditions, present=present, prediction_consent=consent, dissent=dissent,
        options=options, clinician=clinician,
    )  # fmt: skip


def changes(before: Decision, after: Decision) -> dict[str, Any]:
    """The fields that the form changed."""
    return {
        name: getattr(after, name)
        for name in FIELDS
        if getattr(after, name) != getattr(before, name)
    }


def wanting_list(record: Decision) -> Markup:
    """What is still wanting before the record can be final."""
    told = wanting(record, Decided.FINAL)
    if not told:
        return callout(Tone.GOOD, "Nothing is wanting for a final decision.")
    listed = element("ul", *[element("li", words) for words in told], class_="cc-list")
    return join([element("p", "Still wanting for a final decision:", class_="cc-flat"), listed])


def state_line(record: Decision) -> Markup:
    """How far the record is."""
    tone = {Decided.FINAL: Tone.GOOD, Decided.PRELIMINARY: Tone.CAUTION}.get(
        record.state, Tone.PLAIN
    )
    since = f" since {record.decided_on:%Y-%m-%d}" if record.decided_on else ""
    return element("div", chip(tone, f"{str(record.state).capitalize()}{since}"))


def advance_buttons(record: Decision, *, saved: bool, key: str) -> Decided | None:
    """Preliminary or final, when one of them was pressed just now."""
    with st.container(horizontal=True):
        early = st.button(
            "Make it preliminary", key=f"{key}.early",
            disabled=not saved or bool(wanting(record, Decided.PRELIMINARY)),
        )  # fmt: skip
        with st.popover("Make it final", disabled=not saved or
                        bool(wanting(record, Decided.FINAL))):  # fmt: skip
            show(
                element(
                    "p",
                    "A final decision is locked: its content is hashed, and it can only be "
                    "corrected by an addendum. Follow-up begins.",
                    class_="cc-flat",
                )
            )
            last = st.button("Lock it as final", key=f"{key}.last", type="primary")
    if not saved:
        st.caption("Save first: what becomes preliminary or final is what is saved.")
    if last:
        return Decided.FINAL
    return Decided.PRELIMINARY if early else None


def tool_table(tool: ToolLayer | None) -> Markup:
    """What the tool showed when the board decided, or why there is nothing."""
    if tool is None:
        return callout(
            Tone.UNKNOWN,
            "Nothing of the tool is part of this decision.",
            "Either the model was not ready, or the ballots were still covered.",
        )
    columns = [Column("Regimen"), Column("By the rules")]
    columns += [Column(title, number=True) for title in _QUANTITIES.values()]
    rows = [
        [row.label, row.verdict]
        + [
            unbroken(figure.text) if (figure := row.figures.get(name)) else NOTHING
            for name in _QUANTITIES
        ]
        for row in tool.rows
    ]
    told = table(
        f"What the tool showed at {tool.taken_at:%Y-%m-%d %H:%M} UTC, at {tool.months} months, "
        "with intervals",
        columns,
        rows,
    )
    return join([told, element("p", _provenance(tool), class_="cc-note")])


def record_text(
    record: Decision, labels: Mapping[str, str], *, intact: bool, brief: bool = False
) -> Markup:
    """A record as it is read and printed, with its hash and what was added.

    Args:
        record: the record.
        labels: the names of the regimens.
        intact: whether a closed one is what was closed.
        brief: leave out what was not said, for a screen in a room.
    """
    if brief and record.board.choice is None:
        return callout(Tone.UNKNOWN, "Nothing has been decided yet.")
    said = [
        ("Decided", _view_words(record.board, labels)),
        ("Stands to the tool", str(record.board.stance or "not said")),
        ("Reasons", _reason_words(record.board)),
        ("Treating clinician", _view_words(record.clinician, labels)),
        ("Considered", "; ".join(_option_words(o, labels) for o in record.options) or "not said"),
        ("Dissent", "; ".join(f"{d.member}: {d.words}" for d in record.dissent) or "none"),
        ("Conditions", record.conditions or "none"),
        ("Carried out by", _carried_words(record)),
        ("Trial offered", str(record.trial_offered)),
        ("Agrees to predictions", str(record.prediction_consent)),
        ("Present", ", ".join(record.present) or "not said"),
        ("Ballots", record.ballots or "not said"),
    ]
    rows = [[label, words] for label, words in said if not brief or words not in _UNSAID]
    parts = [table("The decision", (Column("What", width="12rem"), Column("Said")), rows,
                   quiet=True), _lock_words(record, intact=intact)]  # fmt: skip
    if record.addenda:
        heads = (Column("Added"), Column("Who"), Column("When (UTC)"), Column("Hash"))
        added = [
            (a.words, a.by, f"{a.at:%Y-%m-%d %H:%M}", f"{a.sha256[:16]}\N{HORIZONTAL ELLIPSIS}")
            for a in record.addenda
        ]
        parts.append(table("Addenda, in their order", heads, added))
    return join(parts)


def addendum(start: str, *, key: str) -> tuple[str, bool]:
    """What is typed to be added, and whether it was asked for just now."""
    words = line("Addendum", start, f"{key}.words")
    pressed = st.button("Add to the decision", key=f"{key}.go", disabled=not words.strip())
    return words, pressed


def long_texts(record: Decision) -> Markup | None:
    """The texts of the form that do not fit their lines, whole."""
    texts = {"In words": record.board.words, "Conditions": record.conditions}
    texts |= {f"Dissent of {each.member}": each.words for each in record.dissent}
    texts["Treating clinician"] = record.clinician.words
    return in_full(texts)


def _view(view: View, pack: DiseasePack, *, has_tool: bool, key: str) -> View:
    """One layer of the record: choice, regimen, stance, reasons, words."""
    names = regimen_names(pack, (view.regimen,))
    left, right = st.columns(2)
    with left:
        choice = _optional("Choice", list(Choice), view.choice, f"{key}.choice")
    with right:
        regimen = ""
        if choice in (Choice.REGIMEN, Choice.TRIAL):
            regimen = _regimen(names, view.regimen, needed=choice is Choice.REGIMEN, key=key)
    left, right = st.columns(2)
    with left:
        stance = None
        if has_tool:
            label = "Stands to what the tool showed"
            stance = _optional(label, list(Stance), view.stance, f"{key}.stance")
    with right:
        reasons = st.multiselect(
            "Reasons", list(REASONS), default=[r for r in view.reasons if r in REASONS],
            format_func=REASONS.__getitem__, key=f"{key}.reasons", placeholder="Choose reasons",
            select_all=False,
        )  # fmt: skip
    words = line("In words", view.words, f"{key}.words")
    return View(choice, regimen, stance, tuple(r for r in REASONS if r in reasons), words)


def _regimen(names: Mapping[str, str], chosen: str, *, needed: bool, key: str) -> str:
    listed = list(names)
    label = "Regimen" if needed else "Regimen, if the trial's is in the pack"
    picked = st.selectbox(
        label, listed, index=listed.index(chosen) if chosen in names else None,
        format_func=lambda name: names[name], placeholder="Choose one", key=f"{key}.regimen",
    )  # fmt: skip
    return picked or ""


def _dissent(known: Sequence[Dissent], *, key: str) -> tuple[Dissent, ...]:
    """Who disagreed and why; a further line appears when the last one is filled."""
    found = []
    place = st.container()  # what comes below must not move while somebody types into it
    for number in range(len(known) + 1):
        held = known[number] if number < len(known) else Dissent("", "")
        left, right = place.columns([1, 3])
        with left:
            member = line("Dissent of", held.member, f"{key}.dissent{number}.who")
        with right:
            words = line("because", held.words, f"{key}.dissent{number}.why")
        if member.strip() or words.strip():
            found.append(Dissent(member.strip(), words.strip()))
    return tuple(found)


def _options(known: Sequence[Option], pack: DiseasePack, *, key: str) -> tuple[Option, ...]:
    others = {str(each): str(each).capitalize() for each in Choice if each is not Choice.REGIMEN}
    kept = [option.name for option in known if option.name not in others]
    names = regimen_names(pack, kept) | others
    with st.expander("Options that were considered"):
        chosen = st.multiselect(
            "Considered", list(names), default=[option.name for option in known],
            format_func=names.__getitem__, key=f"{key}.options", select_all=False, wrap=True,
        )  # fmt: skip
        words = {option.name: option.words for option in known}
        return tuple(
            Option(name, line(f"{names[name]}: what spoke for or against it",
                               words.get(name, ""), f"{key}.option.{name}"))
            for name in chosen
        )  # fmt: skip


def _optional(label: str, options: Sequence[_One], chosen: _One | None, key: str) -> _One | None:
    return st.selectbox(
        label, options, index=options.index(chosen) if chosen in options else None,
        format_func=lambda each: str(each).capitalize(), placeholder="Choose one", key=key,
    )  # fmt: skip


def _provenance(tool: ToolLayer) -> str:
    synthetic = " The model learnt from a simulated cohort (SYNTHETIC)." if tool.synthetic else ""
    return (
        f"Model {tool.bundle}, pack {tool.pack}, patient {tool.patient}. {tool.source}{synthetic} "
        "For education and research."
    )


def _view_words(view: View, labels: Mapping[str, str]) -> str:
    if view.choice is None:
        return view.words or "not said"
    regimen = f": {labels.get(view.regimen, view.regimen)}" if view.regimen else ""
    return f"{str(view.choice).capitalize()}{regimen}" + (f". {view.words}" if view.words else "")


def _reason_words(view: View) -> str:
    return "; ".join(REASONS.get(code, code) for code in view.reasons) or "none by code"


def _option_words(option: Option, labels: Mapping[str, str]) -> str:
    name = labels.get(option.name, option.name)
    return f"{name} ({option.words})" if option.words else name


def _carried_words(record: Decision) -> str:
    until = f", until {record.due}" if record.due else ""
    return f"{record.responsible}{until}" if record.responsible else "not said"


def _lock_words(record: Decision, *, intact: bool) -> Markup:
    if record.lock is None:
        return Markup("")
    if not intact:
        return callout(
            Tone.ALERT,
            "This record is not what was closed.",
            "Its content does not fit its hash. Do not use it; look for a backup.",
        )
    lock = record.lock
    words = f"Closed by {lock.by} on {lock.at:%Y-%m-%d %H:%M} UTC. SHA-256 of its content: "
    return element("p", words, element("code", lock.sha256), ". It was checked just now.",
                   class_="cc-small")  # fmt: skip
