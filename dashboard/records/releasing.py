"""Texts that were withheld, released one by one after somebody has read them.

A text comes back as its reader leaves it, with every identifier that the patterns still find
marked. The report keeps who released how many texts of which column, never a text. What is not
released is not kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dashboard.records.free_text import masked
from dashboard.records.identifiers import Identifier
from dashboard.records.patient import Finding, Intake, Patient, Severity, Unmapped
from dashboard.records.removal_report import Action, Line, Report, WithheldText, shape_of
from dashboard.records.wording import counted

NOTES = "notes"
WITHHELD_CODE = "texts-withheld"


@dataclass(frozen=True, slots=True)
class Released:
    """An intake with its released texts, and the report that says so."""

    intake: Intake
    report: Report


def release(intake: Intake, report: Report, reviewed: Mapping[int, str], who: str) -> Released:
    """Put texts back that somebody has read.

    Args:
        intake: with its identifiers removed.
        report: of that removal, with the texts that wait.
        reviewed: the text to put back, by its place among those that wait.
        who: read them.
    """
    texts = {
        place: masked(text)[0]
        for place, text in sorted(reviewed.items())
        if 0 <= place < len(report.withheld) and text.strip()
    }
    if not texts:
        return Released(intake, report)
    chosen = [(report.withheld[place], text) for place, text in texts.items()]
    waiting = tuple(t for place, t in enumerate(report.withheld) if place not in texts)
    lines = (*report.lines, *_lines([held for held, _ in chosen]))
    told = replace(report, lines=lines, withheld=waiting, released_by=who)
    findings = tuple(f for f in intake.findings if f.code != WITHHELD_CODE)
    after = replace(
        intake,
        patients=tuple(_with_notes(patient, chosen) for patient in intake.patients),
        unmapped=tuple(_with_text(item, chosen) for item in intake.unmapped),
        findings=(*findings, *note_withheld(told)),
    )
    return Released(after, told)


def note_withheld(report: Report) -> tuple[Finding, ...]:
    """That texts wait for somebody to read them; nothing where none does."""
    count = len(report.withheld)
    if not count:
        return ()
    columns = ", ".join(dict.fromkeys(held.field for held in report.withheld))
    one = count == 1
    return (
        Finding(
            Severity.NOTE,
            WITHHELD_CODE,
            f"{counted(count, 'text')} ({columns}) {'is' if one else 'are'} withheld until "
            f"somebody has read {'it' if one else 'them'}; identifiers that were found are marked.",
            value=columns,
            expected="texts without identifiers",
            fix="Read each text, mask what still identifies the patient, and release it; or leave "
            "it withheld, then it is not kept.",
            rest="Everything else is kept.",
        ),
    )


def places_of(report: Report, column: str) -> tuple[int, ...]:
    """Where the texts of a column stand among those that wait."""
    return tuple(place for place, held in enumerate(report.withheld) if held.field == column)


def _with_notes(patient: Patient, chosen: list[tuple[WithheldText, str]]) -> Patient:
    own = [t for held, t in chosen if held.field == NOTES and held.patient == patient.id]
    own = [text for text in own if text not in patient.notes]
    return replace(patient, notes="\n".join([*filter(None, [patient.notes]), *own]))


def _with_text(item: Unmapped, chosen: list[tuple[WithheldText, str]]) -> Unmapped:
    for held, text in chosen:
        if held.where == item.where and held.field == item.name:
            return replace(item, value=text)
    return item


def _lines(chosen: list[WithheldText]) -> list[Line]:
    columns = dict.fromkeys(held.field for held in chosen)
    return [
        Line(
            column,
            Identifier.FREE_TEXT,
            Action.RELEASED,
            sum(held.field == column for held in chosen),
            tuple(shape_of(held.text) for held in chosen if held.field == column)[:1],
        )
        for column in columns
    ]
