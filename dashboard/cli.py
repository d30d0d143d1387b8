"""The command line: every verb asks the same service functions as the pages.

With --json, standard output carries one JSON document and nothing else; messages go to standard
error. Exit codes: 0 done, 1 a bug, 2 the input was refused, 3 not permitted, 4 the bundle or pack
does not fit. The verbs stand in `dashboard/verbs/`, a module for each family.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from dashboard.foundation.errors import UserError
from dashboard.services.installation import open_context
from dashboard.verbs import (
    cohorts,
    evidence,
    explanations,
    forecasts,
    keeping,
    models,
    patients,
    published,
    reports,
)
from dashboard.verbs.outcome import Outcome, Verb

VERBS: tuple[Verb, ...] = (
    *published.VERBS,
    *patients.VERBS,
    *explanations.VERBS,
    *cohorts.VERBS,
    *forecasts.VERBS,
    *evidence.VERBS,
    *models.VERBS,
    *reports.VERBS,
    *keeping.VERBS,
)


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
    try:
        _say(outcome, out, as_json=options.json)
    except BrokenPipeError:  # whoever listened has heard enough, such as `head`
        if out is sys.stdout:
            os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
    return outcome.exit_code


def _say(outcome: Outcome, out: TextIO, *, as_json: bool) -> None:
    if as_json:
        json.dump(outcome.document, out, ensure_ascii=False, indent=2, allow_nan=False)
        out.write("\n")
    else:
        for line in outcome.lines:
            print(line, file=out)
    out.flush()


def _refusal(error: UserError) -> Outcome:
    document: dict[str, Any] = {
        "error": {"code": error.code, "message": error.message, "hint": error.hint}
    }
    findings = getattr(error, "findings", ())
    if findings:
        document["findings"] = [finding.as_json() for finding in findings]
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
