"""The verbs about what is published: `packs` lists the packs, `score` computes one score."""

from __future__ import annotations

import argparse
import json
from typing import Any

from dashboard.foundation.errors import UserError
from dashboard.scores.shelf import ScoreResult, Status
from dashboard.services import knowledge, scores
from dashboard.services.context import Context
from dashboard.verbs.outcome import DONE, REFUSED, Outcome, Verb


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
    lines = [line for line in (told, result.reason, *result.notes) if line]
    refused = result.status is not Status.COMPUTED
    return Outcome(score_document(result), lines, REFUSED if refused else DONE)


def _inputs(text: str) -> dict[str, Any]:
    try:
        inputs = json.loads(text, object_pairs_hook=_once)
    except RecursionError as error:
        raise UserError(
            "--inputs is nested too deeply.", hint='Write {"name": value, …}.'
        ) from error
    except json.JSONDecodeError as error:
        raise UserError(
            f"--inputs is no JSON: {error.msg} at character {error.pos + 1}.",
            hint="Write it like --inputs '{\"albumin_g_l\": 40}'.",
        ) from error
    if not isinstance(inputs, dict):
        raise UserError("--inputs holds no named values.", hint='Write {"name": value, …}.')
    return inputs


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Named values, where no name stands twice with different values."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found and found[name] != value:
            raise UserError(
                f"--inputs gives {name} twice, as {found[name]!r} and {value!r}.",
                hint="Give it once.",
            )
        found[name] = value
    return found


def _rounded(result: ScoreResult) -> str:
    value = result.value
    return value if isinstance(value, str) else f"{value:.{result.score.digits}f}"


def score_document(result: ScoreResult) -> dict[str, Any]:
    """A score's answer as the command line prints it."""
    score, span = result.score, result.span
    return {
        "score": score.id,
        "status": str(result.status),
        "value": result.value,
        "unit": score.value_unit,
        "group": result.group.id if result.group else None,
        "seen_under": score.seen_under,
        "outcome": [outcome.model_dump() for outcome in result.outcomes],
        "missing": [given.id for given in result.missing],
        "range": None if span is None else {"low": span.low, "high": span.high},
        "range_groups": [] if span is None else list(span.groups),
        "reason": result.reason,
        "notes": list(result.notes),
        "inputs": [
            {"id": used.id, "value": used.value, "unit": used.unit, "origin": used.origin}
            for used in result.used
        ],
        "version": score.version,
        "source": score.source.model_dump(mode="json"),
        "is_probability": score.is_probability,
    }


VERBS = (
    Verb("packs", "list the disease packs and how much of them was re-read", _no_options, _packs),
    Verb("score", "compute one published reference score", _score_options, _score),
)
