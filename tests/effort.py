"""How much computing some work takes, in passes of one fixed piece of work done beside it.

Machines differ and are busy: seconds say little, and a test on seconds fails on the busy day. Both
are timed in the same run, each by the best of a few turns of this process's own computing time.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

_ROWS = [{"id": number, "name": f"patient {number}", "value": number / 7} for number in range(4000)]


def effort(work: Callable[[], object], turns: int = 3) -> float:
    """How many passes of the reference take as long as the work; a pass is 10 to 20 ms."""
    return _best(work, turns) / _best(_reference, 5)


def _reference() -> object:
    rows = json.loads(json.dumps(_ROWS, indent=1))
    return sorted(rows, key=lambda row: (row["name"], row["value"]))


def _best(work: Callable[[], object], turns: int) -> float:
    taken = []
    for _ in range(turns):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return min(taken)
