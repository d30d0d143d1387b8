"""What the store survives, and how long a save takes: kills, flips, editors, tampering.

`python -m benchmarks.store` prints every figure; `kills`, `flips`, `edits`, `tamperings`, `saves`
or `erasures` after it only that one. Everything happens in a folder that is removed again.
"""

from __future__ import annotations

import argparse
import os
import random
import select
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dashboard.foundation.errors import UserError
from dashboard.vault import audit, connection, ledger, lines, opening, sealing
from dashboard.vault.audit import START, AuditLine, Known
from dashboard.vault.backup import back_up, restore
from dashboard.vault.place import Place
from dashboard.vault.store import Conflict, Store
from dashboard.vault.verification import verify

WRITERS = 4
_IMPORTED = (connection, ledger, lines, opening, sealing)  # before processes are forked


@dataclass(frozen=True, slots=True)
class Kills:
    """What was left after writers were killed."""

    rounds: int
    acknowledged: int
    lost: int
    unreadable: int
    slowest_restart: float  # seconds until the store is open, checked at its end, and read


def place_in(folder: Path) -> Place:
    """A place for a store in a folder."""
    return Place(folder / "concord.sqlite", folder / "keys")


def body_of(case: str, version: int) -> dict[str, Any]:
    """A body that tells which version it is."""
    return {"case": case, "version": version, "text": f"{case} {version} " * 20}


def save(store: Store, case: str, after: int) -> None:
    """Save one version of a case of a patient, with its audit line."""
    subject = f"P-{case}"
    with store.writing() as writing:
        writing.note(AuditLine(datetime.now(UTC), "writer", "case.saved", subject))
        writing.save(
            "case", case, body_of(case, after + 1), after=after, by="writer", subject=subject
        )


def killed_writers(folder: Path, rounds: int, seed: int = 1) -> Kills:
    """Kill four writers at a random moment, open again, look for all they were promised; repeat."""
    draw, place = random.Random(seed), place_in(folder)  # noqa: S311 - repeatable, not secret
    save(Store(place), "first", 0)
    total, lost, unreadable, slowest = 0, 0, 0, 0.0
    for turn in range(rounds):
        acknowledged = _one_kill(place, turn, draw)
        start = time.perf_counter()
        store = Store(place)
        store.read("case", "first")
        slowest = max(slowest, time.perf_counter() - start)
        for case, versions in acknowledged.items():
            total += versions
            held = store.history("case", case)
            lost += max(0, versions - len(held))
            wrong = [r for r in held if r.body != body_of(case, r.version)]
            unreadable += len(wrong)
        store.close()
    found = verify(Store(place).opened())
    unreadable += len(found.damaged) + (found.broken is not None)
    return Kills(rounds, total, lost, unreadable, slowest)


def _one_kill(place: Place, turn: int, draw: random.Random) -> Counter[str]:
    """The number of versions of each case that writers were told are saved before they died."""
    read, write = os.pipe()
    children = []
    for number in range(WRITERS):
        child = os.fork()
        if child == 0:
            with suppress(UserError):
                _write_for_ever(place, f"{turn}-{number}", write)
            os._exit(1)
        children.append(child)
    os.close(write)
    told = b""
    select.select([read], [], [], 20)  # the first acknowledgement: they are at work
    time.sleep(draw.uniform(0, 0.15))
    for child in children:
        os.kill(child, signal.SIGKILL)
    for child in children:
        os.waitpid(child, 0)
    while part := os.read(read, 65536):
        told += part
    os.close(read)
    return Counter(line.decode() for line in told.split(b"\n")[:-1])


def _write_for_ever(place: Place, case: str, told: int) -> None:
    store = Store(place)
    for version in range(10**6):
        save(store, case, version)
        os.write(told, f"{case}\n".encode())


def flips(folder: Path, count: int, seed: int = 1) -> dict[str, Counter[str]]:
    """Turn one bit over in database, log of writes or backup, and read everything; how it went."""
    draw, here = random.Random(seed), folder / "sound"  # noqa: S311 - repeatable, not secret
    store = Store(place_in(here))
    early = {f"e-{n}": 3 for n in range(20)}
    for case, versions in early.items():
        for version in range(versions):
            save(store, case, version)
    back_up(store, folder / "backup.sqlite")
    store.close()
    held = sqlite3.connect(here / "concord.sqlite")  # keeps the log of writes as it is
    held.execute("SELECT count(*) FROM records").fetchone()
    writer = Store(place_in(here))
    late = {f"l-{n}": 1 for n in range(20)}
    for case in late:
        save(writer, case, 0)
    results = {}
    for name in ("concord.sqlite", "concord.sqlite-wal", "backup.sqlite"):
        results[name] = Counter[str]()
        for n in range(count // 3 + (name == "concord.sqlite") * (count % 3)):
            outcome = _one_flip(folder, here, name, early | late, draw)
            results[name][outcome] += 1
            shutil.rmtree(folder / "flipped", ignore_errors=True)
            del n
    held.close()
    writer.close()
    return results


def _one_flip(
    folder: Path, here: Path, name: str, cases: dict[str, int], draw: random.Random
) -> str:
    flipped = folder / "flipped"
    shutil.copytree(here, flipped)
    path = flipped / name
    if name == "backup.sqlite":
        for ending in ("", ".keys", ".seal"):
            shutil.copy(folder / (name + ending), flipped / (name + ending))
    content = bytearray(path.read_bytes())
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    path.write_bytes(content)
    store = Store(place_in(flipped))
    if name == "backup.sqlite":
        line = AuditLine(datetime.now(UTC), "ann", "store.restored")
        try:
            restore(store, path, line)
        except UserError:
            return "noticed"
        finally:
            store.close()
        cases = {case: versions for case, versions in cases.items() if case.startswith("e-")}
    return _read(store, cases)


def _read(store: Store, cases: dict[str, int]) -> str:
    """How a damaged store answers: noticed, harmless, or (never) wrong."""
    noticed = False
    for case, versions in cases.items():
        try:
            record = store.read("case", case)
            history = store.history("case", case)
        except UserError:
            noticed = True
            continue
        bodies = [body_of(case, n + 1) for n in range(versions)]
        if record is None or record.body != bodies[-1] or [r.body for r in history] != bodies:
            return "wrong"
    store.close()
    return "noticed" if noticed else "harmless"


def edits(folder: Path, count: int) -> dict[str, int]:
    """Four editors save versions of one case at once; every save is in it, every loser was told."""
    place, each = place_in(folder), count // WRITERS
    save(Store(place), "one", 0)
    pipes = []
    for _ in range(WRITERS):
        read, write = os.pipe()
        if os.fork() == 0:
            os.write(write, repr(_edit(Store(place), each)).encode())
            os._exit(0)
        os.close(write)
        pipes.append(read)
    told = [eval(os.read(read, 4096)) for read in pipes]  # noqa: S307 - what we wrote ourselves
    for _ in range(WRITERS):
        os.wait()
    history = Store(place).history("case", "one")
    won, lost = (sum(part[n] for part in told) for n in (0, 1))
    return {
        "edits": won + lost,
        "saved": won,
        "refused": lost,
        "refused without who, what, when": sum(part[2] for part in told),
        "overwritten": won + 1 - len(history),
    }


def _edit(store: Store, count: int) -> tuple[int, int, int]:
    won = lost = untold = 0
    seen = 1
    for _ in range(count):
        time.sleep(0.002)  # somebody types; the others save meanwhile
        try:
            save(store, "one", seen)
            won += 1
            seen += 1
        except Conflict as conflict:
            lost += 1
            current = conflict.current
            untold += not (current.by and current.body) or current.version == seen
            seen = current.version
    return won, lost, untold


def tamperings(folder: Path, count: int, seed: int = 1) -> dict[str, str]:
    """Change, delete, reorder and cut off lines of the log in the database; how many are found."""
    draw = random.Random(seed)  # noqa: S311 - repeatable, not secret
    store = Store(place_in(folder))
    for version in range(60):
        save(store, "one", version)
    opened = store.opened()
    known = opened.head.known() or Known(0, START)
    with connection.reading(opened.engine) as raw:
        sound = list(lines.entries(raw))
    found = dict.fromkeys(("changed", "deleted", "reordered", "truncated"), 0)
    for n in range(count):
        how = list(found)[n % len(found)]
        broken = audit.first_broken(_tampered(sound, how, draw), opened.audit_key, known)
        found[how] += broken is not None
    return {how: f"{number} of {count // len(found)}" for how, number in found.items()}


def _tampered(sound: list[audit.Entry], how: str, draw: random.Random) -> list[audit.Entry]:
    log, at = list(sound), draw.randrange(len(sound) - 1)
    if how == "changed":
        field = draw.choice(("at", "actor", "action", "subject", "facts", "changes", "role"))
        told: dict[str, Any] = {field: f"{getattr(log[at], field)} "}
        forged = replace(log[at], **told)
        log[at] = (
            replace(forged, hash=audit.digest_of(forged)) if draw.choice((True, False)) else forged
        )
    elif how == "deleted":
        del log[at]
    elif how == "reordered":
        other = draw.randrange(at + 1, len(log))
        log[at], log[other] = log[other], log[at]
    else:
        del log[at + 1 :]
    return log


def saves(folder: Path, count: int) -> dict[str, str]:
    """How long a save with its audit line takes, beside a bare transaction of SQLite."""
    store = Store(place_in(folder))
    save(store, "first", 0)
    taken = _timed(lambda n: save(store, f"{n % 50}", n // 50), count)
    bare = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
    with closing(bare):
        bare.execute("PRAGMA journal_mode=WAL")
        bare.execute("PRAGMA synchronous=FULL")
        bare.execute("CREATE TABLE bare (body BLOB)")
        beside = _timed(lambda _: bare.execute("INSERT INTO bare VALUES (zeroblob(900))"), count)
    return {"a save": taken, "a bare insert beside it": beside}


def _timed(act: Callable[[int], object], count: int) -> str:
    spans, used = [], time.process_time()
    for n in range(count):
        start = time.perf_counter()
        act(n)
        spans.append((time.perf_counter() - start) * 1000)
    used = (time.process_time() - used) / count * 1000
    spans.sort()
    shown = {f"p{share}": spans[int(len(spans) * share / 100)] for share in (50, 95, 99)}
    told = ", ".join(f"{name} {value:.2f}" for name, value in shown.items())
    return f"{told} ms; {used:.2f} ms of processor time"


def erasures(folder: Path, count: int) -> dict[str, int]:
    """Erase patients; how many versions can still be read in store and backup, and the log."""
    store = Store(place_in(folder))
    for n in range(count):
        save(store, f"{n}", 0)
    back_up(store, folder / "before.sqlite")
    for n in range(0, count, 2):
        store.erase(f"P-{n}", by="ann", reason="asked")
    readable = len([r for r in store.all("case") if int(r.id) % 2 == 0])
    line = AuditLine(datetime.now(UTC), "ann", "store.restored")
    whole = verify(store.opened()).whole
    restore(store, folder / "before.sqlite", line)
    again = len([r for r in store.all("case") if int(r.id) % 2 == 0])
    return {
        "erased": count // 2,
        "still readable": readable,
        "readable after restoring a backup from before": again,
        "log verifies": int(whole and verify(store.opened()).broken is None),
    }


def _told(name: str, act: Callable[[Path], object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        print(f"{name}: {act(Path(folder))} ({time.perf_counter() - start:.0f} s)", flush=True)


def main() -> None:
    """Print the figures."""
    acts: dict[str, Callable[[Path], object]] = {
        "saves": lambda folder: saves(folder, 1000),
        "tamperings": lambda folder: tamperings(folder, 1000),
        "erasures": lambda folder: erasures(folder, 100),
        "flips": lambda folder: flips(folder, 1000),
        "edits": lambda folder: edits(folder, 10_000),
        "kills": lambda folder: killed_writers(folder, 500),
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="*", metavar="WHAT", help=", ".join(acts))
    for name in parser.parse_args().which or acts:
        _told(name, acts[name])


if __name__ == "__main__":
    main()
