"""What the program does by itself at each start and once a day: it tidies.

In a thread of its own, so that nobody waits for it; when it cannot be done the log says why, and it
is tried again the next day. What is taken away, and after how long, stands in `services.retention`.
A cohort that could not be told at once who objects is told then (`services.consents`).
"""

from __future__ import annotations

import threading
from dataclasses import replace

from dashboard.foundation import log
from dashboard.foundation.errors import UserError
from dashboard.services import consents, retention
from dashboard.services.context import Actor, Context, Role

ITSELF = Actor("concord", "Concord itself", Role.OWNER)
_SECONDS = 24 * 60 * 60.0


def every_day(context: Context, end: threading.Event) -> None:
    """Tidy, and tell cohorts who objects, now and once a day, until the end."""
    itself = replace(context, actor=ITSELF)
    while True:
        for name, act in (("retention", retention.tidy), ("consent", _follow)):
            try:
                act(itself)
            except (UserError, OSError) as fault:
                log.note(name, code=getattr(fault, "code", "not-done"))
        if end.wait(_SECONDS):
            return


def _follow(context: Context) -> None:
    """Tell cohorts who objects, where anybody said anything: reading them all takes a while."""
    if context.store.all(consents.CONSENT):
        consents.follow(context)
