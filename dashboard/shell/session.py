"""What one visitor's session remembers: open patients, the one on the screen, a file half read.

The only module that touches Streamlit's session state. A patient is named in the address by a
random token (a sample by its public id), never by anything on the record, and nobody is on the
screen until chosen. All of it lives in this browser tab's session and goes with it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import streamlit as st

from dashboard.records.cells import Raw
from dashboard.records.patient import Finding, Patient
from dashboard.records.removal_report import Report
from dashboard.services.casebook import EditClash
from dashboard.services.intake import Preview, Sample
from dashboard.shell import address

PICKER = "concord.picker"
_WORKSPACE = "concord.workspace"
_DRAFT = "concord.draft"
_SHOWN = "concord.shown"
_FILLS = "concord.fills"
_REQUEST, _CLASH, _SAID = "concord.request", "concord.clash", "concord.said"
_TYPED = "concord.typed"
_TOKEN_BYTES = 9
_READ = timedelta(seconds=6)  # in which somebody has read what was said


@dataclass(frozen=True, slots=True)
class Case:
    """An open patient with what was found when it was read."""

    token: str
    patient: Patient
    findings: tuple[Finding, ...] = ()
    report: Report | None = None
    teaching: str = ""
    of_board: bool = False  # the token is that of a case of the board


@dataclass(slots=True)
class _Workspace:
    cases: dict[str, Case] = field(default_factory=dict)
    selected: str | None = None


@dataclass(slots=True)
class Draft:
    """A file that was dropped but not accepted yet, with the answers given so far."""

    serial: int = 0  # part of the widgets' keys, so that a new draft starts with empty fields
    files: int = 0  # how many files were dropped; part of the keys of what belongs to a file
    file: tuple[str, bytes] = ("", b"")
    answers: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    corrections: dict[str, dict[str, Raw]] = field(default_factory=dict)
    found: Preview | None = None  # what came of this file with these answers

    @property
    def key(self) -> str:
        """The prefix of this draft's widgets."""
        return f"draft{self.serial}"

    @property
    def file_key(self) -> str:
        """The prefix of the widgets about the file at hand."""
        return f"{self.key}.{self.files}"

    def found_in(self, file: tuple[str, bytes]) -> Preview | None:
        """What came of this very file with the answers given so far; None to have it read."""
        if file != self.file:
            self.file, self.files, self.found = file, self.files + 1, None
            self.answers, self.columns, self.corrections = {}, {}, {}
        return self.found

    def keep(self, found: Preview) -> Preview:
        """Remember what came of the file."""
        self.found = found
        return found

    def take(
        self,
        answers: Mapping[str, str],
        columns: Mapping[str, str],
        corrections: dict[str, dict[str, Raw]],
    ) -> bool:
        """Take what the user said; True when any of it is new. Answers have the file read again."""
        before = (self.answers, self.columns)
        self.answers = {**self.answers, **answers}
        self.columns = {**self.columns, **columns}
        if (self.answers, self.columns) != before:
            self.found = None
        mended = corrections != self.corrections
        self.corrections = corrections
        return mended or self.found is None


def cases() -> dict[str, Case]:
    """The open patients of this session by token."""
    return _workspace().cases


def selected() -> Case | None:
    """The patient on the screen; None until somebody chose one."""
    space = _workspace()
    return space.cases.get(space.selected) if space.selected else None


def select(token: str | None) -> None:
    """Put an open patient on the screen, or none, and name it in the address."""
    space = _workspace()
    space.selected = token if token in space.cases else None
    address.name_patient(space.selected)


def close(token: str) -> None:
    """Let go of a patient and of everything this tab knows of them, by whatever name."""
    workspace = _workspace()
    known = workspace.cases.get(token)
    gone = {token}
    if known is not None:
        gone |= {
            name for name, one in workspace.cases.items() if one.patient.id == known.patient.id
        }
    for name in gone:
        workspace.cases.pop(name, None)
    if workspace.selected in gone:
        workspace.selected = None


def open_patients(
    patients: Sequence[Patient], findings: Sequence[Finding] = (), report: Report | None = None
) -> None:
    """Open accepted patients with what was found of each, and put the first on the screen."""
    opened = [
        Case(
            secrets.token_urlsafe(_TOKEN_BYTES),
            patient,
            tuple(finding for finding in findings if finding.patient == patient.id),
            report,
        )
        for patient in patients
    ]
    _open(opened)
    st.session_state[_DRAFT] = Draft(serial=draft().serial + 1)


def open_sample(sample: Sample, findings: Sequence[Finding]) -> None:
    """Open a sample with what was found of it; its public id stands in the address."""
    _open([Case(sample.id, sample.patient, tuple(findings), teaching=sample.teaching)])


def open_board_case(token: str, patient: Patient) -> None:
    """Open the patient of a case of the board; the case's own token stands in the address."""
    known = cases().get(token)
    findings = known.findings if known else ()
    _open([Case(token, patient, findings, of_board=True)])


def request() -> str:
    """A name for what somebody is about to do, so that doing it twice does it once."""
    found: str = st.session_state.setdefault(_REQUEST, secrets.token_urlsafe(_TOKEN_BYTES))
    return found


def requested_once() -> None:
    """What was asked for has been done; the next wish gets a name of its own."""
    st.session_state.pop(_REQUEST, None)


def keep_clash(form: str, clash: EditClash | None) -> None:
    """Remember that somebody else changed what this form was about to save, or forget it."""
    st.session_state[f"{_CLASH}.{form}"] = clash


def clash(form: str) -> EditClash | None:
    """What somebody else changed first; None when nothing waits for a choice."""
    found: EditClash | None = st.session_state.get(f"{_CLASH}.{form}")
    return found


def typed_before(form: str, typed: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What this tab had typed into a form when it last asked; None the first time."""
    before: Mapping[str, Any] | None = st.session_state.get(f"{_TYPED}.{form}")
    st.session_state[f"{_TYPED}.{form}"] = dict(typed)
    return before


def say(words: str) -> None:
    """Words to show once the page has been drawn anew."""
    st.session_state[_SAID] = (words, None)


def said(now: datetime) -> str:
    """What was to be shown: once, and again as long as nobody can have read it.

    A page may be drawn again by itself at any moment, because work in the background has ended.
    """
    if _SAID not in st.session_state:
        return ""
    words, first = st.session_state[_SAID]
    if first is not None and now - first > _READ:
        del st.session_state[_SAID]
        return ""
    st.session_state[_SAID] = (words, first or now)
    return str(words)


def amend(case: Case, patient: Patient, findings: tuple[Finding, ...]) -> None:
    """Put a mended patient in the place of the former one."""
    cases()[case.token] = replace(case, patient=patient, findings=findings)


def requested() -> str | None:
    """The token in the address, when it is not of the patient already on the screen.

    An address without one is made to name the patient on the screen.
    """
    token, chosen = address.patient(), _workspace().selected
    if token is None and chosen is not None:
        address.name_patient(chosen)
    return None if token == chosen else token


def prepare_picker() -> None:
    """Have the picker show the patient on the screen, however it got there.

    What it shows already is not said again: by then the visitor may have chosen another.
    """
    if st.session_state.get(PICKER) != _workspace().selected:
        st.session_state[PICKER] = _workspace().selected


def pick() -> None:
    """What choosing in the picker does."""
    select(st.session_state[PICKER])


def side() -> int:
    """On which of two places of the page this patient stands; another patient, the other place."""
    token = _workspace().selected
    shown, place = st.session_state.get(_SHOWN, (token, 0))
    if shown != token:
        place = 1 - place
    st.session_state[_SHOWN] = (token, place)
    return int(place)


def draft() -> Draft:
    """The file under preview in this session."""
    found: Draft = st.session_state.setdefault(_DRAFT, Draft())
    return found


def fill(fields: Mapping[str, str | date | None]) -> bool:
    """Have widgets of these keys hold these values at the next run; True when there are any."""
    st.session_state[_FILLS] = {**st.session_state.get(_FILLS, {}), **fields}
    return bool(fields)


def apply_fills() -> None:
    """Fill in what `fill` asked for, before the widgets are drawn."""
    for key, text in st.session_state.pop(_FILLS, {}).items():
        st.session_state[key] = text


def held_by(key: str) -> object | None:
    """What the widget of this key holds, before it is drawn; None while it holds nothing."""
    return st.session_state.get(key)


def _open(opened: Sequence[Case]) -> None:
    _workspace().cases |= {case.token: case for case in opened}
    select(opened[0].token)


def _workspace() -> _Workspace:
    found: _Workspace = st.session_state.setdefault(_WORKSPACE, _Workspace())
    return found
