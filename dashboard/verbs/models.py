"""The verbs about bundles: `train`, `evaluate` elsewhere, `recalibrate` to there, `batch`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.answers import approval
from dashboard.answers.model_card import HeadCard, ModelCard
from dashboard.answers.stop import EVERYTHING
from dashboard.foundation.errors import UserError
from dashboard.services import approvals, batch, bundles, forecasts, stopping
from dashboard.services.context import Context
from dashboard.verbs.files import finding_line
from dashboard.verbs.outcome import Outcome, Verb, tell_progress

if TYPE_CHECKING:
    from dashboard.learning.bundle import Bundle

_MOST_FINDINGS = 200
_SHOWN = ("auc", "brier", "slope", "intercept", "ece", "c_uno", "ibs", "d_calibration")


def _train_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("cohort", type=Path, metavar="COHORT", help="a cohort folder")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="BUNDLE", help="the folder of the bundle"
    )
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same bundle")


def _train(context: Context, options: argparse.Namespace) -> Outcome:
    trained = bundles.train(
        context, options.cohort, options.out, seed=options.seed, progress=tell_progress
    )
    document = {**card_document(trained.card), "folder": str(options.out)}
    document["findings"] = [finding.as_json() for finding in trained.findings]
    lines = [f"bundle {trained.card.bundle} of {trained.card.disease} in {options.out}"]
    lines += _card_lines(trained.card)
    return Outcome(document, lines, messages=list(map(finding_line, trained.findings)))


def card_document(card: ModelCard) -> dict[str, Any]:
    """A model card as the command line prints one: heads by name, toxicities by group."""
    heads: dict[str, Any] = {}
    for head in card.heads:
        name, _, part = head.target.partition(":")
        figures = _figures(head)
        if part:
            heads.setdefault(name, {})[part] = figures
        else:
            heads[name] = figures
    return {
        "bundle": card.bundle,
        "disease": card.disease,
        "cohort": card.cohort,
        "synthetic": card.synthetic,
        "rows_read": card.rows_read,
        "rows_used": card.rows_used,
        "folds": card.folds,
        "seed": card.seed,
        "inputs": list(card.inputs),
        "regimens": dict(card.regimens),
        **heads,
        "landmark": [asdict(each) for each in card.updates],
        "left_out": dict(card.left_out),
        "limits": list(card.limits),
    }


def _figures(head: HeadCard) -> dict[str, Any]:
    figures: dict[str, Any] = {**head.quality, "choice": dict(head.choice)}
    figures |= {name: int(figures[name]) for name in ("n", "events") if name in figures}
    return {**figures, "note": head.note} if head.note else figures


def _card_lines(card: ModelCard) -> list[str]:
    lines = [f"  {head.target:<28} {_summary(head.quality) or head.note}" for head in card.heads]
    lines += [f"  left out: {name}: {why}" for name, why in card.left_out.items()]
    return [*lines, *(f"  {limit}" for limit in card.limits)]


def _summary(quality: Mapping[str, Any]) -> str:
    return "  ".join(f"{name} {quality[name]:.3f}" for name in _SHOWN if name in quality)


def _evaluate_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="the folder of a bundle")
    parser.add_argument("cohort", type=Path, metavar="COHORT", help="another cohort folder")
    parser.add_argument("--seed", type=int, default=1, help="of the bootstrap intervals")


def _evaluate(context: Context, options: argparse.Namespace) -> Outcome:
    found = bundles.evaluate(context, options.bundle, options.cohort, seed=options.seed)
    document = {
        "bundle": found.bundle,
        "cohort": found.cohort,
        "rows": found.validation.rows,
        "left_out": found.validation.left_out,
        "absent": list(found.validation.absent),
        "inside": found.validation.inside,
        **found.validation.figures,
        "at_home": dict(found.validation.at_home),
        "findings": [finding.as_json() for finding in found.findings],
    }
    lines = [f"bundle {found.bundle} on {found.cohort}, {found.validation.rows} rows"]
    if found.validation.left_out:
        lines.append(f"  {found.validation.left_out} rows under regimens it cannot speak of")
    lines.append(f"  {found.validation.inside:.0%} are like the patients it learnt from")
    if found.validation.absent:
        lines.append(f"  nobody here has: {', '.join(found.validation.absent)}")
    for name, figures in found.validation.figures.items():
        home = found.validation.at_home.get(name, {})
        parts = figures if name == "toxicity" else {"": figures}
        homes = home if name == "toxicity" else {"": home}
        for part, each in parts.items():
            lines.append(f"  {name} {part:<22} {_summary(each)}")
            if _summary(homes.get(part, {})):
                lines.append(f"    at home, out of fold {'':<7} {_summary(homes[part])}")
    return Outcome(document, lines, messages=list(map(finding_line, found.findings)))


def _recalibrate_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="the folder of a bundle")
    parser.add_argument("cohort", type=Path, metavar="COHORT", help="another cohort folder")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="NEW", help="the folder of the new version"
    )
    parser.add_argument("--seed", type=int, default=1, help="of folds and bootstrap intervals")


def _recalibrate(context: Context, options: argparse.Namespace) -> Outcome:
    found = bundles.recalibrate(
        context, options.bundle, options.cohort, options.out, seed=options.seed
    )
    document = {
        "bundle": found.card.bundle,
        "from": found.former,
        "cohort": found.cohort,
        "folder": str(options.out),
        "patients": found.local.patients,
        "rows": found.local.rows,
        "left_out": found.local.left_out,
        "heads": {name: asdict(moved) for name, moved in found.local.moved.items()},
        "findings": [finding.as_json() for finding in found.findings],
    }
    lines = [
        f"bundle {found.card.bundle} in {options.out}: {found.former} recalibrated to "
        f"{found.local.patients} patients of {found.cohort}"
    ]
    for name, moved in found.local.moved.items():
        lines.append(f"  {name}: shift {moved.shift:+.3f}, slope {moved.slope:.3f}")
        lines.append(f"    before {_summary(moved.before)}")
        lines.append(f"    after  {_summary(moved.after)}")
    return Outcome(document, lines, messages=list(map(finding_line, found.findings)))


def _batch_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="a table whose columns are called by features"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the CSV to write")
    parser.add_argument("--disease", default="", help="whose default bundle; not with --bundle")
    parser.add_argument("--bundle", type=Path, metavar="DIR", help="a trained bundle")
    parser.add_argument(
        "--engine", choices=("local",), default="local", help="where the work is done"
    )


def _batch(context: Context, options: argparse.Namespace) -> Outcome:
    bundle = _chosen(context, options)
    done = batch.score_file(context, bundle, options.file, options.out, progress=tell_progress)
    document = {
        "bundle": bundle.id,
        "disease": bundle.disease,
        "out": str(options.out),
        "patients": done.patients,
        "rows": done.rows,
        "too_little_known": done.silent,
        "horizons": list(done.horizons),
        "ignored": list(done.ignored),
        "findings": [finding.as_json() for finding in done.findings[:_MOST_FINDINGS]],
        "findings_in_all": len(done.findings),
    }
    line = f"{done.patients:,} patients, {done.rows:,} forecasts written to {options.out}"
    lines = [line]
    if done.silent:
        lines.append(f"  of {done.silent:,} patients too little is known")
    messages = [finding_line(finding) for finding in done.findings[:_MOST_FINDINGS]]
    messages += [f"not used: {name}" for name in done.ignored]
    return Outcome(document, lines, messages=messages)


def _chosen(context: Context, options: argparse.Namespace) -> Bundle:
    if options.bundle:
        return bundles.open_folder(context, options.bundle)
    if not options.disease:
        raise UserError(
            "Neither a bundle nor a disease is named.", hint="Give --disease ID or --bundle DIR."
        )
    context.library.pack(options.disease)
    if not forecasts.is_ready(context, options.disease):
        forecasts.prepare(context, options.disease, progress=tell_progress)
    return forecasts.opened(context, options.disease)


def _models_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--offer", type=Path, metavar="DIR", help="make a bundle a candidate")
    parser.add_argument(
        "--own", default="", metavar="FOLDER", help="as the model of a hospital's own cohort"
    )
    parser.add_argument(
        "--stop", nargs="?", const=EVERYTHING, metavar="DISEASE",
        help="turn forecasts off, of one disease or of all",
    )  # fmt: skip
    parser.add_argument(
        "--go-on", nargs="?", const=EVERYTHING, metavar="DISEASE",
        help="turn them on again; only with --reason",
    )  # fmt: skip
    parser.add_argument("--reason", default="", help="what was seen, or what was looked at since")


def _models(context: Context, options: argparse.Namespace) -> Outcome:
    lines = []
    if options.offer:
        offered = approvals.offer(context, options.offer, own=options.own)
        lines.append(f"{offered.bundle} waits for approval, on Methods")
    if options.stop:
        lines.append(f"off: {stopping.stop(context, options.stop, reason=options.reason).disease}")
    if options.go_on:
        stopping.go_on(context, options.go_on, options.reason)
        lines.append(f"on again: {options.go_on}")
    stops = stopping.stops(context)
    lines += [f"forecasts of {each.disease} are turned off: {each.words}" for each in stops]
    seats = approvals.seats(context)
    for seat in seats:
        lines.append(f"{seat.disease} {seat.own}".strip())
        for each in seat.models:
            names = ", ".join(vote.by for vote in each.approvals) or "nobody"
            lines.append(f"  {each.bundle}  {each.state}, {each.origin}, approved by {names}")
    return Outcome([approval.to_body(seat) for seat in seats], lines or ["no models"])


VERBS = (
    Verb("train", "train a bundle from a cohort folder", _train_options, _train),
    Verb("evaluate", "judge a bundle on another cohort", _evaluate_options, _evaluate),
    Verb(
        "recalibrate",
        "a bundle's new version, moved to another cohort's outcomes",
        _recalibrate_options,
        _recalibrate,
    ),
    Verb("models", "which models a server has, and who approved them", _models_options, _models),
    Verb("batch", "score a file of patients", _batch_options, _batch),
)
