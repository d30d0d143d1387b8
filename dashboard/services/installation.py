"""An installation of Concord on this machine, ready to be asked.

Reads the settings once, loads every pack, and hands out contexts: one for the owner of a local
installation. The command line and the pages start here, so both ask the same functions of the same
knowledge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from dashboard.foundation import log
from dashboard.foundation.settings import Settings, read_settings
from dashboard.knowledge.library import load_library
from dashboard.records.worker import read_guarded
from dashboard.services.context import Actor, AuditLine, Context, Role

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
    return Context(
        actor=actor,
        library=load_library(settings.packs_dirs),
        settings=settings,
        clock=clock,
        audit=audit or write_to_log,
        read=read_guarded,
    )


def write_to_log(line: AuditLine) -> None:
    """Keep an audit line in the log; values of patients are never part of one."""
    log.note("audit", action=line.action)
