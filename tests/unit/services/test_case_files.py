"""A case as a file: taken out, brought back equal, and refused when it was changed."""

import json

import pytest

from dashboard.foundation.errors import NotPermitted, UserError
from dashboard.meeting.case import Decided
from dashboard.meeting.case_file import Seal
from dashboard.meeting.written import digest
from dashboard.records.casefile import read_cases
from dashboard.services import ballots, case_files, cases, decisions, follow_up
from tests.builders import a_reading
from tests.unit.services.meeting_desk import Clock, contexts, opened, sample
from tests.unit.services.test_decisions import begun


@pytest.fixture
def people(tmp_path):
    """A context for each person, over one store."""
    found = contexts(tmp_path / "data", Clock())
    yield found
    found["owner"].store.close()


@pytest.fixture
def elsewhere(tmp_path):
    """Anna at another installation."""
    found = contexts(tmp_path / "other", Clock())["anna"]
    yield found
    found.store.close()


def closed_case(context):
    """A case with ballots, a final decision and its follow-up."""
    held, saved = begun(context)
    decisions.advance(context, saved, Decided.FINAL)
    return held.paper.id


def test_case_file_brings_a_case_to_another_installation(people, elsewhere):
    """Case, ballots, locked decision and follow-up are what they were."""
    case_id = closed_case(people["anna"])
    held, seal = case_files.bring_back(elsewhere, case_files.hand_out(people["anna"], case_id))
    assert seal is Seal.WHOLE
    assert held.paper.id == case_id
    assert cases.patient(elsewhere, held.paper) == sample(people["anna"])
    record = decisions.of(elsewhere, case_id).paper
    assert record == decisions.of(people["anna"], case_id).paper
    assert decisions.is_intact(elsewhere, record)
    assert ballots.of(elsewhere, case_id).ballots[0].choice == "docetaxel"
    assert follow_up.of(elsewhere, case_id).paper.decided_on == record.decided_on


def test_case_file_of_this_installation_is_known(people):
    """The HMAC tells; the case that is still here is not touched, the file becomes another."""
    anna = people["anna"]
    case_id = closed_case(anna)
    held, seal = case_files.bring_back(anna, case_files.hand_out(anna, case_id))
    assert seal is Seal.OURS
    assert held.paper.id != case_id
    assert len(cases.listed(anna)) == 2
    assert decisions.is_intact(anna, decisions.of(anna, held.paper.id).paper)
    assert follow_up.of(anna, held.paper.id).paper.case == held.paper.id


def test_case_file_is_a_case_file_for_new_patient_too(people):
    """The patient in it is read like any other."""
    anna = people["anna"]
    content = case_files.hand_out(anna, opened(anna).paper.id)
    read, _ = read_cases(content, "f.json", a_reading(anna.library))
    assert read.patients == (sample(anna),)


def test_case_file_that_was_changed_is_refused(people):
    """One letter is enough."""
    anna = people["anna"]
    content = case_files.hand_out(anna, closed_case(anna))
    for old, new in ((b"Dr Anna", b"Dr Anne"), (b'"p": 0.4', b'"p": 0.5'), (b"docetaxel", b"x")):
        with pytest.raises(UserError, match="changed after it was written"):
            case_files.bring_back(anna, content.replace(old, new, 1))


def test_case_file_with_a_new_hash_over_a_changed_decision_is_refused(people):
    """Whoever recomputes the file's hash still meets the decision's own."""
    anna = people["anna"]
    body = json.loads(case_files.hand_out(anna, closed_case(anna)))
    body["board"]["decision"]["responsible"] = "Somebody"
    seal = body.pop("seal")
    body["seal"] = {**seal, "sha256": digest(body)}
    with pytest.raises(UserError, match="not the one that was locked"):
        case_files.bring_back(anna, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not json", "It is no JSON"),
        (b"[]", "holds no object"),
        (b"{}", "holds no case of the board"),
        (b'{"seal": {}, "board": 3}', "holds no case of the board"),
        (b"[" * 100_000, "It is no JSON"),
    ],
)
def test_case_file_that_is_none_is_refused(people, content, words):
    """What is wrong, and where a right one comes from."""
    with pytest.raises(UserError, match=words):
        case_files.bring_back(people["anna"], content)


def test_case_file_of_a_newer_version_is_refused(people):
    """A later Concord may have written what this one cannot read."""
    anna = people["anna"]
    body = json.loads(case_files.hand_out(anna, opened(anna).paper.id))
    body["board"]["version"] = 2
    seal = body.pop("seal")
    body["seal"] = {**seal, "sha256": digest(body)}
    with pytest.raises(UserError, match="of version 2; this Concord reads 1"):
        case_files.bring_back(anna, json.dumps(body).encode())


def test_case_file_needs_the_right_to_export(people):
    """A viewer takes nothing out, and brings nothing in."""
    anna, vic = people["anna"], people["vic"]
    case = cases.save(anna, opened(anna), {"team": ("anna", "vic")}).paper
    with pytest.raises(NotPermitted):
        case_files.hand_out(vic, case.id)
    with pytest.raises(NotPermitted):
        case_files.bring_back(vic, case_files.hand_out(anna, case.id))
