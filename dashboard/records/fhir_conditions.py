"""Condition resources: the tumour, its metastases, and illnesses that matter beside it.

The primary tumour decides the tumour group; its stage, tissue and site become values where the pack
asks for them. A secondary tumour says that a site holds metastases, never that another does not.
Refuted conditions and those entered in error are listed and not used; that somebody has an illness
on the list does not say that it is active, so that is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from dashboard.knowledge.codes import features_of
from dashboard.knowledge.library import Library
from dashboard.knowledge.schema import Feature, Kind
from dashboard.records.cells import Raw
from dashboard.records.chart import Chart
from dashboard.records.fhir_parts import (
    CONCORD_DISEASE,
    Concept,
    Resource,
    concept,
    concepts,
    extension_value,
    first,
    items,
    listed,
    mapping,
    summary,
    word,
)
from dashboard.records.fhir_times import read_period
from dashboard.records.moments import read_moment
from dashboard.records.patient import Choice, Finding, Origin, Severity
from dashboard.records.sites import (
    Named,
    disease_named,
    is_secondary,
    metastasis_features,
    site_of_primary,
    tissue,
)

_NOT_SO = ("refuted", "entered-in-error")
_UNSURE = ("provisional", "differential", "unconfirmed")
_OVER = ("resolved", "inactive", "remission")
_ENDED = ("abatementDateTime", "abatementPeriod", "abatementString", "abatementBoolean")
_RECENT = timedelta(days=365)  # what a pack means by `recent_`
_STAGING = re.compile(
    r"american joint (?:committee|commission) on cancer|\bajcc\b|\buicc\b|\bstage\b|\bgroup\b"
    r"|\b(?:6|7|8|9)(?:th)? ed(?:ition|\.)?|\(.*?\)|,",
    re.IGNORECASE,
)
_NO_ANATOMY = re.compile(
    r"\b(?:structure|entire|of|the|malignant|neoplasm|primary|tumou?r|cancer)\b", re.IGNORECASE
)
_TNM = re.compile(r"\b(?:[cpyr]{0,3})(?P<category>[TNM][0-4X][a-d]?|Tis)\b")


def condition_status(resource: Resource) -> str:
    """entered-in-error, refuted, unsure, over, or nothing."""
    verification = _codes(resource, "verificationStatus")
    if refused := [code for code in verification if code in _NOT_SO]:
        return refused[0]
    if any(code in _UNSURE for code in verification):
        return "unsure"
    over = any(code in _OVER for code in _codes(resource, "clinicalStatus"))
    ended = any(resource.body.get(name) for name in _ENDED)
    return "over" if over or ended else ""


def _codes(resource: Resource, name: str) -> list[str]:
    return [coding.code for coding in concept(resource.body.get(name)).codings]


def primary_of(resource: Resource, library: Library) -> Named | None:
    """The tumour group that a condition is the primary tumour of."""
    if condition_status(resource) in (*_NOT_SO, "unsure"):
        return None
    said = concept(resource.body.get("code"))
    tissues = _tissues(resource)
    codings = [
        (c.system, c.code) for c in (*said.codings, *(c for t in tissues for c in t.codings))
    ]
    phrases = [*said.phrases, *(phrase for found in tissues for phrase in found.phrases)]
    if "secondary-cancer" in resource.profiles or is_secondary(said.phrases, said.codes("icd10")):
        return None
    for disease in said.codes(CONCORD_DISEASE):
        if disease in library.ids:
            return Named(disease)
    return disease_named(codings, phrases or [""], library)


def _tissues(resource: Resource) -> list[Concept]:
    return [
        concept(extension_value(extension))
        for extension in items(resource.body.get("extension"))
        if "histology-morphology" in word(extension.get("url"))
    ]


def read_condition(resource: Resource, chart: Chart, library: Library) -> None:
    """Put what a condition says into the chart, or list it."""
    status = condition_status(resource)
    for name in ("clinicalStatus", "verificationStatus", "code"):
        resource.take(name)
    if status in (*_NOT_SO, "unsure"):
        reason = "not confirmed; not used" if status == "unsure" else f"{status}; not used"
        chart.unmapped.append(listed(resource, reason))
        return
    said = concept(resource.body.get("code"))
    secondary = "secondary-cancer" in resource.profiles or is_secondary(
        said.phrases, said.codes("icd10")
    )
    if secondary:
        # Concord itself writes these beside its values, for others
        used = _read_metastasis(resource, said, chart, status) or chart.complete
    elif (named := primary_of(resource, library)) is not None:
        if chart.pack.id in library.ids and named.disease != chart.pack.id:
            label = library.pack(named.disease).label
            chart.unmapped.append(listed(resource, f"another tumour than the one read ({label})"))
            return
        _read_primary(resource, said, chart)
        if status == "over":
            _warn_over(resource, chart)
        used = True
    else:
        used = _read_illness(resource, said, chart, status)
    if used:
        resource.outcome = "read"
        _take_dates(resource)
    else:
        chart.unmapped.append(listed(resource, "not a fact this tumour group asks for"))


def onset(resource: Resource) -> date | None:
    """When the condition began, or else was recorded."""
    start, _ = read_period(resource.body.get("onsetPeriod"))
    stated = read_moment(resource.body.get("onsetDateTime"))
    recorded = read_moment(resource.body.get("recordedDate"))
    return next((one.first for one in (stated, start, recorded) if one is not None), None)


def _take_dates(resource: Resource) -> None:
    for name in ("onsetDateTime", "onsetPeriod", "recordedDate", "extension", "evidence"):
        resource.take(name)


# -- the tumour ----------------------------------------------------------------------------------


def _warn_over(resource: Resource, chart: Chart) -> None:
    message = f"{resource.place} says that the tumour is resolved, inactive or in remission."
    fix = "Check that this is the tumour to decide on."
    where = resource.where("clinicalStatus")
    chart.add(Finding(Severity.WARNING, "tumour-over", message, where, fix=fix))


def _read_primary(resource: Resource, said: Concept, chart: Chart) -> None:
    for found in _tissues(resource):
        _read_tissue(found, resource, chart)
    _read_site(resource, said, chart)
    for stage in items(resource.take("stage")):
        _read_stage(stage, resource, chart)


def _by_role(chart: Chart, role: str) -> list[Feature]:
    return [f for f in chart.pack.features if f.codes.get("mcode", "") == role]


def _read_tissue(found: Concept, resource: Resource, chart: Chart) -> None:
    """Histology, in the words of its display or of its morphology code."""
    where = resource.where("extension(histology-morphology-behavior)")
    coded = [tissue(code) for code in found.codes("icdo3")]
    features = _by_role(chart, "PrimaryCancerCondition.histologyMorphologyBehavior")
    features += [f for f in chart.pack.features if "icdo3" in f.codes and f not in features]
    for feature in features:
        if any(
            chart.try_read(feature, Raw(text, where)) for text in (*coded, *found.phrases) if text
        ):
            return
    chart.leave(where, "Histology", found.label, "not one of the histologies of this tumour group")


def _read_site(resource: Resource, said: Concept, chart: Chart) -> None:
    where = resource.where("bodySite")
    sites = concepts(resource.take("bodySite"))
    texts = [site_of_primary(said.codes("icd10"))]
    texts += [_anatomy(phrase) for site in sites for phrase in site.phrases]
    texts += [_anatomy(phrase) for phrase in said.phrases]
    used = False
    for feature in _by_role(chart, "PrimaryCancerCondition.bodySite"):
        used |= any(chart.try_read(feature, Raw(text, where)) for text in texts if text)
    if sites and not used:
        label = "; ".join(site.label for site in sites)
        chart.leave(where, "Site of the tumour", label, "not a fact this tumour group asks for")


def _anatomy(text: str) -> str:
    return " ".join(_NO_ANATOMY.sub(" ", text).split())


def _read_stage(stage: object, resource: Resource, chart: Chart) -> None:
    """A stage written into the condition; one that an observation assesses is read there."""
    body = mapping(stage)
    said = concept(body.get("summary"))
    where = resource.where("stage")
    feature = chart.pack.vocabulary.get("stage")
    if not said.label:
        return
    if feature is None:
        chart.leave(where, "Stage", said.label, "this tumour group does not use the stage group")
        return
    chart.read(feature, Raw(stage_text(said), where, taken_on=onset(resource)))


def stage_text(said: Concept) -> str:
    """A stage or TNM category without the names of the staging system."""
    text = first(said.phrases) or said.label
    category = _TNM.search(text)
    if category is not None:
        return category["category"]
    return " ".join(_STAGING.sub(" ", text).split()) or text


# -- metastases and other illnesses --------------------------------------------------------------


def _read_metastasis(resource: Resource, said: Concept, chart: Chart, status: str) -> bool:
    if status == "over":
        return False
    sites = [phrase for site in concepts(resource.body.get("bodySite")) for phrase in site.phrases]
    features = _metastasis_flags(said, sites, chart)
    for feature in features:
        chart.put(feature, True, _origin(resource, said), taken_on=onset(resource))
    resource.take("bodySite")
    return bool(features)


def _metastasis_flags(said: Concept, sites: Iterable[str], chart: Chart) -> list[Feature]:
    named = metastasis_features(chart.pack, (*said.phrases, *sites), said.codes("icd10"))
    found = {feature.id: feature for feature in named}
    for feature in _coded(said, chart):
        if feature.kind is Kind.FLAG and feature.codes.get("mcode") == "SecondaryCancerCondition":
            found[feature.id] = feature
    return list(found.values())


def _coded(said: Concept, chart: Chart) -> Iterator[Feature]:
    for coding in said.codings:
        yield from features_of(chart.pack, coding.system, coding.code)


def _read_illness(resource: Resource, said: Concept, chart: Chart, status: str) -> bool:
    used = False
    for feature in {f.id: f for f in _coded(said, chart)}.values():
        if feature.group not in ("comorbidity", "organ_function"):
            continue
        if feature.kind is Kind.FLAG:
            used |= _read_flag(feature, resource, said, chart, status)
        elif "active" in feature.levels and "inactive" in feature.levels:
            used |= _ask_activity(feature, resource, said, chart, status)
    return used


def _read_flag(
    feature: Feature, resource: Resource, said: Concept, chart: Chart, status: str
) -> bool:
    """An illness: `_history` features take past ones too, `recent_` only those of a year."""
    began = onset(resource)
    if status == "over" and not feature.id.endswith("_history"):
        return False
    if feature.id.startswith("recent_") and (
        began is None or chart.reading.today - began > _RECENT
    ):
        return False
    chart.put(feature, True, _origin(resource, said), taken_on=began)
    return True


def _ask_activity(
    feature: Feature, resource: Resource, said: Concept, chart: Chart, status: str
) -> bool:
    """A problem list says that an illness is known, not whether it is active now."""
    if status == "over":
        chart.put(feature, "inactive", _origin(resource, said), taken_on=onset(resource))
        return True
    choices = [
        Choice(feature.level_label(level), level, {feature.id: level})
        for level in ("active", "inactive")
    ]
    choices.append(Choice("leave it unknown", "unknown", {feature.id: None}))
    message = f"{feature.label}: {said.label} is on the list of problems. Is it active now?"
    chart.ask("activity-open", message, choices, resource.where("code"), value=said.label)
    return True


def _origin(resource: Resource, said: Concept) -> Origin:
    where = resource.where("code")
    return Origin(where.file, where.row, where.field, said.label)


def warn_of_doubt(chart: Chart, resource: Resource, named: Named) -> None:
    """Say what a coarse code leaves open."""
    if named.doubt:
        chart.add(
            Finding(
                Severity.WARNING,
                "diagnosis-coarse",
                f"{named.doubt[0].upper()}{named.doubt[1:]}.",
                resource.where("code"),
                value=summary(resource.body.get("code")),
                fix="Check the histology.",
            )
        )
