"""Long work in a process of its own: the screen stays awake, and says how far it is.

`python -m dashboard.services.errand WHAT DISEASE OUT …` is the child: it simulates a cohort or
replays the trials, tells its progress line by line, and writes its result where it was told.
`run_errand` starts it and passes the progress on. Work of one place is done once, however many ask
for it at the same time: later ones wait and find it done.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dashboard.foundation.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
COHORT, REPORT = "cohort", "report"
Progress = Callable[[float, str], None]  # the share that is done, and what is being done

_MARK, _MISTAKE = "progress\t", "mistake\t"
_locks: defaultdict[Path, threading.Lock] = defaultdict(threading.Lock)


@dataclass(frozen=True, slots=True)
class Errand:
    """What to make, of which pack, and where to put it."""

    what: str
    disease: str
    out: Path
    seed: int
    patients: int
    fingerprint: str
    packs_dirs: tuple[Path, ...] = ()

    @property
    def arguments(self) -> list[str]:
        """What the child is told."""
        fixed = [self.what, self.disease, str(self.out), str(self.seed), str(self.patients)]
        return [*fixed, self.fingerprint, *map(str, self.packs_dirs)]

    @classmethod
    def told(cls, arguments: Sequence[str]) -> Errand:
        """What the child was told."""
        what, disease, out, seed, patients, fingerprint, *folders = arguments
        return cls(
            what, disease, Path(out), int(seed), int(patients), fingerprint,
            tuple(map(Path, folders)),
        )  # fmt: skip


def run_errand(errand: Errand, progress: Progress) -> None:
    """Have a child do the work unless it is done already, and wait for it.

    Raises:
        UserError: the child says that something is wrong which the user can mend.
        RuntimeError: the child failed.
    """
    with _locks[errand.out]:
        if errand.out.exists():
            return
        errand.out.parent.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, "-m", __name__, *errand.arguments]
        with subprocess.Popen(  # noqa: S603 - this interpreter, our own module, no text of a user
            command,
            cwd=ROOT,
            env=environment,
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
    errand = Errand.told(arguments)
    _tell(0.02, "Reading what is published")
    from dashboard.cohort import calibrated, reports
    from dashboard.knowledge.library import load_library

    try:
        pack = load_library(errand.packs_dirs).pack(errand.disease)
        if errand.what == COHORT:
            _tell(0.1, f"Drawing {errand.patients:,} patients and following them")
            beside = errand.out.with_name(errand.out.name + ".part")
            shutil.rmtree(beside, ignore_errors=True)
            calibrated.simulate_cohort(
                pack, patients=errand.patients, seed=errand.seed, out=beside,
                folders=errand.packs_dirs,
            )  # fmt: skip
            beside.replace(errand.out)
        else:
            _tell(0.1, "Replaying every trial with fresh patients; this takes a minute or two")
            report = calibrated.calibration_report(
                pack, seed=errand.seed, folders=errand.packs_dirs, patients=errand.patients
            )
            reports.save_report(report, errand.out, errand.fingerprint)
    except UserError as mistake:
        sys.stdout.write(f"{_MISTAKE}{' '.join(str(mistake).split())}\n")
        return mistake.exit_code
    _tell(1.0, "Done")
    return 0


def _tell(share: float, words: str) -> None:
    sys.stdout.write(f"{_MARK}{share:.3f}\t{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
