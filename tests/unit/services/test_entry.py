"""A patient typed in or mended: judged like a file, nothing kept, nothing guessed."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.foundation.errors import NotPermitted, UnknownFeature, UserError
from dashboard.foundation.settings import Settings
from dashboard.knowledge.schema import Kind
from dashboard.records.cells import Raw
from dashboard.records.patient import Finding, Intake, Severity, Where
from dashboard.services import entry
from dashboard.services.context import Actor, Context, Role
from dashboard.services.intake import Preview, Request
from dashboard.vault.place import Place
from dashboard.vault.store import Store
from tests.builders import a_feature, a_library, a_patient, tiny_pack

NOW = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def audit():
    """The audit lines written so far."""
    return []


@pytest.fixture
def context(audit):
    """A context over the tiny pack, for somebody who may write."""
    return a_context(Role.CLINICIAN, audit)


def a_context(role, audit):
    """A context for somebody of this role."""
    nowhere = Path("nowhere")
    return Context(
        actor=Actor("x", "Dr X", role),
        library=a_library(),
        settings=Settings(nowhere, nowhere, nowhere, nowhere),
        clock=lambda: NOW,
        audit=audit.append,
        read=lambda content, name, reading: Intake(),
        store=Store(Place(nowhere, nowhere)),
    )


def typed(**fields):
    """Fields as a form gives them: text, or text and unit."""
    raws = {}
    for name, field in fields.items():
        text, unit = field if isinstance(field, tuple) else (field, "")
        raws[name] = Raw(text, Where("typed in", None, name), unit=unit)
    return raws


def codes(findings):
    """The codes of findings that stand in the way."""
    stopping = (Severity.ERROR, Severity.QUESTION)
    return [finding.code for finding in findings if finding.severity in stopping]


def test_enter_makes_a_patient_of_what_was_typed(context):
    """Values are typed, empty fields stay unknown, and each value tells who typed it when."""
    fields = typed(age_years="61", sex="", ecog_ps="1", liver_metastases="no")
    proposal = entry.enter(context, "tiny", " CASE-1 ", fields)
    assert proposal.ready
    assert proposal.patient.id == "CASE-1"
    assert dict(proposal.patient.values) == {
        "age_years": 61.0,
        "ecog_ps": "1",
        "liver_metastases": False,
    }
    origin = proposal.patient.origins["age_years"]
    assert (origin.who, origin.when, origin.text) == ("Dr X", "2026-06-01T09:30+00:00", "61")
    assert proposal.patient.recorded_on == NOW.date()


def test_enter_converts_only_where_the_unit_is_stated(context):
    """38 g/L is 3.8 g/dL; 38 alone is a question, and stays unknown."""
    stated = entry.enter(context, "tiny", "C", typed(albumin_g_dl=("38", "g/L")))
    assert stated.patient.values["albumin_g_dl"] == pytest.approx(3.8)
    unstated = entry.enter(context, "tiny", "C", typed(albumin_g_dl="38"))
    assert "albumin_g_dl" not in unstated.patient.values
    assert codes(unstated.findings) == ["unit-unclear"]
    assert not unstated.ready


def test_enter_needs_a_pseudonym(context):
    """A record without a name is not ready, and the finding says how to mend it."""
    proposal = entry.enter(context, "tiny", "  ", typed(age_years="61"))
    assert codes(proposal.findings) == ["pseudonym-missing"]
    assert "CASE-1" in proposal.findings[0].fix


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Jane Miller", "name"),
        ("jane.miller@example.org", "email"),
        ("MRN 00481516", "record number"),
    ],
)
def test_enter_warns_of_a_pseudonym_that_identifies(context, name, kind):
    """Where nothing is de-identified, an identifier is named without repeating it; no stop."""
    open_site = replace(context, settings=replace(context.settings, deidentify=False))
    proposal = entry.enter(open_site, "tiny", name, typed(age_years="61"))
    warning = next(f for f in proposal.findings if f.code == "pseudonym-identifies")
    assert warning.message == f"The pseudonym looks like a {kind}."
    assert proposal.ready


@pytest.mark.parametrize(
    "name", ["Jane Doe 03/04/1958", "Jane Miller", "Miller", "03/04/1958", "MRN 00481516"]
)
def test_enter_refuses_a_pseudonym_that_identifies(context, audit, tmp_path, name):
    """With de-identification on, it cannot be accepted, and no line of the audit holds it."""
    settings = replace(context.settings, site_key_file=tmp_path / "site.key")
    safe = replace(context, settings=settings)
    proposal = entry.enter(safe, "tiny", name, typed(age_years="61"))
    assert codes(proposal.findings) == ["pseudonym-identifies"]
    with pytest.raises(UserError, match="cannot be accepted"):
        entry.accept(safe, proposal)
    assert not any(word in repr(audit) for word in name.split())
    (choice,) = proposal.findings[0].choices
    cured = entry.enter(safe, "tiny", choice.answer, typed(age_years="61"))
    assert cured.ready
    assert entry.accept(safe, cured).id == choice.values["pseudonym"] == choice.answer
    assert audit[-1].subject == choice.answer
    assert not any(word in repr(audit) for word in name.split())


@pytest.mark.parametrize("name", ["CASE-1", "NSCLC-03", "Board case 3", "A1"])
def test_enter_takes_an_ordinary_pseudonym_without_a_word(context, name):
    """Names that say nothing of a patient raise no finding."""
    proposal = entry.enter(context, "tiny", name, typed(age_years="61"))
    assert "pseudonym-identifies" not in [f.code for f in proposal.findings]


def test_enter_writes_no_pseudonym_into_the_audit(context, audit, tmp_path):
    """What was typed as a name may be a patient's; the audit line names the pack alone."""
    context = replace(
        context, settings=replace(context.settings, site_key_file=tmp_path / "site.key")
    )
    entry.enter(context, "tiny", "Jane Miller", typed(age_years="61"))
    assert "Jane" not in repr(audit)
    assert audit[-1].action == "entry.read"


def test_amend_changes_only_what_says_something_else(context):
    """A field that holds what is on record keeps its value and its origin."""
    patient = a_patient({"age_years": 61.0, "sex": "female", "bmi": 22.5})
    fields = typed(**entry.typed_values(patient)) | typed(bmi="23", sex="")
    changed = entry.amend(context, patient, fields).patient
    assert dict(changed.values) == {"age_years": 61.0, "bmi": 23.0}
    assert changed.origins["age_years"] == patient.origins["age_years"]
    assert changed.origins["bmi"].who == "Dr X"
    assert "sex" not in changed.origins


def test_amend_is_the_same_patient_when_nothing_was_changed(context):
    """Opening the form and closing it changes nothing."""
    patient = a_patient({"age_years": 61.0, "liver_metastases": True, "stage": "IVB"}, line=2)
    fields = typed(**entry.typed_values(patient))
    assert entry.amend(context, patient, fields).patient == patient


def test_amend_refuses_an_impossible_value(context):
    """What no patient can have is not ready, and the finding names the field."""
    proposal = entry.amend(context, a_patient(), typed(age_years=("430", "years")))
    assert not proposal.ready
    assert proposal.findings[0].where.field == "age_years"


def test_amend_keeps_what_was_found_of_other_fields(context):
    """What a reader said of a field that nobody touched is not lost by changing another."""
    patient = a_patient({"age_years": 61.0, "bmi": 22.5}, id="P1")
    read = [
        replace(an_error("P1", name), severity=Severity.WARNING) for name in ("bmi", "albumin_g_dl")
    ]
    proposal = entry.amend(context, patient, typed(bmi="23"), read)
    assert [f.where.field for f in proposal.findings if f.code == "not-a-number"] == [
        "albumin_g_dl"
    ]


def test_amend_says_what_is_checked_anew_only_once(context):
    """A check that found something before is not listed beside what it finds now."""
    patient = a_patient({"age_years": 61.0}, id="P1")
    once = entry.amend(context, patient, {}).findings
    again = entry.amend(context, patient, typed(age_years="62", bmi="23"), once)
    assert "facts-missing" in {finding.code for finding in once}
    found = [finding.code for finding in again.findings]
    assert len(found) == len(set(found))


def test_typed_values_can_be_typed_again(context):
    """What the fields hold for a patient reads back as the same patient."""
    values = {"age_years": 61.5, "ldh_x_uln": 1.25, "sex": "male", "kras_g12c": False}
    patient = a_patient(values, line=None)
    again = entry.enter(
        context,
        "tiny",
        "P1",
        typed(**entry.typed_values(patient)) | typed(ldh_x_uln=("1.25", "xULN")),
    )
    assert dict(again.patient.values) == values


def test_enter_keeps_the_line_beside_the_values(context):
    """The line of treatment is a field like any other, and a part of the patient."""
    line = a_feature("line", kind=Kind.ORDINAL, levels=("1", "2", "3"))
    pack = tiny_pack(features=(*tiny_pack().features, line))
    context = replace(context, library=a_library(pack))
    patient = entry.enter(context, "tiny", "C", typed(line="2")).patient
    assert patient.line == 2
    assert "line" not in patient.values
    assert entry.typed_values(patient)["line"] == "2"
    assert entry.amend(context, patient, typed(line="")).patient.line is None


def test_enter_refuses_a_fact_the_pack_does_not_know(context):
    """A field of another tumour group is named, not swallowed."""
    with pytest.raises(UnknownFeature, match="Tiny cancer knows no fact called psa_ng_ml"):
        entry.enter(context, "tiny", "C", typed(psa_ng_ml="4"))


def a_preview(*findings, patients=None):
    """A preview of two patients with these findings."""
    both = (a_patient(id="P1"), a_patient(id="P2")) if patients is None else patients
    return Preview("a.csv", Request(), Intake(both, findings, (), "csv"), None)


def an_error(patient, field):
    """A value that could not be read."""
    return Finding(
        Severity.ERROR, "not-a-number", "wrong", Where("a.csv", 2, field), patient=patient
    )


def test_mend_replaces_the_findings_of_the_corrected_field(context):
    """One correction answers that patient's findings of that field, whatever the column's name."""
    preview = a_preview(an_error("P1", "Serum albumin (g/L)"), an_error("P2", "albumin_g_dl"))
    mended = entry.mend(context, preview, {"P1": typed(albumin_g_dl=("38", "g/L"))})
    assert [f.patient for f in mended.intake.findings if f.severity is Severity.ERROR] == ["P2"]
    assert mended.intake.patients[0].values["albumin_g_dl"] == pytest.approx(3.8)
    assert [patient.id for patient in mended.ready] == ["P1"]


def test_mend_replaces_what_is_checked_anew(context):
    """The list of missing facts stands once, and as it is after the correction."""
    patient = a_patient({"age_years": 61.0}, id="P1")
    before = entry.amend(context, patient, {}).findings
    mended = entry.mend(
        context, a_preview(*before, patients=(patient,)), {"P1": typed(ecog_ps="1")}
    )
    notes = [f.message for f in mended.intake.findings if f.code == "facts-missing"]
    assert len(notes) == 1
    assert notes != [f.message for f in before if f.code == "facts-missing"]


def test_mend_takes_a_correction_that_is_wrong_as_a_new_finding(context):
    """A correction is judged like the file; the patient stays stopped."""
    preview = a_preview(an_error("P1", "albumin_g_dl"))
    mended = entry.mend(context, preview, {"P1": typed(albumin_g_dl="banana")})
    assert [patient.id for patient in mended.ready] == ["P2"]


def test_mend_leaves_a_fact_unknown_on_purpose(context):
    """An empty correction drops the finding and the value."""
    patient = a_patient({"age_years": 61.0, "bmi": 99.0})
    preview = a_preview(an_error("P1", "bmi"), patients=(patient,))
    mended = entry.mend(context, preview, {"P1": typed(bmi="")})
    assert "bmi" not in mended.intake.patients[0].values
    assert mended.ready


def test_mend_without_corrections_changes_nothing(context):
    """Looking is not touching."""
    preview = a_preview(an_error("P1", "bmi"))
    assert entry.mend(context, preview, {}).intake == preview.intake


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDUCATOR, Role.ADMIN, Role.AUDITOR])
def test_entry_asks_for_permission(role):
    """Who may not write patients may neither type, nor change, nor mend."""
    context = a_context(role, [])
    for call in (
        lambda: entry.enter(context, "tiny", "C", {}),
        lambda: entry.amend(context, a_patient(), {}),
        lambda: entry.mend(context, a_preview(), {}),
    ):
        with pytest.raises(NotPermitted, match="may not import and edit patients"):
            call()


def test_imagine_asks_for_no_more_than_reading(audit):
    """Whoever may read a patient may imagine them otherwise; typing in stays with those who may."""
    viewer = a_context(Role.VIEWER, audit)
    patient = a_patient({"bmi": 22.5})
    assert entry.imagine(viewer, patient, typed(bmi="23")).patient.values["bmi"] == 23
    assert (audit[-1].action, audit[-1].facts) == ("entry.imagined", {"fields": 1})
    with pytest.raises(NotPermitted, match="viewer"):
        entry.amend(viewer, patient, typed(bmi="23"))


def test_accept_writes_the_audit_line_and_refuses_what_is_open(context, audit):
    """What was typed in becomes a patient in use like one from a file: written down, or refused."""
    ready = entry.enter(context, "tiny", "CASE-1", typed(age_years="61"))
    assert entry.accept(context, ready) == ready.patient
    assert (audit[-1].action, audit[-1].subject) == ("patient.accepted", "CASE-1")
    written = len(audit)
    with pytest.raises(UserError, match="CASE-1 cannot be accepted yet"):
        entry.accept(context, entry.enter(context, "tiny", "CASE-1", typed(age_years="430")))
    assert "patient.accepted" not in {line.action for line in audit[written:]}
    with pytest.raises(NotPermitted):
        entry.accept(a_context(Role.VIEWER, audit), ready)
