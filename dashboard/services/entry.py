"""A patient typed in, or mended, field by field.

What stands in a field is judged exactly like a cell of a file: the same readers, the same questions
about units and decimal marks, nothing converted or guessed silently. An empty field means unknown.
The line of treatment is asked for like any other fact, though a patient keeps it beside the values.
Nothing is kept here: what comes back is a proposal, with everything that was found.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from dashboard.foundation.errors import UnknownFeature, UserError
from dashboard.knowledge.consistency import load_consistency
from dashboard.records.cells import Raw
from dashboard.records.checks import check_patient
from dashboard.records.free_text import find_identifiers
from dashboard.records.identifiers import Identifier, by_content
from dashboard.records.patient import (
    TYPED_IN,
    Choice,
    Finding,
    Origin,
    Patient,
    Severity,
    Value,
    Where,
)
from dashboard.records.pseudonyms import site_key
from dashboard.records.questions import with_keys
from dashboard.records.subjects import facts_of
from dashboard.records.units import UnitTable
from dashboard.records.values import interpret
from dashboard.services.context import Context, Permission
from dashboard.services.intake import Preview

LINE = "line"
PSEUDONYM = "pseudonym"
_STOPPING = (Severity.ERROR, Severity.QUESTION)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A patient as the fields say, and what was found; not kept anywhere yet."""

    patient: Patient
    findings: tuple[Finding, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing stands in the way of accepting it."""
        return all(finding.severity not in _STOPPING for finding in self.findings)


def enter(context: Context, disease: str, pseudonym: str, typed: Mapping[str, Raw]) -> Proposal:
    """A new patient from the fields of a form."""
    context.require(Permission.PATIENT_WRITE)
    name = pseudonym.strip()
    proposal = _proposal(context, Patient(name, disease, recorded_on=context.today), typed)
    context.record("entry.read", disease, fields=len(typed))
    return replace(proposal, findings=(*_about_name(context, name), *proposal.findings))


def amend(
    context: Context,
    patient: Patient,
    typed: Mapping[str, Raw],
    known: Sequence[Finding] = (),
) -> Proposal:
    """A patient with those fields changed that say something else than before.

    What was known to speak of the other fields still stands beside what is found now.
    """
    context.require(Permission.PATIENT_WRITE)
    changed = _changed(patient, typed)
    context.record("entry.amended", patient.id, fields=len(changed))
    return _over(_proposal(context, patient, changed), context, patient, changed, known)


def imagine(context: Context, patient: Patient, typed: Mapping[str, Raw]) -> Proposal:
    """A patient as they would be with fields typed otherwise; nothing of it is kept.

    Whoever may read the patient may ask: it changes nothing.
    """
    context.require(Permission.PATIENT_READ)
    changed = _changed(patient, typed)
    context.record("entry.imagined", patient.id, fields=len(changed))
    return _over(_proposal(context, patient, changed), context, patient, changed, ())


def _changed(patient: Patient, typed: Mapping[str, Raw]) -> dict[str, Raw]:
    """The fields that say something else than what is on record."""
    before = typed_values(patient)
    return {
        name: raw
        for name, raw in typed.items()
        if (raw.text.strip(), raw.unit) != (before.get(name, ""), "")
    }


def accept(context: Context, proposal: Proposal) -> Patient:
    """The patient of a proposal, for use.

    Raises:
        UserError: something still stands in the way.
    """
    context.require(Permission.PATIENT_WRITE)
    if not proposal.ready:
        raise UserError(
            f"{proposal.patient.id or 'The patient'} cannot be accepted yet.",
            hint="Mend the errors and answer the questions first.",
        )
    context.record("patient.accepted", proposal.patient.id)
    return proposal.patient


def mend(
    context: Context, preview: Preview, corrections: Mapping[str, Mapping[str, Raw]]
) -> Preview:
    """A preview with fields of its patients corrected: patient id, then field.

    What was found of a corrected field before is replaced by what is found of it now. An empty
    field leaves the fact unknown on purpose.
    """
    context.require(Permission.PATIENT_WRITE)
    patients, findings = [], list(preview.intake.findings)
    for patient in preview.intake.patients:
        typed = corrections.get(patient.id, {})
        if typed:
            proposal = _proposal(context, patient, typed)
            proposal = _over(proposal, context, patient, typed, findings)
            findings = list(proposal.findings)
            patient = proposal.patient  # noqa: PLW2901 - the mended patient takes its place
        patients.append(patient)
    context.record("preview.mended", preview.intake.format, patients=len(corrections))
    found = with_keys(findings, patients)
    mended = replace(preview.intake, patients=tuple(patients), findings=found)
    return replace(preview, intake=mended)


def typed_values(patient: Patient) -> dict[str, str]:
    """What the fields hold for a patient at first: each value as it would be typed."""
    texts = {name: _text(value) for name, value in patient.values.items()}
    return texts if patient.line is None else {**texts, LINE: str(patient.line)}


def _proposal(context: Context, patient: Patient, typed: Mapping[str, Raw]) -> Proposal:
    pack = context.library.pack(patient.disease)
    findings: list[Finding] = []
    for name, raw in typed.items():
        if name not in pack.vocabulary:
            raise UnknownFeature(f"{pack.label} knows no fact called {name}.")
        found = interpret(
            pack.feature(name), replace(raw, patient=patient.id), UnitTable.standard()
        )
        findings += found.findings
        patient = _with(patient, name, found.value, _signed(found.origin, context))
    return Proposal(patient, (*findings, *_checked(context, patient)))


def _checked(context: Context, patient: Patient) -> tuple[Finding, ...]:
    pack = context.library.pack(patient.disease)
    statements = load_consistency(context.settings.packs_dirs)
    return check_patient(patient, pack, context.today, consistency=statements)


def _over(
    proposal: Proposal,
    context: Context,
    before: Patient,
    typed: Collection[str],
    known: Sequence[Finding],
) -> Proposal:
    """The proposal, and what was known before of what is neither typed nor checked anew."""
    pack = context.library.pack(before.disease)
    again = {(finding.code, finding.where.field) for finding in _checked(context, before)}
    kept = [
        finding
        for finding in known
        if finding.patient != before.id
        or (
            (finding.code, finding.where.field) not in again
            and set(typed).isdisjoint(facts_of(finding, pack))
        )
    ]
    return replace(proposal, findings=(*kept, *(f for f in proposal.findings if f not in kept)))


def _about_name(context: Context, name: str) -> tuple[Finding, ...]:
    """A record needs a name to tell it apart, and that name must not be the patient's."""
    if not name:
        return (
            Finding(
                Severity.ERROR,
                "pseudonym-missing",
                "The record has no pseudonym.",
                Where(TYPED_IN, None, PSEUDONYM),
                fix="Type a name of your choice, such as CASE-1.",
                rest="What was typed is kept meanwhile.",
            ),
        )
    kinds = {span.kind for span in find_identifiers(name)}
    if by_content([name]) is Identifier.NAME:
        kinds.add(Identifier.NAME)
    return (_identifies(context, name, kinds),) if kinds else ()


def _identifies(context: Context, name: str, kinds: Collection[Identifier]) -> Finding:
    """A pseudonym that tells who is meant: refused, with one that does not, or only named.

    It would stand in the banner and in the audit log, which is never changed. Only an installation
    that was set not to de-identify leaves the choice to whoever types.
    """
    words = " and a ".join(sorted(kind.replace("_", " ") for kind in kinds))
    warning = Finding(
        Severity.WARNING,
        "pseudonym-identifies",
        f"The pseudonym looks like a {words}.",
        Where(TYPED_IN, None, PSEUDONYM),
        expected="a name that says nothing of the patient",
        fix="Use a pseudonym, such as CASE-1, unless nobody is meant by it.",
        rest="The record can be accepted as it is.",
        patient=name,
    )
    if not context.settings.deidentify:
        return warning
    other = site_key(context.settings.site_key_file).pseudonym(name)
    return replace(
        warning,
        severity=Severity.ERROR,
        fix=f"Take {other}, or type a name of your choice, such as CASE-1.",
        rest="The record cannot be accepted under this name; what was typed is kept meanwhile.",
        patient="",
        choices=(Choice(f"Use {other}", other, {PSEUDONYM: other}),),
    )


def _with(patient: Patient, name: str, value: Value | None, origin: Origin) -> Patient:
    if name == LINE:
        return replace(patient, line=None if value is None else int(float(value)))
    return patient.with_values({name: value}, origin)


def _signed(origin: Origin, context: Context) -> Origin:
    return replace(origin, who=context.actor.name, when=context.clock().isoformat("T", "minutes"))


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.10g}" if isinstance(value, float) else value
