"""The command line: every verb asks the same service functions as the pages.

With --json, standard output carries one JSON document and nothing else; messages go to standard
error. Exit codes: 0 done, 1 a bug, 2 the input was refused, 3 not permitted, 4 the bundle or pack
does not fit. A verb is a row of VERBS; what a verb prints stands beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from dashboard.answers.population import KINDS, CalibrationReport, FigureCheck
from dashboard.foundation.errors import UserError
from dashboard.knowledge.eligibility import Judgement
from dashboard.records.patient import Finding, Patient, Severity, Unmapped
from dashboard.scores.shelf import ScoreResult, Status
from dashboard.services import consultation, intake, knowledge, population, scores, simulation
from dashboard.services.context import Context
from dashboard.services.installation import open_context

DONE, REFUSED = 0, 2
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a verb came to: the JSON document, the lines for a person, the exit code."""

    document: Any
    lines: Sequence[str] = ()
    exit_code: int = DONE
    messages: Sequence[str] = ()  # for standard error in either form


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb of the command line."""

    name: str
    help: str
    options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[Context, argparse.Namespace], Outcome]


def main(
    arguments: Sequence[str],
    *,
    environ: Mapping[str, str] | None = None,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Run one verb and return the exit code."""
    out, err = out or sys.stdout, err or sys.stderr
    options = _parser().parse_args(arguments)
    verb: Verb = options.verb
    try:
        outcome = verb.run(open_context(os.environ if environ is None else environ), options)
    except UserError as error:
        outcome = _refusal(error)
    for message in outcome.messages:
        print(message, file=err)
    if options.json:
        json.dump(outcome.document, out, ensure_ascii=False, indent=2, allow_nan=False)
        out.write("\n")
    else:
        for line in outcome.lines:
            print(line, file=out)
    return outcome.exit_code


def _refusal(error: UserError) -> Outcome:
    document = {"error": {"code": error.code, "message": error.message, "hint": error.hint}}
    return Outcome(document, exit_code=error.exit_code, messages=[str(error)])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m dashboard",
        description="Concord on the command line. For education and research; "
        "not a medical device.",
    )
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    for verb in VERBS:
        sub = verbs.add_parser(verb.name, help=verb.help, description=verb.help)
        sub.add_argument("--json", action="store_true", help="print one JSON document")
        verb.options(sub)
        sub.set_defaults(verb=verb)
    return parser


# -- packs ---------------------------------------------------------------------------------------


def _no_options(_: argparse.ArgumentParser) -> None:
    return


def _packs(context: Context, _: argparse.Namespace) -> Outcome:
    summaries = knowledge.packs(context)
    document = [
        {
            "id": summary.id,
            "label": summary.label,
            "version": summary.version,
            "features": summary.features,
            "regimens": summary.regimens,
            "arms": summary.arms,
            "figures": summary.figures,
            "verified": summary.verified,
            "partly_verified": summary.partly_verified,
            "share_verified": round(summary.share_verified, 4),
            "fingerprint": summary.fingerprint,
        }
        for summary in summaries
    ]
    lines = [
        f"{s.id:<12} {s.label}: {s.features} features, {s.regimens} regimens, {s.arms} trial arms; "
        f"{s.verified} of {s.figures} rows of figures re-read at the source in full, "
        f"{s.partly_verified} in part"
        for s in summaries
    ]
    return Outcome(document, lines)


# -- check ---------------------------------------------------------------------------------------


def _file_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", metavar="FILE", type=Path, help="a patient file of any known format"
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


def _preview(context: Context, options: argparse.Namespace) -> intake.Preview:
    request = intake.Request(
        disease=options.disease,
        answers=_pairs(options.answer, "--answer"),
        columns=_pairs(options.column, "--column"),
        deidentify=options.deidentify,
    )
    return intake.preview(context, _content(options.file), options.file.name, request)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(
            f"{path} cannot be read: {error.strerror}.",
            hint="Give the path of a file that exists and that you may read.",
        ) from error


def _pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    pairs = [text.rpartition("=") for text in texts]
    for text, (name, _, _) in zip(texts, pairs, strict=True):
        if not name:
            raise UserError(f"{option} {text} has no value.", hint=f"Write {option} NAME=VALUE.")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _check(context: Context, options: argparse.Namespace) -> Outcome:
    preview = _preview(context, options)
    found, findings = preview.intake, preview.intake.findings
    document = {
        "format": found.format,
        "patients": [patient_document(patient) for patient in found.patients],
        "findings": [finding.as_json() for finding in findings],
        "unmapped": [_unmapped_document(item) for item in found.unmapped],
    }
    lines = [
        f"{len(found.patients)} patients read from {preview.name} "
        f"({found.format or 'unreadable'}), {len(findings)} findings, "
        f"{len(found.unmapped)} items not used",
        *(f"  {finding_line(finding)}" for finding in findings),
        *(f"  not used: {item.where} {item.name}: {item.reason}" for item in found.unmapped),
    ]
    refused = any(finding.severity is Severity.ERROR for finding in findings)
    return Outcome(document, lines, REFUSED if refused else DONE)


def patient_document(patient: Patient) -> dict[str, Any]:
    """A patient as the command line prints one: each value with where it came from."""
    return {
        "id": patient.id,
        "disease": patient.disease,
        "line": patient.line,
        "synthetic": patient.synthetic,
        "fingerprint": patient.fingerprint,
        "values": dict(patient.values),
        "origins": {
            name: {
                "file": origin.file,
                "row": origin.row,
                "field": origin.field,
                "text": origin.text,
                "unit": origin.unit,
                "comparator": origin.comparator,
                "note": origin.note,
            }
            for name, origin in patient.origins.items()
        },
        "courses": [
            {
                "label": course.label,
                "regimen": course.regimen,
                "line": course.line,
                "started": course.started.isoformat() if course.started else None,
                "stopped": course.stopped.isoformat() if course.stopped else None,
                "best_response": course.best_response,
                "stop_reason": course.stop_reason,
            }
            for course in patient.courses
        ],
        "measurements": [
            {
                "feature": measured.feature,
                "value": measured.value,
                "taken_on": measured.taken_on.isoformat() if measured.taken_on else None,
            }
            for measured in patient.measurements
        ],
        "outcomes": dict(patient.outcomes),
    }


def _unmapped_document(item: Unmapped) -> dict[str, Any]:
    where = {"file": item.where.file, "row": item.where.row, "field": item.where.field}
    return {"where": where, "name": item.name, "value": item.value, "reason": item.reason}


def finding_line(finding: Finding) -> str:
    """A finding as one line for a person."""
    place = f"{finding.severity}: {finding.where}" if str(finding.where) else str(finding.severity)
    parts = [place, finding.message, finding.fix]
    if finding.choices:
        answers = ", ".join(choice.answer or choice.label for choice in finding.choices)
        parts.append(
            f"Answers to {finding.key}: {answers}." if finding.key else f"One of: {answers}."
        )
    return " ".join(part for part in parts if part)


# -- judge ---------------------------------------------------------------------------------------


def _patient_options(parser: argparse.ArgumentParser) -> None:
    _file_options(parser)
    parser.add_argument("--patient", default="", help="only this patient of the file")


def _judge(context: Context, options: argparse.Namespace) -> Outcome:
    preview = _preview(context, options)
    patients = _chosen(preview, options.patient)
    judged = [(patient, consultation.judge(context, patient)) for patient in patients]
    document = [row for patient, judgement in judged for row in _judged_rows(patient, judgement)]
    lines = [line for patient, judgement in judged for line in _judged_lines(patient, judgement)]
    return Outcome(document, lines, messages=list(map(finding_line, preview.intake.findings)))


def _chosen(preview: intake.Preview, wanted: str) -> tuple[Patient, ...]:
    patients = preview.intake.patients
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


def _judged_rows(patient: Patient, judgement: Judgement) -> list[dict[str, Any]]:
    return [
        {
            "patient": patient.id,
            "regimen": verdict.regimen,
            "answer": str(verdict.answer),
            "clauses": [
                {"part": str(part), "text": clause.text, "verdict": str(clause.verdict)}
                for part, clause in verdict.clauses
            ],
        }
        for verdict in judgement.regimens
    ]


def _judged_lines(patient: Patient, judgement: Judgement) -> list[str]:
    lines = [f"{patient.id} ({patient.disease})"]
    lines += [f"  {verdict.answer!s:<8} {verdict.regimen}" for verdict in judgement.regimens]
    lines += [
        f"  {fact.feature} is unknown and would alone settle {len(fact.regimens)} regimens"
        for fact in judgement.deciding
    ]
    return lines


# -- score ---------------------------------------------------------------------------------------


def _score_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="a score of the shelf, such as loris-pan")
    parser.add_argument("--inputs", default="{}", metavar="JSON", help="its inputs by name")


def _score(context: Context, options: argparse.Namespace) -> Outcome:
    result = scores.score(context, options.id, _inputs(options.inputs))
    told = f"{result.score.name}: {result.status}"
    if result.status is Status.COMPUTED:
        group = f", group {result.group.label}" if result.group else ""
        unit = f" {result.score.value_unit}" if result.score.value_unit else ""
        told = f"{result.score.name}: {_rounded(result)}{unit}{group}"
    lines = [line for line in (told, result.reason) if line]
    refused = result.status is not Status.COMPUTED
    return Outcome(_score_document(result), lines, REFUSED if refused else DONE)


def _inputs(text: str) -> dict[str, Any]:
    try:
        inputs = json.loads(text)
    except json.JSONDecodeError as error:
        raise UserError(
            f"--inputs is no JSON: {error.msg} at character {error.pos + 1}.",
            hint="Write it like --inputs '{\"albumin_g_l\": 40}'.",
        ) from error
    if not isinstance(inputs, dict):
        raise UserError("--inputs holds no named values.", hint='Write {"name": value, …}.')
    return inputs


def _rounded(result: ScoreResult) -> str:
    value = result.value
    return value if isinstance(value, str) else f"{value:.{result.score.digits}f}"


def _score_document(result: ScoreResult) -> dict[str, Any]:
    score, span = result.score, result.span
    return {
        "score": score.id,
        "status": str(result.status),
        "value": result.value,
        "unit": score.value_unit,
        "group": result.group.id if result.group else None,
        "outcome": [outcome.model_dump() for outcome in result.outcomes],
        "missing": [given.id for given in result.missing],
        "range": None if span is None else {"low": span.low, "high": span.high},
        "range_groups": [] if span is None else list(span.groups),
        "reason": result.reason,
        "inputs": [
            {"id": used.id, "value": used.value, "unit": used.unit, "origin": used.origin}
            for used in result.used
        ],
        "version": score.version,
        "source": score.source.model_dump(mode="json"),
        "is_probability": score.is_probability,
    }


# -- simulate and calibration --------------------------------------------------------------------


def _simulate_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("disease", metavar="DISEASE", help="the id of a disease pack")
    parser.add_argument("--patients", type=int, required=True, metavar="N", help="how many")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same patients")


def _simulate(context: Context, options: argparse.Namespace) -> Outcome:
    drawn = simulation.simulate(
        context, options.disease, patients=options.patients, seed=options.seed, out=options.out
    )
    document = {
        "disease": drawn.disease,
        "folder": str(drawn.folder),
        "patients": drawn.patients,
        "rows": drawn.rows,
        "seed": drawn.seed,
        "synthetic": True,
    }
    line = (
        f"{drawn.patients} synthetic patients in {drawn.rows} rows written to {drawn.folder}; "
        "truth.csv beside them is for evaluation and teaching only"
    )
    return Outcome(document, [line])


def _disease_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("disease", metavar="DISEASE", help="the id of a disease pack")


def _calibration(context: Context, options: argparse.Namespace) -> Outcome:
    report = population.calibration(context, options.disease, progress=_tell)
    shares = [
        f"  {share:6.1%} of {len(report.of(kind))} {kind}s met"
        for kind in KINDS
        if (share := report.share_inside(kind)) is not None
    ]
    lines = [f"{report.disease}, seed {report.seed}", *shares, *map(_figure_line, report.figures)]
    lines += [f"  not simulated: {row}: {reason}" for row, reason in report.not_simulated]
    return Outcome(_calibration_document(report), lines)


def _tell(share: float, words: str) -> None:
    end = "\r" if sys.stderr.isatty() else "\n"
    print(f"{share:4.0%} {words}", file=sys.stderr, end=end, flush=True)


def _figure_line(figure: FigureCheck) -> str:
    said = "" if figure.published is None else f"{figure.published:g}"
    span = "" if figure.low is None else f" ({figure.low:g} to {figure.high:g})"
    mark = "inside" if figure.inside else f"outside {figure.conflict}".strip()
    return (
        f"  {figure.row} {figure.endpoint}: {said}{span}, simulated {figure.simulated:.3g}: {mark}"
    )


def _calibration_document(report: CalibrationReport) -> dict[str, Any]:
    return {
        "disease": report.disease,
        "seed": report.seed,
        "shares": {kind: report.share_inside(kind) for kind in KINDS},
        "arms": [asdict(figure) for figure in report.figures],
        "disagreements": [asdict(one) for one in report.disagreements],
        "not_simulated": [{"row": row, "reason": why} for row, why in report.not_simulated],
    }


VERBS: tuple[Verb, ...] = (
    Verb("packs", "list the disease packs and how much of them was re-read", _no_options, _packs),
    Verb("check", "read a patient file and check it; nothing is kept", _file_options, _check),
    Verb("judge", "say which regimens are open to each patient, and why", _patient_options, _judge),
    Verb("score", "compute one published reference score", _score_options, _score),
    Verb("simulate", "draw a synthetic cohort into a folder", _simulate_options, _simulate),
    Verb(
        "calibration",
        "hold the simulator against every published arm",
        _disease_option,
        _calibration,
    ),
)
