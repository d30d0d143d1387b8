"""Where simulated cohorts, calibration reports and a hospital's own cohorts lie in the data folder.

Simulated things are named after what they come from (pack, assumptions, code), so that nothing
stale is ever opened. Nothing is read or simulated here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from dashboard.cohort import reports
from dashboard.cohort.assumptions import Assumptions, load_assumptions
from dashboard.cohort.calibration import fingerprint_of
from dashboard.foundation.settings import Settings
from dashboard.knowledge.library import Library


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
        return self.simulated / f"cohort-{disease}-{self.fingerprint(disease)}"

    def report_file(self, disease: str) -> Path:
        """The file of the calibration report."""
        return self.simulated / f"calibration-{disease}-{self.fingerprint(disease)}.json"

    def ledger(self, cohort: str) -> Path:
        """What has been shown of a hospital's cohort."""
        return self.settings.data_dir / "disclosure" / f"{cohort}.json"

    def clear(self, what: str, disease: str) -> None:
        """Remove what older figures or older code left behind."""
        for path in self.simulated.glob(f"{what}-{disease}-*"):
            inner = list(path.iterdir()) if path.is_dir() else []
            for file in inner:
                file.unlink()
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink()


@lru_cache(maxsize=16)
def _assumptions(disease: str, folders: tuple[Path, ...]) -> Assumptions:
    return load_assumptions(disease, folders)
