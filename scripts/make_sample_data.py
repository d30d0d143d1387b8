"""Write the sample patients in every format that Concord exchanges, and the README beside them.

The case files under sample_data/cases are the source, written by hand; everything else in
sample_data is made from them. `python scripts/make_sample_data.py` writes it, `--check` only says
what is out of date. A contract test keeps the files current and reads each of them back.
"""

from __future__ import annotations

import json
import sys
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dashboard.knowledge.library import Library, load_library  # noqa: E402
from dashboard.records.casefile import Cases, read_cases  # noqa: E402
from dashboard.records.cbioportal_write import write_study  # noqa: E402
from dashboard.records.chart import spoken  # noqa: E402
from dashboard.records.fhir_write import write_fhir  # noqa: E402
from dashboard.records.patient import Intake, Patient  # noqa: E402
from dashboard.records.phenopackets_write import write_phenopackets  # noqa: E402
from dashboard.records.reading import Reading  # noqa: E402
from dashboard.records.tabular import write_csv  # noqa: E402

FOLDER = ROOT / "sample_data"
CASES = FOLDER / "cases"
_SOME_DAY = date(2027, 1, 1)
_HEAD = """# Sample patients

Invented people, four for each tumour group, each with one point to teach. Nobody of them lives or
lived: every value was written by hand so that the point is clear and the rest is ordinary. They are
marked as synthetic in every file. For education and research.

`python scripts/make_sample_data.py` makes everything below from the case files; a test fails when a
file is out of date or does not read back.
"""
_TABLE = (
    ("file", "what it is", "how it was made"),
    ("---", "---", "---"),
    (
        "`cases/SYN-*.json`",
        "Concord case files: the source",
        "written by hand: first the point, then the facts that make it, then ordinary values for a "
        "person of that age with that tumour; held against the disease packs and their checks",
    ),
    ("`patients_<disease>.csv`", "one row a patient", "from the case files"),
    ("`fhir_<disease>.json`", "FHIR R4 bundle with mCODE profiles", "from the case files"),
    (
        "`fhir_two_reports_disagree.json`",
        "a bundle whose two genomic reports contradict each other",
        "SYN-NSCLC-02 with two reports added: EGFR L858R in tissue, no EGFR variant in plasma. "
        "Reading it asks which one counts instead of taking the newer",
    ),
    ("`phenopackets_<disease>.json`", "GA4GH Phenopackets 2, a cohort", "from the case files"),
    (
        "`cbioportal_<disease>/`",
        "a cBioPortal study folder",
        "from the case files; survival is left out, because it has not happened",
    ),
)


def files() -> dict[str, bytes]:
    """The content of every made file by its path inside sample_data."""
    library = load_library()
    cases = list(_cases(library))
    made: dict[str, bytes] = {}
    for pack in library.packs:
        patients = [p for case in cases for p in case.patients if p.disease == pack.id]
        if not patients:
            continue
        table = write_csv(patients, pack)  # with the mark and line ends that Excel wants
        made[f"patients_{pack.id}.csv"] = table.removeprefix(BOM_UTF8).replace(b"\r\n", b"\n")
        made[f"fhir_{pack.id}.json"] = write_fhir(patients, pack)
        made[f"phenopackets_{pack.id}.json"] = write_phenopackets(patients, pack)
        study = write_study(patients, pack)
        made |= {f"cbioportal_{pack.id}/{name}": content for name, content in study.items()}
    made["fhir_two_reports_disagree.json"] = _two_reports(cases, library)
    rows = [f"| {' | '.join(row)} |" for row in _TABLE]
    made["README.md"] = "\n".join([_HEAD, *rows, "", *_stories(cases, library)]).encode()
    return made


def _two_reports(cases: list[Cases], library: Library) -> bytes:
    """A patient whose tissue and plasma reports disagree on EGFR."""
    (patient,) = (p for case in cases for p in case.patients if p.id == "SYN-NSCLC-02")
    unknown = {n: v for n, v in patient.values.items() if not n.startswith(("egfr_", "driver_"))}
    patient = replace(patient, id="SYN-NSCLC-05", values=unknown)
    bundle = json.loads(write_fhir([patient], library.pack("nsclc")))
    bundle["entry"] += [_report(*one) for one in _EGFR_REPORTS]
    return f"{json.dumps(bundle, ensure_ascii=False, indent=1)}\n".encode()


_EGFR_REPORTS = (
    ("tissue", "2025-09-02", ("LA9633-4", "Present"), "p.Leu858Arg"),
    ("plasma", "2025-09-24", ("LA9634-2", "Absent"), ""),
)


def _report(name: str, day: str, answer: tuple[str, str], change: str) -> dict[str, Any]:
    """A variant of EGFR found or not found, as mCODE writes it."""
    loinc = "http://loinc.org"
    gene = {"system": "http://www.genenames.org/geneId", "code": "HGNC:3236", "display": "EGFR"}
    parts: list[tuple[str, dict[str, Any]]] = [("48018-6", {"coding": [gene]})]
    parts += [("48005-3", {"text": change})] if change else []
    resource = {
        "resourceType": "Observation",
        "id": f"SYN-NSCLC-05-egfr-{name}",
        "meta": {
            "profile": ["http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-genomic-variant"]
        },
        "status": "final",
        "code": {"coding": [{"system": loinc, "code": "69548-6"}], "text": f"EGFR in {name}"},
        "subject": {"reference": "Patient/SYN-NSCLC-05"},
        "effectiveDateTime": day,
        "valueCodeableConcept": {
            "coding": [{"system": loinc, "code": answer[0], "display": answer[1]}]
        },
        "component": [
            {"code": {"coding": [{"system": loinc, "code": code}]}, "valueCodeableConcept": value}
            for code, value in parts
        ],
    }
    address = f"https://concord.example/fhir/Observation/{resource['id']}"
    return {"fullUrl": address, "resource": resource}


def read_case(path: Path, library: Library) -> tuple[Cases, Intake]:
    """One case file with what was found in it, read on the day it was recorded."""
    content = path.read_bytes()
    first, _ = read_cases(content, path.name, Reading(library, _SOME_DAY))
    recorded = next((p.recorded_on for p in first.patients if p.recorded_on), _SOME_DAY)
    return read_cases(content, path.name, Reading(library, recorded))


def _cases(library: Library) -> Iterator[Cases]:
    for path in sorted(CASES.glob("*.json")):
        cases, intake = read_case(path, library)
        if intake.findings:
            raise SystemExit("\n".join(f"{path.name}: {f.message}" for f in intake.findings))
        yield cases


def _stories(cases: list[Cases], library: Library) -> Iterator[str]:
    """What each patient is and teaches."""
    for pack in library.packs:
        yield f"## {pack.label}\n"
        for case in cases:
            for patient in case.patients:
                if patient.disease == pack.id:
                    yield f"**{patient.id}: {case.title}.** {case.story} ({_person(patient)}.)\n"


def _person(patient: Patient) -> str:
    age, sex = patient.values.get("age_years"), patient.values.get("sex")
    parts = [f"{spoken(age)} years" if age is not None else "", str(sex or "")]
    parts.append(f"ECOG {patient.values['ecog_ps']}" if "ecog_ps" in patient.values else "")
    parts.append(f"line {patient.line}" if patient.line else "")
    parts.append(f"{len(patient.values)} facts known")
    return ", ".join(filter(None, parts))


def outdated() -> list[str]:
    """The made files that are missing, different, or no longer made."""
    made = files()
    there = {
        path.relative_to(FOLDER).as_posix()
        for path in FOLDER.rglob("*")
        if path.is_file() and CASES not in path.parents
    }
    wrong = [n for n, c in made.items() if n not in there or (FOLDER / n).read_bytes() != c]
    return sorted([*wrong, *(there - made.keys())])


def main() -> None:
    """Write the files, or with --check only name what is out of date."""
    if "--check" in sys.argv[1:]:
        stale = outdated()
        if stale:
            raise SystemExit("Out of date: " + ", ".join(stale))
        return
    for name, content in files().items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
