"""Long work in a process of its own: the screen stays awake, and says how far it is.

`python -m dashboard.services.errand JSON` is the child: it simulates a cohort, replays the trials,
trains a bundle or asks it about the trials' patients, tells its progress line by line, and writes
its result into a draft folder. `run_errand` starts it, passes the progress on, and puts the result
in its place in one step: it is there whole or not at all, an interrupted errand leaves nothing, and
none outlives who waits for it. Work of one place is done once, however many ask for it at the same
time: later ones wait and find it done.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from dashboard.foundation.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
COHORT, REPORT, BUNDLE, REPLAYS = "cohort", "report", "bundle", "replays"
Progress = Callable[[float, str], None]  # the share that is done, and what is being done

_MARK, _MISTAKE = "progress\t", "mistake\t"
_FORGOTTEN_SECONDS = 24 * 3600.0  # a draft this old belongs to a process that was killed
_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES})
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
_locks: defaultdict[Path, threading.Lock] = defaultdict(threading.Lock)


@dataclass(frozen=True, slots=True)
class Errand:
    """What to make, of which pack or cohort, and where to put it."""

    what: str
    disease: str
    out: Path
    seed: int
    patients: int = 0
    fingerprint: str = ""
    source: Path | None = None  # the cohort a bundle is trained on; the bundle that is asked
    packs_dirs: tuple[Path, ...] = ()

    @property
    def told(self) -> str:
        """What the child is told."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def heard(cls, text: str) -> Errand:
        """What the child was told."""
        content = json.loads(text)
        source, folders = content["source"], content["packs_dirs"]
        paths = {
            "out": Path(content["out"]),
            "source": Path(source) if source else None,
            "packs_dirs": tuple(map(Path, folders)),
        }
        return cls(**{**content, **paths})


def run_errand(errand: Errand, progress: Progress) -> None:
    """Have a child do the work unless it is done already, and wait for it.

    Raises:
        UserError: the child says that something is wrong which the user can mend.
        RuntimeError: the child failed.
    """
    with _locks[errand.out]:
        _clear_forgotten(errand.out)
        if errand.out.exists():
            return
        try:
            errand.out.parent.mkdir(parents=True, exist_ok=True)
            draft = Path(tempfile.mkdtemp(prefix=f".{errand.out.name}.", dir=errand.out.parent))
        except OSError as fault:
            raise _no_room(fault) from fault
        try:
            result = draft / errand.out.name
            _have_done(replace(errand, out=result), progress)
            if not errand.out.exists():  # another process may have been quicker
                result.rename(errand.out)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _clear_forgotten(out: Path) -> None:
    """Remove drafts of processes that were killed before they could."""
    for draft in out.parent.glob(f".{out.name}.*"):
        if time.time() - draft.stat().st_mtime > _FORGOTTEN_SECONDS:
            shutil.rmtree(draft, ignore_errors=True)


def _have_done(errand: Errand, progress: Progress) -> None:
    command = [sys.executable, "-m", __name__, errand.told]
    with subprocess.Popen(  # noqa: S603 - this interpreter, our own module, no text of a user
        command,
        cwd=ROOT,
        env={**os.environ, **_ONE_THREAD},
        stdin=subprocess.PIPE,  # never written to: it closes when this process ends
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as child:
        try:
            _listen(child, progress)
        finally:
            child.kill()  # does nothing to a child that has ended


def _listen(child: subprocess.Popen[str], progress: Progress) -> None:
    said: list[str] = []
    for line in child.stdout or ():
        if line.startswith(_MARK):
            share, words = line.removeprefix(_MARK).rstrip("\n").split("\t", 1)
            progress(float(share), words)
        elif line.startswith(_MISTAKE):
            raise UserError(line.removeprefix(_MISTAKE).strip())
        else:
            said.append(line)
    code = child.wait()
    if code:
        raise RuntimeError(f"Long work ended with {code}: {''.join(said)[-2000:]}")


# -- the child -----------------------------------------------------------------------------------


def main(arguments: Sequence[str]) -> int:
    """Do one errand; the exit code says how it went."""
    errand = Errand.heard(arguments[0])
    try:
        _WORKS[errand.what](errand)
    except UserError as mistake:
        return _tell_mistake(mistake)
    except OSError as fault:
        if fault.errno not in _ROOM:
            raise
        return _tell_mistake(_no_room(fault))
    _tell(1.0, "Done")
    return 0


def _tell_mistake(mistake: UserError) -> int:
    sys.stdout.write(f"{_MISTAKE}{' '.join(str(mistake).split())}\n")
    return mistake.exit_code


def _no_room(fault: OSError) -> UserError:
    """What is said where the result of long work cannot be written, and what to do."""
    return UserError(
        f"What was worked out could not be written ({fault.strerror or 'no room'}).",
        hint="Nothing was left behind. Make room in the data folder (CONCORD_DATA_DIR), or make it "
        "writable, and begin again.",
        code="no-room",
    )


def _draw(errand: Errand) -> None:
    _tell(0.02, "Reading what is published")
    from dashboard.cohort.calibrated import simulate_cohort
    from dashboard.knowledge.library import load_library

    pack = load_library(errand.packs_dirs).pack(errand.disease)
    simulate_cohort(
        pack,
        patients=errand.patients,
        seed=errand.seed,
        out=errand.out,
        folders=errand.packs_dirs,
        told=_counting(f"Drawing {errand.patients:,} patients and following them"),
    )


def _replay(errand: Errand) -> None:
    _tell(0.02, "Reading what is published")
    from dashboard.cohort import reports
    from dashboard.cohort.calibrated import calibration_report
    from dashboard.knowledge.library import load_library

    pack = load_library(errand.packs_dirs).pack(errand.disease)
    report = calibration_report(
        pack,
        seed=errand.seed,
        folders=errand.packs_dirs,
        patients=errand.patients,
        told=_counting("Replaying every trial with fresh patients"),
    )
    reports.save_report(report, errand.out, errand.fingerprint)


def _train(errand: Errand) -> None:
    _tell(0.01, "Reading the cohort")
    from dashboard.knowledge.library import load_library
    from dashboard.learning.bundle import save_bundle
    from dashboard.learning.training import train
    from dashboard.services.allowed_rows import read_allowed

    if errand.source is None:
        raise ValueError("an errand to train names its cohort folder")
    data = read_allowed(errand.source, load_library(errand.packs_dirs))
    _tell(0.03, f"Learning from {data.size:,} rows")
    bundle = train(
        data,
        seed=errand.seed,
        progress=lambda done, share: _tell(0.03 + 0.95 * share, f"Learning: {done}"),
        threads=min(2, os.cpu_count() or 1),
    )
    save_bundle(bundle, errand.out)


def _ask(errand: Errand) -> None:
    _tell(0.01, "Reading the model")
    from dashboard.cohort.assumptions import load_assumptions
    from dashboard.insight.asked_trials import as_text, ask
    from dashboard.knowledge.library import load_library
    from dashboard.learning.bundle import load_bundle

    if errand.source is None:
        raise ValueError("an errand to ask names its bundle")
    pack = load_library(errand.packs_dirs).pack(errand.disease)
    bundle = load_bundle(errand.source, pack_fingerprint=pack.fingerprint)
    if bundle.id != errand.fingerprint:
        raise UserError("The model was exchanged while it was to be asked.", hint="Ask again.")
    assumptions = load_assumptions(errand.disease, errand.packs_dirs)
    asked = ask(bundle, pack, assumptions, lambda share, words: _tell(0.03 + 0.92 * share, words))
    errand.out.write_text(as_text(asked), encoding="utf-8")


_WORKS: dict[str, Callable[[Errand], None]] = {
    COHORT: _draw,
    REPORT: _replay,
    BUNDLE: _train,
    REPLAYS: _ask,
}


def _counting(words: str) -> Callable[[float], None]:
    """Tell the share of a work that knows it, in per cent."""
    return lambda share: _tell(0.02 + 0.97 * share, f"{words}: {100 * share:.0f} %")


def _tell(share: float, words: str) -> None:
    sys.stdout.write(f"{_MARK}{share:.3f}\t{words}\n")
    sys.stdout.flush()


def _end_with_parent() -> None:
    """Stop when the process that waits for this work is gone, however it went."""
    while os.read(sys.stdin.fileno(), 1):  # unbuffered: a lock held at the end would be fatal
        pass
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.exit(main(sys.argv[1:]))
