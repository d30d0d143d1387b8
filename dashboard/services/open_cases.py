"""Whether a case that a browser has open may stay there; asked at each look.

What a tab opened it keeps in memory. A case that was erased since, or whose team somebody left, may
not stay on the screen for that. Looking is no reading: nothing of the case is told.
"""

from __future__ import annotations

from dashboard.meeting.case import BoardCase
from dashboard.services.casebook import held_of, may_see
from dashboard.services.context import Context, Permission
from dashboard.vault.record import Erased


def still_there(context: Context, case_id: str) -> bool:
    """Whether a case that is open in a browser may still be seen: not erased, not taken away."""
    context.require(Permission.CASE_READ)
    try:
        record = context.store.read("case", case_id)
    except Erased:
        return False
    return record is not None and may_see(context, held_of(BoardCase, record).paper)
