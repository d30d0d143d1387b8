"""What of the store has an end: drafts that nobody types into any more, and visits that are over.

Both may go (`schema.EXPENDABLE`, `visit_rows`); everything else is kept. Counting and removing ask
the same question, so that what is announced is what goes.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from dashboard.vault import schema

if TYPE_CHECKING:
    from dashboard.vault.store import Store, Writing

# SQLAlchemy is imported when a store is asked, as in `store`.


def count(store: Store, *, drafts: datetime, visits: datetime) -> tuple[int, int]:
    """How many drafts and visits nobody touched since these moments."""
    import sqlalchemy as sa

    from dashboard.vault import connection
    from dashboard.vault.tables import VISITS

    with connection.reading(store.opened().engine) as raw:
        old = len(raw.execute(_old_drafts(drafts)).all())
        over = raw.execute(sa.select(sa.func.count()).where(_over(VISITS, visits))).scalar_one()
    return old, int(over)


def remove(writing: Writing, *, drafts: datetime, visits: datetime) -> None:
    """Take them away, in the transaction of the line that tells of it."""
    import sqlalchemy as sa

    from dashboard.vault import ledger
    from dashboard.vault.tables import VISITS

    for kind, id_, version in writing.raw.execute(_old_drafts(drafts)).all():
        ledger.remove_older(writing.raw, kind, id_, version)
    writing.raw.execute(sa.delete(VISITS).where(_over(VISITS, visits)))


def subjects(store: Store) -> tuple[str, ...]:
    """The pseudonyms of all patients of whom anything is kept."""
    import sqlalchemy as sa

    from dashboard.vault import connection
    from dashboard.vault.tables import RECORDS

    asked = sa.select(RECORDS.c.subject).distinct().where(RECORDS.c.subject != "")
    with connection.reading(store.opened().engine) as raw:
        return tuple(sorted(row[0] for row in raw.execute(asked)))


def _old_drafts(before: datetime) -> Any:
    import sqlalchemy as sa

    from dashboard.vault.tables import RECORDS

    shown = (RECORDS.c.kind, RECORDS.c.id, sa.func.max(RECORDS.c.version))
    return (
        sa.select(*shown).where(RECORDS.c.kind.in_(schema.EXPENDABLE))
        .group_by(RECORDS.c.kind, RECORDS.c.id)
        .having(sa.func.max(RECORDS.c.at) < before.isoformat())
    )  # fmt: skip


def _over(visits: Any, before: datetime) -> Any:
    return visits.c.seen < before.isoformat()
