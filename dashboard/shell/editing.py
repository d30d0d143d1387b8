"""What the pages of the meeting do with a form: keep what is typed, save it, settle a clash.

A form runs in a fragment; while somebody types, every pause keeps a draft in the store. Saving
names the version on which the typing began. When somebody else changed the same field first, the
page shows both texts until one is chosen; nothing is overwritten and nothing typed is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NoReturn

import streamlit as st

from components.charts import readings
from components.charts.readings import RESPONSE
from components.widgets import ballots as votes
from components.widgets import board_case as shown
from components.widgets import follow_up as outcomes
from components.widgets.panels import show
from components.widgets.presentation import Pressed
from dashboard.answers.forecast import Forecast
from dashboard.meeting.case import BoardCase, Stage
from dashboard.meeting.decision import Decision
from dashboard.meeting.follow_up import Entry, FollowUp
from dashboard.meeting.presenting import Meeting
from dashboard.meeting.tool_layer import ToolLayer
from dashboard.records.patient import Patient
from dashboard.services import (
    agenda,
    ballots,
    cases,
    consultation,
    decisions,
    drafts,
    follow_up,
    forecasts,
    meetings,
)
from dashboard.services.casebook import EditClash, Held
from dashboard.services.context import Context
from dashboard.shell import page, session

NOT_READY = Stage.BACKLOG  # a case of this stage is on no agenda
ENTRY = "follow_up"  # the form of an entry
DAY = "presentation.day"  # the key of the day whose meeting is shown


def forecast_if_ready(context: Context, who: Patient) -> Forecast | None:
    """The forecast of a patient where the model is at hand; a case can be prepared without."""
    if not forecasts.is_ready(context, who.disease):
        return None
    return forecasts.forecast(context, who)


def tool_of(context: Context, case: BoardCase, who: Patient) -> ToolLayer | None:
    """What the tool shows of a case; None without a model, or while the ballots are covered."""
    forecast = forecast_if_ready(context, who)
    if forecast is None or not case.regimens:
        return None
    card = forecasts.card(context, who.disease)
    source = f"Learnt from {card.cohort}, {card.rows_used:,} treatments."
    judgement = consultation.judge(context, who)
    return decisions.shown(
        context, case, forecast, judgement, source=source, synthetic=card.synthetic
    )


def save_or_keep(
    context: Context, seen: Held[BoardCase], changed: Mapping[str, Any], *, behind: bool
) -> None:
    """Keep what was typed into a case, and save it when the button is pressed."""
    kept = _kept(context, seen.paper, "case", changed, base=seen.version)
    if kept is None:
        st.button("Save", disabled=True, key="case.save.nothing")
        return
    pressed = st.button("Save", type="primary", key="case.save")
    show(shown.draft_note(f"{kept.at:%H:%M:%S}", behind))
    if not pressed:
        return
    try:
        saved = cases.save(context, seen, changed, request=session.request())
    except EditClash as clash:
        session.keep_clash("case", clash)
        st.rerun()
    session.requested_once()
    _forget(context, seen.paper, "case", onto=0 if saved.joined else saved.version)
    session.say(_saved_words(saved.joined, shown.FIELDS))
    st.rerun()


def save_decision(
    context: Context, seen: Held[Decision], changed: Mapping[str, Any], *, case: BoardCase,
    tool: ToolLayer | None,
) -> None:  # fmt: skip
    """Keep what was typed into a decision, and save it when the button is pressed."""
    kept = _kept(context, case, "decision", changed, base=seen.version)
    if kept is None and (seen.version or tool is None):
        st.button("Save", disabled=True, key="decision.save.nothing")
        return
    if kept is not None:
        show(shown.draft_note(f"{kept.at:%H:%M:%S}", behind=False))
    if not st.button("Save", type="primary", key="decision.save"):
        return
    try:
        saved = decisions.save(context, seen, changed, tool, request=session.request())
    except EditClash as clash:
        session.keep_clash("decision", clash)
        st.rerun()
    session.requested_once()
    _forget(context, case, "decision", onto=0 if saved.joined else saved.version)
    session.say(_saved_words(saved.joined, {}))
    st.rerun()


def enter_or_keep(context: Context, held: Held[FollowUp], blank: Entry, entry: Entry) -> None:
    """Keep what was typed about a month, and enter it when the button is pressed."""
    case = cases.read(context, held.paper.case).paper
    changed = outcomes.typed(blank, entry)
    kept = _kept(context, case, ENTRY, changed, base=held.version)
    pressed = st.button("Enter", type="primary", key="follow.enter")
    if kept is not None:
        show(shown.draft_note(f"{kept.at:%H:%M:%S}", behind=False))
    if pressed:
        follow_up.enter(context, held, replace(entry, at=context.clock()))
        _forget(context, case, ENTRY)
        session.say(f"Entered for month {entry.month}.")
        st.rerun()


def _kept(
    context: Context, case: BoardCase, form: str, changed: Mapping[str, Any], *, base: int
) -> drafts.Draft | None:
    """Keep what this tab typed beside what another tab of the same person did; None for nothing."""
    before = session.typed_before(f"{case.id}.{form}", changed)
    if not changed:
        drafts.discard(context, case, form, before=before)
        return None
    return drafts.keep(context, case, form, changed, base=base, before=before)


def _forget(context: Context, case: BoardCase, form: str, *, onto: int = 0) -> None:
    """Forget what this tab typed into a form: it was saved."""
    typed = session.typed_before(f"{case.id}.{form}", {})
    drafts.discard(context, case, form, before=typed, onto=onto)


def settled(context: Context, form: str, labels: Mapping[str, str]) -> bool:
    """Whether the page is busy with a clash: both texts are shown until one of them is chosen."""
    clash = session.clash(form)
    if clash is None:
        return False
    kept = shown.choose_between(
        clash.clashes, clash.by, f"{clash.at:%H:%M}", labels, key=f"clash.{form}.{clash.version}"
    )
    if kept is None:
        return True
    try:
        if form == "case":
            saved = cases.settle(context, clash, kept)
            _forget(context, saved.paper, form)
        else:
            record = decisions.settle(context, clash, kept).paper
            _forget(context, cases.read(context, record.case).paper, form)
        session.keep_clash(form, None)
        session.say("Saved as chosen.")
    except EditClash as again:
        session.keep_clash(form, again)
    st.rerun()


def vote(
    context: Context, case_id: str, given: votes.Given | None, ended: tuple[bool, str]
) -> None:
    """Do what was pressed about ballots: give one, reveal them, or do without."""
    revealed, reason = ended
    if given is not None:
        ballots.give(
            context, case_id, given.name, given.choice, confidence=given.confidence,
            chances=given.chances,
        )  # fmt: skip
        st.rerun()
    if revealed:
        ballots.reveal(context, case_id)
        st.rerun()
    if reason:
        ballots.do_without(context, case_id, reason)
        st.rerun()


def model_words(forecast: Forecast | None, regimens: Sequence[str]) -> dict[str, str]:
    """The model's chance of response under each regimen, as it is shown everywhere."""
    if forecast is None:
        return {}
    found = {name: readings.at_month(readings.of_regimen(forecast, name), 12) for name in regimens}
    return {name: readings.text_of(figures[RESPONSE]) for name, figures in found.items()}


def versions(context: Context, case_id: str) -> list[tuple[int, str, str]]:
    """Every version of a case: its number, who saved it, and when."""
    return [
        (held.version, held.by, f"{held.at:%Y-%m-%d %H:%M}" if held.at else "")
        for held in cases.earlier(context, case_id)
    ]


def _saved_words(joined: Sequence[str], labels: Mapping[str, str]) -> str:
    if not joined:
        return "Saved."
    names = ", ".join(labels.get(name, name.replace("_", " ")).lower() for name in joined)
    return f"Saved, together with what others changed meanwhile: {names}."


def kept_words(tool: ToolLayer) -> dict[str, str]:
    """The model's chance of response under each regimen, as it was shown when it was decided."""
    found = {row.regimen: row.figures.get(RESPONSE) for row in tool.rows}
    return {name: figure.text for name, figure in found.items() if figure is not None}


def present(context: Context, case: BoardCase) -> NoReturn:
    """Turn the meeting of a case's day to it, and go there."""
    day = case.meets_on or context.today
    if case.meets_on is None:
        held = cases.read(context, case.id)
        cases.save(context, held, {"meets_on": day})
    meetings.turn_to(context, day, case.id)
    session.fill({DAY: day})
    page.go("presentation")


def days_on_screen(context: Context) -> tuple[date, ...]:
    """The days with something left to say, and the one whose case was asked for, if it is past.

    Without that day another patient's case would be shown in the place of one decided long ago.
    """
    found, asked = agenda.days(context), session.held_by(DAY)
    return (*found, asked) if isinstance(asked, date) and asked not in found else found


def lead(context: Context, day: date, meeting: Meeting, pressed: Pressed) -> bool:
    """Do what the presenter pressed, on every screen; whether anything was."""
    if pressed.turn:
        to = agenda.beside(context, day, meeting.case, pressed.turn)
        if to is not None:
            meetings.turn_to(context, day, to.id)
    if pressed.screen is not None:
        meetings.show(context, day, pressed.screen)
    if pressed.timer:
        meetings.start_or_pause(context, day)
    for item, done in pressed.ticks:
        meetings.tick(context, day, item, done=done)
    if pressed.present is not None:
        meetings.attend(context, day, pressed.present)
    return pressed != Pressed()
