"""What a record forbids: Consent resources and security labels.

A consent that denies research keeps the record out of research and changes nothing for care; one
that denies treatment is said loudly. Of a permission and a denial for one purpose the denial
counts. A record labelled restricted is read for care and kept out of every other use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dashboard.records.chart import Chart
from dashboard.records.fhir_parts import (
    CONCORD_PURPOSE,
    Resource,
    concept,
    items,
    listed,
    mapping,
    word,
)
from dashboard.records.patient import Consent, Finding, Severity, Where

CARE, RESEARCH, TEACHING, TRAINING, SHARING = "care", "research", "teaching", "training", "sharing"
OTHER_USES = (RESEARCH, TEACHING, TRAINING, SHARING)
_SCOPES = {"research": RESEARCH, "treatment": CARE}
_PURPOSES = {
    "HRESCH": RESEARCH, "RESEARCH": RESEARCH, "CLINTRCH": RESEARCH, "BIORCH": RESEARCH,
    "PATRQT": CARE, "TREAT": CARE, "CAREMGT": CARE, "ETREAT": CARE,
    "TRAIN": TEACHING, "EDUCATION": TEACHING, "HSYSADMIN": SHARING,
}  # fmt: skip
_RESTRICTED = {"R": "restricted", "V": "very restricted"}
_IN_FORCE = ("active", "")


def read_consent(resource: Resource, chart: Chart) -> None:
    """Put what a Consent resource allows and forbids into the chart."""
    status = word(resource.take("status"))
    resource.outcome = "read"
    if status not in _IN_FORCE:
        chart.unmapped.append(listed(resource, f"{status}; not in force"))
        return
    decisions = dict(chart.consent.decisions)
    for purpose, allowed in _decisions(resource):
        decisions[purpose] = allowed and decisions.get(purpose, True)
        if not allowed:
            chart.add(_denial(purpose, resource.where("provision")))
    if decisions == dict(chart.consent.decisions):
        chart.unmapped.append(listed(resource, "gives no purpose that is known here"))
    stated = word(mapping(resource.body.get("policyRule")).get("text"))
    chart.consent = Consent(decisions, chart.consent.source or stated or resource.place)
    for name in ("scope", "provision", "dateTime", "sourceAttachment", "verification"):
        resource.take(name)


def _decisions(resource: Resource) -> Iterator[tuple[str, bool]]:
    provision = mapping(resource.body.get("provision"))
    codes = [coding.code for coding in concept(resource.body.get("scope")).codings]
    scope = next((_SCOPES[code] for code in codes if code in _SCOPES), "")
    yield from _provision_decisions(provision, scope, allowed=True)


def _provision_decisions(
    provision: Mapping[str, Any], scope: str, *, allowed: bool
) -> Iterator[tuple[str, bool]]:
    """Decisions of a provision and of the exceptions nested in it."""
    kind = word(provision.get("type"))
    allowed = kind == "permit" if kind in ("permit", "deny") else allowed
    coded = items(provision.get("purpose"))
    purposes = [purpose for one in coded if (purpose := _purpose(one))]
    if kind and not coded and scope:
        purposes = [scope]
    yield from ((purpose, allowed) for purpose in purposes)
    for nested in items(provision.get("provision")):
        yield from _provision_decisions(nested, scope, allowed=not allowed)


def _purpose(coding: Mapping[str, Any]) -> str:
    code = word(coding.get("code"))
    return code if word(coding.get("system")) == CONCORD_PURPOSE else _PURPOSES.get(code, "")


def _denial(purpose: str, where: Where) -> Finding:
    severity = Severity.ERROR if purpose == CARE else Severity.WARNING
    return Finding(
        severity,
        "consent-denied",
        f"The consent on file does not permit {purpose} use.",
        where,
        value="deny",
        fix="Ask the patient before any such use; the record itself is not changed.",
        rest="" if purpose == CARE else "Care is not affected.",
    )


def read_labels(resources: Iterable[Resource], chart: Chart) -> None:
    """A restricted label on anything of the patient forbids every use but care."""
    for resource in resources:
        meta = mapping(resource.body.get("meta"))
        codes = [word(label.get("code")) for label in items(meta.get("security"))]
        label = next((_RESTRICTED[code] for code in codes if code in _RESTRICTED), "")
        if not label:
            continue
        decisions = dict(chart.consent.decisions) | dict.fromkeys(OTHER_USES, False)
        chart.consent = Consent(decisions, chart.consent.source or f"label of {resource.place}")
        chart.add(
            Finding(
                Severity.WARNING,
                "record-restricted",
                f"{resource.place} is labelled {label}: for care only.",
                resource.where("meta.security"),
                value=label,
                fix="Do not use the case for research, teaching or training.",
            )
        )
        return
