"""One case on the screen: its form, its gate, its steps, its timeline, and a clash of two edits.

Text fields hand over what is typed after a short pause, so that a draft can be kept while somebody
types. The form is filled once from the case and the draft; what comes out of it is a case again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from components.charts import theme
from components.charts.journey import journey
from components.charts.markup import Markup, element, join
from components.widgets.fields import in_full, line, regimen_names
from components.widgets.panels import Tone, callout, chip, disclosure, empty_state, plain, show
from components.widgets.tables import Column, table
from dashboard.knowledge.schema import DiseasePack
from dashboard.meeting.case import MOST_REGIMENS, BoardCase, Event, Stage, Urgency
from dashboard.meeting.gate import LEAST_NARROWING, Gate, Missing
from dashboard.meeting.merging import Clash
from dashboard.meeting.timeline import EVENT_KINDS, Happening, lay_out
from dashboard.records.wording import counted

VIEWS = PREPARE, TIMELINE, BALLOTS, FILE = "Prepare", "Timeline", "Ballots", "History and file"
MONTHS = (6, 12, 24, 36)
_QUESTIONS = 3
_LISTED = 8
_STAGE_WORDS: Mapping[Stage, str] = {
    Stage.BACKLOG: "In the backlog",
    Stage.READY: "Ready for the board",
    Stage.DISCUSSED: "Discussed",
    Stage.FOLLOW_UP: "In follow-up",
}
_FORWARD: Mapping[Stage, tuple[Stage, str]] = {
    Stage.BACKLOG: (Stage.READY, "Make it ready for the board"),
}
_BACK: Mapping[Stage, tuple[Stage, str]] = {
    Stage.READY: (Stage.BACKLOG, "Back to the backlog"),
    Stage.DISCUSSED: (Stage.READY, "Discuss again"),
    Stage.FOLLOW_UP: (Stage.READY, "Present again"),
}
FIELDS: Mapping[str, str] = {
    "urgency": "Urgency", "prepared_by": "Prepared by", "meets_on": "Meeting", "team": "Team",
    "questions": "Questions", "wishes": "Wishes", "goals": "Goals", "performance": "Performance",
    "comorbidity": "Comorbidity", "regimens": "Regimens", "months": "Months",
    "teaching": "Teaching", "events": "Events",
}  # fmt: skip


def choose_view(*, key: str) -> str:
    """What of the case is looked at."""
    view: str = st.segmented_control(
        "View of the case", VIEWS, default=PREPARE, required=True, key=key,
        label_visibility="collapsed",
    )  # fmt: skip
    return view


def state_line(case: BoardCase) -> Markup:
    """How far the case is, how soon, and who let what pass."""
    said = [chip(Tone.GOOD if case.stage is not Stage.BACKLOG else Tone.PLAIN,
                 _STAGE_WORDS[case.stage])]  # fmt: skip
    if case.urgency is not Urgency.ROUTINE:
        said.append(chip(Tone.CAUTION, str(case.urgency).capitalize()))
    if case.waiver is not None:
        facts = len(case.waiver.missing)
        let = f"{case.waiver.by} let {facts} missing {'fact' if facts == 1 else 'facts'} pass: "
        said.append(element("span", let + case.waiver.reason, class_="cc-small cc-muted"))
    return element("div", *[join([piece, " "]) for piece in said])


def case_form(case: BoardCase, pack: DiseasePack, *, key: str) -> BoardCase:
    """The case as it stands in the form."""
    with st.container():  # what comes below must not move while somebody types into it
        questions = [
            line(
                "Question for the board" if number == 0 else f"Question {number + 1}",
                case.questions[number] if number < len(case.questions) else "",
                f"{key}.question{number}",
            )
            for number in range(min(len(case.questions) + 1, _QUESTIONS))
        ]
    left, right = st.columns(2)
    with left:
        wishes = line("Wishes of the patient", case.wishes, f"{key}.wishes")
        performance = line("Performance, in words", case.performance, f"{key}.performance")
    with right:
        goals = line("Goals of treatment", case.goals, f"{key}.goals")
        comorbidity = line("Comorbidity, in words", case.comorbidity, f"{key}.comorbidity")
    typed = replace(
        case, questions=tuple(q for q in questions if q), wishes=wishes, goals=goals,
        performance=performance, comorbidity=comorbidity,
    )  # fmt: skip
    return _plans(_regimens(typed, pack, key=key), key=key)


def lost_note(lost: Sequence[str]) -> Markup:
    """What of a case the pack of its disease does not know any more."""
    listed = element("ul", *[element("li", words) for words in lost], class_="cc-list")
    return callout(
        Tone.CAUTION,
        "The pack of this disease has changed since the case was made.",
        join(
            [
                listed,
                "The case opens without it; nothing was deleted. The snapshot and every earlier "
                "version still hold it, and a pack that knows it reads it again.",
            ]
        ),
    )


def changes(before: BoardCase, after: BoardCase) -> dict[str, Any]:
    """The fields that the form changed."""
    return {
        name: getattr(after, name)
        for name in FIELDS
        if getattr(after, name) != getattr(before, name)
    }


def gate_list(gate: Gate, labels: Mapping[str, str]) -> Markup:
    """What is missing, by what it would change; what holds the case up stands first, marked."""
    if not gate.missing:
        return callout(Tone.GOOD, "Nothing that matters is missing.")
    first, rest = gate.missing[:_LISTED], gate.missing[_LISTED:]
    listed = element("ul", *[_missing(fact, labels) for fact in first], class_="cc-list")
    held = len(gate.holding_up)
    said = f"{gate.known} of {gate.core} core facts are known. " + (
        f"{held} missing {'fact holds' if held == 1 else 'facts hold'} the case up."
        if held
        else "None of the missing facts holds the case up."
    )
    more = (
        disclosure(
            f"{len(rest)} more that would change less",
            element("ul", *[_missing(fact, labels) for fact in rest], class_="cc-list"),
        )
        if rest
        else None
    )
    return join([element("p", said, class_="cc-flat"), listed, more])


def long_texts(case: BoardCase) -> Markup | None:
    """The texts of the form that do not fit their lines, whole."""
    return in_full(
        {
            "Wishes": case.wishes, "Goals": case.goals, "Performance": case.performance,
            "Comorbidity": case.comorbidity,
        }
    )  # fmt: skip


def let_pass(gate: Gate, case: BoardCase, start: str, *, key: str) -> tuple[str, bool]:
    """Why the missing facts may be missing, and whether they are let pass just now."""
    passed = set(case.waiver.missing) if case.waiver else set()
    if not set(gate.open_facts) - passed:
        return "", False
    with st.container(horizontal=True, vertical_alignment="bottom"):
        reason = line("Let them pass, because", start, f"{key}.reason",
                       "for example: tissue used up, plasma test on its way")  # fmt: skip
        pressed = st.button("Let pass", key=f"{key}.pass", disabled=not reason.strip())
    return reason, pressed


def choose_step(
    case: BoardCase, wanting: Sequence[str], start: str, *, key: str
) -> tuple[Stage | None, str]:
    """The step that was pressed just now, with the reason that is typed for one back."""
    to, reason = None, start
    if case.stage in _FORWARD:
        stage, words = _FORWARD[case.stage]
        if st.button(words, type="primary", key=f"{key}.on", disabled=bool(wanting)):
            to = stage
        for words in wanting:
            show(element("p", words, class_="cc-small cc-flat"))
    if case.stage in _BACK:
        stage, words = _BACK[case.stage]
        with st.popover(words):
            reason = line("Because", start, f"{key}.{len(case.moves)}.why")
            if st.button(words, key=f"{key}.back", disabled=not reason.strip()):
                to = stage
    return to, reason


def timeline_picture(known: Sequence[Happening], undated: int, *, strip: bool = False) -> Markup:
    """The timeline, with a table of everything beneath where there is room."""
    drawing = journey(lay_out(known, most_rows=4 if strip else 9), strip=strip)
    if drawing is None:
        told = f" {undated} without a day are not drawn." if undated else ""
        words = f"No treatment, measurement or event with a day is on record.{told}"
        if strip:
            return element("p", words, class_="cc-small cc-muted cc-flat")
        return empty_state(words, "What happened and when can be added by hand below.")
    if strip:
        return element("div", drawing.image, class_="cc-strip")
    columns = (Column("What"), Column("When"), Column("Entry"))
    rows = [(each.title, _when(each), each.words) for each in known]
    note = f"Not drawn, without a day: {counted(undated, 'entry', 'entries')}. " if undated else ""
    return join(
        [
            drawing.image,
            element("p", note, class_="cc-small cc-muted") if note else None,
            disclosure("The same as a table", table("Everything dated", columns, rows)),
        ]
    )


def add_event(start: str, *, key: str) -> tuple[str, Event | None]:
    """The words typed of an event that the record does not hold; the event, when just added."""
    with st.popover("Add an event", icon=":material/add:"):
        kind = st.selectbox("What kind", EVENT_KINDS, key=f"{key}.kind")
        on = st.date_input("Day", value=None, key=f"{key}.day", format="YYYY-MM-DD")
        label = line("In words", start, f"{key}.label", "for example: liver biopsy")
        value = st.number_input("A number, if there is one", value=None, key=f"{key}.value")
        added = st.button("Add it", key=f"{key}.add", disabled=not label.strip() or on is None)
        if added and on is not None:
            return label, Event(kind, on, label.strip(), value)
    return label, None


def history_table(versions: Sequence[tuple[int, str, str]], case: BoardCase) -> Markup:
    """Who saved which version when, and which steps were taken."""
    rows = [(f"Version {number}", by, at) for number, by, at in reversed(versions)]
    saved = table("Saved versions", (Column("What"), Column("Who"), Column("When (UTC)")), rows)
    moves = [
        (f"{m.came_from} to {m.went_to}", m.by, f"{m.at:%Y-%m-%d %H:%M}", m.reason)
        for m in case.moves
    ]
    heads = (Column("Step"), Column("Who"), Column("When (UTC)"), Column("Why"))
    return join([saved, table("Steps", heads, moves) if moves else None])


def choose_between(
    clashes: Sequence[Clash], who: str, when: str, labels: Mapping[str, str], *, key: str
) -> tuple[str, ...] | None:
    """For each field that two people changed: keep yours or take theirs; None until it is said."""
    show(
        callout(
            Tone.CAUTION,
            f"{who} changed the same at {when} UTC, after you had opened it.",
            "Nothing was overwritten. Choose for each field; everything else of both is kept.",
        )
    )
    kept = []
    for clash in clashes:
        mine, theirs = f"Keep yours: {_short(clash.mine)}", f"Take theirs: {_short(clash.theirs)}"
        label = labels.get(clash.field, clash.field.replace("_", " ").capitalize())
        answer = st.radio(
            plain(label), (mine, theirs), index=1, key=f"{key}.{clash.field}",
            format_func=plain,
        )  # fmt: skip
        if answer == mine:
            kept.append(clash.field)
    return tuple(kept) if st.button("Save this choice", type="primary", key=f"{key}.go") else None


def draft_note(kept_at: str, behind: bool) -> Markup:
    """That what was typed is kept, and not part of the case yet."""
    words = f"Kept as a draft at {kept_at} UTC. It counts once you save it."
    if behind:
        words += " Others saved the case meanwhile; what both changed will be asked."
    return element("p", words, class_="cc-small cc-muted cc-flat", role="status")


def _regimens(case: BoardCase, pack: DiseasePack, *, key: str) -> BoardCase:
    listed = regimen_names(pack, case.regimens)
    left, right = st.columns([4, 1])
    chosen = left.multiselect(
        f"Regimens the board will weigh, at most {MOST_REGIMENS}",
        list(listed),
        default=list(case.regimens),
        format_func=listed.__getitem__, max_selections=MOST_REGIMENS, key=f"{key}.regimens",
        wrap=True,
    )  # fmt: skip
    months = right.selectbox(
        "Months", MONTHS, index=MONTHS.index(case.months) if case.months in MONTHS else 1,
        key=f"{key}.months",
    )  # fmt: skip
    order = list(listed)
    kept = case.regimens if set(chosen) == set(case.regimens) else tuple(
        sorted(chosen, key=order.index)
    )  # fmt: skip
    return replace(case, regimens=kept, months=months)


def _plans(case: BoardCase, *, key: str) -> BoardCase:
    first, second, third = st.columns([1, 1, 2], vertical_alignment="bottom")
    urgency = first.selectbox(
        "Urgency", list(Urgency), index=list(Urgency).index(case.urgency), key=f"{key}.urgency",
        format_func=lambda u: str(u).capitalize(),
    )  # fmt: skip
    meets_on = second.date_input(
        "Meeting", value=case.meets_on, key=f"{key}.meets_on", format="YYYY-MM-DD"
    )
    with third:
        prepared_by = line("Prepared by", case.prepared_by, f"{key}.prepared_by")
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    team = left.multiselect(
        "Team: the ids of those who may see it", list(case.team), default=list(case.team),
        accept_new_options=True, key=f"{key}.team",
    )  # fmt: skip
    teaching = right.checkbox("For teaching", value=case.teaching, key=f"{key}.teaching")
    return replace(
        case, urgency=Urgency(str(urgency)), meets_on=meets_on, prepared_by=prepared_by.strip(),
        team=tuple(team), teaching=teaching,
    )  # fmt: skip


def _missing(fact: Missing, labels: Mapping[str, str]) -> Markup:
    said = []
    if fact.decides:
        names = [labels.get(name, name) for name in fact.decides]
        said.append(f"decides whether {', '.join(names)} {_comes(names)} into question")
    elif fact.is_core:
        said.append("a core fact of this disease")
    if fact.decides_others:
        many = counted(fact.decides_others, "regimen")
        said.append(
            f"decides {many} that {'is' if many == '1 regimen' else 'are'} not on the board"
        )
    if fact.narrowing >= LEAST_NARROWING:
        said.append(f"would narrow the intervals by {theme.percent(fact.narrowing)} on average")
    if not said and fact.effects:
        effects = "published effect speaks" if fact.effects == 1 else "published effects speak"
        said.append(f"{fact.effects} {effects} of it")
    mark = chip(Tone.UNKNOWN, "Holds up") if fact.holds_up else None
    return element("li", element("strong", fact.label), " ", mark, element(
        "div", "; ".join(said), class_="cc-small cc-muted"))  # fmt: skip


def _comes(names: Sequence[str]) -> str:
    return "comes" if len(names) == 1 else "come"


def _when(each: Happening) -> str:
    started = f"{each.started:%Y-%m-%d}"
    if each.going_on:
        return f"{started}, going on"
    return started if each.stopped is None else f"{started} to {each.stopped:%Y-%m-%d}"


def _short(value: object) -> str:
    if isinstance(value, list | tuple):
        value = ", ".join(_short(item) for item in value)
    if isinstance(value, dict):
        value = "; ".join(f"{name} {_short(item)}" for name, item in value.items() if item)
    text = "nothing" if value in ("", None) else str(value)
    return text if len(text) <= 160 else f"{text[:159]}\N{HORIZONTAL ELLIPSIS}"  # noqa: PLR2004
