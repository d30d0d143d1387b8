"""Who looked at a patient's record: the account that a patient may ask for, from the audit log.

By day and person, in plain words, with the reason where one was asked for. It holds what was
written down: every look, change and paper under the pseudonym. Whoever asks for it needs the
right to read the log; that it was made becomes a line of its own.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable

from dashboard.answers.account import Look
from dashboard.foundation.errors import UserError
from dashboard.services.context import Context, Permission
from dashboard.services.looks import LOOKS
from dashboard.vault.audit import Entry

_DAY = 10  # letters of a time as ISO writes it
_TAKEN = ("exported", "released", "written", "handed_out", "_taken", "offered")
_KINDS = {
    "emergency": "opened in an emergency", "ballots": "the ballots", "ballot": "the ballots",
    "case": "the case", "decision": "the decision", "draft": "the case",
    "follow_up": "the follow-up", "consent": "the word on consent", "patient": "the record",
}  # fmt: skip
_OWN = {
    "patient.forecast": "asked for a forecast", "store.erased": "erased the record for good",
    "audit.accounted": "asked who looked at the record",
    "patient.released_identified": "took a file or paper away, with identifiers",
}  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
FORMS = ("txt", "csv")


def of_patient(context: Context, patient: str) -> tuple[Look, ...]:
    """Who did what with a patient's record, the newest day first.

    Args:
        context: who asks.
        patient: the pseudonym, exactly.

    Raises:
        UserError: nobody is named.
    """
    context.require(Permission.AUDIT_READ)
    name = patient.strip()
    if not name:
        raise UserError("No patient is named.", hint="Enter the pseudonym as the papers have it.")
    lines = [entry for entry in context.store.entries() if entry.subject == name]
    context.record("audit.accounted", name, lines=len(lines))
    return _gathered(lines)


def account_file(context: Context, patient: str, form: str) -> bytes:
    """The same to be handed to the patient: `txt` to print, `csv` for a spreadsheet.

    Raises:
        UserError: it is neither, or nobody is named.
    """
    context.require(Permission.AUDIT_READ)
    if form not in FORMS:
        raise UserError(
            f"The account is not written as {form or 'nothing'}.",
            hint="Name a file that ends in .txt or .csv.",
        )
    looks = of_patient(context, patient)
    if form == "txt":
        return _printed(patient.strip(), looks, f"{context.clock():%Y-%m-%d %H:%M} UTC").encode()
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(Look.__dataclass_fields__)
    for look in looks:
        cells = (look.day, look.person, look.role, look.what, look.times, look.reason)
        writer.writerow([_cell(each) for each in cells])
    return file.getvalue().encode()


def _gathered(lines: Iterable[Entry]) -> tuple[Look, ...]:
    counted: dict[tuple[str, str, str, str, str], int] = {}
    for line in lines:
        key = (line.at[:_DAY], line.actor, line.role, _words(line.action), _reason(line))
        counted[key] = counted.get(key, 0) + 1
    looks = [Look(day, person, role, what, times, reason)
             for (day, person, role, what, reason), times in counted.items()]  # fmt: skip
    return tuple(sorted(looks, key=lambda look: look.day, reverse=True))


def _words(action: str) -> str:
    """What an action was, in words for somebody who does not know this program."""
    if action in _OWN:
        return _OWN[action]
    if action.endswith(_TAKEN):
        return "took a file, figure or paper away"
    kind = action.partition(".")[0]
    if kind == "emergency":
        return _KINDS[kind]
    thing = _KINDS.get(kind, "what the program says of the record")
    return f"looked at {thing}" if action in LOOKS or kind not in _KINDS else f"worked on {thing}"


def _reason(line: Entry) -> str:
    try:
        told = json.loads(line.facts)
    except ValueError:  # a damaged line; checking the log tells of it
        return ""
    return str(told.get("reason", "")) if isinstance(told, dict) else ""


def _printed(patient: str, looks: Iterable[Look], at: str) -> str:
    rows = [f"Who looked at the record of {patient}", f"As the audit log tells it on {at}.", ""]
    day = ""
    for look in looks:
        if look.day != day:
            day = look.day
            rows += ["", day]
        times = f", {look.times} times" if look.times > 1 else ""
        why = f" (reason given: {look.reason})" if look.reason else ""
        rows.append(f"  {look.person} ({look.role or 'no role'}) {look.what}{times}{why}")
    if not day:
        rows.append("Nobody: the log has no line of this pseudonym.")
    return "\n".join(rows) + "\n"


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
