"""On which line of a TOML file each table and key stands.

The standard library's reader forgets lines, and a finding without a line is half a finding. This
scanner reads only headers and keys (the values have been read already, so the text is known to be
sound); it steps over multi-line strings and arrays by counting quotes and brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Path = tuple[str, ...]

_HEADER = re.compile(r"^\s*\[\[?\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*[A-Za-z0-9_"'-]+)*)\s*=""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"([^"]*)"|'([^']*)'""")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""' r"|'''.*?'''" r'|"(?:\\.|[^"\\\n])*"' r"|'[^'\n]*'" r"|#[^\n]*",
    re.DOTALL,
)


def positions(text: str) -> dict[Path, int]:
    """Line (from 1) of every table header and key.

    The tables of an array (`[[implications]]`) are numbered from 0: ("implications", "0").
    """
    found: dict[Path, int] = {}
    counted: dict[Path, int] = {}
    table: Path = ()
    for line, content in _statements(text):
        if header := _HEADER.match(content):
            table = _parts(header.group(1))
            if content.lstrip().startswith("[["):
                number = counted[table] = counted.get(table, -1) + 1
                table = (*table, str(number))
            found.setdefault(table, line)
        elif key := _KEY.match(content):
            found.setdefault((*table, *_parts(key.group(1))), line)
    return found


def line_of(found: dict[Path, int], path: Path) -> int:
    """The line of a path, or of the nearest table in or around it; 0 when nothing is known."""
    for length in range(len(path), 0, -1):
        prefix = path[:length]
        if prefix in found:
            return found[prefix]
        inside = [line for known, line in found.items() if known[:length] == prefix]
        if inside:
            return min(inside)
    return 0


def _parts(dotted: str) -> Path:
    return tuple(match[1] or match[2] or match[0] for match in _PART.finditer(dotted))


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The lines on which a statement begins; those inside brackets or long strings are skipped."""
    depth = 0
    bare = _STRING.sub(_blank, text)
    for line, (content, shape) in enumerate(
        zip(text.split("\n"), bare.split("\n"), strict=True), start=1
    ):
        if depth == 0 and shape.strip():
            yield line, content
        header = depth == 0 and shape.lstrip().startswith("[")
        if not header:
            depth += sum(map(shape.count, "[{")) - sum(map(shape.count, "]}"))


def _blank(match: re.Match[str]) -> str:
    """The same lines with nothing on them that could be mistaken for structure."""
    kept = "" if match[0].startswith("#") else "_"
    return kept + "\n" * match[0].count("\n")
