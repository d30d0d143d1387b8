"""From a file to a trusted patient: look, answer, accept, mend, hand out.

Looking at a file keeps nothing of it. What a preview shows is what would be accepted: read in a
guarded process, checked against the disease pack and, unless switched off, with identifiers
replaced. A question is answered by looking again with the answer; columns that were confirmed once
are remembered by the header of the table. A value is mended by `edit`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dashboard.foundation.errors import UserError
from dashboard.foundation.settings import ROOT
from dashboard.knowledge.consistency import Consistency, load_consistency
from dashboard.knowledge.rules import near
from dashboard.records import checks, deidentify, readers, releasing
from dashboard.records.casefile import read_cases
from dashboard.records.fixes import Edit
from dashboard.records.mapping import IGNORE, ROLES, MappingMemory
from dashboard.records.patient import Finding, Intake, Origin, Patient, Severity, Value
from dashboard.records.pseudonyms import site_key
from dashboard.records.reading import Reading
from dashboard.records.removal_report import Report
from dashboard.services import answering
from dashboard.services.context import Context, Permission

SAMPLES = ROOT / "sample_data" / "cases"
_STOPPING = (Severity.ERROR, Severity.QUESTION)


@dataclass(frozen=True, slots=True)
class Request:
    """What the user said about a file: its disease, answers to questions, confirmed columns."""

    disease: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    deidentify: bool = True
    release: tuple[str, ...] = ()  # columns whose withheld texts were read and are released
    typed: bool = False  # the answers were not chosen from questions; each must fit one


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be accepted of a file, and what stands in the way of the rest."""

    name: str
    request: Request
    intake: Intake
    report: Report | None

    @property
    def ready(self) -> tuple[Patient, ...]:
        """The patients without an error or an open question."""
        stopped = {f.patient for f in self.intake.findings if f.severity in _STOPPING}
        return tuple(patient for patient in self.intake.patients if patient.id not in stopped)


@dataclass(frozen=True, slots=True)
class Sample:
    """An invented patient with what it teaches."""

    id: str
    title: str
    teaching: str
    disease: str
    patient: Patient


@dataclass(frozen=True, slots=True)
class Download:
    """A file that can be handed out; it is made when it is asked for."""

    label: str
    name: str
    mime: str
    make: Callable[[], bytes]


def preview(context: Context, content: bytes, name: str, request: Request) -> Preview:
    """Read, check and de-identify a file without keeping anything of it."""
    context.require(Permission.PATIENT_WRITE)
    _refuse_unknown(context, request)
    intake = _read(context, content, name, request)
    _refuse_absent(request, intake)
    known = _memory(context).recall(intake.columns) if intake.columns else {}
    if known and not request.columns:
        request = replace(request, columns=known)
        intake = _read(context, content, name, request)
    report = None
    if request.deidentify and context.settings.deidentify:
        intake, report = deidentify.deidentify(intake, site_key(context.settings.site_key_file))
    context.record("file.previewed", intake.format, patients=len(intake.patients))
    preview = Preview(name, request, intake, report)
    return _released_columns(context, preview) if request.release else preview


def accept(
    context: Context, looked_at: Preview, patients: Collection[Patient]
) -> tuple[Patient, ...]:
    """The chosen patients of a preview, for use; what the user said of the columns is kept.

    Raises:
        UserError: one of them has an error or an open question.
    """
    context.require(Permission.PATIENT_WRITE)
    ready = {patient.id for patient in looked_at.ready}
    held_up = [patient.id for patient in patients if patient.id not in ready]
    if held_up:
        raise UserError(
            f"{', '.join(held_up)} cannot be accepted yet.",
            hint="Mend the errors and answer the questions first, or accept the others.",
        )
    if looked_at.request.columns and looked_at.intake.columns:
        _memory(context).remember(looked_at.intake.columns, looked_at.request.columns)
    for patient in patients:
        context.record("patient.accepted", patient.id)
    return tuple(patients)


def release(context: Context, looked_at: Preview, reviewed: Mapping[int, str]) -> Preview:
    """The preview with texts put back that somebody has read, by their place in its report."""
    context.require(Permission.PATIENT_WRITE)
    if looked_at.report is None or not reviewed:
        return looked_at
    done = releasing.release(looked_at.intake, looked_at.report, reviewed, who=context.actor.name)
    count = done.report.texts_released - looked_at.report.texts_released
    left = len(done.report.withheld)
    context.record("texts.released", looked_at.intake.format, texts=count, withheld=left)
    return replace(looked_at, intake=done.intake, report=done.report)


def recheck(context: Context, patient: Patient) -> tuple[Finding, ...]:
    """Everything that speaks against a patient as they are now."""
    context.require(Permission.PATIENT_READ)
    pack = context.library.pack(patient.disease)
    found = checks.check_patient(patient, pack, context.today, consistency=_statements(context))
    context.record("patient.checked", patient.id, findings=len(found))
    return found


def edit(context: Context, patient: Patient, changes: Mapping[str, Value | None]) -> Patient:
    """The patient with some values set, or made unknown, by whoever asks."""
    context.require(Permission.PATIENT_WRITE)
    when = context.clock().isoformat(timespec="minutes")
    changed = patient.with_values(changes, Origin(who=context.actor.name, when=when))
    context.record("patient.edited", patient.id, values=len(changes))
    return changed


def offers(context: Context, patients: Sequence[Patient]) -> tuple[Download, ...]:
    """The forms in which these patients can be handed out."""
    context.require(Permission.PATIENT_EXPORT)
    disease = patients[0].disease
    if any(patient.disease != disease for patient in patients):
        raise UserError(
            "Patients of several tumour groups do not fit into one file.",
            hint="Hand out one tumour group at a time.",
        )
    context.record("patients.offered", disease, patients=len(patients))
    stem = patients[0].id if len(patients) == 1 else disease
    return tuple(_download(context, patients, stem, writer) for writer in readers.WRITERS)


def samples(context: Context) -> tuple[Sample, ...]:
    """The invented patients that come with Concord, in the order of their files."""
    context.require(Permission.SAMPLE_READ)
    reading = _reading(context, Request())
    found = []
    for path in sorted(SAMPLES.glob("*.json")):
        cases, intake = read_cases(path.read_bytes(), path.name, reading)
        found += [
            Sample(patient.id, cases.title, cases.story, patient.disease, patient)
            for patient in intake.patients
        ]
    context.record("samples.listed", samples=len(found))
    return tuple(found)


def _read(context: Context, content: bytes, name: str, request: Request) -> Intake:
    """The file read and checked with the answers of the request."""
    statements = _statements(context)
    edit = Edit(context.actor.name, context.clock())

    def check(intake: Intake) -> tuple[Finding, ...]:
        return checks.check_intake(intake, context.library, context.today, consistency=statements)

    def read(answers: Mapping[str, str]) -> Intake:
        intake = context.read(content, name, _reading(context, replace(request, answers=answers)))
        return answering.check_with_answers(intake, check, answers, edit=edit)

    if not request.typed:
        return read(request.answers)
    names = {name for pack in context.library.packs for name in pack.vocabulary}
    meanings = {*names, *ROLES, IGNORE}
    return answering.read_with_answers(read, request.answers, meanings.__contains__)


def _released_columns(context: Context, looked_at: Preview) -> Preview:
    """The preview with every withheld text of the named columns released."""
    report = looked_at.report or Report()
    reviewed: dict[int, str] = {}
    for column in looked_at.request.release:
        places = releasing.places_of(report, column)
        if not places:
            columns = tuple(dict.fromkeys(held.field for held in report.withheld))
            raise UserError(
                f"No text of {column} is withheld.",
                hint=near(column, columns)
                or (f"Texts are withheld of: {', '.join(columns)}." if columns else "")
                or "Texts are withheld where identifiers are removed and a column holds free text.",
                code="nothing-withheld",
            )
        reviewed |= {place: report.withheld[place].text for place in places}
    return release(context, looked_at, reviewed)


def _refuse_unknown(context: Context, request: Request) -> None:
    """What the user said must name something that exists."""
    ids = context.library.ids
    if request.disease and request.disease not in ids:
        hint = near(request.disease, ids) or f"There are {', '.join(ids)}."
        raise UserError(f"There is no disease pack called {request.disease}.", hint=hint)
    packs = [context.library.pack(request.disease)] if request.disease else context.library.packs
    features = tuple({name: None for pack in packs for name in pack.vocabulary})
    for column, meaning in request.columns.items():
        if meaning not in features and meaning.removeprefix("@") not in {*ROLES, IGNORE, ""}:
            hint = near(meaning, features) or "Name a feature of the pack, or `ignore`."
            raise UserError(f"Column {column} cannot mean {meaning}: no such feature.", hint=hint)


def _refuse_absent(request: Request, intake: Intake) -> None:
    """A column that is spoken of must stand in the table."""
    for column in request.columns if intake.columns else ():
        if column not in intake.columns:
            hint = near(column, intake.columns) or f"It has {', '.join(intake.columns[:20])}."
            raise UserError(f"The table has no column {column}.", hint=hint)


def _reading(context: Context, request: Request) -> Reading:
    return Reading(
        context.library,
        context.today,
        request.disease,
        request.answers,
        request.columns,
        context.actor.name,
    )


def _statements(context: Context) -> Consistency:
    """What cannot stand together, with the site's own statements laid over those that ship."""
    return load_consistency(context.settings.packs_dirs)


def _memory(context: Context) -> MappingMemory:
    return MappingMemory(context.settings.data_dir / "columns")


def _download(
    context: Context, patients: Sequence[Patient], stem: str, writer: readers.Writer
) -> Download:
    pack = context.library.pack(patients[0].disease)
    alike = [other for other in readers.WRITERS if other.suffix == writer.suffix]
    kind = f"-{writer.name}" if len(alike) > 1 else ""  # three formats are JSON
    return Download(
        writer.label,
        f"{stem}{kind}{writer.suffix}",
        writer.media_type,
        lambda: writer.write(patients, pack),
    )
