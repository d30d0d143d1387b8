"""A file on its way in: the drop, what was read, every finding with its cure, what is ready.

Nothing of a file is kept until its patients are accepted. Questions are asked without a default,
and each answer has the file read again. A field that cannot be used gets an input right beside its
message; patients without an open matter can be accepted while the others wait.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from components.charts.markup import Markup, element, join
from components.widgets import entry
from components.widgets.panels import Tone, callout, disclosure, plain
from components.widgets.patient import SEVERITY_WORDS, finding_lines
from components.widgets.tables import Cell, Column, table
from components.widgets.values import value_text
from dashboard.knowledge.schema import DiseasePack
from dashboard.records.cells import Raw
from dashboard.records.patient import Finding, Intake, Patient, Severity, Unmapped, Value

FORMATS = ("csv", "tsv", "txt", "xlsx", "json", "ndjson", "zip")
_STOPPING = (Severity.ERROR, Severity.QUESTION)
_MOST_PATIENTS = 25
_MOST_ROWS = 200
_HEADLINE_FACTS = ("age_years", "sex", "stage", "ecog_ps")


def drop(*, key: str) -> tuple[str, bytes] | None:
    """The dropped file's name and content; None while there is none."""
    dropped = st.file_uploader(
        "A file with one or many patients: CSV, TSV, Excel, FHIR, Phenopackets, cBioPortal, or a "
        "Concord case file",
        FORMATS,
        key=key,
    )
    return None if dropped is None else (dropped.name, dropped.getvalue())


def summary(name: str, intake: Intake, ready: int) -> Markup:
    """What came of the file, in a sentence."""
    count = len(intake.patients)
    if not count:
        return callout(
            Tone.ALERT, f"Nothing of {name} can be used yet.", "What is needed is below."
        )
    waiting = count - ready
    said = f"{_patients(count)} read from {name}; {ready} ready to accept"
    body = f"{_patients(waiting)} need mending first; see below." if waiting else ""
    lost = f"{len(intake.unmapped)} pieces of content found no place." if intake.unmapped else ""
    return callout(Tone.CAUTION if waiting else Tone.GOOD, f"{said}.", body, lost)


def ask(findings: Sequence[Finding], *, key: str) -> dict[str, str]:
    """Ask what the file alone cannot say; the answers given so far, by question."""
    answers: dict[str, str] = {}
    for finding in findings:
        if finding.key and finding.key not in answers and not finding.patient:
            choice = entry.finding_with_choices(finding, key=f"{key}.{finding.key}")
            if choice is not None:
                answers[finding.key] = choice.answer
    return answers


def file_findings(findings: Sequence[Finding]) -> Markup:
    """Findings about the file itself that ask nothing."""
    return finding_lines([f for f in findings if not f.patient and not f.key])


def mend(
    patients: Sequence[Patient], findings: Sequence[Finding], pack: DiseasePack, *, key: str
) -> dict[str, dict[str, Raw]]:
    """Inputs beside every finding that stops a patient; what was typed, by patient and field."""
    stopped = [p for p in patients if any(_stops(f, p) for f in findings)]
    typed: dict[str, dict[str, Raw]] = {}
    for patient in stopped[:_MOST_PATIENTS]:
        mine = [finding for finding in findings if finding.patient == patient.id]
        open_matters = sum(finding.severity in _STOPPING for finding in mine)
        with st.expander(f"{plain(patient.id)}: {open_matters} to mend", expanded=True):
            typed[patient.id] = _mend_one(mine, pack, key=f"{key}.{patient.id}")
    if len(stopped) > _MOST_PATIENTS:
        st.caption(
            f"{len(stopped) - _MOST_PATIENTS} more wait; they are shown as these are mended."
        )
    return typed


def ready_table(
    patients: Sequence[Patient], findings: Sequence[Finding], pack: DiseasePack
) -> Markup:
    """The patients that can be accepted, with how much is known and what to keep an eye on."""
    facts = [pack.feature(name) for name in _HEADLINE_FACTS if name in pack.vocabulary]
    columns = (
        Column("Patient"),
        *(Column(feature.label) for feature in facts),
        Column("Facts known", number=True),
        Column("Found"),
    )
    rows: list[Sequence[Cell]] = []
    for patient in patients[:_MOST_ROWS]:
        mine = [f for f in findings if f.patient == patient.id]
        known = f"{len(patient.values)} of {len(pack.features)}"
        values = (value_text(feature, patient.values.get(feature.id)) for feature in facts)
        rows.append((patient.id, *values, known, _found(mine)))
    return table("Patients ready to accept", columns, rows)


def unmapped_table(unmapped: Sequence[Unmapped]) -> Markup:
    """Everything that was read but has no place in a patient, so that nothing is lost unseen."""
    columns = (Column("Name"), Column("Value"), Column("Where"), Column("Why it was left"))
    rows = [(u.name, u.value, str(u.where), u.reason) for u in unmapped[:_MOST_ROWS]]
    shown = table("Content without a place", columns, rows, quiet=True)
    more = len(unmapped) - _MOST_ROWS
    rest = element("p", f"{more} more of the same kind are not listed.") if more > 0 else None
    return disclosure(f"{len(unmapped)} pieces of content found no place", join([shown, rest]))


def _mend_one(findings: Sequence[Finding], pack: DiseasePack, *, key: str) -> dict[str, Raw]:
    typed: dict[str, Raw] = {}
    for place, finding in enumerate(findings):
        feature = pack.vocabulary.get(finding.where.field)
        message, beside = st.columns([3, 2], gap="medium")
        with message:
            choice = entry.finding_with_choices(finding, key=f"{key}.{place}.choice")
        if choice is not None:
            typed |= _chosen(choice.values, pack)
        if feature is not None and feature.id not in typed and finding.severity in _STOPPING:
            with beside:
                typed[feature.id] = entry.entry_field(feature, "", key=key)
    return typed


def _chosen(values: Mapping[str, Value | None], pack: DiseasePack) -> dict[str, Raw]:
    """The values of a chosen answer, as if they had been typed with their unit."""
    known = {name: value for name, value in values.items() if name in pack.vocabulary}
    return {name: entry.as_typed(pack.feature(name), value) for name, value in known.items()}


def _found(findings: Sequence[Finding]) -> Markup:
    words = [SEVERITY_WORDS[f.severity][1].lower() for f in findings]
    counted = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
    return disclosure(counted, finding_lines(findings)) if findings else join(["nothing"])


def _stops(finding: Finding, patient: Patient) -> bool:
    return finding.patient == patient.id and finding.severity in _STOPPING


def _patients(count: int) -> str:
    return f"{count} patient{'s' if count != 1 else ''}"
