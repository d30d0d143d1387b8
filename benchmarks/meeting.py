"""How long a meeting's steps take: opening a case, saving with the audit line, closing a decision.

Works on a data folder of its own in a temporary place, without a model, through the services that
the pages ask. Prints processor and wall time; figures with date and machine belong into
docs/measurements.md. Run: `python benchmarks/meeting.py [cases]`.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dashboard.meeting.case import Decided
from dashboard.meeting.choices import Choice, Said
from dashboard.meeting.decision import View
from dashboard.records.patient import Patient
from dashboard.services import ballots, cases, decisions, drafts, intake, meetings
from dashboard.services.context import Context
from dashboard.services.installation import open_context

CASES = 200


def main() -> None:
    """Run every step on each of so many cases and print the quantiles."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    with tempfile.TemporaryDirectory() as folder:
        context = open_context({"CONCORD_DATA_DIR": folder})
        taken = steps(context, count)
        taken["list of all cases"] = [timed(lambda: cases.listed(context)) for _ in range(10)]
        taken["bare insert beside it"] = bare_inserts(Path(folder), count)
        context.store.close()
    print(f"{count} cases; wall p50, p95, and processor p50, in milliseconds")
    for name, times in taken.items():
        wall, processor = sorted(t[0] for t in times), sorted(t[1] for t in times)
        middle, most = wall[len(wall) // 2], wall[int(0.95 * (len(wall) - 1))]
        cpu = processor[len(processor) // 2]
        print(f"{name:24} {middle:8.1f} {most:8.1f} {cpu:8.1f}")


def steps(context: Context, count: int) -> dict[str, list[tuple[float, float]]]:
    """The times of each step on so many cases."""
    who = intake.samples(context)[-1].patient
    taken: dict[str, list[tuple[float, float]]] = {}
    for number in range(count):
        for name, times in one_case(context, replace(who, id=f"P-{number}")).items():
            taken.setdefault(name, []).append(times)
    return taken


def one_case(context: Context, who: Patient) -> dict[str, tuple[float, float]]:
    """The times of each step on one case, from the backlog to the lock."""
    held = cases.open_case(context, who, ("docetaxel",))
    token, fields = held.paper.id, {"wishes": f"wish of {who.id}"}
    taken = {
        "open a case": timed(lambda: cases.patient(context, cases.read(context, token).paper)),
        "keep a draft": timed(lambda: drafts.keep(context, held.paper, "case", fields, base=1)),
        "save a case": timed(lambda: cases.save(context, held, fields)),
        "turn every screen": timed(lambda: meetings.turn_to(context, context.today, token)),
    }
    ballots.do_without(context, token, "benchmark")
    changes = {
        "board": View(Choice.SUPPORTIVE, "", None, ("wish",)), "responsible": "x",
        "due": context.today, "trial_offered": Said.NO,
    }  # fmt: skip
    record = decisions.save(context, decisions.of(context, token), changes, None)
    taken["lock a decision"] = timed(lambda: decisions.advance(context, record, Decided.FINAL))
    return taken


def bare_inserts(folder: Path, count: int) -> list[tuple[float, float]]:
    """What the disk alone takes at this moment: a row of a case's size, fully synced."""
    bare = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
    bare.execute("PRAGMA journal_mode=WAL")
    bare.execute("PRAGMA synchronous=FULL")
    bare.execute("CREATE TABLE rows (body TEXT)")
    body = ("x" * 5_000,)
    found = [timed(lambda: bare.execute("INSERT INTO rows VALUES (?)", body)) for _ in range(count)]
    bare.close()
    return found


def timed(act: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor milliseconds."""
    wall, processor = time.perf_counter(), time.process_time()
    act()
    return 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - processor)


if __name__ == "__main__":
    main()
