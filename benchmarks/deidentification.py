"""How many planted identifiers are found again, kind by kind, and what is taken for one by mistake.

Run `python -m benchmarks.deidentification` (`--missed` lists what was not found). Two thousand
invented identifiers, half of them in columns and half in sentences; recall is the share whose text
is gone afterwards, told for each kind and never as one number alone. The figures to reach: 0.98 in
columns, 0.90 in sentences, at most 0.05 of clinical cells touched.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.planted_identifiers import (
    CLINICAL_COLUMNS,
    CLINICAL_SENTENCES,
    ROWS,
    is_listed,
    planted_columns,
    planted_texts,
)
from dashboard.records.deidentify import deidentify_table
from dashboard.records.free_text import masked
from dashboard.records.identifiers import Identifier
from dashboard.records.pseudonyms import SiteKey

KEY = SiteKey(b"a key for measuring, 32 bytes ok")
LEAST_IN_COLUMNS, LEAST_IN_TEXT, MOST_MISTAKEN = 0.98, 0.90, 0.05
_SHORTEST_TELLING = 4  # shorter parts of a name or number tell nobody


@dataclass
class Tally:
    """Found and planted, for each kind."""

    found: Counter[str] = field(default_factory=Counter)
    planted: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)

    def enter(self, kind: str, *, found: bool, example: str) -> None:
        """Count one."""
        self.planted[kind] += 1
        self.found[kind] += found
        if not found:
            self.missed.append(f"{kind}: {example}")

    def recall(self, kind: str = "") -> float:
        """The share found, of one kind or of all."""
        kinds = [kind] if kind else list(self.planted)
        planted = sum(self.planted[name] for name in kinds)
        return sum(self.found[name] for name in kinds) / planted if planted else 1.0


def measure_columns(cells: int = 1000, seed: int = 1) -> tuple[Tally, Tally, Tally]:
    """Recall in columns by kind, by whether the header speaks, and of names by list."""
    by_kind, by_header, names = Tally(), Tally(), Tally()
    for column in planted_columns(cells, seed):
        table = [(number, (text, "1")) for number, text in enumerate(column.cells, 2)]
        rows, _ = deidentify_table((column.header, "ecog"), table, KEY)
        for before, (_, after) in zip(column.cells, rows, strict=True):
            gone = before not in after[0]
            by_kind.enter(column.kind, found=gone, example=f"{column.header} | {before}")
            header = "header says nothing" if column.opaque else "header says it"
            by_header.enter(header, found=gone, example=before)
            if column.kind is Identifier.NAME:
                names.enter(_listing(before), found=gone, example=before)
    return by_kind, by_header, names


def measure_texts(cells: int = 1000, seed: int = 2) -> tuple[Tally, Tally]:
    """Recall in sentences by kind, and of names by list."""
    by_kind, names = Tally(), Tally()
    for planted in planted_texts(cells, seed):
        after, _ = masked(planted.text)
        gone = _is_gone(planted.planted, after)
        by_kind.enter(planted.kind, found=gone, example=f"{planted.text} -> {after}")
        if planted.kind is Identifier.NAME:
            names.enter(_listing(planted.planted), found=gone, example=planted.text)
    return by_kind, names


def _listing(name: str) -> str:
    return "names with a listed part" if is_listed(name) else "names not in the lists"


def _is_gone(planted: str, after: str) -> bool:
    """Whether no telling part is left: no word of a name, no half of a number."""
    left = after.replace(",", " ").split()
    parts = [part.strip(".,") for part in planted.split()]
    telling = [part for part in parts if len(part) >= _SHORTEST_TELLING]
    return planted not in after and not any(part in left for part in telling)


def measure_mistakes() -> tuple[Tally, Tally]:
    """Clinical cells and sentences that are left alone, of all."""
    header = tuple(CLINICAL_COLUMNS)
    table = [(n, tuple(CLINICAL_COLUMNS[name][n] for name in header)) for n in range(ROWS)]
    rows, _ = deidentify_table(header, table, KEY)
    cells, sentences = Tally(), Tally()
    for (_, before), (_, after) in zip(table, rows, strict=True):
        for name, old, new in zip(header, before, after, strict=True):
            cells.enter(name, found=old == new, example=f"{old} -> {new}")
    for text in CLINICAL_SENTENCES:
        after_text, _ = masked(text)
        sentences.enter("sentences", found=text == after_text, example=after_text)
    return cells, sentences


def main() -> int:
    """Print the table; 0 when every figure is reached."""
    columns, headers, names = measure_columns()
    texts, text_names = measure_texts()
    cells, sentences = measure_mistakes()
    print(f"{'kind':<20}{'columns':>10}{'sentences':>12}")
    for kind in columns.planted:
        print(f"{kind:<20}{columns.recall(kind):>10.3f}{texts.recall(kind):>12.3f}")
    print(f"{'all':<20}{columns.recall():>10.3f}{texts.recall():>12.3f}")
    for tally, where in ((headers, "columns"), (names, "columns"), (text_names, "sentences")):
        for kind in tally.planted:
            print(f"{kind} ({where}, {tally.planted[kind]}): {tally.recall(kind):.3f}")
    print(f"clinical cells touched: {1 - cells.recall():.3f} of {sum(cells.planted.values())}")
    print(f"clinical sentences touched: {1 - sentences.recall():.3f} of {len(CLINICAL_SENTENCES)}")
    if "--missed" in sys.argv:
        for tally in (columns, texts, cells, sentences):
            print(*tally.missed, sep="\n")
    reached = (
        columns.recall() >= LEAST_IN_COLUMNS
        and texts.recall() >= LEAST_IN_TEXT
        and 1 - cells.recall() <= MOST_MISTAKEN
    )
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
