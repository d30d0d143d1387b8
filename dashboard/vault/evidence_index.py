"""Full-text search over documents, in memory, by SQLite's FTS5.

Made from documents once and asked often: a query's words are all wanted (each with its synonyms,
the last one also as the beginning of a word); where nothing holds them all, documents with some of
them are given and said to be so, and a word that stands nowhere is read as the one it looks like.
Users' text never reaches the query language: it is cut into words
first, and each is quoted. Filters are exact. Nothing is kept here; the documents are.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping, Sequence

from dashboard.answers.evidence import Document, Found
from dashboard.knowledge.spelling import Spelling
from dashboard.knowledge.synonyms import Synonyms, Term, Words, words_of

MOST_WORDS = 24  # of a query; what comes after them is not looked for
_PREFIX_LETTERS = 3
_WEIGHTS = "8.0, 4.0, 1.0"  # title, keywords, text
_TABLES = """
CREATE VIRTUAL TABLE words USING fts5(
    title, keywords, body, content='', tokenize="unicode61 remove_diacritics 2", prefix='3'
);
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, 'row');
CREATE TABLE facets (name TEXT, value TEXT, document INTEGER);
"""


class EvidenceIndex:
    """Documents that can be searched and filtered; safe to ask from several threads."""

    def __init__(self, documents: Sequence[Document], synonyms: Synonyms) -> None:
        self._documents = tuple(documents)
        self._synonyms = synonyms
        self._lock = threading.Lock()
        self._base = sqlite3.connect(":memory:", check_same_thread=False)
        self._base.executescript(_TABLES)
        self._base.executemany(
            "INSERT INTO words(rowid, title, keywords, body) VALUES (?, ?, ?, ?)",
            [
                (place, *(" ".join(words_of(t)) for t in (each.title, each.keywords, each.text)))
                for place, each in enumerate(self._documents)
            ],
        )
        self._base.executemany(
            "INSERT INTO facets VALUES (?, ?, ?)",
            [
                (_storable(name), _storable(value), place)
                for place, each in enumerate(self._documents)
                for name, values in each.facets.items()
                for value in values
            ],
        )
        self._base.execute("CREATE INDEX by_value ON facets (name, value, document)")
        self._base.execute("INSERT INTO words(words) VALUES ('optimize')")
        self._base.commit()
        held = (str(row[0]) for row in self._base.execute("SELECT term FROM vocabulary"))
        self._spelling = Spelling([*held, *synonyms.words])

    @property
    def size(self) -> int:
        """How many documents there are."""
        return len(self._documents)

    def search(
        self,
        query: str,
        filters: Mapping[str, Sequence[str]] | None = None,
        *,
        most: int = 50,
        start: int = 0,
    ) -> Found:
        """The documents that hold the query's words and pass the filters, the best first.

        Args:
            query: anything; without a word in it all documents pass.
            filters: by facet, the values of which a document must have one.
            most: at most so many documents.
            start: leave out so many of the first.
        """
        wanted = {name: list(values) for name, values in (filters or {}).items() if values}
        asked = words_of(query[:2000])
        read = [
            self._spelling.read(word, beginning=place == len(asked) - 1)
            for place, word in enumerate(asked[:MOST_WORDS])
        ]
        terms = self._synonyms.terms(tuple(word for words in read for word in words))[:MOST_WORDS]
        places, total = self._ask(_expression(terms, " AND "), wanted, most, start)
        loosened = not total and len(terms) > 1
        if loosened:
            places, total = self._ask(_expression(terms, " OR "), wanted, most, start)
        found = tuple(self._documents[place] for place in places)
        changed = tuple(
            f"{word} read as {' '.join(words)}"
            for word, words in zip(asked, read, strict=False)
            if words != (word,)
        )
        told, some = tuple(map(_told, terms)), loosened and total > 0
        return Found(found, total, self.size, told, some, changed)

    def values(self, name: str) -> tuple[tuple[str, int], ...]:
        """The values of a facet with how many documents have each, in alphabetical order."""
        with self._lock:
            rows = self._base.execute(
                "SELECT value, COUNT(*) FROM facets WHERE name = ? GROUP BY value ORDER BY value",
                (name,),
            ).fetchall()
        return tuple((str(value), int(count)) for value, count in rows)

    def _ask(
        self, expression: str, filters: Mapping[str, Sequence[str]], most: int, start: int
    ) -> tuple[list[int], int]:
        conditions, values = _conditions(filters)
        if expression:
            # The plus keeps the database from asking the word index once for each row that passes.
            clauses = ["words MATCH ?", *(f"+rowid {c}" for c in conditions)]
            ranked = f"SELECT bm25(words, {_WEIGHTS}) AS rank, rowid AS place FROM words"  # noqa: S608
            given = [expression, *values]
        else:
            clauses = ["1", *(f"document {c}" for c in conditions)]
            ranked = "SELECT DISTINCT 0 AS rank, document AS place FROM facets"
            given = values
        # Only constants of this module stand in the text of the query; what a user said is bound.
        hits = f"WITH hits AS MATERIALIZED ({ranked} WHERE {' AND '.join(clauses)})"
        page = "SELECT place FROM hits ORDER BY rank, place LIMIT ? OFFSET ?"
        with self._lock:
            asked = f"{hits} SELECT (SELECT COUNT(*) FROM hits) UNION ALL SELECT * FROM ({page})"  # noqa: S608
            rows = self._base.execute(asked, [*given, most, start]).fetchall()
        total, *places = (int(row[0]) for row in rows)
        return places, total


def _conditions(filters: Mapping[str, Sequence[str]]) -> tuple[list[str], list[str]]:
    conditions, values = [], []
    for name, wanted in filters.items():
        marks = ", ".join("?" * len(wanted))
        conditions.append(
            f"IN (SELECT document FROM facets WHERE name = ? AND value IN ({marks}))"  # noqa: S608
        )
        values += [_storable(name), *map(_storable, wanted)]
    return conditions, values


def _expression(terms: Sequence[Term], joined: str) -> str:
    parts = []
    for place, term in enumerate(terms):
        phrases = [_phrase(words) for words in term.meanings]
        last = term.asked[-1]
        if place == len(terms) - 1 and len(last) >= _PREFIX_LETTERS:
            phrases[0] += " *"  # what was asked, also as the beginning of a word
        parts.append(f"({' OR '.join(phrases)})")
    return joined.join(parts)


def _phrase(words: Words) -> str:
    """Words in a row, quoted: they hold only letters and digits, so no quote is in them."""
    return f'"{" ".join(words)}"'


def _told(term: Term) -> str:
    asked = " ".join(term.asked)
    others = [" ".join(words) for words in term.others]
    return f"{asked} (also {', '.join(others)})" if others else asked


def _storable(text: str) -> str:
    """A text without what the database cannot hold: halves of characters, and the zero byte."""
    return text.encode("utf-8", "ignore").decode("utf-8").replace("\x00", " ")
