"""What is kept, as the rest of the house sees it, and what can go wrong with it.

A record is one version of one thing of one kind. It never changes: an edit is a further version.
The errors say whose move it is, and each leaves everything as it was. How records are stored,
sealed and checked stands in the modules beside this one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.foundation import errors


@dataclass(frozen=True, slots=True)
class Record:
    """One version of one thing: its body is what JSON can hold."""

    kind: str
    id: str
    version: int
    body: Mapping[str, Any]
    at: datetime
    by: str
    subject: str = ""  # the pseudonym of the patient whose key seals the body; empty: nobody's


class Conflict(errors.Conflict):
    """Somebody saved the same thing first; `current` is what they left: who, what and when."""

    def __init__(self, current: Record) -> None:
        super().__init__(
            f"{current.by} changed this at {current.at:%Y-%m-%d %H:%M} UTC (version "
            f"{current.version}), after you had opened it.",
            hint="Nothing was overwritten. Take over what both of you meant, and save again.",
            code="conflict",
        )
        self.current = current


class Damaged(errors.UserError):
    """What is stored is not what was stored; it is withheld rather than shown wrong."""

    def __init__(self, what: str, *, hint: str = "") -> None:
        cure = (
            "`python -m dashboard verify` lists what is damaged; `python -m dashboard restore FILE`"
        )
        super().__init__(what, hint=hint or f"{cure} brings back a backup.", code="damaged")


class Erased(errors.UserError):
    """The patient was erased: the key is gone, and with it every copy of what was kept."""

    def __init__(self) -> None:
        super().__init__(
            "This patient was erased at a request, and cannot be read any more.",
            hint="The certificate of the erasure stands in the audit log.",
            code="erased",
        )


class Unavailable(errors.UserError):
    """The place where things are kept cannot be used now; what was kept stays."""


def written(value: object) -> str:
    """JSON in the one spelling that is hashed and compared."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
