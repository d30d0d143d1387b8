"""What identifies a person: the eighteen kinds of the Safe Harbor rule, and how columns show them.

A column is recognised by its header, in four languages, or by what stands in it: addresses of mail
and web, telephone and national numbers, dates, names, codes that are different in every row. Words
and lists stand in `identifiers.toml`. Columns that are known to hold clinical facts are never asked
about. Identifiers inside running text are found by `free_text`, and dealt with in `deidentify`.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

_DATA = Path(__file__).with_name("identifiers.toml")


class Identifier(StrEnum):
    """A kind of identifier; postcodes and birth dates are told from other places and dates."""

    NAME = "name"
    PLACE = "place"
    POSTCODE = "postcode"
    DATE = "date"
    BIRTH_DATE = "birth_date"
    PHONE = "phone"
    FAX = "fax"
    EMAIL = "email"
    NATIONAL_NUMBER = "national_number"
    RECORD_NUMBER = "record_number"
    PLAN_NUMBER = "plan_number"
    ACCOUNT = "account"
    LICENCE = "licence"
    VEHICLE = "vehicle"
    DEVICE = "device"
    URL = "url"
    IP = "ip"
    BIOMETRIC = "biometric"
    PHOTO = "photo"
    OTHER_CODE = "other_code"
    FREE_TEXT = "free_text"


# The number of each kind in 45 CFR 164.514(b)(2)(i), in the order of the letters A to R.
SAFE_HARBOR: Mapping[Identifier, int] = {
    Identifier.NAME: 1,
    Identifier.PLACE: 2,
    Identifier.POSTCODE: 2,
    Identifier.DATE: 3,
    Identifier.BIRTH_DATE: 3,
    Identifier.PHONE: 4,
    Identifier.FAX: 5,
    Identifier.EMAIL: 6,
    Identifier.NATIONAL_NUMBER: 7,
    Identifier.RECORD_NUMBER: 8,
    Identifier.PLAN_NUMBER: 9,
    Identifier.ACCOUNT: 10,
    Identifier.LICENCE: 11,
    Identifier.VEHICLE: 12,
    Identifier.DEVICE: 13,
    Identifier.URL: 14,
    Identifier.IP: 15,
    Identifier.BIOMETRIC: 16,
    Identifier.PHOTO: 17,
    Identifier.OTHER_CODE: 18,
}


@dataclass(frozen=True, slots=True)
class WordLists:
    """The content of `identifiers.toml`, folded for comparing."""

    phrases: Mapping[Identifier, tuple[tuple[str, ...], ...]]
    exact: Mapping[tuple[str, ...], Identifier]
    clinical_headers: frozenset[str]
    eponyms: frozenset[str]
    file_words: frozenset[str]
    titles: tuple[str, ...]
    kin: tuple[str, ...]
    name_labels: tuple[str, ...]
    addressing: tuple[str, ...]
    no_names: frozenset[str]
    labels: Mapping[Identifier, tuple[str, ...]]
    first_names: frozenset[str]
    surnames: frozenset[str]
    cities: frozenset[str]


@cache
def word_lists() -> WordLists:
    """The lists, read once."""
    content = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    headers = {Identifier(name): entry for name, entry in content["headers"].items()}
    words = content["words"]
    return WordLists(
        phrases={
            kind: tuple(tuple(phrase.split()) for phrase in entry["phrases"])
            for kind, entry in headers.items()
        },
        exact={
            tuple(text.split()): kind
            for kind, entry in headers.items()
            for text in entry.get("exact", ())
        },
        clinical_headers=frozenset(content["clinical"]["header_words"]),
        eponyms=frozenset(content["clinical"]["eponyms"]),
        file_words=frozenset(content["files"]["words"]),
        titles=tuple(words["titles"]),
        kin=tuple(words["kin"]),
        name_labels=tuple(words["labels"]),
        addressing=tuple(words["addressing"]),
        no_names=frozenset(words["no_names"]),
        labels={
            kind: (*entry["phrases"], *content["labels"].get(kind, ()))
            for kind, entry in headers.items()
        },
        first_names=frozenset(words["first_names"]),
        surnames=frozenset(words["surnames"]),
        cities=frozenset(words["cities"]),
    )


def folded(text: str) -> str:
    """Small letters without accents."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).lower()


def classify_column(header: str, values: Sequence[str]) -> Identifier | None:
    """Which identifier a column holds, by its header or by its content; None for none.

    Args:
        header: the column's name.
        values: its cells as text; blanks are ignored.
    """
    filled = [value.strip() for value in values if value.strip()]
    if not filled:
        return None
    named = by_header(header)
    if named is not None and not _only_answers(filled):
        return _refined(named, filled)
    if is_clinical_header(header):
        return _unmistakable(filled)
    return by_content(filled)


# -- by header -----------------------------------------------------------------------------------

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NOT_WORD = re.compile(r"[^0-9a-z]+")


def header_words(header: str) -> tuple[str, ...]:
    """The words of a header, however they are joined."""
    return tuple(_NOT_WORD.sub(" ", folded(_CAMEL.sub(" ", header))).split())


@lru_cache(maxsize=4096)
def by_header(header: str) -> Identifier | None:
    """The identifier that a header speaks of; the longest phrase decides."""
    lists = word_lists()
    words = header_words(header)
    if words in lists.exact:
        return lists.exact[words]
    best: tuple[int, int, Identifier] | None = None
    for kind, phrases in lists.phrases.items():
        for phrase in phrases:
            end = _place(phrase, words)
            # Of phrases of equal length the later in the header is its head: "phone of doctor".
            if end and (best is None or (len(phrase), end) > best[:2]):
                best = (len(phrase), end, kind)
    if best is None:
        return None
    clinical = not lists.clinical_headers.isdisjoint(words)
    return None if clinical and best[0] == 1 and best[2] not in _SURE_BY_ONE_WORD else best[2]


_SURE_BY_ONE_WORD = frozenset(
    {Identifier.EMAIL, Identifier.BIRTH_DATE, Identifier.DATE, Identifier.NATIONAL_NUMBER}
)


def is_clinical_header(header: str) -> bool:
    """Whether a header speaks of disease, drugs or tests."""
    return not word_lists().clinical_headers.isdisjoint(header_words(header))


def _place(phrase: tuple[str, ...], words: tuple[str, ...]) -> int:
    """Where the phrase ends in the words, or 0."""
    for end in range(len(words), len(phrase) - 1, -1):
        if words[end - len(phrase) : end] == phrase:
            return end
    return 0


_ANSWERS = frozenset(
    {"yes", "no", "y", "n", "true", "false", "0", "1", "unknown", "none", "na", "n/a", "ja", "nein"}
    | {"oui", "non", "si", "not done", "positive", "negative", "given", "refused"}
)


def _only_answers(filled: Sequence[str]) -> bool:
    """Whether a column only says yes or no about something: consent to e-mail, say."""
    return all(folded(value) in _ANSWERS for value in filled)


def _refined(named: Identifier, filled: Sequence[str]) -> Identifier | None:
    """What the content makes of a header that may mean several things."""
    if named in (Identifier.DATE, Identifier.BIRTH_DATE):
        if _share(filled, is_year) == 1:
            return None  # a year alone is no identifier under the rule
        return named
    return named


# -- by content ----------------------------------------------------------------------------------

MOSTLY = 0.5  # more than this share of the cells must show a kind of identifier
_NAMES_MOSTLY = 0.6
_NAMES_KNOWN = 0.15  # share of cells with a name of the lists, for a column of names
_FEWEST_UNIQUE = 5
_ALL_DIFFERENT = 0.95
_LONG_TEXT_WORDS = 7
_SENTENCE_WORDS = 5

_MONTHS = (
    "jan(?:uary|uar|vier)?|ene(?:ro)?|feb(?:ruary|ruar|rero)?|fev(?:rier)?|mar(?:ch|s|zo)?|marz|mrz|"
    "apr(?:il)?|avr(?:il)?|abr(?:il)?|may|mai|mayo|june?|juni|juin|junio|july?|juli|juillet|julio|"
    "aug(?:ust)?|aout|ago(?:sto)?|sep(?:t(?:ember|embre|iembre)?)?|oct(?:ober|obre|ubre)?|okt(?:ober)?|"
    "nov(?:ember|embre|iembre)?|dec(?:ember|embre)?|dez(?:ember)?|dic(?:iembre)?"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:18|19|20)\d\d"
DATE_TEXT = (
    rf"{_YEAR}-(?:0[1-9]|1[0-2])(?:-{_DAY}(?:[T ]\d\d:\d\d[\d:.+Z-]*)?)?"
    rf"|{_YEAR}/(?:0?[1-9]|1[0-2])/{_DAY}"
    rf"|{_DAY}[./-]{_DAY}[./-](?:{_YEAR}|\d\d)"
    rf"|{_DAY}(?:st|nd|rd|th|\.|er)?[ -](?:de |of )?(?:{_MONTHS})\.?,?[ -](?:del? )?"
    rf"(?:{_YEAR}|\d\d)"
    rf"|(?:{_MONTHS})\.? {_DAY}(?:st|nd|rd|th)?,? {_YEAR}"
    rf"|(?:{_MONTHS})\.?,? (?:de |del )?{_YEAR}"
    rf"|(?:0?[1-9]|1[0-2])/{_YEAR}"
)
EMAIL_TEXT = r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}"
URL_TEXT = r"(?:https?://|www\.)[^\s<>\"']{3,300}"
IP_TEXT = (
    r"(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}"
    r"|(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}|(?:[0-9a-f]{1,4}:){1,6}:(?:[0-9a-f]{1,4})?"
)
MAC_TEXT = r"[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}"
UUID_TEXT = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
NATIONAL_TEXT = (
    r"\d{3}-\d{2}-\d{4}"  # United States
    r"|\d{3} \d{3} \d{4}"  # National Health Service
    r"|[a-ceghj-prtw-z]{2} ?\d{2} ?\d{2} ?\d{2} ?[a-d]"  # British insurance
    r"|[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?(?:\d{2}|2[ab]) ?\d{3} ?\d{3}(?: ?\d{2})?"  # French
    r"|\d{8}-?[a-hj-np-tv-z]|[xyz]-?\d{7}-?[a-z]"  # Spanish
    r"|\d{2} ?\d{6} ?[a-z] ?\d{3}"  # German pension insurance
)
IBAN_TEXT = r"[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,4})?"
CARD_TEXT = r"\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{4}"
VIN_TEXT = r"(?=[a-z0-9]*\d)(?=[a-z0-9]*[a-z])[a-hj-npr-z0-9]{17}"
PHONE_TEXT = (
    r"(?:\+|00)\d{1,3}[ .()/-]*\d(?:[ .()/-]{0,2}\d){6,12}"
    r"|\(\d{2,5}\) ?\d{2,4}(?:[ .-]?\d{2,5}){1,3}"
    r"|\b\d{3}[.-]\d{3}[.-]\d{4}"
    r"|\b0\d{1,4}[ /-]\d{2,4}(?:[ -]?\d{2,5}){1,4}"
    r"|\b0\d(?:[ .]\d{2}){4}|\b[679]\d{2} \d{3} \d{3}"
)
ZIP_TEXT = r"\d{5}-\d{4}"
UK_POSTCODE_TEXT = r"[a-z]{1,2}\d[a-z\d]? ?\d[abd-hjlnp-uw-z]{2}"
PICTURE_TEXT = r"[\w./\\ -]{1,120}\.(?:jpe?g|png|gif|heic|tiff?|bmp|webp)|data:image/[^\s]{10,}"

_YEAR_ONLY = re.compile(_YEAR)
_CLINICAL_CODE = re.compile(
    r"(?:(?:n[mprc]_\d+(?:\.\d+)?|ens[tpg]\d+(?:\.\d+)?)?:?[cgpmn]\..{2,60}|rs\d{3,}|cos[mv]\d+|nct\d{8}|"
    r"[a-z]\d{1,4}(?:[a-z*]|fs|del|dup|ins).{0,20}|[a-tv-z]\d{2}(?:\.\d{1,4})?|\d{1,5}-\d|"
    r"(?:chr)?(?:\d{1,2}|[xy]|mt):\d+(?:-\d+)?.{0,20}|hgnc:\d+|pmid:? ?\d+|10\.\d{4,9}/.+|"
    r"[ptnm]{1,2}[0-4x][a-d]?.{0,20}|q?\d+[pq]\d.{0,10})",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?=[\w/.-]*\d)[a-z0-9][\w/.-]{4,40}", re.IGNORECASE)
_NUMBER = re.compile(r"[<>=~ ]*[+-]?\d{1,6}(?:[.,]\d+)?\s*\D{0,12}|[+-]?\d*[.,]\d+(?:e[+-]?\d+)?")
_LONG_NUMBER = re.compile(r"\d{7,20}")
_NAME_WORD = (
    r"(?:[^\W\d_a-zß-öø-ÿ][^\W\d_]*(?:['\u2019-][^\W\d_]+)*\.?|v[ao]n|de[lr]?|di|da|la|le|bin|al)"
)
_NAME_LIKE = re.compile(rf"(?:{_NAME_WORD},? ){{1,4}}{_NAME_WORD}")
_ONE_NAME = re.compile(r"[^\W\d_a-z][^\W\d_]{1,25}(?:['\u2019-][^\W\d_]{1,25})*")


def _matcher(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda text: compiled.fullmatch(text) is not None


_DATE = re.compile(DATE_TEXT, re.IGNORECASE)
_PATTERNS: tuple[tuple[Identifier, Callable[[str], bool]], ...] = tuple(
    (kind, _matcher(pattern))
    for kind, pattern in (
        (Identifier.EMAIL, EMAIL_TEXT),
        (Identifier.URL, URL_TEXT),
        (Identifier.DEVICE, MAC_TEXT),
        (Identifier.IP, IP_TEXT),
        (Identifier.PHOTO, PICTURE_TEXT),
        (Identifier.NATIONAL_NUMBER, NATIONAL_TEXT),
        (Identifier.ACCOUNT, rf"{IBAN_TEXT}|{CARD_TEXT}"),
        (Identifier.VEHICLE, VIN_TEXT),
        (Identifier.OTHER_CODE, UUID_TEXT),
        (Identifier.PHONE, PHONE_TEXT),
        (Identifier.POSTCODE, rf"{ZIP_TEXT}|{UK_POSTCODE_TEXT}"),
    )
)


def by_content(filled: Sequence[str]) -> Identifier | None:
    """The identifier that most of these cells show, whatever the column is called."""
    if (found := _unmistakable(filled)) is not None:
        return found
    if _share(filled, lambda value: _CLINICAL_CODE.fullmatch(value) is not None) >= MOSTLY:
        return None
    if _are_names(filled):
        return Identifier.NAME
    if _is_running_text(filled):
        return Identifier.FREE_TEXT
    return Identifier.OTHER_CODE if _are_codes(filled) else None


def _unmistakable(filled: Sequence[str]) -> Identifier | None:
    """Kinds whose form nothing clinical has."""
    if _share(filled, is_date) > MOSTLY:
        return Identifier.DATE
    for kind, shows in _PATTERNS:
        if _share(filled, shows) > MOSTLY:
            return kind
    return None


def is_date(text: str) -> bool:
    """Whether a cell is a date finer than a year."""
    return _DATE.fullmatch(folded(text)) is not None


def is_year(text: str) -> bool:
    """Whether a cell is a year and nothing more."""
    return _YEAR_ONLY.fullmatch(text) is not None


def _share(filled: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, filled)) / len(filled)


def _are_names(filled: Sequence[str]) -> bool:
    """Whether cells look like persons' names and some of them are known to be."""
    lists = word_lists()
    several = [value for value in filled if _NAME_LIKE.fullmatch(value)]
    single = [value for value in filled if _ONE_NAME.fullmatch(value)]
    if len(several) >= _NAMES_MOSTLY * len(filled):
        known = sum(_holds_name(value, lists) for value in several)
        return known >= max(1, _NAMES_KNOWN * len(several))
    if len(single) >= _NAMES_MOSTLY * len(filled):
        known = sum(folded(value) in lists.first_names | lists.surnames for value in single)
        return known >= max(1, 2 * _NAMES_KNOWN * len(single))
    return False


def _holds_name(text: str, lists: WordLists) -> bool:
    words = [folded(word.strip(",.")) for word in text.split()]
    return any(word in lists.first_names or word in lists.surnames for word in words)


def _is_running_text(filled: Sequence[str]) -> bool:
    words = sum(len(value.split()) for value in filled) / len(filled)
    sentences = _share(filled, lambda value: ". " in value or value.endswith("."))
    different = len(set(filled)) / len(filled)
    long = words >= _LONG_TEXT_WORDS or (words >= _SENTENCE_WORDS and sentences >= MOSTLY)
    return long and (different >= MOSTLY or len(filled) < _FEWEST_UNIQUE)


def _are_codes(filled: Sequence[str]) -> bool:
    """Whether every row has a code of its own, of letters and digits or of many digits."""
    if len(filled) < _FEWEST_UNIQUE or len(set(filled)) < _ALL_DIFFERENT * len(filled):
        return False
    if _share(filled, lambda value: _LONG_NUMBER.fullmatch(value) is not None) >= MOSTLY:
        return True
    codes = [v for v in filled if _CODE.fullmatch(v) and not _NUMBER.fullmatch(v)]
    return len(codes) >= _NAMES_MOSTLY * len(filled)
