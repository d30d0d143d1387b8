"""The child in which one foreign file is parsed: started by `worker`, limited, used once.

It imports the readers while it waits, takes one request from its standard input, lowers its own
limits for good, reads, writes the answer as lines (`wire`) and ends. A fault is told by its kind
and its place in our code alone, never with a message that could hold something of the file.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from dashboard.foundation.errors import UserError
from dashboard.knowledge.library import Library
from dashboard.knowledge.schema import DiseasePack
from dashboard.records import wire
from dashboard.records.patient import Intake
from dashboard.records.reading import Reading

Reader = Callable[[bytes, str, Reading], Intake]
ROOT = Path(__file__).resolve().parents[2]
_MOST_OPEN_FILES = 32


def main(arguments: Sequence[str]) -> None:
    """Wait for one request and answer it.

    Args:
        arguments: the reader as `module:function`, seconds of computing, bytes of memory, seconds
            after which the process ends itself even if its parent is gone.
    """
    reader, cpu_seconds, memory_bytes, wall_seconds = arguments
    answer = _private_output()
    sys.excepthook = _reporter(answer)
    read = find_reader(reader)
    line = sys.stdin.buffer.readline()
    if not line:
        return  # the parent has no more files
    content, name, reading = take_request(line, sys.stdin.buffer)
    lower_limits(int(cpu_seconds), int(memory_bytes), int(wall_seconds))
    gc.disable()  # one file is read and the process ends; looking for garbage costs half as much
    answer_request(lambda: read(content, name, reading), answer)


def find_reader(spelled: str) -> Reader:
    """The function that `module:function` names; an argument of the parent, never of a file."""
    module, _, function = spelled.partition(":")
    found: Reader = getattr(importlib.import_module(module), function)
    return found


def take_request(line: bytes, rest: BinaryIO) -> tuple[bytes, str, Reading]:
    """The file, its name and the circumstances of its reading, as the parent sent them."""
    request = json.loads(line)
    packs = tuple(DiseasePack.model_validate_json(rest.read(size)) for size in request["packs"])
    reading = Reading(
        library=Library(packs),
        today=date.fromisoformat(request["today"]),
        disease=request["disease"],
        answers=request["answers"],
        columns=request["columns"],
        who=request["who"],
    )
    return rest.read(request["size"]), request["name"], reading


def answer_request(read: Callable[[], Intake], answer: BinaryIO) -> None:
    """Read and write the lines of the answer, or the line that says why there is none."""
    try:
        answer.writelines(wire.encode(read()))
    except MemoryError:
        report(answer, "memory")
    except UserError as error:
        report(answer, "refused", error.message, error.hint, error.code)
    answer.flush()


def report(answer: BinaryIO, *parts: str) -> None:
    """Write the line that says why there is no answer."""
    answer.write(json.dumps(["fault", list(parts)]).encode() + b"\n")
    answer.flush()


def place_of(error: BaseException) -> str:
    """Kind and place of a fault, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if _is_ours(Path(frame.filename))] or list(frames)
    where = f" in {Path(own[-1].filename).name}, line {own[-1].lineno}" if own else ""
    return f"{type(error).__name__}{where}"


def _is_ours(path: Path) -> bool:
    return path.is_relative_to(ROOT) and "site-packages" not in path.parts


def lower_limits(cpu_seconds: int, memory_bytes: int, wall_seconds: int) -> None:
    """Give up computing time, memory, files and children, as far as the system can take them."""
    try:
        import resource
        import signal
    except ImportError:  # Windows; the parent's clock and the size limits remain
        return
    signal.alarm(wall_seconds)
    spent = int(time.process_time())
    wanted = (
        ("RLIMIT_CPU", spent + cpu_seconds),
        ("RLIMIT_AS", memory_bytes),
        ("RLIMIT_CORE", 0),
        ("RLIMIT_FSIZE", 0),
        ("RLIMIT_NPROC", 0),
        ("RLIMIT_NOFILE", _MOST_OPEN_FILES),
    )
    for name, most in wanted:
        kind = getattr(resource, name, None)
        if kind is not None:
            _lower(kind, most)


def _lower(kind: int, most: int) -> None:
    import resource

    _, hard = resource.getrlimit(kind)
    # SIGXCPU comes at the soft limit; the hard one, a second later, ends a child that ignores it.
    spare = 1 if kind == resource.RLIMIT_CPU else 0
    ceiling = most + spare if hard == resource.RLIM_INFINITY else min(most + spare, hard)
    try:
        resource.setrlimit(kind, (min(most, ceiling), ceiling))
    except (ValueError, OSError):  # macOS refuses some kinds; docs/decisions lists them
        return


def _private_output() -> BinaryIO:
    """The pipe to the parent under a number of its own, so that no stray print can reach it."""
    private = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return private


def _reporter(
    answer: BinaryIO,
) -> Callable[[type[BaseException], BaseException, TracebackType | None], None]:
    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        del kind, trace
        report(answer, "bug", place_of(error))

    return hook
