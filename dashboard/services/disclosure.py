"""Which selections of a hospital's cohort somebody has seen, so that two do not tell of one.

The ledger keeps the conditions of each selection that was shown, by cohort and by person, never a
patient. A new selection is withheld when it holds too few patients, or differs from one shown
before, or from the whole cohort, by too few. It cannot see what several people put together.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dashboard.cohort.columns import CohortData, Flags
from dashboard.cohort.selection import Selection, rows_of
from dashboard.cohort.small_cells import too_close
from dashboard.foundation.errors import NotEnoughEvidence, UserError
from dashboard.foundation.private_files import write_private

_lock = threading.Lock()


class SelectionWithheld(NotEnoughEvidence):
    """A selection that would tell about single patients."""


def admit(
    data: CohortData, selection: Selection, *, ledger: Path, actor: str, threshold: int
) -> None:
    """Let a selection be shown and remember it, or refuse it.

    Raises:
        SelectionWithheld: too few patients, or too few more or fewer than in a selection shown.
    """
    rows = rows_of(data, selection)
    with _lock:
        held = _read(ledger)
        shown = [_selection(entry) for entry in held.get(actor, [])]
        if selection == Selection() or selection in shown:
            _refuse_few(rows, threshold)
            return
        _refuse_few(rows, threshold)
        before = [rows_of(data, each) for each in (Selection(), *shown)]
        if too_close(rows, before, threshold):
            raise SelectionWithheld(
                "This selection is not shown: together with a selection shown before it would "
                f"single out fewer than {threshold} patients.",
                hint="Choose one that differs by more patients, or go back to the former.",
            )
        held.setdefault(actor, []).append(asdict(selection))
        write_private(ledger, json.dumps(held))


def _refuse_few(rows: Flags, threshold: int) -> None:
    if int(rows.sum()) < threshold:
        raise SelectionWithheld(
            f"This selection is not shown: it holds fewer than {threshold} patients.",
            hint="Take a condition away.",
        )


def _read(ledger: Path) -> dict[str, list[Any]]:
    if not ledger.is_file():
        return {}
    try:
        held: dict[str, list[Any]] = json.loads(ledger.read_text(encoding="utf-8"))
        if all(isinstance(shown, list) for shown in held.values()):
            return held
    except (ValueError, AttributeError) as error:
        raise _damaged(ledger) from error
    raise _damaged(ledger)


def _damaged(ledger: Path) -> UserError:
    """What was shown before is not known, so nothing more is shown."""
    return UserError(
        f"The list of selections that were shown ({ledger.name}) cannot be read.",
        hint=f"Restore {ledger} from your backup. Without it nobody can tell which selections "
        "would single out patients.",
        code="ledger-damaged",
    )


def _selection(entry: dict[str, Any]) -> Selection:
    whole: Callable[[Any], Any] = lambda held: (  # noqa: E731 - recursive over what JSON made lists
        tuple(whole(part) for part in held) if isinstance(held, list) else held
    )
    return Selection(**{name: whole(held) for name, held in entry.items()})
