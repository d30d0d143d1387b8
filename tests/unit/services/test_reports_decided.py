"""The board's decision in papers through the services: who may, whose it is, what leaves."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dashboard.foundation.errors import NotPermitted, UserError
from dashboard.meeting.case import Decided as State
from dashboard.meeting.choices import Choice, Said, Stance
from dashboard.meeting.decision import View
from dashboard.records.patient import Patient
from dashboard.reporting.decided import CAPTION
from dashboard.reporting.document import Form, Panels
from dashboard.reporting.followed import CAPTION as FOLLOWED
from dashboard.reporting.kinds import Kind
from dashboard.reporting.letter import Language, sentences, words_of
from dashboard.services import cases, decisions, follow_up, intake, reports
from dashboard.services.context import Actor, AuditLine, Role
from dashboard.services.reports import Wish
from tests.unit.services.meeting_desk import DUE

WHOLE = {
    "board": View(Choice.REGIMEN, "docetaxel", Stance.NOT_USED, ("wish",), "Mr Miller asked"),
    "conditions": "if MRN 4711223 agrees", "responsible": "Dr Anna", "due": DUE,
    "trial_offered": Said.NO, "prediction_consent": Said.YES,
}  # fmt: skip
REAL = Patient(
    "P-ABCDEFGHJKLM", "nsclc", {"age_years": 63.0, "sex": "male", "ecog_ps": "1"}, line=1
)


@pytest.fixture
def patient(trained):
    """A sample of the disease whose forecasts are ready."""
    return next(s.patient for s in intake.samples(trained) if s.id == "SYN-NSCLC-02")


def decided(context, who, to=State.FINAL, changes=None):
    """A case of a patient with its decision; the address of the case."""
    held = cases.open_case(context, who, ("docetaxel",))
    seen = decisions.of(context, held.paper.id)
    saved = decisions.save(context, seen, {**WHOLE, **(changes or {})}, None)
    if to is not State.DRAFT:
        decisions.advance(context, saved, to)
    return held.paper.id


def record_of(document):
    """The rows of the decision, if the paper has one."""
    return {k: v for t in document.tables if CAPTION in t.caption for k, v in t.rows}


@pytest.mark.parametrize("kind", [Kind.SUMMARY, Kind.FULL])
def test_paper_of_a_case_has_its_decision(trained, patient, kind):
    """What was decided in the meeting is what is handed out, as it stands in the store."""
    case = decided(trained, patient)
    rows = record_of(reports.report(trained, patient, Wish(kind, case=case)))
    assert rows["Decision of the board"] == "Docetaxel"
    assert rows["Responsible, due date"] == f"Dr Anna, until {DUE}"
    whole = decisions.of(trained, case).paper.lock.sha256
    shown = f"{whole[:16]}\u2026" if kind is Kind.SUMMARY else whole  # one page has no room for it
    assert rows["State"].endswith(f"SHA-256 {shown}")
    assert record_of(reports.report(trained, patient, Wish(kind))) == {}


def test_paper_of_a_draft_has_no_decision(trained, patient):
    """What is still being written does not leave."""
    case = decided(trained, patient, State.DRAFT)
    assert record_of(reports.report(trained, patient, Wish(Kind.SUMMARY, case=case))) == {}


def test_paper_never_has_the_decision_of_another(trained, patient):
    """A case of somebody else is refused in words, a case that is not there as well."""
    case = decided(trained, patient)
    other = replace(patient, id="SYN-OTHER")
    with pytest.raises(UserError, match="The case of this paper is another patient's"):
        reports.report(trained, other, Wish(Kind.SUMMARY, case=case))
    with pytest.raises(UserError, match="no case of this address"):
        reports.report(trained, patient, Wish(Kind.SUMMARY, case="nowhere"))


def test_paper_asks_the_right_to_the_case_and_writes_it_down(trained, patient):
    """Who is not of the team gets no decision; reading it stands in the log."""
    case = decided(trained, REAL)
    stranger = replace(trained, actor=Actor("eve", "Eve", Role.CLINICIAN))
    with pytest.raises(UserError, match="no case of this address"):
        reports.report(stranger, REAL, Wish(Kind.SUMMARY, case=case))
    auditor = replace(trained, actor=Actor("ada", "Ada", Role.AUDITOR))
    with pytest.raises(NotPermitted):
        reports.report(auditor, REAL, Wish(Kind.SUMMARY, case=case))
    lines: list[AuditLine] = []
    reports.report(replace(trained, audit=lines.append), REAL, Wish(Kind.SUMMARY, case=case))
    assert {"decision.read", "decision.verified", "patient.reported"} <= {x.action for x in lines}


def test_paper_of_somebody_real_masks_what_was_typed(trained):
    """Names and numbers in texts leave with a reason alone."""
    case = decided(trained, REAL)
    for kind, form in ((Kind.FULL, Form.HTML), (Kind.SUMMARY, Form.JSON), (Kind.FHIR, Form.JSON)):
        content = reports.file_of(trained, REAL, Wish(kind, case=case), form)
        assert b"Docetaxel" in content, kind
        assert b"Miller" not in content, kind
        assert b"4711223" not in content, kind
    wish = Wish(Kind.SUMMARY, case=case, identified=True, reason="Referral to another hospital")
    assert b"Miller" in reports.file_of(trained, REAL, wish, Form.JSON)


def test_letter_of_a_case_says_what_was_chosen(trained, patient):
    """In the patient's language, once it is final and they agreed."""
    wish = Wish(Kind.LETTER, Language.DE, case=decided(trained, patient))
    said = " ".join(sentences(reports.report(trained, patient, wish)))
    assert words_of(Language.DE)["chosen"]["regimen"].format(name="Docetaxel") in said
    silent = decided(trained, patient, changes={"prediction_consent": Said.NO})
    said = " ".join(sentences(reports.report(trained, patient, replace(wish, case=silent))))
    assert words_of(Language.DE)["decided_title"] not in said


def test_bundle_with_a_care_plan_comes_back_with_nothing_lost(trained, patient):
    """Our own reader finds the same patient, and lists the plan with every word of it."""
    wish = Wish(Kind.FHIR, case=decided(trained, patient))
    content = reports.file_of(trained, patient, wish, Form.JSON)
    (plan,) = [
        entry["resource"] for entry in json.loads(content)["entry"]
        if entry["resource"]["resourceType"] == "CarePlan"
    ]  # fmt: skip
    found = intake.preview(trained, content, "x.json", intake.Request(deidentify=False)).intake
    (back,) = found.patients
    assert back.fingerprint == patient.fingerprint
    (listed,) = [item for item in found.unmapped if "CarePlan" in f"{item.name} {item.where}"]
    assert "a plan is no value of the packs" in listed.reason
    assert plan["description"] == "Docetaxel"
    assert "Docetaxel" in listed.value


def test_paper_of_a_case_is_about_what_the_board_weighs(trained, patient):
    """Its regimens in its order, what was chosen first in the letter; named ones go before."""
    held = cases.open_case(trained, patient, ("osimertinib", "platinum-doublet-chemo"))
    case = held.paper.id
    board = View(Choice.REGIMEN, "docetaxel", Stance.NOT_USED, ("wish",), "asked")
    saved = decisions.save(trained, decisions.of(trained, case), {**WHOLE, "board": board}, None)
    labels = {one.id: one.label for one in trained.library.pack("nsclc").regimens}
    weighed = [labels[name] for name in ("osimertinib", "platinum-doublet-chemo")]
    rows = reports.report(trained, patient, Wish(Kind.SUMMARY, case=case)).tables[0].rows
    assert [row[0] for row in rows] == weighed
    decisions.advance(trained, saved, State.FINAL)
    summary = reports.report(trained, patient, Wish(Kind.SUMMARY, case=case))
    options = next(table for table in summary.tables if table.header[0] == "Regimen")
    assert [row[0] for row in options.rows] == [*weighed, labels["docetaxel"]]
    letter = reports.report(trained, patient, Wish(Kind.LETTER, case=case))
    titles = [block.title for block in letter.blocks if isinstance(block, Panels)]
    assert titles[0] == "A. Docetaxel"
    named = Wish(Kind.SUMMARY, case=case, regimens=("docetaxel",))
    options = next(
        t for t in reports.report(trained, patient, named).tables if t.header[0] == "Regimen"
    )
    assert [row[0] for row in options.rows] == [labels["docetaxel"]]
    assert reports.usual(trained, case) == (held.paper.months, True)
    assert reports.usual(trained, "") == (12, False)


def test_full_report_of_a_case_tells_what_became_of_it(trained):
    """The follow-up of a final decision, masked for somebody real; none in the letter."""
    case = decided(trained, REAL)
    held = follow_up.of(trained, case)
    blank = follow_up.blank(trained, held.paper, decisions.of(trained, case).paper)
    entry = replace(blank, month=3, response="PR", words="Mr Miller feels well")
    follow_up.enter(trained, held, entry)
    (table,) = [
        t for t in reports.report(trained, REAL, Wish(case=case)).tables if t.caption == FOLLOWED
    ]
    assert [row[3] for row in table.rows] == ["PR"]
    assert "Miller" not in str(table.rows)
    summary = reports.report(trained, REAL, Wish(Kind.SUMMARY, case=case))
    assert FOLLOWED not in [t.caption for t in summary.tables]
    early = decided(trained, REAL, State.PRELIMINARY)
    assert FOLLOWED not in [
        t.caption for t in reports.report(trained, REAL, Wish(case=early)).tables
    ]
