"""References a hospital exports from PubMed (MEDLINE, .nbib) or from a reference manager (RIS).

Both are lines of a tag and a text. What has no place here is passed over; a reference without a
title is named as a finding and left out. Nothing is looked up elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dashboard.records.own_tables import printable
from dashboard.records.patient import Finding, Severity, Where

MOST_REFERENCES = 20_000
_MEDLINE = re.compile(r"^([A-Z]{2,4}) *- ?(.*)$")
_RIS = re.compile(r"^([A-Z][A-Z0-9])  ?- ?(.*)$")
_YEAR = re.compile(r"\b(1[89]\d\d|20\d\d)\b")
_CONTINUED = "      "
_DATED = ("PY", "Y1", "DA", "DP", "DEP", "EDAT")
_EDGES = ("TY  -", "TY -", "ER  -", "ER -")


@dataclass(frozen=True, slots=True)
class Reference:
    """One publication as its export describes it."""

    title: str
    abstract: str = ""
    authors: tuple[str, ...] = ()
    journal: str = ""
    year: int | None = None
    doi: str = ""
    pmid: str = ""
    keywords: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        """What names the publication wherever it was exported: DOI, PubMed number, or title."""
        return (self.doi or self.pmid or " ".join(self.title.casefold().split())).lower()


def looks_like_references(text: str) -> bool:
    """Whether a text begins like an export of references."""
    lines = (line.strip("\ufeff \t") for line in text.splitlines())
    first = next(filter(None, lines), "")
    return first.startswith(("PMID-", "TY  -", "TY -"))


def read_references(text: str, name: str) -> tuple[tuple[Reference, ...], tuple[Finding, ...]]:
    """The references of an export, each once, and what could not be used."""
    lines = [line.lstrip("\ufeff") for line in text.splitlines()]
    ris = any(line.startswith(("TY  -", "TY -")) for line in lines[:50])
    findings: list[Finding] = []
    found: dict[str, Reference] = {}
    again: list[int] = []
    undated: list[int] = []
    for start, fields in _entries(lines, ris=ris):
        reference = _reference(fields, ris=ris)
        if reference.year is None and any(fields.get(tag) for tag in _DATED):
            undated.append(start)
        if not reference.title:
            findings.append(_untitled(name, start))
        elif reference.identity in found:
            again.append(start)
        elif len(found) < MOST_REFERENCES:
            found[reference.identity] = reference
        else:
            findings.append(_too_many(name, start))
            break
    if again:
        findings.append(_again(name, again))
    if undated:
        findings.append(_undated(name, undated))
    if ris and next((line for line in reversed(lines) if line.startswith(_EDGES)), "")[:2] == "TY":
        findings.append(_cut_off(name, len(lines)))
    if not found and not findings:
        findings.append(_none(name))
    return tuple(found.values()), tuple(findings)


Fields = dict[str, list[str]]


def _entries(lines: Iterable[str], *, ris: bool) -> Iterator[tuple[int, Fields]]:
    """Each entry's fields with the line it begins at."""
    fields: Fields = {}
    tag, start = "", 1
    opening = "TY" if ris else "PMID"
    for number, line in enumerate(lines, start=1):
        found = (_RIS if ris else _MEDLINE).match(line)
        if found is None:
            if tag and line.strip() and (ris or line.startswith(_CONTINUED)):
                fields[tag][-1] += " " + printable(line)
            continue
        tag = found.group(1)
        if tag == opening and fields:
            yield start, fields
            fields = {}
        if not fields:
            start = number
        if tag != "ER":
            fields.setdefault(tag, []).append(printable(found.group(2)))
        elif fields:
            yield start, fields
            fields, tag = {}, ""
    if fields:
        yield start, fields


def _reference(fields: Fields, *, ris: bool) -> Reference:
    def first(*tags: str) -> str:
        return next((fields[tag][0] for tag in tags if fields.get(tag)), "")

    year = _YEAR.search(first("PY", "Y1", "DA") if ris else first("DP", "DEP", "EDAT"))
    authors = [a for tag in (("AU", "A1") if ris else ("FAU", "AU")) for a in fields.get(tag, [])]
    return Reference(
        first("TI", "T1") if ris else first("TI", "BTI"),
        first("AB", "N2") if ris else first("AB"),
        tuple(dict.fromkeys(authors)),
        first("JO", "JF", "T2", "JA") if ris else first("TA", "JT"),
        int(year.group(1)) if year else None,
        _doi(fields, ris=ris),
        "" if ris else first("PMID"),
        tuple(fields.get("KW", []) if ris else [*fields.get("MH", []), *fields.get("OT", [])]),
    )


def _doi(fields: Fields, *, ris: bool) -> str:
    if ris:
        given = next(iter(fields.get("DO", [])), "")
        return re.sub(r"^https?://(dx\.)?doi\.org/", "", given)
    told = [*fields.get("AID", []), *fields.get("LID", [])]
    marked = (entry for entry in told if entry.endswith("[doi]"))
    return next(marked, "").removesuffix("[doi]").strip()


def _untitled(name: str, line: int) -> Finding:
    return Finding(
        Severity.WARNING, "reference-untitled", f"The reference at line {line} has no title.",
        Where(name, line), expected="a line TI with the title",
        fix="Export it again with its title.", rest="It was left out; the others were read.",
    )  # fmt: skip


def _again(name: str, lines: list[int]) -> Finding:
    count = "One reference repeats another" if len(lines) == 1 else (
        f"{len(lines):,} references repeat others"
    )  # fmt: skip
    return Finding(
        Severity.NOTE, "references-again",
        f"{count} by DOI, PubMed number or title, the first at line {lines[0]}.",
        Where(name, lines[0]), expected="each publication once",
        fix="Nothing need be done.", rest="Of each publication the first entry is kept.",
    )  # fmt: skip


def _undated(name: str, lines: list[int]) -> Finding:
    one = len(lines) == 1
    count = "One reference has" if one else f"{len(lines):,} references have"
    return Finding(
        Severity.WARNING, "references-undated",
        f"{count} a date without a year that can be read, the first at line {lines[0]}.",
        Where(name, lines[0]), expected="a year of four digits",
        fix="Correct the date and add the file again.",
        rest="It was read without a year." if one else "They were read without a year.",
    )  # fmt: skip


def _cut_off(name: str, line: int) -> Finding:
    return Finding(
        Severity.WARNING, "references-cut-off",
        "The last reference has no end: the file may have been cut off.", Where(name, line),
        expected="a line ER after every reference",
        fix="Compare the number of references, and export them again if some are missing.",
        rest="What is there was read.",
    )  # fmt: skip


def _too_many(name: str, line: int) -> Finding:
    return Finding(
        Severity.WARNING, "references-too-many",
        f"The file holds more than {MOST_REFERENCES:,} references.", Where(name, line),
        expected=f"at most {MOST_REFERENCES:,}", fix="Export the rest into another file.",
        rest=f"The first {MOST_REFERENCES:,} were read.",
    )  # fmt: skip


def _none(name: str) -> Finding:
    return Finding(
        Severity.ERROR, "references-none", "The file holds no reference.", Where(name),
        expected="PubMed format (.nbib) or RIS (.ris)", fix="Export the references again.",
        rest="Nothing was added.",
    )  # fmt: skip
