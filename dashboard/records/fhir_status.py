"""What the status of a result says about its use.

A result that was entered in error or cancelled is not used. One that is not final, or does not say
what it is, is used and flagged, because laboratories send the final result over it later.
"""

from __future__ import annotations

from dashboard.records.chart import Chart
from dashboard.records.fhir_parts import Resource, word
from dashboard.records.patient import Finding, Severity
from dashboard.records.strict_json import shown

_RETRACTED = {"entered-in-error": "entered in error", "cancelled": "cancelled"}
_FINAL = ("final", "amended", "corrected")


def retracted(resource: Resource) -> str:
    """Why the resource must not be used; empty where it may. What a report holds goes with it."""
    own = _RETRACTED.get(word(resource.body.get("status")), "")
    if own or resource.container is None:
        return own
    outer = retracted(resource.container)
    return f"inside {resource.container.place}, which was {outer}" if outer else ""


def warn_unfinished(resource: Resource, chart: Chart) -> None:
    """Say that a result which was read is not final, or does not say whether it is."""
    status = word(resource.body.get("status"))
    if status in _FINAL or resource.translated:
        return
    if status:
        code, message = "result-not-final", f"This result is {shown(status)}, not final."
    else:
        code, message = "status-missing", "This result does not say whether it is final."
    fix = "Wait for the final result, or confirm it."
    where = resource.where("status")
    chart.add(Finding(Severity.WARNING, code, message, where, value=status[:40], fix=fix))
