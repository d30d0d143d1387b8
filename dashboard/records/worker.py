"""Reading foreign files where they can do no harm: a process of its own, with limits, used once.

`read_guarded` looks at the upload (`gate`), hands it to a child process that is already warm, and
takes the answer as plain lines (`wire`): no pickle crosses the pipe, so a child that a file took
over can send nonsense but run nothing here. The child has 10 s of computing, 512 MB of addresses
and 30 s in all; whatever goes wrong becomes one finding with its cure. A child reads one file and
ends, so no file leaves anything behind for the next; the next child starts before it is needed. The
reasons are in docs/decisions. What the child does stands in `worker_process`.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast

from dashboard.records import wire
from dashboard.records.gate import check_upload, refuses
from dashboard.records.patient import Finding, Intake
from dashboard.records.reading import Reading
from dashboard.records.uploads import MEGABYTE, Upload, safe_name

ROOT = Path(__file__).resolve().parents[2]
READER = "dashboard.records.readers:read"
_BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from dashboard.records.worker_process import main; main(sys.argv[2:])"
)
_LONGEST_LINE = 8 * MEGABYTE
_LONGEST_MESSAGE = 500
_PASSED_ON = ("SYSTEMROOT", "LD_LIBRARY_PATH")  # what a Python may need to start at all


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost."""

    cpu_seconds: int = 10
    memory_bytes: int = 512 * MEGABYTE
    wall_seconds: float = 30.0
    answer_bytes: int = 64 * MEGABYTE
    answer_lines: int = 300_000  # patients, findings and unmapped cells together
    at_once: int = 2  # files read at the same time; others wait

    def in_force(self, platform: str = sys.platform) -> str:
        """The limits that this kind of machine can impose, in words."""
        if platform == "win32":
            return (
                f"{self.wall_seconds:g} s in all and the size limits; this system offers no "
                "limits on computing time and memory"
            )
        memory = f"{self.memory_bytes // MEGABYTE} MB of memory"
        if platform == "darwin":
            memory += " (macOS may not enforce it)"
        return f"{self.cpu_seconds} s of computing, {memory}, {self.wall_seconds:g} s in all"


class Worker:
    """Reads files in child processes and keeps one child warm."""

    def __init__(self, *, reader: str = READER, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._reader = reader
        self._spare: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(self.limits.at_once)

    def __enter__(self) -> Self:
        self.warm()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def warm(self) -> None:
        """Start the next child now, so that the next file does not wait for it."""
        with self._lock:
            if self._spare is None and not self._closed:
                self._spare = self._start()

    def close(self) -> None:
        """End the waiting child."""
        with self._lock:
            self._closed = True
            spare, self._spare = self._spare, None
        if spare is not None:
            _end(spare)

    def read(self, content: bytes, name: str, reading: Reading) -> Intake:
        """What the file holds, or the findings that say why it was not read."""
        findings = check_upload(content, name)
        if refuses(findings):
            return Intake(findings=findings)
        upload = Upload(content, safe_name(name))
        if not self._places.acquire(timeout=self.limits.wall_seconds):
            return Intake(findings=(_busy(upload),))
        try:
            intake = self._read_in_child(upload, reading)
        finally:
            self._places.release()
            self.warm()
        return replace(intake, findings=(*findings, *intake.findings))

    def _read_in_child(self, upload: Upload, reading: Reading) -> Intake:
        job = _Job(self._take(), upload, self.limits)
        try:
            return job.run(reading)
        finally:
            _end(job.process)

    def _take(self) -> subprocess.Popen[bytes]:
        with self._lock:
            spare, self._spare = self._spare, None
        if spare is not None and spare.poll() is None:
            return spare
        if spare is not None:
            _end(spare)
        return self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        limits = [str(self.limits.cpu_seconds), str(self.limits.memory_bytes)]
        wall = str(int(self.limits.wall_seconds) + 5)
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return subprocess.Popen(  # noqa: S603 - this interpreter, our own module, fixed arguments
            [sys.executable, "-I", "-B", "-c", _BOOT, str(ROOT), self._reader, *limits, wall],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment | {"OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,
        )


class _Job:
    """One file in one child."""

    def __init__(self, process: subprocess.Popen[bytes], upload: Upload, limits: Limits) -> None:
        self.process = process
        self._upload = upload
        self._limits = limits
        self._too_slow = False
        self._too_much = False
        self._fault: list[str] = []

    def run(self, reading: Reading) -> Intake:
        clock = threading.Timer(self._limits.wall_seconds, self._stop)
        clock.daemon = True
        clock.start()
        try:
            _send(self.process, self._upload, reading)
            return wire.decode(self._lines())
        except wire.WireFault:
            self.process.kill()
            return Intake(findings=(self._what_happened(self.process.wait()),))
        finally:
            clock.cancel()

    def _stop(self) -> None:
        self._too_slow = True
        self.process.kill()

    def _lines(self) -> Iterator[bytes]:
        """The lines of the answer, until it ends, grows too long, or says that it failed."""
        answer = _pipe(self.process.stdout)
        taken = lines = 0
        while line := answer.readline(_LONGEST_LINE):
            taken += len(line)
            lines += 1
            if taken > self._limits.answer_bytes or lines > self._limits.answer_lines:
                self._too_much = True
                return
            if line.startswith(b'["fault"'):
                self._fault = _fault(line)
                return
            yield line

    def _what_happened(self, code: int) -> Finding:
        limits = self._limits
        memory = limits.memory_bytes // MEGABYTE
        if self._too_slow:
            return self._failure("too-slow", f"took longer than {limits.wall_seconds:g} s")
        if self._too_much:
            most = f"{limits.answer_bytes // MEGABYTE} MB of values, {limits.answer_lines:,} lines"
            return self._failure("too-much", f"holds more than can be taken in at once ({most})")
        if code == -_signal_number("SIGXCPU"):
            return self._failure("too-costly", f"needs over {limits.cpu_seconds} s to compute")
        if self._fault[:1] == ["memory"]:
            return self._failure("too-costly", f"needs more than {memory} MB of memory to read")
        return self._reported()

    def _reported(self) -> Finding:
        """What the child said of itself, if it said anything."""
        match self._fault:
            case ["refused", message, hint, code]:
                return self._upload.refuse(code, message, fix=hint)
            case ["bug", place]:
                return self._stopped(f" at {place}")
        return self._stopped("")

    def _failure(self, code: str, reason: str) -> Finding:
        return self._upload.refuse(
            code,
            f"The file {reason}; reading was stopped.",
            expected=f"a file that is read within {self._limits.in_force()}",
            fix="Split it into smaller files, or export it again: it may be damaged.",
        )

    def _stopped(self, place: str) -> Finding:
        return self._upload.refuse(
            "reader-stopped",
            f"Reading the file stopped unexpectedly{place}. This is a fault in Concord.",
            fix="Report this place (it holds nothing of your file), or try another format.",
        )


def _busy(upload: Upload) -> Finding:
    return upload.refuse(
        "busy",
        "Other files are being read, and this one waited too long.",
        expected="a free place",
        fix="Upload it again in a minute.",
    )


def _send(process: subprocess.Popen[bytes], upload: Upload, reading: Reading) -> None:
    packs = [pack.model_dump_json(exclude_defaults=True).encode() for pack in reading.library.packs]
    request = {
        "name": upload.name,
        "size": len(upload.content),
        "packs": [len(pack) for pack in packs],
        "today": reading.today.isoformat(),
        "disease": reading.disease,
        "answers": dict(reading.answers),
        "columns": dict(reading.columns),
        "who": reading.who,
    }
    pipe = _pipe(process.stdin)
    try:
        pipe.write(json.dumps(request).encode() + b"\n")
        for part in (*packs, upload.content):
            pipe.write(part)
        pipe.close()
    except BrokenPipeError:
        return  # the child has ended; its answer or exit code says why


def _fault(line: bytes) -> list[str]:
    """What a failed child says of itself; it is shown, so it is kept short and must be text."""
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return []
    match content:
        case ["fault", [*parts]] if all(isinstance(part, str) for part in parts):
            return [part[:_LONGEST_MESSAGE] for part in parts]
    return []


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except BrokenPipeError:
                continue  # unsent bytes of a child that is gone
    process.wait()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    return cast("IO[bytes]", pipe)  # children are always started with pipes


def _signal_number(name: str) -> int:
    return int(getattr(signal, name, 0)) or sys.maxsize


# -- the one worker of this program --------------------------------------------------------------

_default: list[Worker] = []
_default_lock = threading.Lock()


def default_worker() -> Worker:
    """The worker that the whole program shares; it holds processes, never anything of a patient."""
    with _default_lock:
        if not _default:
            _default.append(Worker())
            atexit.register(_default[0].close)
        return _default[0]


def read_guarded(content: bytes, name: str, reading: Reading) -> Intake:
    """Read an upload in a process of its own; what cannot be read is a finding, no exception."""
    return default_worker().read(content, name, reading)
