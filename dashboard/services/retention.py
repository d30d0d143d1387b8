"""What is kept too long, and is taken away: drafts, visits, automatic copies, half-written files.

Once a day and at each start. Drafts that nobody typed into for a week go, and visits that are over;
copies that Administration made go after five weeks, except the newest. Papers of patients whom
nobody looked at for three months are listed and never touched: erasing is for a person to decide.
What went is a line of the audit log, with counts.
"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dashboard.answers.retention import Due, Unused
from dashboard.services.context import Context, Permission
from dashboard.vault import keeping_time
from dashboard.vault.backup import KEYS_ENDING, SEAL_ENDING

VISITS = timedelta(days=30)
UNUSED = timedelta(days=90)
HALVES = timedelta(days=1)
_COPY = re.compile(r"concord-(\d{8}T\d{6})\.backup")
_DAY = 10  # letters of a time as ISO writes it


def due(context: Context) -> Due:
    """What is kept longer than it is meant to be; nothing is taken away."""
    context.require(Permission.STORE_KEEP)
    context.record("retention.looked")
    return replace(_due(context), unused=_unused(context))


def tidy(context: Context) -> Due:
    """Take away what is kept longer than it is meant to be; what it was, without unused papers.

    Raises:
        UserError: it cannot be written down; nothing was taken away.
    """
    context.require(Permission.STORE_KEEP)
    found = _due(context)
    if not found.goes:
        return found
    with context.keeping(
        "retention.tidied", drafts=found.drafts, visits=found.visits, copies=len(found.copies),
        halves=len(found.halves),
    ) as writing:  # fmt: skip
        keeping_time.remove(writing, drafts=_before(context), visits=_visits_before(context))
    for name in found.copies:
        copy = _copies(context) / name
        for path in (copy, *(copy.with_name(name + end) for end in (KEYS_ENDING, SEAL_ENDING))):
            context.store.opened().ring.forget_copy(path)
            path.unlink(missing_ok=True)
    for name in found.halves:
        (context.settings.data_dir / name).unlink(missing_ok=True)
    return found


def _due(context: Context) -> Due:
    drafts, visits = keeping_time.count(
        context.store, drafts=_before(context), visits=_visits_before(context)
    )
    return Due(drafts, visits, _old_copies(context), _halves(context))


def _before(context: Context) -> datetime:
    return context.clock() - timedelta(days=context.settings.draft_days)


def _visits_before(context: Context) -> datetime:
    return context.clock() - VISITS


def _copies(context: Context) -> Path:
    return context.settings.data_dir / "backups"


def _old_copies(context: Context) -> tuple[str, ...]:
    """Copies past their time, by the time in their names; the newest of all stays."""
    named = [(found[1], path.name) for path in _copies(context).glob("*.backup")
             if (found := _COPY.fullmatch(path.name))]  # fmt: skip
    limit = context.clock() - timedelta(days=context.settings.copy_days)
    old = [name for stamp, name in sorted(named)[:-1]
           if datetime.strptime(stamp, "%Y%m%dT%H%M%S").replace(tzinfo=UTC) < limit]  # fmt: skip
    return tuple(old)


def _halves(context: Context) -> tuple[str, ...]:
    """Files of the data folder that somebody began to write and never finished."""
    folder = context.settings.data_dir
    limit = time.time() - HALVES.total_seconds()  # by the clock that files are stamped with
    found = [path for path in folder.rglob("*.part") if path.is_file()]
    return tuple(sorted(str(p.relative_to(folder)) for p in found if p.stat().st_mtime < limit))


def _unused(context: Context) -> tuple[Unused, ...]:
    """Patients with papers whom no line of the log names since long; who was erased is none."""
    last: dict[str, tuple[str, str]] = {}
    for line in context.store.entries():
        last[line.subject] = (line.at, line.action)
    limit = (context.clock() - UNUSED).isoformat()
    found = []
    for name in keeping_time.subjects(context.store):
        at, action = last.get(name, (limit, ""))
        if at < limit and action != "store.erased":
            found.append(Unused(name, at[:_DAY]))
    return tuple(sorted(found, key=lambda each: each.last))
