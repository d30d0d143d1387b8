"""From a file to a trusted patient, through the services a page calls."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.foundation.errors import NotPermitted, UserError
from dashboard.records import readers
from dashboard.records.patient import Patient, Severity
from dashboard.services import consultation, intake, knowledge, scores
from dashboard.services.context import Actor, AuditLine, Context, Permission, Role
from dashboard.services.installation import open_context

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
TABLE = (
    b"id,age_years,sex,ecog_ps,albumin_g_dl\n"
    b"A1,61,female,1,3.9\n"
    b"A2,70,male,2,41\n"
    b"A3,55,female,9,4.0\n"
)


@pytest.fixture
def audit() -> list[AuditLine]:
    """What was written down."""
    return []


@pytest.fixture
def context(tmp_path: Path, audit: list[AuditLine]) -> Context:
    """A local installation in a folder of its own, reading in this process."""
    environ = {"CONCORD_DATA_DIR": str(tmp_path)}
    opened = open_context(environ, clock=lambda: NOW, audit=audit.append)
    return replace(opened, read=readers.read)


def as_role(context: Context, role: Role) -> Context:
    """The same installation asked by somebody else."""
    return replace(context, actor=Actor("somebody", "Somebody", role))


def a_request(**changes: object) -> intake.Request:
    """A request for a table of lung cancer patients."""
    fields: dict[str, object] = {"disease": "nsclc", "deidentify": False}
    return intake.Request(**{**fields, **changes})  # type: ignore[arg-type]


def test_preview_separates_the_ready_from_the_held_up(context: Context) -> None:
    """A patient with an impossible level or an open question is not among the ready ones."""
    looked_at = intake.preview(context, TABLE, "t.csv", a_request())
    assert [patient.id for patient in looked_at.intake.patients] == ["A1", "A2", "A3"]
    assert [patient.id for patient in looked_at.ready] == ["A1"]
    stopped = {f.patient for f in looked_at.intake.findings if f.severity is Severity.ERROR}
    assert "A3" in stopped


def test_preview_keeps_nothing(context: Context, tmp_path: Path) -> None:
    """Looking at a file leaves no file behind."""
    before = sorted(tmp_path.rglob("*"))
    intake.preview(context, TABLE, "t.csv", a_request())
    assert sorted(tmp_path.rglob("*")) == before


def test_preview_replaces_identifiers_unless_switched_off(context: Context) -> None:
    """By default an id becomes a pseudonym and the report says so."""
    looked_at = intake.preview(context, TABLE, "t.csv", a_request(deidentify=True))
    assert looked_at.report is not None
    assert all(not patient.id.startswith("A") for patient in looked_at.intake.patients)
    plain = intake.preview(context, TABLE, "t.csv", a_request())
    assert plain.report is None


def test_preview_with_an_answer_reads_the_file_again(context: Context) -> None:
    """The answer to a question about a column settles it for every row."""
    content = b"id,age_years,albumin\nA1,61,38\nA2,64,41\n"
    asked = intake.preview(context, content, "t.csv", a_request())
    question = next(f for f in asked.intake.findings if f.severity is Severity.QUESTION)
    answers = {question.key: question.choices[0].answer}
    told = intake.preview(context, content, "t.csv", a_request(answers=answers))
    assert [p.values["albumin_g_dl"] for p in told.intake.patients] == pytest.approx([3.8, 4.1])
    assert [p.id for p in told.ready] == ["A1", "A2"]


def test_accept_refuses_those_held_up(context: Context) -> None:
    """A patient with an open error cannot slip through."""
    looked_at = intake.preview(context, TABLE, "t.csv", a_request())
    with pytest.raises(UserError, match="A3 cannot be accepted yet"):
        intake.accept(context, looked_at, looked_at.intake.patients[2:])
    assert [p.id for p in intake.accept(context, looked_at, looked_at.ready)] == ["A1"]


def test_accept_remembers_confirmed_columns_for_the_same_header(context: Context) -> None:
    """A column confirmed once is read the same way in the next file of that header."""
    content = b"id,age_years,fitness\nA1,61,1\n"
    asked = intake.preview(context, content, "t.csv", a_request(columns={"fitness": "ecog_ps"}))
    assert asked.intake.patients[0].values["ecog_ps"] == "1"
    intake.accept(context, asked, asked.ready)
    again = intake.preview(context, content.replace(b"A1", b"B7"), "next.csv", a_request())
    assert again.intake.patients[0].values["ecog_ps"] == "1"
    assert again.request.columns == {"fitness": "ecog_ps"}
    other = intake.preview(context, b"id,fitness\nC1,2\n", "other.csv", a_request())
    assert "ecog_ps" not in other.intake.patients[0].values


def test_edit_signs_what_was_changed(context: Context) -> None:
    """A mended value says who changed it and when; None makes it unknown."""
    patient = Patient("P1", "nsclc", {"age_years": 61.0, "ecog_ps": "1"})
    changed = intake.edit(context, patient, {"ecog_ps": "2", "age_years": None})
    assert dict(changed.values) == {"ecog_ps": "2"}
    assert changed.origins["ecog_ps"].who == "Owner of this installation"
    assert changed.origins["ecog_ps"].when == "2026-11-21T09:30+00:00"


def test_recheck_finds_what_an_edit_broke(context: Context) -> None:
    """A patient is checked as they are now."""
    patient = Patient("P1", "nsclc", {"smoking_status": "never", "pack_years": 40.0}, line=1)
    found = intake.recheck(context, patient)
    assert any("pack" in finding.message.lower() for finding in found)


def test_samples_are_sixteen_invented_patients_without_errors(context: Context) -> None:
    """Every sample is marked synthetic, has a point to teach and nothing against it."""
    samples = intake.samples(context)
    assert len(samples) == 16
    for sample in samples:
        assert sample.patient.synthetic
        assert sample.title
        assert len(sample.teaching) > 60
        serious = (Severity.ERROR, Severity.QUESTION)
        assert [f for f in intake.recheck(context, sample.patient) if f.severity in serious] == []


def test_offers_come_back_equal_in_the_lossless_formats(context: Context) -> None:
    """What is handed out as case file, FHIR or Phenopackets reads back with the same values."""
    for sample in intake.samples(context)[::5]:
        for offer in intake.offers(context, [sample.patient]):
            if offer.name.endswith(".json"):
                back = intake.preview(context, offer.make(), offer.name, a_request(disease=""))
                assert dict(back.intake.patients[0].values) == dict(sample.patient.values)


def test_offers_are_files_of_different_names(context: Context) -> None:
    """Three formats are JSON; taken one after another, none overwrites another."""
    names = [offer.name for offer in intake.offers(context, [Patient("P1", "nsclc")])]
    assert names == ["P1.csv", "P1-fhir.json", "P1-phenopackets.json", "P1.zip", "P1-casefile.json"]


def test_offers_refuse_a_mixture_of_diseases(context: Context) -> None:
    """One file holds one tumour group."""
    mixed = [Patient("A", "nsclc"), Patient("B", "breast")]
    with pytest.raises(UserError, match="several tumour groups do not fit"):
        intake.offers(context, mixed)


def test_every_function_asks_for_its_permission(context: Context) -> None:
    """An auditor may read no patient; a viewer may not import; the refusal names the right."""
    patient = Patient("P1", "nsclc", {"age_years": 61.0})
    auditor, viewer = as_role(context, Role.AUDITOR), as_role(context, Role.VIEWER)
    with pytest.raises(NotPermitted, match=r"Your role \(auditor\) may not read patients"):
        consultation.judge(auditor, patient)
    with pytest.raises(NotPermitted, match="may not import and edit patients"):
        intake.preview(viewer, TABLE, "t.csv", a_request())
    with pytest.raises(NotPermitted, match="may not export patients"):
        intake.offers(viewer, [patient])
    with pytest.raises(NotPermitted, match="may not open sample patients"):
        intake.samples(auditor)
    assert NotPermitted("x").exit_code == 3


def test_actions_are_written_down_without_values(context: Context, audit: list[AuditLine]) -> None:
    """Each call leaves one line with who, when and what; no value of a patient is in it."""
    patient = Patient("P1", "nsclc", {"age_years": 61.0, "pd_l1_tps": 87.0})
    consultation.judge(context, patient)
    scores.scores_of(context, patient)
    knowledge.packs(context)
    assert [line.action for line in audit] == ["patient.judged", "patient.scored", "packs.listed"]
    assert all(line.actor == "owner" and line.at == NOW for line in audit)
    assert "87" not in repr([(line.action, line.subject, line.facts) for line in audit])


def test_the_owner_may_do_everything(context: Context) -> None:
    """A local installation has one person with every permission."""
    for permission in Permission:
        context.require(permission)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"disease": "nslc"}, "There is no disease pack called nslc. Did you mean nsclc?"),
        (
            {"columns": {"age_years": "age_yaers"}},
            "Column age_years cannot mean age_yaers: no such feature. Did you mean age_years",
        ),
        ({"columns": {"ghost": "age_years"}}, "The table has no column ghost."),
    ],
)
def test_preview_refuses_what_does_not_exist(
    context: Context, changes: dict[str, object], message: str
) -> None:
    """A misspelt disease, feature or column is refused, never passed over."""
    with pytest.raises(UserError) as caught:
        intake.preview(context, TABLE, "t.csv", a_request(**changes))
    assert message in str(caught.value)


NOTED = b"id,age_years,notes\nA1,61,Wife Erika Brandt tel 030 1234567 was there\nA2,60,Well\n"


def test_release_is_written_down_and_reaches_who_is_accepted(
    context: Context, audit: list[AuditLine]
) -> None:
    """A released text goes with its patient; the audit line says how many, never what."""
    looked_at = intake.preview(context, NOTED, "t.csv", a_request(deidentify=True))
    assert looked_at.report is not None
    read = {0: looked_at.report.withheld[0].text}
    released = intake.release(context, looked_at, read)
    accepted = intake.accept(context, released, released.ready)
    assert "was there" in accepted[0].notes
    assert "Brandt" not in accepted[0].notes
    assert accepted[1].notes == ""
    (line,) = [line for line in audit if line.action == "texts.released"]
    assert dict(line.facts) == {"texts": 1, "withheld": 1}
    assert intake.release(context, looked_at, {}) is looked_at
    with pytest.raises(NotPermitted):
        intake.release(as_role(context, Role.VIEWER), looked_at, read)


def test_preview_releases_the_columns_that_were_named(context: Context) -> None:
    """By column, for scripts; a column of which nothing is withheld is refused."""
    request = a_request(deidentify=True, release=("notes",))
    looked_at = intake.preview(context, NOTED, "t.csv", request)
    assert [p.notes for p in looked_at.intake.patients][1] == "Well"
    assert looked_at.report is not None
    assert not looked_at.report.withheld
    with pytest.raises(UserError, match="No text of note is withheld") as told:
        intake.preview(context, NOTED, "t.csv", a_request(deidentify=True, release=("note",)))
    assert "notes" in told.value.hint
    with pytest.raises(UserError, match="No text of notes is withheld") as kept:
        intake.preview(context, NOTED, "t.csv", a_request(release=("notes",)))
    assert "where identifiers are removed" in kept.value.hint
