"""Where cohorts, calibration reports and trained bundles lie in the data folder.

Simulated things are named after what they come from (pack, assumptions, size, code), and bundles
after their cohort and the code that trains, so that nothing stale is ever opened. A hospital's own
cohorts are named by the hospital. Nothing is simulated or trained here.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from dashboard.cohort import reports
from dashboard.cohort.assumptions import Assumptions, load_assumptions
from dashboard.cohort.calibrated import report_key
from dashboard.cohort.calibration import fingerprint_of
from dashboard.foundation.settings import Settings
from dashboard.knowledge.library import Library

_CLAIM = "of-a-server.txt"
_CLAIMED = "Models of a server lie here. Training without its settings removes none of them.\n"


@dataclass(frozen=True, slots=True)
class Shelf:
    """The places of one installation."""

    settings: Settings
    library: Library

    @property
    def simulated(self) -> Path:
        """What can be made again at any time."""
        return self.settings.data_dir / "simulated"

    @property
    def own_cohorts(self) -> Path:
        """The hospital's own cohorts, a folder each."""
        return self.settings.data_dir / "cohorts"

    def fingerprint(self, disease: str) -> str:
        """Names what a simulation comes from."""
        pack = self.library.pack(disease)
        made_from = fingerprint_of(pack, _assumptions(disease, self.settings.packs_dirs))
        return f"{made_from}-{reports.code_version()}"

    def cohort_folder(self, disease: str, own: str = "") -> Path:
        """The folder of a cohort: the simulated one, or the hospital's own of this name."""
        if own:
            return self.own_cohorts / Path(own).name
        patients = self.settings.cohort_patients
        return self.simulated / f"cohort-{disease}-{patients}-{self.fingerprint(disease)}"

    @property
    def bundles(self) -> Path:
        """What was learnt from cohorts; it can be learnt again."""
        return self.settings.data_dir / "bundles"

    def spare(self, bundle: Path) -> Path:
        """Where the second copy of a bundle lies."""
        return self.settings.data_dir / "spare" / bundle.name

    def claim(self) -> None:
        """Note that a server's models lie here, whichever database its people's words are in."""
        with suppress(OSError):  # no room for a line: then there is none for a model either
            self.bundles.mkdir(parents=True, exist_ok=True)
            (self.bundles / _CLAIM).write_text(_CLAIMED, encoding="utf-8")

    @property
    def is_claimed(self) -> bool:
        """Whether models of a server lie here, which training on one's own must not remove."""
        return (self.bundles / _CLAIM).is_file()

    def bundle_folder(self, disease: str, own: str, code: str) -> Path:
        """The bundle of a cohort, trained by this version of the code.

        A hospital's own cohort is known by the content of its files, and read by the pack: when
        either changes there is no bundle until it is trained again.
        """
        if own:
            known = disease in self.library.ids
            pack = f"{self.library.pack(disease).fingerprint}-" if known else ""
            content = _content_of(self.cohort_folder(disease, own))
            return self.bundles / f"own-{Path(own).name}-{content}-{pack}{code}"
        cohort = self.cohort_folder(disease).name.removeprefix("cohort-")
        return self.bundles / f"{cohort}-{code}"

    def report_file(self, disease: str) -> Path:
        """The file of the calibration report."""
        return self.simulated / f"calibration-{disease}-{self.report_key(disease)}.json"

    def report_key(self, disease: str) -> str:
        """Names what a calibration report comes from."""
        assumptions = _assumptions(disease, self.settings.packs_dirs)
        return report_key(self.library.pack(disease), assumptions)

    def ledger(self, cohort: str) -> Path:
        """What has been shown of a hospital's cohort."""
        return self.settings.data_dir / "disclosure" / f"{cohort}.json"

    def clear(self, what: str, disease: str) -> None:
        """Remove what older figures or older code left behind."""
        of_this = re.compile(rf"{re.escape(f'{what}-{disease}')}-[0-9a-f-]+(\.\w+)*")
        for path in self.simulated.glob(f"{what}-{disease}-*"):
            if of_this.fullmatch(path.name):  # not `breast-male`, where `breast` is meant
                _remove(path)

    def clear_bundles(self, newest: Path, disease: str, own: str) -> None:
        """Remove the bundles of a cohort that a newer one has replaced."""
        name = f"own-{Path(own).name}" if own else disease
        of_this_cohort = re.compile(rf"{re.escape(name)}-[0-9a-f-]+")
        for folder in (self.bundles, self.spare(newest).parent):
            for path in folder.glob(f"{name}-*"):
                if path.name != newest.name and of_this_cohort.fullmatch(path.name):
                    _remove(path)

    def discard(self, path: Path) -> None:
        """Remove something that is damaged and can be made again."""
        _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _content_of(folder: Path) -> str:
    digest = hashlib.sha256()
    names = ("cohort.toml", "patients.*")  # who objected later counts at the next training
    for path in (path for name in names for path in sorted(folder.glob(name))):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@lru_cache(maxsize=16)
def _assumptions(disease: str, folders: tuple[Path, ...]) -> Assumptions:
    return load_assumptions(disease, folders)
