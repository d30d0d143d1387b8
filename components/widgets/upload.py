"""A file on its way in: the drop, what was read, every finding with its cure, what is ready.

Nothing of a file is kept until its patients are accepted. Questions are asked without a default,
and each answer has the file read again. A field that cannot be used gets an input right beside its
message; patients without an open matter can be accepted while the others wait.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

from components.charts.markup import Markup, element, join
from components.charts.values import value_text
from components.widgets import entry
from components.widgets.panels import Tone, callout, chip, disclosure, plain, show
from components.widgets.patient import SEVERITY_WORDS, STOPPING, finding_lines
from components.widgets.tables import Cell, Column, table
from dashboard.knowledge.schema import DiseasePack, Feature
from dashboard.records.cells import Raw
from dashboard.records.patient import Finding, Intake, Patient, Severity, Unmapped, Value
from dashboard.records.questions import of_one_patient
from dashboard.records.removal_report import Report, WithheldText
from dashboard.records.subjects import fact_named, facts_of
from dashboard.records.wording import counted

FORMATS = ("csv", "tsv", "txt", "xlsx", "json", "ndjson", "jsonl", "zip")
IGNORE = "ignore"  # what the readers call a column that is not used
_COLUMNS_IN_ROW = 4
_MOST_PATIENTS = 25
_MOST_ROWS = 200
_MOST_TEXTS = 50
_HEADLINE_FACTS = ("age_years", "sex", "stage", "ecog_ps")

Corrections = dict[str, dict[str, Raw]]
Packs = Mapping[str, DiseasePack]


def drop(*, key: str) -> tuple[str, bytes] | None:
    """The dropped file's name and content; None while there is none."""
    dropped = st.file_uploader(
        "A file with one patient or many: CSV, TSV, Excel, FHIR, Phenopackets, cBioPortal, or a "
        "Concord case file",
        FORMATS,
        key=key,
    )
    return None if dropped is None else (dropped.name, dropped.getvalue())


def before_the_file() -> Markup:
    """What will happen to a file, while there is none."""
    steps = (
        "It is read on this machine, in a process of its own with limits on time and memory.",
        "Identifiers are replaced or removed, and a report says which.",
        "Every doubtful value stands beside a field to mend it; no question has a default answer.",
        "Nothing is kept until you accept it, and good rows need not wait for bad ones.",
    )
    return element(
        "div",
        element("strong", "What happens to a file"),
        element("ol", *[element("li", step) for step in steps], class_="cc-list"),
        class_="cc-empty",
    )


def summary(name: str, intake: Intake, ready: int) -> Markup:
    """What came of the file, in a sentence."""
    count = len(intake.patients)
    left = sum(not item.serves for item in intake.unmapped)
    lost = f"{counted(left, 'piece')} of content found no place." if left else ""
    if not count:
        title = f"No patient of {name} can be used yet."
        return callout(Tone.ALERT, title, "What is needed stands below.", lost)
    waiting = count - ready
    title = f"{patients(count)} read from {name}; {ready} ready to accept."
    body = f"{patients(waiting)} waiting for an answer or a correction below." if waiting else ""
    return callout(Tone.CAUTION if waiting else Tone.GOOD, title, body, lost)


def ask(intake: Intake, *, key: str) -> dict[str, str]:
    """Ask what is decided for the whole file or a column; the answers chosen just now, by question.

    What is asked of one patient is asked beside that patient's field, by `mend`.
    """
    answers: dict[str, str] = {}
    asked: set[str] = set()
    for finding in intake.findings:
        if _asked_of_file(finding, intake) and finding.key not in asked:
            asked.add(finding.key)
            choice = entry.finding_with_choices(finding, key=f"{key}.{finding.key}")
            if choice is not None:
                answers[finding.key] = choice.answer
    return answers


def file_findings(findings: Sequence[Finding]) -> Markup:
    """Findings about the file itself that ask nothing; mere notes are folded away."""
    about = [f for f in findings if not f.patient and not f.choices]
    grave = [f for f in about if f.severity is not Severity.NOTE]
    notes = [f for f in about if f.severity is Severity.NOTE]
    folded = disclosure(f"Notes about the file: {len(notes)}", finding_lines(notes))
    return join([finding_lines(grave), folded if notes else None])


def confirm_columns(intake: Intake, packs: Packs, *, key: str) -> dict[str, str]:
    """How the columns were read, to be put right where that is wrong; only what was changed."""
    if len(packs) != 1 or not intake.columns:
        return {}
    (pack,) = packs.values()
    columns = _columns(intake, pack)
    words = {IGNORE: "Not used"} | {feature.id: feature.label for feature in pack.features}
    changed: dict[str, str] = {}
    with st.expander(f"How {len(columns)} columns were read"):
        for first in range(0, len(columns), _COLUMNS_IN_ROW):
            row = list(columns.items())[first : first + _COLUMNS_IN_ROW]
            for place, (column, fact) in zip(st.columns(_COLUMNS_IN_ROW), row, strict=False):
                with place:
                    picked = st.selectbox(
                        plain(column),
                        list(words),
                        list(words).index(fact),
                        words.__getitem__,
                        key=f"{key}.column.{column}",
                    )
                if picked != fact:
                    changed[column] = picked
    return changed


@dataclass(slots=True)
class Mending:
    """What the user did about the findings of patients: corrections, and fields to fill in."""

    corrections: Corrections = field(default_factory=dict)
    fills: dict[str, str | None] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)  # by question, where no field is filled

    def correct(self, patient: str, fact: str, raw: Raw) -> None:
        """Take one correction; an empty text leaves the fact unknown on purpose."""
        self.corrections.setdefault(patient, {})[fact] = raw


def mend(found: Intake, now: Intake, packs: Packs, *, before: Corrections, key: str) -> Mending:
    """An input beside every finding that stops a patient.

    Args:
        found: as the file was read; decides which fields are offered, so that none vanishes while
            it is being mended.
        now: with the corrections made so far; decides what each message says.
        packs: the packs of the patients' diseases.
        before: the corrections made so far.
        key: prefix of the widgets' keys.
    """
    done = Mending()
    own = [f for f in found.findings if not _asked_of_file(f, found)]
    stopped = [p for p in found.patients if any(_stops(f, p) for f in own)]
    for patient in stopped[:_MOST_PATIENTS]:
        pack = packs[patient.disease]
        still = [
            finding
            for finding in now.findings
            if _stops(finding, patient) and not _asked_of_file(finding, found)
        ]
        matters = _by_fact([f for f in own if _stops(f, patient)], pack)
        state = f"{len(still)} to mend" if still else "mended"
        with st.expander(f"{plain(patient.id)}: {state}", expanded=True):
            for fact, group in matters.items():
                current = _by_fact(still, pack).get(fact, [])
                matter = _Matter(patient.id, pack.vocabulary.get(fact), group, current)
                left = before.get(patient.id, {}).get(fact)
                _mend_one(matter, left, done, key=f"{key}.{patient.id}")
    if len(stopped) > _MOST_PATIENTS:
        st.caption(f"{len(stopped) - _MOST_PATIENTS} more wait until these are accepted.")
    return done


def ready_table(ready: Sequence[Patient], findings: Sequence[Finding], packs: Packs) -> Markup:
    """The patients that can be accepted, with how much is known and what to keep an eye on."""
    shared = [
        name for name in _HEADLINE_FACTS if all(name in packs[p.disease].vocabulary for p in ready)
    ]
    facts = [packs[ready[0].disease].feature(name) for name in shared] if ready else []
    columns = (
        Column("Patient"),
        *(Column(feature.label) for feature in facts),
        Column("Facts known", number=True),
        Column("Found"),
    )
    rows: list[Sequence[Cell]] = []
    for patient in ready[:_MOST_ROWS]:
        known = f"{len(patient.values)} of {len(packs[patient.disease].features)}"
        values = [value_text(feature, patient.values.get(feature.id)) for feature in facts]
        rows.append((patient.id, *values, known, _found(findings, patient)))
    return join([table("Patients ready to accept", columns, rows), _rest(len(ready))])


def unmapped_table(unmapped: Sequence[Unmapped]) -> Markup:
    """Everything that was read but has no place in a patient, so that nothing is lost unseen."""
    if not unmapped:
        return join([])
    columns = (Column("Name"), Column("Value"), Column("Where"), Column("Why it was left"))
    rows = [(u.name, u.value, str(u.where), u.reason) for u in unmapped[:_MOST_ROWS]]
    listed = table("Content without a place", columns, rows, quiet=True)
    left = sum(not item.serves for item in unmapped)
    serving = len(unmapped) - left
    parts = [f"{counted(left, 'piece')} of content found no place"] if left else []
    parts += [f"{counted(serving, 'piece')} used without a place of their own"] if serving else []
    return disclosure("; ".join(parts), join([listed, _rest(len(unmapped))]))


def identifier_report(report: Report | None) -> Markup:
    """What was removed on the way in: where, what, how often; never what stood there."""
    if report is None:
        return callout(Tone.CAUTION, "Identifiers were not looked for in this record.")
    if not report.lines:
        return element("p", "No identifiers were found by these rules.", class_="cc-muted")
    columns = (
        Column("Where"),
        Column("What it was taken for"),
        Column("What was done"),
        Column("How often", number=True),
        Column("Shape of what stood there"),
    )
    rows = [
        (
            line.column,
            line.identifier.replace("_", " "),
            str(line.action),
            str(line.count),
            ", ".join(line.examples),
        )
        for line in report.lines
    ]
    claim = f"{report.claim[:1].upper()}{report.claim[1:]}"
    kinds = counted(len(rows), "kind")
    return disclosure(f"{claim}: {kinds}", table(claim, columns, rows, quiet=True))


def release_texts(report: Report | None, *, key: str) -> dict[int, str]:
    """Show each withheld text to be read, masked further and released; those released, by place."""
    released: dict[int, str] = {}
    waiting = report.withheld if report is not None else ()
    for column in dict.fromkeys(held.field for held in waiting):
        places = [place for place, held in enumerate(waiting) if held.field == column]
        shown_places = places[:_MOST_TEXTS]
        with st.expander(f"{counted(len(places), 'text')} of {plain(column)} withheld"):
            st.caption(
                "Identifiers that were found stand in brackets. Read each text, put more in "
                "brackets where something still points at the patient, and release it. What is "
                "not released is not kept."
            )
            everything = len(shown_places) > 1 and st.checkbox(
                f"I have read all {len(shown_places)}: release them", key=f"{key}.{column}.all"
            )
            for place in shown_places:
                one = _release_one(waiting[place], key=f"{key}.{place}", everything=everything)
                released |= {place: one} if one else {}
            if len(places) > len(shown_places):
                more = counted(len(places) - len(shown_places), "more text")
                st.caption(f"{more} stay withheld; read files of fewer patients to release them.")
    return released


def _release_one(held: WithheldText, *, key: str, everything: bool) -> str:
    """One withheld text, as its reader leaves it; empty while it stays withheld."""
    left, right = st.columns([4, 1], vertical_alignment="center")
    with left:
        text = st.text_area(
            plain(f"{held.field}, {held.patient}" if held.patient else held.field),
            held.text,
            key=f"{key}.text",
        )
    with right:
        chosen = st.checkbox("Release it", key=f"{key}.release", disabled=everything)
    return (text or "") if everything or chosen else ""


def patients(count: int) -> str:
    """A number of patients in words."""
    return counted(count, "patient")


def _columns(intake: Intake, pack: DiseasePack) -> dict[str, str]:
    """Every column of a table with the fact it was read as; `IGNORE` for those without a place."""
    unused = {item.name for item in intake.unmapped}
    read_as = {
        origin.field: fact
        for patient in intake.patients
        for fact, origin in patient.origins.items()
    }
    return {
        name: IGNORE if name in unused else read_as.get(name) or fact_named(name, pack)
        for name in intake.columns
        if name in unused or name in read_as or fact_named(name, pack)
    }


@dataclass(frozen=True, slots=True)
class _Matter:
    patient: str
    feature: Feature | None  # None where the finding speaks of no fact of the pack
    found: Sequence[Finding]
    now: Sequence[Finding]

    @property
    def offers_unknown(self) -> bool:
        choices = (choice for finding in self.found for choice in finding.choices)
        return any(None in choice.values.values() for choice in choices)


def _mend_one(matter: _Matter, before: Raw | None, done: Mending, *, key: str) -> None:
    message, beside = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with message:
        chosen = _shown_matter(matter, before, done, key=key)
    feature = matter.feature
    if feature is None:
        return
    with beside:
        raw = entry.entry_field(feature, "", key=key)
        leave = not matter.offers_unknown and st.checkbox(
            "Leave it unknown", key=f"{key}.{feature.id}.leave"
        )
    left_before = before is not None and not before.text and matter.offers_unknown
    if raw.text:
        done.correct(matter.patient, feature.id, raw)
    elif chosen.get(feature.id) is not None:
        done.fills |= entry.fills_for(feature, chosen[feature.id], key=key)
    elif leave or feature.id in chosen or left_before:
        done.correct(matter.patient, feature.id, raw)


def _shown_matter(
    matter: _Matter, before: Raw | None, done: Mending, *, key: str
) -> Mapping[str, Value | None]:
    """The message of a matter, or that it is settled; what an answer chosen just now fills in.

    An answer that sets other facts than the field beside it is given as an answer to the file.
    """
    if not matter.now:
        word = "Left unknown" if before is not None and not before.text else "Mended"
        show(join([chip(Tone.GOOD, word), f" {matter.found[0].message}"]))
        return {}
    chosen: dict[str, Value | None] = {}
    for place, finding in enumerate(matter.now):
        name = matter.feature.id if matter.feature else ""
        choice = entry.finding_with_choices(finding, key=f"{key}.{name}.{place}")
        if choice is not None and set(choice.values) == {name}:
            chosen |= choice.values
        elif choice is not None and finding.key:
            done.answers[finding.key] = choice.answer
    return chosen


def _by_fact(findings: Sequence[Finding], pack: DiseasePack) -> dict[str, list[Finding]]:
    """Findings by the first fact they speak of; those of none under an empty name."""
    grouped: dict[str, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(next(iter(facts_of(finding, pack)), ""), []).append(finding)
    return grouped


def _found(findings: Sequence[Finding], patient: Patient) -> Markup:
    mine = [finding for finding in findings if finding.patient == patient.id]
    words = [SEVERITY_WORDS[finding.severity][1].lower() for finding in mine]
    counted = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
    return disclosure(counted, finding_lines(mine)) if mine else join(["nothing"])


def _rest(count: int) -> Markup | None:
    more = count - _MOST_ROWS
    return element("p", f"{more} more are not listed here.") if more > 0 else None


def _asked_of_file(finding: Finding, intake: Intake) -> bool:
    """Whether an answer concerns more than the facts of one patient of the file."""
    if not (finding.key and finding.choices):
        return False
    known = {patient.id for patient in intake.patients}
    return not of_one_patient(finding) or finding.patient not in known


def _stops(finding: Finding, patient: Patient) -> bool:
    return finding.patient == patient.id and finding.severity in STOPPING
