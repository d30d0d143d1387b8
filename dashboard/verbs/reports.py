"""The verb about paper: `report` writes a paper or a file about one patient."""

from __future__ import annotations

import argparse
from pathlib import Path

from dashboard.foundation.errors import UserError
from dashboard.reporting.document import Form
from dashboard.reporting.kinds import LABELS, Kind
from dashboard.reporting.letter import Language
from dashboard.services import reports
from dashboard.services.context import Context
from dashboard.services.reports import Wish
from dashboard.verbs.files import chosen_patients, finding_line, patient_options, read_preview
from dashboard.verbs.outcome import Outcome, Verb, tell_progress


def _options(parser: argparse.ArgumentParser) -> None:
    patient_options(parser)
    parser.add_argument(
        "--format", choices=[str(form) for form in Form], required=True, help="of the file"
    )
    parser.add_argument(
        "--kind", choices=[str(kind) for kind in Kind], default="", help="which paper"
    )
    parser.add_argument(
        "--language", choices=[str(one) for one in Language], default=str(Language.EN),
        help="of the letter",
    )  # fmt: skip
    parser.add_argument(
        "--identified", action="store_true", help="leave identifiers in; needs --reason"
    )
    parser.add_argument("--reason", default="", metavar="TEXT", help="why identifiers are needed")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="the file to write; a new one"
    )
    parser.add_argument("--regimens", default="", metavar="A,B", help="ids, at most six")
    parser.add_argument(
        "--horizon", type=float, default=reports.HORIZON_MONTHS, metavar="M", help="in months"
    )


def _report(context: Context, options: argparse.Namespace) -> Outcome:
    preview = read_preview(context, options)
    patients = chosen_patients(preview, options.patient)
    if len(patients) > 1:
        raise UserError(
            f"{preview.name} holds {len(patients)} patients; a report is about one.",
            hint=f"Name one with --patient: {', '.join(p.id for p in patients[:20])}.",
        )
    if options.out.exists():
        raise UserError(f"{options.out} exists already.", hint="Name a new file with --out.")
    (patient,) = patients
    wish, form = _wish(options), Form(options.format)
    reports.prepare(context, patient, wish, progress=tell_progress)
    content = reports.file_of(context, patient, wish, form)
    try:
        options.out.write_bytes(content)
    except OSError as error:
        raise UserError(
            f"{options.out} cannot be written: {error.strerror}.",
            hint="Give a file in a folder that exists and that you may write to.",
        ) from error
    told = {
        "patient": patient.id,
        "format": options.format,
        "file": str(options.out),
        "bytes": len(content),
        "synthetic": reports.is_synthetic(context, patient, wish),
        "kind": str(wish.kind),
    }
    line = f"{LABELS[wish.kind]} of {patient.id} written to {options.out} ({len(content):,} bytes)"
    return Outcome(told, [line], messages=list(map(finding_line, preview.intake.findings)))


def _wish(options: argparse.Namespace) -> Wish:
    """What is wanted; slides where only their format is named, the full report otherwise."""
    usual = Kind.SLIDES if options.format == Form.PPTX else Kind.FULL
    return Wish(
        kind=Kind(options.kind) if options.kind else usual,
        language=Language(options.language),
        regimens=[name.strip() for name in options.regimens.split(",") if name.strip()],
        horizon_months=options.horizon,
        identified=options.identified,
        reason=options.reason,
    )


VERBS = (
    Verb(
        "report",
        "write a paper or a file about one patient",
        _options,
        _report,
    ),
)
