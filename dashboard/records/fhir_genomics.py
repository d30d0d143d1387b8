"""Genomic observations: variants found or not found, and the genes that were examined.

Follows mCODE and the genomics reporting guide: genes, protein and coding changes stand in
components, `Present` or `Absent` in the value, the examined genes in an observation of their own.
Observations that one diagnostic report lists are one report. A gene whose id and symbol disagree is
not used: nobody can say which was meant. What the variants mean is settled in `alterations`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from dashboard.records.alterations import Report
from dashboard.records.chart import Chart, read_date
from dashboard.records.fhir_parts import (
    CONCORD_FEATURE,
    Concept,
    Resource,
    concept,
    items,
    listed,
    word,
)
from dashboard.records.fhir_status import retracted, warn_unfinished
from dashboard.records.fhir_terms import answer_word
from dashboard.records.molecular import Source, checked_variant, put_absence, put_report
from dashboard.records.patient import Finding, Severity
from dashboard.records.variants import (
    Variant,
    gene_of_hgnc,
    gene_symbol,
    is_wild_type,
    read_variant,
)

VARIANT_CODE, REGION_CODE = "69548-6", "53041-0"
_GENE = "48018-6"
_CHANGES = ("48005-3", "48004-6", "81252-9", "47998-0", "48019-4", "81290-9", "53034-5")
_SOURCE_CLASS, _SIGNIFICANCE = "48002-0", "53037-8"
_GERMLINE, _SOMATIC = "LA6683-2", "LA6684-0"
_HARMLESS = {"LA6675-8": "benign", "LA26334-5": "likely benign"}
_UNCERTAIN = "LA26333-7"
_NO_ANSWER = ("LA18198-4", "LA11883-8")
_FUSION_WORDS = ("fusion", "rearrangement", "translocation")


@dataclass(frozen=True, slots=True, eq=False)
class Genomic:
    """What one genomic observation says."""

    resource: Resource
    genes: tuple[str, ...]
    variants: tuple[Variant, ...] = ()
    absent: bool = False
    region: bool = False
    germline: bool | None = None
    uncertain: bool = False
    about_fusion: bool = False
    day: date | None = None


def is_genomic(resource: Resource) -> bool:
    """Whether an observation speaks of variants or of the genes examined."""
    said = concept(resource.body.get("code"))
    if said.codes(CONCORD_FEATURE):
        return False
    if said.has("loinc", VARIANT_CODE, REGION_CODE):
        return True
    if "implication" in resource.profiles:
        return False
    return any(
        concept(component.get("code")).has("loinc", _GENE)
        for component in items(resource.body.get("component"))
    )


@dataclass(slots=True)
class GenomicReader:
    """Collects the genomic observations of one patient and reads them report by report."""

    chart: Chart
    found: list[Genomic] = field(default_factory=list)

    def read(self, resource: Resource) -> None:
        """Keep what the observation says until its report is complete."""
        if reason := retracted(resource):
            self.chart.unmapped.append(listed(resource, f"{reason}; not used"))
            return
        genes = self._genes(resource)
        said = concept(resource.body.get("valueCodeableConcept"))
        if said.has("loinc", *_NO_ANSWER):
            self.chart.unmapped.append(listed(resource, "without a call; not used"))
            return
        if not genes and not said.label:
            self.chart.unmapped.append(listed(resource, "names no gene"))
            return
        self._keep(resource, genes, said)

    def _keep(self, resource: Resource, genes: tuple[str, ...], said: Concept) -> None:
        resource.outcome = "read"
        warn_unfinished(resource, self.chart)
        for name in ("code", "component", "valueCodeableConcept", "method", "valueBoolean"):
            resource.take(name)
        day = read_date(resource.take("effectiveDateTime"))
        region = concept(resource.body.get("code")).has("loinc", REGION_CODE)
        region = region or "region-studied" in resource.profiles
        if region:
            self.found.append(Genomic(resource, genes, region=True, day=day))
            return
        texts = list(_change_texts(resource))
        absent = _is_absent(said) or resource.body.get("valueBoolean") is False
        variants = () if not texts and not absent else self._variants(resource, genes, texts, day)
        if len(genes) > 1 and not absent:
            variants = _fusion_of(genes, variants)
        self.found.append(
            Genomic(
                resource,
                genes,
                variants,
                absent,
                germline=_germline(resource),
                uncertain=self._significance(resource),
                about_fusion=any(w in t.casefold() for w in _FUSION_WORDS for t in texts),
                day=day,
            )
        )

    def _genes(self, resource: Resource) -> tuple[str, ...]:
        genes: dict[str, None] = {}
        for number, component in enumerate(items(resource.body.get("component"))):
            if concept(component.get("code")).has("loinc", _GENE):
                value = concept(component.get("valueCodeableConcept"))
                where = f"component[{number}]"
                for symbol in self._symbols(value, resource, where):
                    genes[symbol] = None
        return tuple(genes)

    def _symbols(self, value: Concept, resource: Resource, where: str) -> Iterator[str]:
        """The genes of a component; an id that belongs to another symbol gives none."""
        for coding in value.codings:
            by_id = gene_of_hgnc(coding.code) if coding.system == "hgnc" else ""
            by_name = gene_symbol(coding.display) if coding.display else ""
            if by_id and by_name and by_id != by_name:
                self._disagree(coding.code, by_id, coding.display, resource, where)
            elif by_id or by_name:
                yield by_id or by_name
            elif coding.code and not coding.code[0].isdigit():
                yield gene_symbol(coding.code.removeprefix("HGNC:"))
        if not value.codings and value.text:
            yield gene_symbol(value.text)

    def _disagree(
        self, code: str, symbol: str, display: str, resource: Resource, where: str
    ) -> None:
        self.chart.add(
            Finding(
                Severity.ERROR,
                "gene-id-disagrees",
                f"{code} is {symbol}, but the file calls it {display}.",
                resource.where(where),
                value=f"{code} {display}",
                expected="an HGNC id and the symbol of the same gene",
                fix="Correct the id or the symbol.",
                rest="This gene was not used; everything else was read.",
            )
        )

    def _variants(
        self, resource: Resource, genes: tuple[str, ...], texts: list[str], day: date | None
    ) -> tuple[Variant, ...]:
        """The variant in the wording that says most of it."""
        gene = genes[0] if len(genes) == 1 else ""
        source = Source(resource.where(), day)
        sound: list[Variant] = []
        faulty: list[str] = []
        for text in texts:
            if is_wild_type(text):
                continue
            from_text = read_variant(text, gene)
            if from_text is not None and not from_text.fault:
                sound.append(from_text)
            elif from_text is not None:
                faulty.append(text)
        if sound:
            return (max(sound, key=_completeness),)
        for text in faulty[:1]:
            checked_variant(self.chart, text, gene, source)
        return ()

    def _significance(self, resource: Resource) -> bool:
        for component in items(resource.body.get("component")):
            if concept(component.get("code")).has("loinc", _SIGNIFICANCE):
                value = concept(component.get("valueCodeableConcept"))
                if value.has("loinc", _UNCERTAIN, *_HARMLESS):
                    return True
        return False

    def mark_uncertain(self, variant: Resource) -> None:
        """Another observation says that this variant is of uncertain significance."""
        self.found = [
            replace(one, uncertain=True) if one.resource is variant else one for one in self.found
        ]

    def close(self, reports: Iterable[tuple[Resource, list[Resource]]]) -> None:
        """Read everything found, report by report; what is in no report by its day."""
        rest = list(self.found)
        for report, results in reports:
            mine = [one for one in rest if any(one.resource is result for result in results)]
            if mine:
                rest = [one for one in rest if one not in mine]
                issued = word(report.body.get("issued"))
                self._put(mine, issued, read_date(report.body.get("effectiveDateTime")))
        days = {one.day for one in rest}
        for day in sorted(days, key=str):
            self._put([one for one in rest if one.day == day], "", day)

    def _put(self, found: list[Genomic], issued: str, day: date | None) -> None:
        """One report: variants, examined genes, and changes that were looked for in vain."""
        day = next((one.day for one in found if one.day), day)
        source = Source(found[0].resource.where(), day, issued, "the genomic report")
        for one in found:
            if one.absent and one.variants:
                put_absence(
                    self.chart, one.variants[0], replace(source, where=one.resource.where())
                )
        negative = [one for one in found if one.region or (one.absent and not one.variants)]
        examined = frozenset(gene for one in negative for gene in one.genes)
        fusions = frozenset(
            gene for one in negative for gene in one.genes if one.absent and one.about_fusion
        )
        present = [one for one in found if not one.absent and not one.region]
        variants = tuple(v for one in present for v in _certain(one))
        germline = next((one.germline for one in present if one.germline is not None), None)
        report = Report(variants, examined, fusions, germline)
        put_report(self.chart, report, source)


def _certain(one: Genomic) -> Iterator[Variant]:
    """The variants; one of uncertain significance only keeps its gene from being negative."""
    if not one.variants and not one.region:
        yield from (Variant(gene=gene, kind="unknown") for gene in one.genes)
    for variant in one.variants:
        yield replace(variant, kind="unknown", short=variant.short) if one.uncertain else variant


def _completeness(variant: Variant) -> tuple[bool, bool, bool]:
    return bool(variant.short), variant.kind != "unknown", bool(variant.gene)


def _change_texts(resource: Resource) -> Iterator[str]:
    """The wordings of the change, protein first."""
    components = items(resource.body.get("component"))
    for code in _CHANGES:
        for component in components:
            if concept(component.get("code")).has("loinc", code):
                value = concept(component.get("valueCodeableConcept"))
                yield from value.phrases
                yield from (coding.code for coding in value.codings if "." in coding.code)
                if text := word(component.get("valueString")):
                    yield text
    for component in components:
        said = concept(component.get("code"))
        if not any(coding.system == "loinc" for coding in said.codings):
            yield from concept(component.get("valueCodeableConcept")).phrases


def _is_absent(said: Concept) -> bool:
    return answer_word(said) in ("absent", "negative", "not detected") or is_wild_type(said.label)


def _germline(resource: Resource) -> bool | None:
    for component in items(resource.body.get("component")):
        if concept(component.get("code")).has("loinc", _SOURCE_CLASS):
            value = concept(component.get("valueCodeableConcept"))
            if value.has("loinc", _GERMLINE, _SOMATIC):
                return value.has("loinc", _GERMLINE)
    return None


def _fusion_of(genes: tuple[str, ...], variants: tuple[Variant, ...]) -> tuple[Variant, ...]:
    """Two genes in one variant are a fusion, whichever end is written first."""
    if any(variant.kind == "fusion" for variant in variants):
        return variants
    return tuple(
        Variant("fusion", gene, "fusion", partner=next(g for g in genes if g != gene))
        for gene in genes
    )
