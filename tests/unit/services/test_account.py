"""Who looked at a record: every line under the pseudonym, by day, in words for the patient."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from dashboard.cli import main
from dashboard.foundation.errors import NotPermitted, UserError
from dashboard.services import account, cases, emergency, keeping, release
from dashboard.services.context import Actor, Role
from tests.unit.services.meeting_desk import Clock, contexts, opened, real

AUDITOR = Actor("aud", "Aud Itor", Role.AUDITOR)


@pytest.fixture
def clock():
    """A time that stands."""
    return Clock()


@pytest.fixture
def people(tmp_path, clock):
    """A context for each person, over one store; emergency access is on."""
    found = contexts(tmp_path / "data", clock)
    found = {name: replace(each, settings=replace(each.settings, emergency_access=True))
             for name, each in found.items()}  # fmt: skip
    yield {**found, "auditor": replace(found["owner"], actor=AUDITOR)}
    found["owner"].store.close()


def test_account_tells_every_look_by_day_person_and_reason(people, clock):
    """Looks of one day are counted, another team's with its reason, another patient's are not."""
    anna, ben = people["anna"], people["ben"]
    held = opened(anna, real(anna))
    for _ in range(3):
        cases.read(anna, held.paper.id)
    opened(anna)  # somebody else's
    clock.pass_days(1)
    emergency.open_papers(ben, "P-REAL", "Bleeding at night")
    release.released(anna, real(anna), identified=True, reason="referral to the clinic")
    looks = account.of_patient(people["auditor"], " P-REAL ")
    assert [(each.day, each.person, each.what, each.times, each.reason) for each in looks] == [
        ("2026-06-02", "ben", "opened in an emergency", 1, "Bleeding at night"),
        ("2026-06-02", "anna", "took a file or paper away, with identifiers", 1,
         "referral to the clinic"),
        ("2026-06-01", "anna", "worked on the case", 1, ""),
        ("2026-06-01", "anna", "looked at the case", 3, ""),
    ]  # fmt: skip
    line = people["owner"].store.entries()[-1]
    assert (line.action, line.subject, line.actor) == ("audit.accounted", "P-REAL", "aud")


def test_account_is_made_to_be_handed_over(people):
    """In print by day; as a table without formulas; nobody is said to be nobody."""
    anna, auditor = people["anna"], people["auditor"]
    opened(replace(anna, actor=Actor("=cmd", "x", Role.CLINICIAN)), real(anna))
    printed = account.account_file(auditor, "P-REAL", "txt").decode()
    assert printed.startswith("Who looked at the record of P-REAL\n")
    assert "\n2026-06-01\n  =cmd (clinician) worked on the case\n" in printed
    rows = list(
        csv.DictReader(io.StringIO(account.account_file(auditor, "P-REAL", "csv").decode()))
    )
    assert [(row["person"], row["times"]) for row in rows] == [("'=cmd", "1"), ("aud", "1")]
    assert "Nobody:" in account.account_file(auditor, "P-NOBODY", "txt").decode()
    with pytest.raises(UserError, match="not written as pdf"):
        account.account_file(auditor, "P-REAL", "pdf")
    with pytest.raises(UserError, match="No patient is named"):
        account.of_patient(auditor, "  ")


def test_account_is_for_those_who_may_read_the_log(people):
    """A clinician does not learn who else looked."""
    with pytest.raises(NotPermitted):
        account.of_patient(people["anna"], "P-REAL")


def test_audit_verb_writes_who_looked(people, tmp_path, monkeypatch, capsys):
    """The same from the command line, into a new file."""
    opened(people["anna"], real(people["anna"]))
    keeping.verify(people["owner"])
    monkeypatch.setenv("CONCORD_DATA_DIR", str(tmp_path / "data"))
    out = tmp_path / "who.txt"
    assert main(["audit", "who", str(out), "--patient", "P-REAL"]) == 0
    assert "worked on the case" in out.read_text()
    assert main(["audit", "who", str(out), "--patient", "P-REAL"]) != 0
    assert "exists already" in capsys.readouterr().err
