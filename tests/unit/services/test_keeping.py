"""Looking after what is kept: asked by permission, written down, by the same words everywhere."""

from __future__ import annotations

import argparse
import csv
import io
import json
from dataclasses import replace

import pytest

from dashboard import cli
from dashboard.foundation.errors import NotPermitted, UserError
from dashboard.services import keeping
from dashboard.services.context import Actor, Role
from dashboard.services.installation import open_context
from dashboard.verbs import keeping as keeping_verbs
from dashboard.verbs.outcome import Outcome
from tests.unit.vault.stores import by_force, fill, settled


@pytest.fixture
def environ(tmp_path):
    """The settings of an installation of the test's own."""
    return {"CONCORD_DATA_DIR": str(tmp_path / "data")}


@pytest.fixture
def context(environ):
    """Its owner, with cases in the store."""
    opened = open_context(environ)
    fill(opened.store)
    yield opened
    opened.store.close()


def outcome_of(context, *words):
    """What one verb comes to, asked of the context at hand: loading packs anew takes a second."""
    parser = argparse.ArgumentParser()
    verbs = parser.add_subparsers()
    for verb in keeping_verbs.VERBS:
        sub = verbs.add_parser(verb.name)
        verb.options(sub)
        sub.set_defaults(verb=verb)
    options = parser.parse_args([*map(str, words)])
    try:
        return options.verb.run(context, options)
    except UserError as refusal:
        return Outcome({}, [str(refusal)], refusal.exit_code)


@pytest.fixture
def run(context):
    """The verbs over the installation: exit code, document, messages."""

    def ask(*words):
        outcome = outcome_of(context, *words)
        json.dumps(outcome.document)
        return outcome.exit_code, outcome.document, " ".join(outcome.messages)

    return ask


def told(context, *words):
    """What a person at the terminal reads."""
    outcome = outcome_of(context, *words)
    return outcome.exit_code, "\n".join(outcome.lines)


def as_role(context, role):
    """The same installation, asked by somebody else."""
    return replace(context, actor=Actor("x", "X", role))


def actions(context):
    """What stands in the log since the cases were saved."""
    return [entry.action for entry in context.store.entries()][18:]


def test_backup_verify_and_restore_are_written_down(context, tmp_path):
    """Each has its line; the restored store tells of its restore."""
    target = tmp_path / "monday.sqlite"
    assert keeping.back_up(context, target).whole
    assert keeping.verify(context).whole
    assert actions(context) == ["store.backed-up", "store.verified"]
    assert keeping.restore(context, target).replaced.exists()
    assert actions(context) == ["store.backed-up", "store.restored"]
    assert context.store.entries()[-1].role == "owner"


def test_a_broken_log_is_not_written_on_by_looking_at_it(context):
    """Verifying tells of it and leaves the decision to somebody; accepting it asks why."""
    by_force(settled(context.store), "DELETE FROM audit WHERE sequence > 3")
    assert keeping.verify(context).broken.sequence == 4
    with pytest.raises(UserError, match="accepted with a reason only"):
        keeping.accept_loss(context, " ")
    keeping.accept_loss(context, "the disk was replaced")
    assert keeping.verify(context).broken is None
    assert '"reason":"the disk was replaced"' in context.store.entries()[3].facts


def test_erasing_asks_for_whom_and_why(context):
    """The certificate says both."""
    for subject, reason in (("", "asked"), ("P-AAAA", " ")):
        with pytest.raises(UserError, match="without a patient and a reason"):
            keeping.erase(context, subject, reason)
    certificate = keeping.erase(context, "P-AAAA", "letter of 1 June")
    assert certificate.body["reason"] == "letter of 1 June"
    assert actions(context) == ["store.erased"]


def test_the_log_is_exported_with_its_chain(context):
    """Both forms hold every line, each with the hash of the one before."""
    rows = [json.loads(line) for line in keeping.exported_lines(context, "jsonl").splitlines()]
    assert [row["sequence"] for row in rows] == list(range(1, 20))
    assert [row["previous"] for row in rows[1:]] == [row["hash"] for row in rows[:-1]]
    table = list(csv.DictReader(io.StringIO(keeping.exported_lines(context, "csv").decode())))
    assert [row["hash"] for row in table[:19]] == [row["hash"] for row in rows]
    with pytest.raises(UserError, match="not written as pdf"):
        keeping.exported_lines(context, "pdf")
    assert len(keeping.lines(context)) == 21


def test_no_cell_of_the_exported_log_is_a_formula(context):
    """A spreadsheet runs nothing that somebody typed as a reason."""
    context.record("=1+1")
    table = csv.DictReader(io.StringIO(keeping.exported_lines(context, "csv").decode()))
    assert "'=1+1" in [row["action"] for row in table]


def test_the_recovery_key_puts_a_lost_key_back(context):
    """What is printed is enough; a key that is there is never replaced."""
    words = keeping.recovery_key(context)
    with pytest.raises(UserError, match="a key already"):
        keeping.enter_recovery_key(context, words)
    context.store.close()
    (context.settings.keys_dir / "store.key").unlink()
    with pytest.raises(UserError, match="key of the store is not there"):
        keeping.verify(context)
    keeping.enter_recovery_key(context, words)
    assert keeping.verify(context).whole


def test_the_recovery_key_of_another_installation_is_refused(context, tmp_path):
    """It would make everything look damaged; the right one is still taken after that."""
    other = open_context({"CONCORD_DATA_DIR": str(tmp_path / "other")})
    strange, words = keeping.recovery_key(other), keeping.recovery_key(context)
    other.store.close()
    context.store.close()
    key = context.settings.keys_dir / "store.key"
    key.unlink()
    with pytest.raises(UserError, match="not the one of what is kept here"):
        keeping.enter_recovery_key(context, strange)
    assert not key.exists()
    keeping.enter_recovery_key(context, words)
    assert keeping.verify(context).whole


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_each_is_for_those_who_look_after_it(context, tmp_path, role):
    """Administrators keep and erase, auditors read the log, both may verify, nobody else any."""
    asked = as_role(context, role)
    acts = {
        "keep": lambda: keeping.back_up(asked, tmp_path / "b.sqlite"),
        "erase": lambda: keeping.erase(asked, "P-AAAA", "asked"),
        "key": lambda: keeping.recovery_key(asked),
        "verify": lambda: keeping.verify(asked),
        "log": lambda: keeping.lines(asked),
        "export": lambda: keeping.exported_lines(asked, "csv"),
    }
    allowed = {
        Role.ADMIN: {"keep", "erase", "key", "verify"},
        Role.AUDITOR: {"verify", "log", "export"},
    }
    for name, act in acts.items():
        if name in allowed.get(role, set()):
            act()
        else:
            with pytest.raises(NotPermitted):
                act()


def test_the_command_line_has_the_verbs(context, environ):
    """A newcomer's first verification, from the shell."""
    context.store.close()
    out = io.StringIO()
    code = cli.main(["verify", "--json"], environ=environ, out=out, err=io.StringIO())
    assert (code, json.loads(out.getvalue())["versions"]) == (0, 18)


class TestVerbs:
    """The same from the command line."""

    def test_backup_and_restore(self, context, run, tmp_path):
        """Files are named, and what was checked is counted."""
        target = tmp_path / "monday.sqlite"
        code, document, *_ = run("backup", target)
        assert (code, document["versions"], document["damaged"]) == (0, 18, [])
        code, document, *_ = run("restore", target)
        assert (code, document["broken"]) == (0, None)
        assert document["replaced"].startswith(str(tmp_path / "data" / "concord.sqlite.replaced-"))
        code, text = told(context, "restore", target)
        assert (code, "What was there before is kept as" in text) == (0, True)
        assert run("backup", target)[0] == 2

    def test_verify_names_what_is_damaged(self, context, run):
        """Exit code 2, each version and the line, and the cure beside."""
        file = settled(context.store)
        by_force(file, "UPDATE records SET author = 'eve'", "DELETE FROM audit WHERE sequence = 5")
        code, document, messages = run("verify")
        assert (code, len(document["damaged"])) == (2, 18)
        assert document["broken"]["kind"] == "deleted"
        assert "restore FILE" in messages
        assert "Damaged: case id-1, version 1." in told(context, "verify")[1]

    def test_verify_shortens_a_long_list(self, context):
        """Twenty are shown, the rest counted."""
        fill_more = [("case", f"m-{n}") for n in range(12)]
        for kind, id_ in fill_more:
            with context.store.writing() as writing:
                writing.save(kind, id_, {}, after=0, by="ann")
        by_force(settled(context.store), "UPDATE records SET author = 'eve'")
        assert "and 10 more; --json lists all." in told(context, "verify")[1]

    def test_a_loss_is_accepted(self, context, run):
        """With a reason; then verifying is clean but for what is gone."""
        by_force(settled(context.store), "DELETE FROM audit WHERE sequence > 17")
        assert run("verify")[0] == 2
        code, document, *_ = run("verify", "--accept", "disk")
        assert (code, document["broken"]) == (2, None)
        assert document["damaged"] == [{"kind": "case", "id": "id-5", "version": 3}]

    def test_erase_names_copies_it_cannot_reach(self, context, run, tmp_path):
        """A disk in a drawer still has a key on it."""
        run("backup", tmp_path / "away.sqlite")
        (tmp_path / "away.sqlite.keys").unlink()
        code, text = told(context, "erase", "P-AAAA", "--reason", "asked")
        assert code == 0
        assert "Out of reach: away.sqlite.keys." in text
        assert run("erase", "P-AAAA", "--reason", "again")[1]["patient"] == "P-AAAA"
        assert "versions are of erased patients" in told(context, "verify")[1]

    def test_the_store_goes_back_to_an_older_version(self, context, run, tmp_path):
        """After a copy; this program takes the steps again, and everything is there."""
        code, document, messages = run("migrate", "--to", 1)
        assert (code, document["version"], document["steps"]) == (0, 1, 2)
        assert "this one would take the steps again" in messages
        assert len(list((tmp_path / "data" / "backups").glob("before-version-3-*"))) == 1
        assert run("verify")[0] == 0
        for version in (0, 99):
            assert run("migrate", "--to", version)[0] == 2

    def test_audit_export_writes_a_new_file(self, context, run, tmp_path):
        """By the ending of its name, and never over another."""
        for name in ("log.csv", "log.jsonl"):
            code, document, *_ = run("audit", "export", tmp_path / name)
            assert code == 0
            assert len((tmp_path / name).read_text().splitlines()) in {
                document["lines"], document["lines"] + 1
            }  # fmt: skip
        assert run("audit", "export", tmp_path / "log.csv")[0] == 2

    def test_recovery_key_is_printed_and_entered(self, context, run, monkeypatch):
        """With advice where to keep it; read back from standard input."""
        _, document, messages = run("recovery-key")
        assert "apart from this machine" in messages
        context.store.close()
        (context.settings.keys_dir / "store.key").unlink()
        monkeypatch.setattr("sys.stdin", io.StringIO(document["recovery_key"] + "\n"))
        assert run("recovery-key", "--enter")[:2] == (0, {"entered": True})
        assert run("verify")[0] == 0
