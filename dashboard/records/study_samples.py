"""The samples of a cBioPortal study: their variants, fusions, copy numbers, and what was examined.

A gene is negative only where the sample was examined for it: by the panel its matrix names, or by
exome where a case list says so and no panel is named. Copy numbers give amplifications and deep
losses; shallow ones say nothing here. Lines that change no protein are listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from dashboard.records.alterations import Report, meanings
from dashboard.records.chart import Chart
from dashboard.records.molecular import Source, checked_variant, put_report
from dashboard.records.patient import Choice, Unmapped, Where
from dashboard.records.study_files import (
    CASES,
    COPY_LONG,
    COPY_MATRIX,
    FUSIONS,
    MUTATIONS,
    NULLS,
    PANEL,
    PANEL_MATRIX,
    Study,
    StudyTable,
)
from dashboard.records.variants import Variant, gene_from_date, gene_symbol, known_gene

_SILENT = frozenset(
    {"silent", "intron", "3'utr", "5'utr", "3'flank", "5'flank", "igr", "rna", "synonymous",
     "targeted_region", "lincrna"}
)  # fmt: skip
_KIND_OF_CLASS = {
    "missense_mutation": "substitution", "nonsense_mutation": "nonsense",
    "frame_shift_del": "frameshift", "frame_shift_ins": "frameshift", "in_frame_del": "deletion",
    "in_frame_ins": "insertion", "splice_site": "splice", "fusion": "fusion",
}  # fmt: skip
_WHOLE = re.compile(r"wes|wxs|wgs|whole.?(?:exome|genome)", re.IGNORECASE)
_NOT_CALLED = frozenset({"none", "loh", "wildtype", "wild type", "uncalled"})
_NOT_VALID = frozenset({"invalid", "redacted", "rejected"})
_NOT_ASKED = "no gene that any tumour group asks about"
_NOBODYS = "its sample belongs to no patient of the study"
_EVERY_GENE = frozenset({"*"})


@dataclass(slots=True)
class _Sample:
    """What is known of one sample."""

    variants: list[Variant] = field(default_factory=list)
    germline: list[Variant] = field(default_factory=list)
    line: Where = field(default_factory=Where)
    panel: str = ""
    fusion_panel: str = ""
    sequenced: bool = False

    @property
    def found(self) -> list[Variant]:
        """Everything that was found in it."""
        return [*self.variants, *self.germline]


@dataclass(slots=True)
class SampleReader:
    """Reads the samples of one study into the charts of its patients."""

    study: Study
    charts: Mapping[str, Chart]
    patient_of: Mapping[str, str]  # sample -> patient
    samples: dict[str, _Sample] = field(default_factory=dict)
    left: list[Unmapped] = field(default_factory=list)

    def read(self) -> list[Unmapped]:
        """Read every sample into its patient's chart; what belongs to no patient is returned."""
        self._read_cases()
        for table in self.study.of(PANEL_MATRIX):
            self._read_panel_matrix(table)
        for table in self.study.of(MUTATIONS):
            self._read_mutations(table)
        for table in self.study.of(FUSIONS):
            self._read_fusions(table)
        for table in self.study.of(COPY_LONG, COPY_MATRIX):
            self._read_copies(table)
        panels = dict(self._panels())
        self._list_unknown_panels(panels)
        for name, sample in self.samples.items():
            chart = self.charts.get(self.patient_of.get(name, ""))
            if chart is not None:
                self._put(chart, name, sample, panels)
            elif sample.found:
                texts = ", ".join(variant.text for variant in sample.found)
                self.left.append(Unmapped(sample.line, name, texts, _NOBODYS))
        return self.left

    def _sample(self, name: str) -> _Sample:
        return self.samples.setdefault(name, _Sample())

    def _read_cases(self) -> None:
        for table in self.study.of(CASES):
            fields = self.study.meta.get(table.name, {})
            if fields.get("stable_id", "").endswith("_sequenced"):
                for name in fields.get("case_list_ids", "").split("\t"):
                    self._sample(name.strip()).sequenced = True

    def _read_panel_matrix(self, table: StudyTable) -> None:
        sides = ("structural_variants", "sv", "fusion", "fusions")
        matrix = zip(
            table.cells("SAMPLE_ID"), table.cells("mutations"), table.cells(*sides), strict=True
        )
        for (_, name), (_, panel), (_, fusion_panel) in matrix:
            sample = self._sample(name)
            sample.panel = "" if panel.casefold() in NULLS else panel
            sample.fusion_panel = "" if fusion_panel.casefold() in NULLS else fusion_panel

    def _panels(self) -> Iterator[tuple[str, frozenset[str]]]:
        for table in self.study.of(PANEL):
            fields = self.study.meta.get(table.name, {})
            listed = re.split(r"[\t, ]+", fields.get("gene_list", ""))
            yield (
                fields.get("stable_id", ""),
                frozenset(gene_symbol(gene) for gene in listed if gene),
            )

    def _list_unknown_panels(self, panels: Mapping[str, frozenset[str]]) -> None:
        """Panels that samples name and no file describes: nothing counts as examined by them."""
        named = {p for s in self.samples.values() for p in (s.panel, s.fusion_panel) if p}
        for panel in sorted(named - panels.keys()):
            if not _WHOLE.search(panel):
                reason = "its genes are not in the study; none counts as examined"
                self.left.append(Unmapped(Where(""), "gene panel", panel, reason))

    def _examined(self, panel: str, panels: Mapping[str, frozenset[str]]) -> frozenset[str]:
        """The genes of a panel; a panel whose list is missing says nothing."""
        if _WHOLE.search(panel):
            return _EVERY_GENE
        return panels.get(panel, frozenset())

    def _put(
        self, chart: Chart, name: str, sample: _Sample, panels: Mapping[str, frozenset[str]]
    ) -> None:
        wanted = frozenset(gene for meaning in meanings(chart.pack) for gene in meaning.genes)
        genes = self._examined(sample.panel, panels)
        if sample.sequenced and not sample.panel:
            genes = _EVERY_GENE
        fusions = self._examined(sample.fusion_panel, panels)
        report = Report(
            tuple(sample.variants),
            wanted if genes == _EVERY_GENE else genes,
            wanted if fusions == _EVERY_GENE else fusions,
        )
        source = Source(replace(sample.line, field=name), name=f"sample {name}")
        put_report(chart, report, source)
        if sample.germline:
            germline = Report(tuple(sample.germline), germline=True)
            put_report(chart, germline, replace(source, name=f"germline of {name}"))

    def _read_mutations(self, table: StudyTable) -> None:
        columns = [
            table.cells("Hugo_Symbol"),
            table.cells("Tumor_Sample_Barcode"),
            table.cells("HGVSp_Short", "HGVSp", "Protein_Change", "Amino_Acid_Change"),
            table.cells("HGVSc", "cDNA_Change"),
            table.cells("Variant_Classification"),
            table.cells("Mutation_Status"),
            table.cells("Validation_Status"),
        ]
        for (line, gene), *rest in zip(*columns, strict=True):
            name, protein, coding, sort, status, validity = (text for _, text in rest)
            where = Where(table.name, line, "Hugo_Symbol")
            sample = self._sample(name)
            sample.line = sample.line if sample.line.file else where
            chart = self.charts.get(self.patient_of.get(name, ""))
            if chart is None:
                self.left.append(Unmapped(where, gene, f"{protein} ({name})", _NOBODYS))
                continue
            if status.casefold() in _NOT_CALLED or validity.casefold() in _NOT_VALID:
                reason = f"{status or validity}: no mutation that was called"
                chart.leave(where, gene, protein or coding or sort, reason)
                continue
            variant = self._variant(chart, gene, (protein, coding, sort), where)
            if variant is not None:
                germline = status.casefold() == "germline"
                (sample.germline if germline else sample.variants).append(variant)

    def _variant(
        self, chart: Chart, gene: str, stated: tuple[str, str, str], where: Where
    ) -> Variant | None:
        """The variant of a mutation line; None where it changes no protein or cannot be."""
        protein, coding, sort = stated
        if sort.casefold() in _SILENT:
            chart.leave(where, gene, protein or coding, "changes no protein")
            return None
        if suspected := gene_from_date(gene):
            self._spreadsheet(chart, gene, suspected, where)
            return None
        source = Source(where, name="the mutation file")
        kind = _KIND_OF_CLASS.get(sort.casefold(), "")
        found: Variant | None = None
        for text in (protein, coding):
            if text.casefold() in NULLS:
                continue
            found = checked_variant(chart, text, gene, source)
            if found is not None and found.fault:
                return None
            if found is not None and found.kind != "unknown":
                return found
        symbol = gene_symbol(gene)
        named = found or Variant(short=protein or coding or sort, gene=symbol)
        return replace(named, gene=symbol, kind=kind or named.kind or "unknown")

    def _spreadsheet(self, chart: Chart, cell: str, gene: str, where: Where) -> None:
        message = (
            f"Line {where.row}: {cell} is probably {gene}, turned into a date by a spreadsheet."
        )
        choices = [Choice(f"it is {gene}", gene), Choice("leave the line out", "out")]
        chart.ask("gene-as-date", message, choices, where, value=cell)

    def _read_fusions(self, table: StudyTable) -> None:
        columns = [
            table.cells("Sample_Id"),
            table.cells("Site1_Hugo_Symbol"),
            table.cells("Site2_Hugo_Symbol"),
            table.cells("SV_Status"),
        ]
        for (line, name), *rest in zip(*columns, strict=True):
            one, two, status = (text for _, text in rest)
            sides = [gene_symbol(side) for side in (one, two) if side.casefold() not in NULLS]
            sample = self._sample(name)
            where = Where(table.name, line, "Site1_Hugo_Symbol")
            sample.line = sample.line if sample.line.file else where
            if not any(known_gene(gene) is not None for gene in sides):
                text = " and ".join(sides) or "no gene named"
                self.left.append(Unmapped(where, f"fusion ({name})", text, _NOT_ASKED))
            for gene in sides:
                partner = next((side for side in sides if side != gene), "")
                variant = Variant("fusion", gene, "fusion", partner=partner)
                germline = status.casefold() == "germline"
                if known_gene(gene) is not None:
                    (sample.germline if germline else sample.variants).append(variant)

    def _read_copies(self, table: StudyTable) -> None:
        """Amplifications (2) and deep losses (-2) of genes that some pack asks about."""
        others: dict[str, None] = {}
        for line, gene, name, value in _copies(table):
            if value not in ("2", "-2"):
                continue
            if known_gene(gene) is None:
                others[gene] = None
                continue
            kind = "amplification" if value == "2" else "loss"
            sample = self._sample(name)
            where = Where(table.name, line, "Hugo_Symbol")
            sample.line = sample.line if sample.line.file else where
            sample.variants.append(Variant(kind, gene_symbol(gene), kind))
        if others:
            text = f"amplified or lost: {', '.join(list(others)[:20])}"
            text += f" and {len(others) - 20} more" if len(others) > 20 else ""  # noqa: PLR2004
            self.left.append(Unmapped(Where(table.name), "copy numbers", text, _NOT_ASKED))


def _copies(table: StudyTable) -> Iterator[tuple[int, str, str, str]]:
    """Line, gene, sample and value of every copy number, whichever way the table lies."""
    if table.kind == COPY_LONG:
        columns = (table.cells("Hugo_Symbol"), table.cells("Sample_Id"), table.cells("Value"))
        for (line, gene), (_, name), (_, value) in zip(*columns, strict=True):
            yield line, gene, name, value
        return
    genes = dict(table.cells("Hugo_Symbol"))
    for line, row in table.rows:
        for name, value in zip(table.header, row, strict=False):
            if value.strip() in ("2", "-2"):
                yield line, genes[line], name, value.strip()
