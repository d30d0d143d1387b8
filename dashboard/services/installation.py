"""An installation of Concord on this machine, ready to be asked.

Reads the settings once, loads every pack, and hands out contexts: one for the owner of a local
installation. The command line and the pages start here, so both ask the same functions of the same
knowledge.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from dashboard.foundation import log
from dashboard.foundation.settings import Settings, read_settings
from dashboard.knowledge.library import load_library
from dashboard.records.worker import read_guarded
from dashboard.services.context import Actor, AuditLine, Context, Role
from dashboard.vault.place import Place
from dashboard.vault.store import Store

_SESSION_BYTES = 6
DATABASE = "concord.sqlite"
OWNER = Actor("owner", "Owner of this installation", Role.OWNER)


def now() -> datetime:
    """The current time, in UTC."""
    return datetime.now(UTC)


def open_context(
    environ: Mapping[str, str],
    *,
    actor: Actor = OWNER,
    clock: Callable[[], datetime] = now,
    audit: Callable[[AuditLine], None] | None = None,
) -> Context:
    """A context over the installation that this environment describes.

    Raises:
        UserError: a setting is wrong.
        PackError: a pack has findings; all are listed.
    """
    settings: Settings = read_settings(environ)
    store = store_of(settings, clock)
    return Context(
        actor=actor,
        library=load_library(settings.packs_dirs),
        settings=settings,
        clock=clock,
        audit=audit or _writes_down(store),
        read=read_guarded,
        store=store,
        session=secrets.token_hex(_SESSION_BYTES),
    )


def store_of(settings: Settings, clock: Callable[[], datetime] = now) -> Store:
    """The store of an installation; it is opened, and made, when it is first asked."""
    place = Place(settings.data_dir / DATABASE, settings.keys_dir, settings.database)
    return Store(place, clock=clock)


def _writes_down(store: Store) -> Callable[[AuditLine], None]:
    """Keeps an audit line in the store, and its action in the log."""

    def write(line: AuditLine) -> None:
        store.note(line)
        log.note("audit", action=line.action)

    return write
