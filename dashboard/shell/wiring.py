"""Where the shell gets its context: the installation's, made once, and the visitor's, each time.

The installation's holds knowledge, settings and the door to the readers, and no patient. On one's
own machine the visitor is the owner. On a server it is whoever the proxy named, in the role they
have now; a visit that is over, or somebody without a role, gets no context at all.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import timedelta

import streamlit as st

from dashboard.foundation.settings import Mode
from dashboard.services import open_cases, people
from dashboard.services.context import Context, Permission
from dashboard.services.installation import open_context
from dashboard.shell.door import VISIT
from dashboard.shell.session import Case
from dashboard.vault.visits import Visits, named

ADMINISTRATIVE = frozenset({Permission.PEOPLE_MANAGE, Permission.AUDIT_READ})
SHORT_IDLE = timedelta(minutes=10)


class SignedOut(Exception):
    """The visit is over: nothing but signing in again is shown."""


class NoRole(Exception):
    """Somebody who is signed in and has no role here; `person` is their name."""

    def __init__(self, person: str) -> None:
        super().__init__(person)
        self.person = person


@dataclass(frozen=True, slots=True)
class Visiting:
    """Whoever is at the other end, as the door let them in."""

    person: str
    token: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever is at the other end: what they may ask with, and how long nothing was heard."""

    context: Context
    silent: timedelta = timedelta(0)
    token: str = ""


@st.cache_resource(show_spinner=False)
def context() -> Context:
    """The context of this installation."""
    return open_context(os.environ)


@st.cache_resource(show_spinner=False)
def visits() -> Visits:
    """The visits of this installation; one for the process, for it measures how long each lasts."""
    held = context()
    return Visits(held.store, clock=held.clock)


def visitor() -> Visitor:
    """Whoever is at the other end, with the context they may ask with.

    Raises:
        SignedOut: the visit is over.
        NoRole: nobody gave them a role.
    """
    held = context()
    if held.settings.mode is Mode.LOCAL:
        return Visitor(held)
    return of_visiting(held, visits(), _visiting(held.settings.identity_header))


def of_visiting(held: Context, known: Visits, visiting: Visiting) -> Visitor:
    """A visitor of a server; raises as `visitor` does."""
    visit = known.seen(visiting.token) if visiting.token else None
    if visit is None or visit.person != visiting.person:
        raise SignedOut
    actor = people.actor_of(held.store, held.settings, visiting.person)
    if actor is None:
        raise NoRole(visiting.person)
    silent = max(held.clock() - visit.seen, timedelta(0))
    mine = replace(held, actor=actor, session=named(visiting.token), signed_in=visit.opened)
    return Visitor(mine, silent, visiting.token)


def refuse_ended(held: Context, *, heard: bool) -> None:
    """Refuse a part of a page when the visit in which the page was drawn is over.

    Args:
        held: what the page was drawn with.
        heard: whether somebody did something; a clock that ticks by itself keeps no visit alive.

    Raises:
        SignedOut: the visit is over, or whoever it is has another role by now.
        NoRole: they have none any more.
    """
    installation = context()
    if installation.settings.mode is Mode.LOCAL:
        return
    visiting = _visiting(installation.settings.identity_header)
    if not heard:
        if not visits().goes_on(visiting.token):
            raise SignedOut
    elif of_visiting(installation, visits(), visiting).context.actor != held.actor:
        raise SignedOut


def refuse_idle(visiting: Visitor, permission: Permission) -> None:
    """End a visit that was without a sign of life too long for a page of administration.

    Raises:
        SignedOut: it was.
    """
    if permission in ADMINISTRATIVE and visiting.silent > SHORT_IDLE:
        visits().close(visiting.token)
        raise SignedOut


def _visiting(header: str) -> Visiting:
    return Visiting(
        str(st.context.headers.get(header, "")).strip(), str(st.context.cookies.get(VISIT, ""))
    )


def may_stay(context: Context, case: Case) -> bool:
    """Whether an open patient may be shown still; a case erased or taken away may not."""
    if not case.of_board:
        return True
    return context.allows(Permission.CASE_READ) and open_cases.still_there(context, case.token)
