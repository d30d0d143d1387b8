"""What a hospital added to the evidence: one file an addition, in a folder of the data folder.

An addition appears whole or not at all, and is named by its content, so that the same file added
twice is one addition. What cannot be read is passed over and named; nothing of it is removed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dashboard.answers.evidence import GUIDELINE, Addition, Citation, Document, Figure

FORMAT = 1


class OwnEvidence:
    """The additions in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def stamp(self) -> tuple[tuple[str, int], ...]:
        """Changes whenever an addition comes or goes."""
        if not self._folder.is_dir():
            return ()
        files = sorted(self._folder.glob("*.json"))
        return tuple((path.name, path.stat().st_mtime_ns) for path in files)

    def add(self, documents: Sequence[Document], addition: Addition) -> Addition:
        """Keep documents as one addition; the same documents again change nothing."""
        rows, digest = [_written(document) for document in documents], digest_of(documents)
        kept = Addition(
            digest, addition.name, addition.kind, addition.added, addition.by, len(rows)
        )
        path = self._folder / f"{digest}.json"
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            draft = path.with_suffix(f".{os.getpid()}.part")
            content = {"format": FORMAT, "addition": asdict(kept), "documents": rows}
            draft.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
            draft.replace(path)
        return kept

    def holds(self, addition_id: str) -> bool:
        """Whether there is an addition of this id."""
        return any(path.stem == addition_id for path in self._paths())

    def remove(self, addition_id: str) -> bool:
        """Take an addition away; False when there is none of this id."""
        path = next((p for p in self._paths() if p.stem == addition_id), None)
        if path is not None:
            path.unlink(missing_ok=True)
        return path is not None

    def additions(self) -> tuple[Addition, ...]:
        """Every addition, the latest first."""
        held = [Addition(**content["addition"]) for _, content in self._contents()]
        return tuple(sorted(held, key=lambda each: each.added, reverse=True))

    def documents(self) -> tuple[Document, ...]:
        """Every document of every addition, each publication once, as it was added last.

        A version of a guideline table counts as a whole: of a table that was corrected and added
        again, the rows that the correction left out are gone too.
        """
        found: dict[str, Document] = {}
        holder: dict[tuple[str, ...], str] = {}  # which addition has the say on what
        for key, content in sorted(self._contents(), key=self._when, reverse=True):
            for row in content["documents"]:
                document = _read(row, key)
                if holder.setdefault(_whole(document), key) == key:
                    found.setdefault(document.id, document)
        return tuple(found.values())

    def _when(self, held: tuple[str, dict[str, Any]]) -> tuple[str, int]:
        """When an addition came; of one minute, the file that was written later is the later."""
        key, content = held
        return content["addition"]["added"], (self._folder / f"{key}.json").stat().st_mtime_ns

    def unreadable(self) -> tuple[str, ...]:
        """The names of files that are no addition."""
        sound = {key for key, _ in self._contents()}
        return tuple(path.name for path in self._paths() if path.stem not in sound)

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob("*.json")) if self._folder.is_dir() else []

    def _contents(self) -> list[tuple[str, dict[str, Any]]]:
        found = []
        for path in self._paths():
            try:
                content = json.loads(path.read_text(encoding="utf-8"))
                sound = content["format"] == FORMAT and content["addition"]["id"] == path.stem
                rows = [_read(row, path.stem) for row in content["documents"]]
            except (ValueError, KeyError, TypeError, AttributeError):
                continue
            if sound and len(rows) == content["addition"]["documents"]:
                found.append((path.stem, content))
        return found


def digest_of(documents: Sequence[Document]) -> str:
    """Names documents by their content: the id of the addition they make."""
    rows = [_written(document) for document in documents]
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:16]


def _whole(document: Document) -> tuple[str, ...]:
    """What a document is part of: a version of a guideline in one tumour, or only itself."""
    if document.facets.get("kind") != (GUIDELINE,):
        return (document.id,)
    return tuple(document.details.get(name, "") for name in ("guideline", "version", "disease"))


def _written(document: Document) -> dict[str, Any]:
    row = asdict(document)
    row.pop("own")
    if not row["details"]:  # so that what was added before there were any keeps its name
        row.pop("details")
    return row


def _read(row: dict[str, Any], own: str) -> Document:
    given = dict(row)
    facets = {str(name): tuple(map(str, values)) for name, values in given.pop("facets").items()}
    figures = tuple(Figure(**figure) for figure in given.pop("figures"))
    details = {str(name): str(text) for name, text in given.pop("details", {}).items()}
    source = Citation(**given.pop("source"))
    return Document(
        **given, facets=facets, figures=figures, source=source, own=own, details=details
    )
