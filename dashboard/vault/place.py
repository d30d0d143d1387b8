"""Where a store lies: which database, which file, and the folder of the keys apart from both."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything is; nothing is opened or made by naming it."""

    file: Path  # of SQLite; beside it stand the copies made before a change of tables
    keys: Path
    database: str = ""  # address of a PostgreSQL database instead of the file
