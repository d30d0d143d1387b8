"""Patients from a file named on the command line: the options, the reading, and who is meant."""

from __future__ import annotations

import argparse
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from dashboard.foundation.errors import UserError
from dashboard.records.patient import Finding, Patient
from dashboard.records.uploads import LARGEST_UNPACKED, MOST_MEMBERS, megabytes
from dashboard.services import intake
from dashboard.services.context import Context

_MOST_NAMED = 20


def file_options(parser: argparse.ArgumentParser) -> None:
    """The options of every verb that reads a patient file."""
    parser.add_argument(
        "file",
        metavar="FILE",
        type=Path,
        help="a patient file of any known format, or the folder of a study",
    )
    parser.add_argument(
        "--disease", default="", help="the pack to read by, where the file is silent"
    )
    parser.add_argument(
        "--answer",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="the answer to a question of an earlier reading; may be repeated",
    )
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="COLUMN=FEATURE",
        help="what a column of a table means; may be repeated",
    )
    parser.add_argument(
        "--deidentify", action="store_true", help="replace identifiers in what is printed"
    )
    parser.add_argument(
        "--release",
        action="append",
        default=[],
        metavar="COLUMN",
        help="with --deidentify: release the withheld texts of a column, after reading them",
    )


def read_preview(context: Context, options: argparse.Namespace) -> intake.Preview:
    """Read the file as the page of new patients would."""
    request = intake.Request(
        disease=options.disease,
        answers=_pairs(options.answer, "--answer"),
        columns=_pairs(options.column, "--column"),
        deidentify=options.deidentify,
        release=tuple(options.release),
        typed=True,
    )
    path: Path = options.file
    name = f"{path.resolve().name}.zip" if path.is_dir() else path.name
    return intake.preview(context, _content(path), name, request)


def _content(path: Path) -> bytes:
    """What the file holds; of a folder, such as a cBioPortal study, a ZIP of its files."""
    try:
        return _packed(path) if path.is_dir() else path.read_bytes()
    except OSError as error:
        raise UserError(
            f"{path} cannot be read: {error.strerror}.",
            hint="Give the path of a file that exists and that you may read.",
        ) from error


def _packed(folder: Path) -> bytes:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    if not files or len(files) > MOST_MEMBERS or size > LARGEST_UNPACKED:
        raise UserError(
            f"{folder} is no folder of one study: it holds {len(files):,} files, "
            f"{megabytes(size)}.",
            hint=f"Give a file, or a study's folder of 1 to {MOST_MEMBERS:,} files and at most "
            f"{megabytes(LARGEST_UNPACKED)}. Nothing was read.",
        )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for path in files:
            archive.write(path, path.relative_to(folder.parent).as_posix())
    return packed.getvalue()


def _pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    pairs = [text.rpartition("=") for text in texts]
    for text, (name, _, _) in zip(texts, pairs, strict=True):
        if not name:
            raise UserError(f"{option} {text} has no value.", hint=f"Write {option} NAME=VALUE.")
    return {name.strip(): value.strip() for name, _, value in pairs}


def patient_options(parser: argparse.ArgumentParser) -> None:
    """The same, with the choice of one patient."""
    file_options(parser)
    parser.add_argument("--patient", default="", help="only this patient of the file")


def chosen_patients(preview: intake.Preview, wanted: str) -> tuple[Patient, ...]:
    """The patients of the file whose tumour group is known, or the one of this id.

    Raises:
        UserError: nobody in the file can be used, or there is none of this id.
    """
    patients = preview.intake.patients
    if wanted in {"", *(patient.id for patient in patients)}:
        patients = tuple(p for p in patients if p.disease and wanted in {"", p.id})
    if not patients:
        reasons = " ".join(finding_line(finding) for finding in preview.intake.findings)
        raise UserError(f"No patient of {preview.name} can be used.", hint=reasons)
    if not wanted:
        return patients
    chosen = tuple(patient for patient in patients if patient.id == wanted)
    if not chosen:
        known = ", ".join(patient.id for patient in patients[:_MOST_NAMED])
        raise UserError(f"{preview.name} has no patient {wanted}.", hint=f"It has: {known}.")
    return chosen


def finding_line(finding: Finding) -> str:
    """A finding as one line for a person."""
    place = f"{finding.severity}: {finding.where}" if str(finding.where) else str(finding.severity)
    parts = [place, finding.message, finding.fix]
    if finding.choices:
        read = finding.code == "encoding"  # its answers mean nothing without the letters
        answers = ", ".join(
            f"{choice.answer} ({choice.label})" if read else choice.answer or choice.label
            for choice in finding.choices
        )
        parts.append(
            f"Answers to {finding.key}: {answers}." if finding.key else f"One of: {answers}."
        )
    return " ".join(part for part in parts if part)
