"""Which of the commands was meant."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from launcher import checking, serving
from launcher.environment import RUNTIME_LOCK, prepare
from launcher.machine import Machine, Stop

USAGE = """\
python3 run.py [--no-browser] [--port N]   start the dashboard
python3 run.py test [PYTEST ARGUMENTS]     every check and test that CI runs; with arguments, the
                                           tests alone, with those arguments
python3 run.py check                       the checks that run before the tests
python3 run.py setup                       only prepare .venv for development
python3 run.py VERB ...                    the command line; python3 run.py packs --help
"""


def main(arguments: Sequence[str], machine: Machine | None = None) -> int:
    """Do what the arguments ask for and return the exit code."""
    machine = machine or Machine()
    try:
        return _dispatch(machine, list(arguments))
    except Stop as stop:
        print(f"\n{stop}", file=sys.stderr)
        return stop.code
    except KeyboardInterrupt:
        print("\nStopped. Running it again goes on from here.", file=sys.stderr)
        return 130


def _dispatch(machine: Machine, arguments: list[str]) -> int:
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if verb in ("-h", "--help", "help"):
        print(USAGE, end="")
        return 0
    if not verb or verb.startswith("-"):
        return serving.serve(machine, arguments)
    if verb == "test":
        return checking.test(machine, rest)
    if verb in ("check", "setup") and not rest:
        return {"check": checking.check, "setup": checking.setup}[verb](machine)
    python = prepare(machine, RUNTIME_LOCK)
    return machine.call([python, "-m", "dashboard", *arguments])
