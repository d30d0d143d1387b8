"""The verbs about bundles: `train` learns one from a cohort folder, `evaluate` judges it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dashboard.answers.model_card import HeadCard, ModelCard
from dashboard.services import bundles
from dashboard.services.context import Context
from dashboard.verbs.files import finding_line
from dashboard.verbs.outcome import Outcome, Verb, tell_progress

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
        **found.validation.figures,
        "findings": [finding.as_json() for finding in found.findings],
    }
    lines = [f"bundle {found.bundle} on {found.cohort}, {found.validation.rows} rows"]
    if found.validation.left_out:
        lines.append(f"  {found.validation.left_out} rows under regimens it cannot speak of")
    for name, figures in found.validation.figures.items():
        parts = figures if name == "toxicity" else {"": figures}
        lines += [f"  {name} {part:<22} {_summary(each)}" for part, each in parts.items()]
    return Outcome(document, lines, messages=list(map(finding_line, found.findings)))


VERBS = (
    Verb("train", "train a bundle from a cohort folder", _train_options, _train),
    Verb("evaluate", "judge a bundle on another cohort", _evaluate_options, _evaluate),
)
