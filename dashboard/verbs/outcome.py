"""What a verb of the command line is, and what it comes to.

A verb declares its options and turns a context and the parsed options into an outcome: one JSON
document for machines, lines for a person, messages for standard error, and the exit code.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.services.context import Context

DONE, REFUSED = 0, 2


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


def tell_progress(share: float, words: str) -> None:
    """Say on standard error how far long work is."""
    end = "\r" if sys.stderr.isatty() else "\n"
    print(f"{share:4.0%} {words}", file=sys.stderr, end=end, flush=True)
