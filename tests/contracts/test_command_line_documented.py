"""The page on the command line lists every verb, option and exit code."""

from __future__ import annotations

import argparse
from pathlib import Path

from dashboard import cli
from dashboard.foundation.errors import BundleMismatch, NotPermitted, PackError, UserError

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "command-line.md").read_text("utf-8")


def test_every_verb_stands_on_the_page() -> None:
    """A new verb fails here until the page explains it."""
    for verb in cli.VERBS:
        assert f"| `{verb.name}" in PAGE


def test_every_option_stands_on_the_page() -> None:
    """So does a new option of any verb."""
    for verb in cli.VERBS:
        parser = argparse.ArgumentParser(add_help=False)
        verb.options(parser)
        for action in parser._actions:  # noqa: SLF001 - argparse offers no public list
            for option in action.option_strings:
                assert f"`{option}" in PAGE, f"{verb.name} {option}"


def test_exit_codes_are_those_of_the_errors() -> None:
    """Scripts may rely on the codes."""
    codes = (UserError, NotPermitted, PackError, BundleMismatch)
    assert [error.exit_code for error in codes] == [2, 3, 4, 4]
    assert all(f"\n| {code} | " in PAGE for code in (0, 1, 2, 3, 4))
