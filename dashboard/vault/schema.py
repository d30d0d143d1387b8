"""The tables of the store as numbered steps, each of which can be taken and taken back.

A step and the note that it was taken are one transaction: a kill leaves the database before it or
after it. A database of a newer Concord is refused as it is. Rows are added and never changed:
triggers refuse what a careless hand would do, and the MACs of `records` and `audit` what a hand
that removes the triggers does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dashboard.vault import connection
from dashboard.vault.record import Damaged, Unavailable

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

EXPENDABLE = ("draft",)  # kinds whose superseded versions may go, and that no audit line tells of
_NEVER = {"records": f"OLD.kind NOT IN {EXPENDABLE!r}".replace(",)", ")")}
_NEVER["changes"] = _NEVER["records"]


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the tables, there and back."""

    name: str
    up: tuple[str, ...]
    down: tuple[str, ...]
    guarded: tuple[str, ...] = ()  # tables of this step whose rows are never changed


STEPS: tuple[Step, ...] = (
    Step(
        "records, and the log of what was done",
        (
            "CREATE TABLE records (kind TEXT NOT NULL, id TEXT NOT NULL, version {int} NOT NULL, "
            "subject TEXT NOT NULL, sealed_with TEXT NOT NULL, at TEXT NOT NULL, "
            "author TEXT NOT NULL, body {bytes} NOT NULL, mac {bytes} NOT NULL, "
            "PRIMARY KEY (kind, id, version)) {strict}",
            "CREATE INDEX records_of_subject ON records (subject)",
            "CREATE TABLE changes (kind TEXT NOT NULL, id TEXT NOT NULL, version {int} NOT NULL, "
            "digest TEXT NOT NULL, sequence {int} NOT NULL, "
            "PRIMARY KEY (kind, id, version)) {strict}",
            "CREATE TABLE audit (sequence {int} NOT NULL PRIMARY KEY, at TEXT NOT NULL, "
            "actor TEXT NOT NULL, role TEXT NOT NULL, session TEXT NOT NULL, "
            "action TEXT NOT NULL, subject TEXT NOT NULL, facts TEXT NOT NULL, "
            "changes TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL, "
            "mac TEXT NOT NULL) {strict}",
        ),
        ("DROP TABLE audit", "DROP TABLE changes", "DROP TABLE records"),
        ("records", "changes", "audit"),
    ),
    Step(
        "requests that were done before",
        (
            "CREATE TABLE requests (request TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, "
            "id TEXT NOT NULL, version {int} NOT NULL) {strict}",
        ),
        ("DROP TABLE requests",),
        ("requests",),
    ),
    Step(
        "who is signed in",
        (
            "CREATE TABLE visits (token TEXT NOT NULL PRIMARY KEY, person TEXT NOT NULL, "
            "opened TEXT NOT NULL, seen TEXT NOT NULL, revoked TEXT NOT NULL) {strict}",
            "CREATE INDEX visits_of_person ON visits (person)",
        ),
        ("DROP TABLE visits",),
    ),
)
_WORDS = {
    "sqlite": {"int": "INTEGER", "bytes": "BLOB", "strict": "STRICT"},
    "postgresql": {"int": "BIGINT", "bytes": "BYTEA", "strict": ""},
}


def version_of(engine: Engine) -> int:
    """How many steps the database has taken; 0 before the first.

    Raises:
        Unavailable: it is of a newer Concord.
    """
    with connection.reading(engine) as raw:
        taken = _taken(raw)
    if taken > len(STEPS):
        raise Unavailable(
            f"The store was made by a newer Concord: it is of version {taken}, and this program "
            f"knows versions up to {len(STEPS)}.",
            hint="It was not touched. Use the newer program, or take it back there: "
            f"`python -m dashboard migrate --to {len(STEPS)}`.",
            code="store-newer",
        )
    return taken


def refuse_strange(file: Path) -> None:
    """Refuse a database file with tables, views or triggers other than those that steps make.

    Asked before anything else of a file that came from elsewhere: a view may never end, and a
    trigger that is restored with the rest acts in the store. A guard that was taken away loses
    nobody a backup: `guard_again` puts it back.

    Raises:
        Damaged: they are not, or the file is no database that can be read.
    """
    try:
        with connection.engine_of_copy(file) as copy, connection.reading(copy) as raw:
            found = _shape(raw)
    except Damaged as fault:
        raise Damaged(
            "This file is damaged, or no backup.", hint="Nothing was changed. Use another backup."
        ) from fault
    fresh = sa.create_engine("sqlite://")
    with fresh.connect() as raw:
        known = [_shape(raw)]
        for number in range(1, len(STEPS) + 1):
            take(raw, number)
            known.append(_shape(raw))
    fresh.dispose()
    if any(found <= each and _only_guards(each - found) for each in known):
        return
    if {each for each in known[-1] if each[1] == "schema_steps"} <= found:
        with connection.engine_of_copy(file) as copy:
            version_of(copy)  # which tells of a newer Concord in its own words
    raise Damaged(
        "The tables of this file are not those that Concord makes.",
        hint="Nothing was changed. Use another backup.",
    )


def guard_again(engine: Engine) -> None:
    """Put back the guards of a file's tables that somebody took away."""
    with connection.writing(engine) as raw:
        held = {name for _, name, _ in _shape(raw)}
        tables = [table for step in STEPS for table in step.guarded if table in held]
        for statement in (each for table in tables for each in _guards("sqlite", table)):
            if statement.split()[2] not in held:
                raw.exec_driver_sql(statement)


def _only_guards(missing: set[tuple[str, str, str]]) -> bool:
    return all(kind == "trigger" for kind, _, _ in missing)


def _shape(raw: Connection) -> set[tuple[str, str, str]]:
    """Every table, index, view and trigger by its own words."""
    asked = "SELECT type, name, coalesce(sql, '') FROM sqlite_master"
    return {(str(row[0]), str(row[1]), str(row[2])) for row in raw.exec_driver_sql(asked)}


def migrate(
    engine: Engine, to: int = len(STEPS), *, before: Callable[[int], Path | None] | None = None
) -> int:
    """Take the steps up or down to a version, each in one transaction; how many were taken.

    Args:
        engine: the database.
        to: the version to reach.
        before: makes the backup of a database that holds something, before the first step.
    """
    at, count = version_of(engine), 0
    if before is not None and at not in (0, to):
        before(at)
    while at != to:
        with connection.writing(engine) as raw:
            at = _taken(raw)  # somebody else may have taken the step meanwhile
            if at < to:
                take(raw, at + 1)
            elif at > to:
                take_back(raw, at)
            else:
                break
            count += 1
        at = at + 1 if at < to else at - 1
    return count


def start_again(raw: Connection) -> None:
    """Empty tables of this version instead of those that are there, in the caller's transaction."""
    for number in range(_taken(raw), 0, -1):
        take_back(raw, number)
    for number in range(1, len(STEPS) + 1):
        take(raw, number)


def _taken(raw: Connection) -> int:
    if not sa.inspect(raw).has_table("schema_steps"):
        return 0
    return int(raw.execute(sa.text("SELECT count(*) FROM schema_steps")).scalar_one())


def take(raw: Connection, number: int) -> None:
    """Take one step, in the caller's transaction."""
    step, words = STEPS[number - 1], _WORDS[raw.dialect.name]
    if number == 1:
        raw.exec_driver_sql(
            "CREATE TABLE schema_steps (number {int} NOT NULL PRIMARY KEY, name TEXT NOT NULL)"
            " {strict}".format(**words)
        )
    for statement in step.up:
        raw.exec_driver_sql(statement.format(**words))
    for table in step.guarded:
        for statement in _guards(raw.dialect.name, table):
            raw.exec_driver_sql(statement)
    added = sa.text("INSERT INTO schema_steps (number, name) VALUES (:number, :name)")
    raw.execute(added, {"number": number, "name": step.name})


def take_back(raw: Connection, number: int) -> None:
    """Take one step back, in the caller's transaction."""
    step = STEPS[number - 1]
    for statement in step.down:
        raw.exec_driver_sql(statement)
    raw.execute(sa.text("DELETE FROM schema_steps WHERE number = :number"), {"number": number})
    if number == 1:
        raw.exec_driver_sql("DROP TABLE schema_steps")


def _guards(dialect: str, table: str) -> list[str]:
    """What refuses a change or a removal of rows of this table."""
    when = _NEVER.get(table, "")
    removed = f"WHEN {when} " if when and dialect == "sqlite" else ""
    if dialect == "sqlite":
        refusal = f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed'); END"
        return [
            f"CREATE TRIGGER {table}_change BEFORE UPDATE ON {table} {refusal}",
            f"CREATE TRIGGER {table}_removal BEFORE DELETE ON {table} {removed}{refusal}",
        ]
    removed = f"WHEN ({when}) " if when else ""
    refusal = "EXECUTE FUNCTION refuse_change()"
    return [
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RAISE EXCEPTION ''rows are never changed''; END'",
        f"CREATE TRIGGER {table}_change BEFORE UPDATE ON {table} FOR EACH ROW {refusal}",
        f"CREATE TRIGGER {table}_removal BEFORE DELETE ON {table} FOR EACH ROW {removed}{refusal}",
        f"CREATE TRIGGER {table}_emptying BEFORE TRUNCATE ON {table} {refusal}",
    ]
