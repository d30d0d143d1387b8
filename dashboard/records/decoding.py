"""Which text the bytes of a file are.

UTF-8 and UTF-16 (and UTF-32) are recognised for certain, with or without a byte-order mark. Older
encodings cannot be told apart by looking, and a wrong guess changes names and words, so one
question shows how a line would read in each; nothing is read until it is answered. A file that
mixes UTF-8 with something else is refused with the lines concerned.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.records.patient import Choice, Finding, Severity, Where
from dashboard.records.wording import shown, some_rows

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_OLDER = {
    "cp1252": "Western European (Windows)",
    "mac-roman": "Western European (old Macintosh)",
    "cp1250": "Central European (Windows)",
    "cp1251": "Cyrillic (Windows)",
}
_ENOUGH_NULS = 0.3  # share of zero bytes from which unmarked text is UTF-16
_MULTIBYTE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]+")
_ODD_WORD = re.compile(rb"[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*")
_WORDS_SHOWN = 4
_ADVICE = "In Excel choose 'CSV UTF-8' when saving."
_NOTHING = "Nothing was imported."


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file, or the finding that says why there is none yet."""

    text: str = ""
    encoding: str = ""
    finding: Finding | None = None


def decode(content: bytes, file: str, answers: Mapping[str, str]) -> Decoded:
    """The text of the bytes; `answers["encoding"]` is the answer to an earlier question."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decoded(content[len(mark) :], encoding, file)
    guess = _unmarked_utf16(content)
    if guess:
        return _decoded(content, guess, file)
    try:
        return Decoded(content.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        return _older(content, file, answers.get("encoding", ""))


def _decoded(content: bytes, encoding: str, file: str) -> Decoded:
    try:
        return Decoded(content.decode(encoding), encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].decode(encoding, "replace").count("\n") + 1
        message = f"The file says it is {encoding.upper()}, but line {line} cannot be read as such."
        return Decoded(finding=_refused("undecodable", message, file, line))


def _unmarked_utf16(content: bytes) -> str:
    sample = content[:4096]
    half = len(sample) // 2
    if half and sample[1::2].count(0) > _ENOUGH_NULS * half > sample[0::2].count(0):
        return "utf-16-le"
    if half and sample[0::2].count(0) > _ENOUGH_NULS * half > sample[1::2].count(0):
        return "utf-16-be"
    return ""


def _older(content: bytes, file: str, answer: str) -> Decoded:
    lines = re.split(rb"\r\n|\r|\n", content)
    odd = [number for number, line in enumerate(lines, 1) if not _is_utf8(line)]
    mixed = any(_MULTIBYTE.search(line) and _is_utf8(line) for line in lines)
    if mixed:
        message = f"The file mixes UTF-8 with another encoding ({some_rows(odd)}). {_ADVICE}"
        return Decoded(finding=_refused("encoding-mixed", message, file, odd[0]))
    readings = {name: text for name in _OLDER if (text := _text_in(content, name)) is not None}
    if answer in readings:
        return Decoded(readings[answer], answer)
    sample = _odd_words([lines[number - 1] for number in odd])
    words = {
        name: ", ".join(shown(word.decode(name, "replace"), 30) for word in sample)
        for name in readings
    }
    choices = tuple(Choice(f"{_OLDER[name]}: {words[name]}", answer=name) for name in readings)
    if not choices:
        message = f"This file is not UTF-8 or UTF-16. {_ADVICE}"
        return Decoded(finding=_refused("undecodable", message, file, odd[0]))
    return Decoded(finding=_question(file, odd, choices))


def _odd_words(lines: list[bytes]) -> list[bytes]:
    """The first words that read differently in the older encodings, each once."""
    words = (word for line in lines for word in _ODD_WORD.findall(line))
    return list(dict.fromkeys(words))[:_WORDS_SHOWN]


def _question(file: str, odd: list[int], choices: tuple[Choice, ...]) -> Finding:
    return Finding(
        Severity.QUESTION,
        "encoding",
        f"This file is not UTF-8 or UTF-16 ({some_rows(odd)}). Which of these readings is right?",
        Where(file, odd[0]),
        expected="UTF-8 or UTF-16",
        fix=f"Choose the reading whose letters are right. {_ADVICE}",
        rest="Nothing is imported until this is answered.",
        key="encoding",
        choices=choices,
    )


def _refused(code: str, message: str, file: str, line: int) -> Finding:
    return Finding(
        Severity.ERROR,
        code,
        message,
        Where(file, line),
        expected="UTF-8 or UTF-16",
        fix=f"Save the file again in one encoding. {_ADVICE}",
        rest=_NOTHING,
    )


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _text_in(content: bytes, encoding: str) -> str | None:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if re.search("[\x80-\x9f]", text) else text
