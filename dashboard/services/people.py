"""Who may use a server, and as what: people, their roles, and their visits.

A person is known by the name that the proxy gives. Nobody has a role until an administrator gives
one; the first administrator is named by a setting, and only until somebody is one. Nobody gives a
role to themselves, and the last administrator cannot go. On a local installation there is the
owner, and nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.foundation.errors import UserError
from dashboard.foundation.settings import Settings
from dashboard.services.context import Actor, Context, Permission, Role
from dashboard.vault.record import Record
from dashboard.vault.store import Store
from dashboard.vault.visits import Visits

USER = "user"
GIVEN = tuple(role for role in Role if role is not Role.OWNER)
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a role, or who had one."""

    id: str
    role: Role | None
    version: int
    since: datetime
    by: str


def actor_of(store: Store, settings: Settings, person: str) -> Actor | None:
    """Who a signed-in person is here; None for somebody without a role.

    This is asked before anybody is known, so it asks no permission itself.
    """
    held = store.read(USER, person)
    if held is not None:
        role = _role(held)
        return Actor(person, person, role) if role else None
    if person == settings.first_admin and not _admins(store):
        return Actor(person, person, Role.ADMIN)
    return None


def people(context: Context) -> tuple[Person, ...]:
    """Everybody who has a role, or had one, by name."""
    context.require(Permission.PEOPLE_MANAGE)
    context.record("people.listed")
    return tuple(
        Person(held.id, _role(held), held.version, held.at, held.by)
        for held in context.store.all(USER)
    )


def give(context: Context, person: str, role: Role | None, *, after: int) -> Person:
    """Give somebody a role, or take it away (None); their visits end, so that it holds at once.

    Args:
        context: who asks.
        person: the name that the proxy gives.
        role: the new role.
        after: the version that was seen, 0 for somebody new.

    Raises:
        UserError: no name, one's own role, the owner's role, or no administrator would be left.
        Conflict: somebody changed it in between.
    """
    context.require(Permission.PEOPLE_MANAGE)
    name = person.strip()
    _check(context, name, role)
    told = str(role) if role else "none"
    with context.keeping("people.role-given", "", person=name, role=told) as writing:
        saved = writing.save(USER, name, {"role": told}, after=after, by=context.actor.id)
    visits(context.store, context).revoke(name)
    return Person(name, role, saved.version, saved.at, saved.by)


def give_by_name(context: Context, person: str, role: str) -> Person:
    """The same for whoever looks at the list: after the newest version, the role by its name.

    Raises:
        UserError: as `give`.
    """
    context.require(Permission.PEOPLE_MANAGE)
    held = context.store.read(USER, person.strip())
    wanted = Role(role) if role in set(GIVEN) else None
    return give(context, person, wanted, after=held.version if held else 0)


def end_visits(context: Context, person: str) -> int:
    """End every visit of somebody, wherever they are signed in; how many there were."""
    context.require(Permission.PEOPLE_MANAGE)
    context.record("people.visits-ended", "", person=person)
    return visits(context.store, context).revoke(person)


def visits(store: Store, context: Context) -> Visits:
    """The visits of this installation."""
    return Visits(store, clock=context.clock)


def _check(context: Context, name: str, role: Role | None) -> None:
    if not name or len(name) > _LONGEST_NAME:
        raise UserError(
            "Nobody was named.", hint="Enter the name that the proxy gives, such as an e-mail."
        )
    if role is Role.OWNER:
        raise UserError("A server has no owner.", hint=f"Roles are {', '.join(GIVEN)}.")
    if name == context.actor.id:
        raise UserError(
            "Nobody changes their own role.", hint="Ask another administrator to do it."
        )
    if role is not Role.ADMIN and _admins(context.store) == {name}:
        raise UserError(f"{name} is the last administrator.", hint="Make somebody else one first.")


def _admins(store: Store) -> set[str]:
    return {held.id for held in store.all(USER) if _role(held) is Role.ADMIN}


def _role(held: Record) -> Role | None:
    told = held.body.get("role")
    return Role(told) if told in set(GIVEN) else None
