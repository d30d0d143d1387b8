"""Stores with something in them, and hands that do to them what they must survive."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dashboard.vault.audit import AuditLine
from dashboard.vault.store import Store

NOT_ON_WINDOWS = pytest.mark.skipif(sys.platform == "win32", reason="no fork, no limits there")
SUBJECTS = ("P-AAAA", "P-BBBB", "P-CCCC")


def fill(store: Store, cases: int = 6, edits: int = 3) -> dict[tuple[str, str, int], dict]:
    """Save cases of several patients and meetings of nobody; every version's body."""
    bodies = {}
    for n in range(cases):
        for version in range(edits):
            body = {"title": f"case {n}", "edit": version, "text": "x" * (40 * version)}
            subject = SUBJECTS[n % len(SUBJECTS)] if n % 4 else ""
            kind = "case" if n % 4 else "meeting"
            with store.writing() as writing:
                writing.note(AuditLine(store.now(), "ann", "case.saved", subject, {"n": n}))
                writing.save(kind, f"id-{n}", body, after=version, by="ann", subject=subject)
            bodies[kind, f"id-{n}", version + 1] = body
    return bodies


def settled(store: Store) -> Path:
    """The file of a closed store, with nothing left beside it."""
    store.close()
    file = store.place.file
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


def by_force(file: Path, *statements: str) -> None:
    """What somebody who owns the file may do: take the triggers away, and change rows."""
    with closing(sqlite3.connect(file)) as raw:
        triggers = raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            raw.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            raw.execute(statement)
        raw.commit()


def flip(path: Path, draw: random.Random) -> int:
    """Turn one bit of a file over; where."""
    content = bytearray(path.read_bytes())
    at = draw.randrange(len(content))
    content[at] ^= 1 << draw.randrange(8)
    path.write_bytes(content)
    return at


def forked(act: Callable[..., Iterator[Any]], *given: Any) -> tuple[int, Callable[[], Any]]:
    """Do something in a copy of this process; its id, and what it said so far."""
    read, write = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the copy uses no thread of ours
        child = os.fork()
    if child == 0:
        try:
            for told in act(*given):
                os.write(write, json.dumps(told).encode() + b"\n")
        finally:
            os._exit(0)
    os.close(write)
    file = os.fdopen(read, "rb")

    def told() -> Any:
        line = file.readline()
        file.close()
        return json.loads(line)

    return child, told
