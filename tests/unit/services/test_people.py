"""Who may use a server, and as what: roles are given by administrators, and hold at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dashboard.foundation.errors import NotPermitted, UserError
from dashboard.services import people
from dashboard.services.context import GRANTS, Actor, Permission, Role
from dashboard.services.installation import open_context
from dashboard.vault.record import Conflict

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BOSS = "ada@example.org"


@pytest.fixture
def server(tmp_path):
    """An administrator of a server on which nobody has a role yet."""
    environ = {"CONCORD_DATA_DIR": str(tmp_path / "data"), "CONCORD_FIRST_ADMIN": BOSS}
    context = open_context(environ, clock=lambda: NOW, actor=Actor(BOSS, BOSS, Role.ADMIN))
    yield context
    context.store.close()


def who(context, person):
    """The role of a person, or None."""
    actor = people.actor_of(context.store, context.settings, person)
    return actor.role if actor else None


def test_first_administrator_is_named_by_the_setting_until_there_is_one(server):
    """Nobody else has a role; once somebody is an administrator the setting says nothing."""
    assert who(server, BOSS) is Role.ADMIN
    assert who(server, "eve@example.org") is None
    people.give(server, "bob@example.org", Role.ADMIN, after=0)
    assert who(server, BOSS) is None
    assert who(server, "bob@example.org") is Role.ADMIN


def test_role_is_given_taken_and_written_down(server):
    """Each change is a version with who made it, and a line in the audit log."""
    given = people.give(server, " cli@example.org ", Role.CLINICIAN, after=0)
    assert (given.id, given.role, given.version, given.by) == (
        "cli@example.org", Role.CLINICIAN, 1, BOSS,
    )  # fmt: skip
    assert who(server, "cli@example.org") is Role.CLINICIAN
    people.give(server, "cli@example.org", None, after=1)
    assert who(server, "cli@example.org") is None
    assert [person.role for person in people.people(server)] == [None]
    told = [entry.action for entry in server.store.entries()]
    assert told.count("people.role-given") == 2


def test_role_that_changes_ends_the_visits_of_its_owner(server):
    """Nobody goes on as what they were."""
    visits = people.visits(server.store, server)
    token = visits.open("cli@example.org")
    assert visits.seen(token)
    people.give(server, "cli@example.org", Role.VIEWER, after=0)
    assert visits.seen(token) is None
    again = visits.open("cli@example.org")
    assert people.end_visits(server, "cli@example.org") == 1
    assert visits.seen(again) is None


@pytest.mark.parametrize(
    ("person", "role", "said"),
    [
        ("  ", Role.VIEWER, "Nobody was named"),
        ("x" * 300, Role.VIEWER, "Nobody was named"),
        ("bob@example.org", Role.OWNER, "A server has no owner"),
        (BOSS, Role.CLINICIAN, "Nobody changes their own role"),
    ],
)
def test_role_is_refused_where_it_cannot_be(server, person, role, said):
    """Each refusal says why."""
    with pytest.raises(UserError, match=said):
        people.give(server, person, role, after=0)


def test_last_administrator_stays(server):
    """A server never loses whoever could give a role."""
    people.give(server, "bob@example.org", Role.ADMIN, after=0)
    with pytest.raises(UserError, match=r"bob@example\.org is the last administrator"):
        people.give(server, "bob@example.org", None, after=1)
    people.give(server, "cy@example.org", Role.ADMIN, after=0)
    assert people.give(server, "bob@example.org", None, after=1).role is None


def test_role_given_twice_at_once_is_a_conflict(server):
    """The second sees who was first."""
    people.give(server, "bob@example.org", Role.VIEWER, after=0)
    with pytest.raises(Conflict, match=r"ada@example\.org changed this"):
        people.give(server, "bob@example.org", Role.CLINICIAN, after=0)


@pytest.mark.parametrize("role", [r for r in Role if Permission.PEOPLE_MANAGE not in GRANTS[r]])
def test_roles_are_the_administrator_s_alone(server, role):
    """Nobody else sees or changes people."""
    other = replace(server, actor=Actor("o", "O", role))
    for ask in (
        lambda: people.people(other),
        lambda: people.give(other, "bob@example.org", Role.ADMIN, after=0),
        lambda: people.end_visits(other, BOSS),
    ):
        with pytest.raises(NotPermitted, match="may not manage people"):
            ask()


def test_administrator_reads_no_patient():
    """Who runs the server has no clinical right, and nobody but the owner holds all of it."""
    clinical = {
        Permission.PATIENT_READ, Permission.PATIENT_WRITE, Permission.PATIENT_EXPORT,
        Permission.CASE_READ, Permission.CASE_WRITE, Permission.DECISION_WRITE,
    }  # fmt: skip
    assert not GRANTS[Role.ADMIN] & clinical
    assert not GRANTS[Role.AUDITOR] & clinical
    assert Permission.AUDIT_READ not in GRANTS[Role.ADMIN]
    assert not any(GRANTS[role] == frozenset(Permission) for role in people.GIVEN)
