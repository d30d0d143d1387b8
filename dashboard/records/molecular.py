"""Puts what a report of variants says into a patient's chart, whatever format it came in.

Values come from `alterations`; here they get their origin, contradictions inside one report become
a question, variants that cannot be right an error with the nearest valid forms, and variants that
decide nothing are listed. The same for FHIR, Phenopackets and mutation files.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dashboard.knowledge.schema import Kind
from dashboard.records.alterations import Report, read_report
from dashboard.records.cells import NOWHERE
from dashboard.records.chart import Chart, spoken
from dashboard.records.patient import Choice, Finding, Origin, Severity, Value, Where
from dashboard.records.variants import Variant, gene_symbol, has_lookalikes, read_variant


@dataclass(frozen=True, slots=True)
class Source:
    """Where a report stands in the file, and when it was made."""

    where: Where = NOWHERE
    taken_on: date | None = None
    issued: str = ""
    name: str = "the report"


def put_report(chart: Chart, report: Report, source: Source) -> None:
    """Put the values of a report into the chart and list what decides nothing."""
    read = read_report(report, chart.pack)
    for found in read.found:
        values = [found.value(level) for level in found.levels]
        because = ", ".join(variant.text for variant in found.because)
        if len(values) == 1:
            text = because or f"nothing found in {source.name}"
            chart.put(
                found.feature,
                values[0],
                _origin(source, text),
                taken_on=source.taken_on,
                issued=source.issued,
            )
            continue
        choices = [Choice(spoken(v), str(v), {found.feature.id: v}) for v in values]
        choices.append(Choice("leave it unknown", "unknown", {found.feature.id: None}))
        message = f"{found.feature.label}: {because} stand in one report. Which counts?"
        where = Where(source.where.file, source.where.row, found.feature.id)
        chart.ask("variants-contradict", message, choices, where, value=because)
    for variant in read.silent:
        if not variant.fault:
            reason = "not a change this tumour group asks about"
            chart.leave(source.where, variant.gene, variant.text, reason)


def put_absence(chart: Chart, variant: Variant, source: Source) -> None:
    """One named change was looked for and not found: negative only for what means exactly it."""
    read = read_report(Report((variant,)), chart.pack)
    flags = [f.feature for f in read.found if f.feature.kind is Kind.FLAG and f.because]
    exact = [f for f in flags if f.id.rpartition("_")[2].casefold() == variant.short.casefold()]
    for feature in exact:
        origin = _origin(source, f"{variant.text} not found")
        chart.put(feature, False, origin, taken_on=source.taken_on, issued=source.issued)
    if not exact:
        reason = "that one change is absent does not say that no other is there"
        chart.leave(source.where, variant.gene, f"{variant.text} not found", reason)


def checked_variant(chart: Chart, text: str, gene: str, source: Source) -> Variant | None:
    """The variant of a report's words, after the findings about its gene and its form."""
    variant = read_variant(text, gene)
    if variant is None:
        return None
    _note_names(chart, text, gene, source)
    if not variant.fault:
        return variant
    offers = [(near, _values_of(chart, near, gene)) for near in variant.nearest]
    offers = [(near, values) for near, values in offers if values]
    nearest = (
        f" The nearest valid forms are {', '.join(variant.nearest)}." if variant.nearest else ""
    )
    message = f"{gene or variant.gene} {text.strip()[:60]} {variant.fault}.{nearest}"
    if offers and not variant.short:
        choices = [Choice(near, near, values) for near, values in offers]
        facts = {name for _, values in offers for name in values}
        choices.append(Choice("leave it unknown", "unknown", dict.fromkeys(sorted(facts))))
        chart.ask("variant-incomplete", message, choices, source.where, value=text[:80])
    else:
        chart.add(_malformed(text, message, source))
    return variant


def _malformed(text: str, message: str, source: Source) -> Finding:
    return Finding(
        Severity.ERROR,
        "variant-malformed",
        message,
        source.where,
        value=text[:80],
        expected="a change such as p.Gly12Cys, G12C or c.34G>T",
        fix="Copy the variant from the report.",
        rest="This variant was left out; everything else was read.",
    )


def _values_of(chart: Chart, text: str, gene: str) -> dict[str, Value | None]:
    """What the feature values would be with this form of the variant."""
    variant = read_variant(text, gene)
    if variant is None or variant.fault:
        return {}
    found = read_report(Report((variant,)), chart.pack).found
    return {f.feature.id: f.value(f.levels[0]) for f in found if len(f.levels) == 1 and f.because}


def _note_names(chart: Chart, text: str, gene: str, source: Source) -> None:
    """Say which letters and which gene names were read as others."""
    if has_lookalikes(f"{gene} {text}"):
        message = f"Letters of another script were read as Latin ones in {gene} {text[:60]}."
        chart.add(
            Finding(
                Severity.WARNING,
                "letters-replaced",
                message,
                source.where,
                value=text[:80],
                fix="Confirm the gene and the change.",
            )
        )
    symbol = gene_symbol(gene) if gene else ""
    if symbol and symbol != gene.strip().upper():
        message = f"{gene.strip()} is called {symbol} today."
        chart.add(Finding(Severity.NOTE, "gene-renamed", message, source.where, value=gene))


def _origin(source: Source, text: str) -> Origin:
    where = source.where
    return Origin(where.file, where.row, where.field, text, note=source.name)
