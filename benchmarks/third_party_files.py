"""Read every file of a folder that somebody else made, and say what became of each.

For files such as the examples of the mCODE and US Core guides, Phenopackets or cBioPortal studies
that a user has: `python -m benchmarks.third_party_files FOLDER [--disease ID]`. A folder with
clinical files of a cBioPortal study is read as one study. Every FHIR resource counts as read,
listed (with its content and the reason) or blocked; a resource that is none of these, or an
exception, is a failure, and ends the command with 1.
"""

from __future__ import annotations

import argparse
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from dashboard.knowledge.library import load_library
from dashboard.records import fhir
from dashboard.records.cbioportal import is_study
from dashboard.records.patient import Intake, Severity
from dashboard.records.readers import read, read_files, reader_of
from dashboard.records.reading import Reading

_LARGEST = 20 * 1024 * 1024


@dataclass
class Tally:
    """What became of the files and of the resources in them."""

    files: Counter[str] = field(default_factory=Counter)
    resources: Counter[str] = field(default_factory=Counter)
    patients: int = 0
    listed: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0
    slowest: tuple[float, str] = (0.0, "")

    def add(self, name: str, intake: Intake, seconds: float) -> None:
        """Count one file."""
        self.files[intake.format or "refused"] += 1
        self.patients += len(intake.patients)
        self.listed += len(intake.unmapped)
        self.errors.update(f.code for f in intake.findings if f.severity is Severity.ERROR)
        self.seconds += seconds
        self.slowest = max(self.slowest, (seconds, name))


def groups(folder: Path) -> Iterator[tuple[str, dict[str, bytes]]]:
    """The files one by one; those of a study folder together."""
    for place in sorted({path.parent for path in folder.rglob("*") if path.is_file()}):
        files = {p.name: p for p in sorted(place.iterdir()) if p.is_file()}
        small = {n: p for n, p in files.items() if p.stat().st_size <= _LARGEST}
        name = str(place.relative_to(folder))
        if is_study(small):
            cases = {f"case_lists/{p.name}": p for p in place.glob("case_lists/*.txt")}
            yield name, {n: p.read_bytes() for n, p in (small | cases).items()}
        elif place.name != "case_lists":
            yield from ((f"{name}/{n}", {n: p.read_bytes()}) for n, p in small.items())


def run(folder: Path, reading: Reading, *, talk: bool) -> Tally:
    """Read everything and count."""
    tally = Tally()
    for name, files in groups(folder):
        start = time.process_time()
        try:
            intake = read_files(files, reading) if len(files) > 1 else _one(files, reading, tally)
        except Exception:  # noqa: BLE001 - the whole point is to find what no reader may let out
            tally.failures.append(f"{name}\n{traceback.format_exc(limit=-3)}")
            continue
        tally.add(name, intake, time.process_time() - start)
        if talk:
            print(_line(name, intake))
    return tally


def _one(files: dict[str, bytes], reading: Reading, tally: Tally) -> Intake:
    """Read one file; of FHIR also account for every resource."""
    ((name, content),) = files.items()
    reader = reader_of(content, name)
    if reader is not None and reader.name == "fhir":
        examined = fhir.examine(content, name, reading)
        tally.resources.update(resource.outcome or "silent" for resource in examined.resources)
        tally.failures += [f"{name}: {one.place} is silent" for one in examined.silent]
    return read(content, name, reading)


def _line(name: str, intake: Intake) -> str:
    errors = sum(finding.severity is Severity.ERROR for finding in intake.findings)
    return (
        f"{name}: {intake.format or 'refused'}, {len(intake.patients)} patients, "
        f"{len(intake.unmapped)} listed, {errors} errors"
    )


def main() -> None:
    """Read the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--disease", default="", help="read everything as this tumour group")
    parser.add_argument("--today", type=date.fromisoformat, default=date(2026, 6, 1))
    parser.add_argument("--quiet", action="store_true", help="only the sums")
    given = parser.parse_args()
    reading = Reading(load_library(), given.today, given.disease)
    tally = run(given.folder, reading, talk=not given.quiet)
    resources = sum(tally.resources.values())
    print(f"files: {sum(tally.files.values())} {dict(tally.files.most_common())}")
    print(f"FHIR resources: {resources} {dict(tally.resources.most_common())}")
    print(f"patients: {tally.patients}; listed entries: {tally.listed:,}")
    print(f"error findings: {dict(tally.errors.most_common(12))}")
    print(f"CPU: {tally.seconds:.1f} s; slowest {tally.slowest[0]:.2f} s ({tally.slowest[1]})")
    print(f"exceptions and silent resources: {len(tally.failures)}")
    if tally.failures:
        raise SystemExit("\n".join(tally.failures[:20]))


if __name__ == "__main__":
    main()
