"""Variants of a phenopacket: genomic interpretations as the observations they correspond to.

A variant the interpreter rejected, or one of another subject, is listed and not used. Notations
that are not read here, and every other detail of the variation, are listed beside.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.records.fhir_parts import items, mapping, word
from dashboard.records.phenopackets_parts import LOINC, PacketParts, component, gene_of

_OPEN = ("UNCERTAIN_SIGNIFICANCE", "BENIGN", "LIKELY_BENIGN")
_SYNTAXES = {"hgvs.p": "48005-3", "hgvs.c": "48004-6", "hgvs": "48004-6", "hgvs.g": "81290-9"}
_INTERPRETED = ("variationDescriptor", "acmgPathogenicityClassification")
_DESCRIBED = ("id", "label", "geneContext", "expressions", "moleculeContext")


def read_genomics(packet: PacketParts, part: Mapping[str, Any], place: str) -> None:
    """Translate the variants of an interpretation."""
    diagnosis = mapping(part.get("diagnosis"))
    packet.leave_rest(diagnosis, ("disease", "genomicInterpretations"), f"{place}.diagnosis")
    for number, one in enumerate(items(diagnosis.get("genomicInterpretations"))):
        where = f"{place}.diagnosis.genomicInterpretations[{number}]"
        if word(one.get("interpretationStatus")) == "REJECTED":
            packet.leave(where, "variant", one, "rejected by the interpreter; not used")
        elif not packet.is_of_another(one, "subjectOrBiosampleId", where, "variant"):
            _variant(packet, one, where)
    known = ("id", "progressStatus", "diagnosis", "summary")
    packet.leave_rest(part, known, place)


def _variant(packet: PacketParts, one: Mapping[str, Any], place: str) -> None:
    variant = mapping(one.get("variantInterpretation"))
    described = mapping(variant.get("variationDescriptor"))
    gene = mapping(described.get("geneContext")) or mapping(one.get("gene"))
    components = [component("48018-6", gene_of(gene))] if gene else []
    for number, expression in enumerate(items(described.get("expressions"))):
        code = _SYNTAXES.get(word(expression.get("syntax")))
        if code:
            components.append(component(code, {"text": word(expression.get("value"))}))
        else:
            path = f"{place}.variationDescriptor.expressions[{number}]"
            packet.leave(path, "expression", expression, "in a notation that is not read")
    if label := word(described.get("label")):
        components.append(component("81252-9", {"text": label}))
    if word(variant.get("acmgPathogenicityClassification")) in _OPEN:
        uncertain = {"coding": [{"system": LOINC, "code": "LA26333-7"}]}
        components.append(component("53037-8", uncertain))
    test = {"coding": [{"system": LOINC, "code": "69548-6"}], "text": label or "Variant"}
    packet.new(place, resourceType="Observation", code=test, component=components)
    packet.leave_rest(variant, _INTERPRETED, f"{place}.variantInterpretation")
    packet.leave_rest(described, _DESCRIBED, f"{place}.variationDescriptor")
