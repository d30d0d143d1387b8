"""Identifiers inside running text: where they are, and the text with marks in their place.

Patterns find what has a form of its own (mail, web, dates) and what follows a label (a number after
"MRN"); names are found by what stands before them (titles, kin, labels) and by small lists. Terms
of the clinic that are also names (Gleason, Child-Pugh) are left alone. Patterns miss things, so
whoever releases a text has to read it: that is why notes are withheld until somebody has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from dashboard.knowledge.codes import drugs_in
from dashboard.records.identifiers import (
    CARD_TEXT,
    DATE_TEXT,
    EMAIL_TEXT,
    IBAN_TEXT,
    IP_TEXT,
    MAC_TEXT,
    NATIONAL_TEXT,
    PHONE_TEXT,
    PICTURE_TEXT,
    UK_POSTCODE_TEXT,
    URL_TEXT,
    UUID_TEXT,
    VIN_TEXT,
    ZIP_TEXT,
    Identifier,
    folded,
    word_lists,
)

OLD = "90 or older"  # ages from ninety on are told as one group
LONGEST_EXAMINED = 100_000
_NOT_EXAMINED = "[not examined]"
# One sign for one sign, so that places in the folded text are places in the text.
_UNACCENTED = str.maketrans(
    "àáâãäåçèéêëìíîïñòóôõöùúûüýÿÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝ\u2019",
    "aaaaaaceeeeiiiinooooouuuuyyAAAAAACEEEEIIIINOOOOOUUUUY'",
)


@dataclass(frozen=True, slots=True)
class Span:
    """One identifier in a text."""

    start: int
    end: int
    kind: Identifier
    age: bool = False  # an age of ninety or more, which is told as a group


def find_identifiers(text: str) -> tuple[Span, ...]:
    """The identifiers in a text, in order, none overlapping another."""
    plain = text[:LONGEST_EXAMINED].translate(_UNACCENTED)
    spans: list[Span] = []
    taken = bytearray(len(plain))
    for span in _candidates(plain):
        if not any(taken[span.start : span.end]):
            taken[span.start : span.end] = b"\1" * (span.end - span.start)
            spans.append(span)
    return tuple(sorted(spans, key=lambda span: span.start))


def masked(text: str) -> tuple[str, tuple[Span, ...]]:
    """The text with each identifier replaced by its kind in brackets, and what was replaced."""
    spans = find_identifiers(text)
    parts, at = [], 0
    for span in spans:
        parts += [text[at : span.start], mark(span)]
        at = span.end
    rest = text[at:LONGEST_EXAMINED]
    more = _NOT_EXAMINED if len(text) > LONGEST_EXAMINED else ""
    return "".join([*parts, rest, more]), spans


def mark(span: Span) -> str:
    """What stands in place of an identifier."""
    return OLD if span.age else f"[{span.kind.replace('_', ' ')}]"


def _candidates(text: str) -> Iterator[Span]:
    """Every possible identifier, the surest first."""
    for kind, pattern in _patterns():
        for match in pattern.finditer(text):
            start, end = match.span("it")
            yield Span(start, end, kind)
    for match in _OLD_AGE.finditer(text):
        start, end = match.span("before" if match["before"] else "after")
        yield Span(start, end, Identifier.BIRTH_DATE, age=True)
    yield from _names(text)


_OLD_AGE = re.compile(
    r"(?<![\w.])(?:(?P<before>9\d|1[01]\d)(?=[ -]?(?:years?|yrs?|y/?o\b|ans\b|jahre|jahrig|anos))"
    r"|(?:aged?|alter|age de|edad(?: de)?)[ :]{1,2}(?P<after>9\d|1[01]\d))(?![\w.%])",
    re.IGNORECASE,
)


# -- what has a form of its own, or a label ------------------------------------------------------

_PHONE_VALUE = r"\+?\(?\d[\d ()./-]{5,20}\d"
_NO_AGE = r"(?!\d+-(?:year|month|week|day))"
_CODE_VALUE = _NO_AGE + r"(?=[\w/.-]*\d)[a-z0-9][\w/.-]{4,40}"
_PLATE_VALUE = r"(?-i:(?=[A-Z -]*\d)(?=[\d -]*[A-Z])[A-Z\d]{1,17}(?:[ -][A-Z\d]{1,7}){0,3})"
_GROUPS_VALUE = r"(?=[a-z0-9 -]*\d)[a-z0-9](?:[ ./-]?[a-z0-9]){5,33}"
_VALUE_AFTER_LABEL: tuple[tuple[Identifier, str], ...] = (
    (Identifier.FAX, _PHONE_VALUE),
    (Identifier.PHONE, _PHONE_VALUE),
    (Identifier.NATIONAL_NUMBER, _GROUPS_VALUE),
    (Identifier.PLAN_NUMBER, _CODE_VALUE),
    (Identifier.LICENCE, _CODE_VALUE),
    (Identifier.VEHICLE, _PLATE_VALUE),
    (Identifier.DEVICE, r"(?=[\w/.()-]*\d)[(a-z0-9][\w/.()-]{4,40}"),
    (Identifier.BIOMETRIC, r"(?=[\w/+=:.-]*\d)[a-z0-9][\w/+=:.-]{5,120}"),
    (Identifier.OTHER_CODE, _CODE_VALUE),
    (Identifier.RECORD_NUMBER, _NO_AGE + r"(?=[\w/.-]*\d)[a-z0-9][\w/.-]{3,24}"),
    (Identifier.ACCOUNT, _GROUPS_VALUE),
    (Identifier.POSTCODE, r"(?:[a-z]{1,2}-)?\d{4,5}(?:-\d{4})?|[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}"),
)  # fmt: skip
_BETWEEN = (
    r"(?:[ .']{0,2}\b(?:no|nr|n[°º]?|num(?:ber|mer|ero)?|id|is|was|ist|est|es|of|with|lautet)\b"
    r"\.?)*[ .]{0,2}[:#=]?[ ]{0,2}"
)
_TOWN = r"[A-Z][\w'-]+"
_IBAN_HEAD = r"(?=[A-Z]{2}\d{2} ?(?:[A-Z\d]{4} ?){3})"  # in capitals, unlike ordinary words
_STREET = (
    r"\d{1,5}[a-z]? (?:[A-Z][\w'.-]+ ){1,3}"
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Court|Ct|Boulevard|Blvd|Way|Place|Close"
    r"|Terrace|Crescent|Gardens|Square)\b"
    r"|[A-Z][\w.-]*(?:stra(?:ß|ss)e|str\.|weg|allee|platz|gasse|ring|damm|ufer) \d{1,4}[a-z]?"
    r"|\d{1,4}(?: bis| ter)?,? (?:rue|avenue|boulevard|place|allee|impasse|chemin|quai) "
    r"(?:de |du |des |la |le |l')*[A-Z][\w'-]+(?: [A-Z][\w'-]+){0,3}"
    r"|(?:[Cc]alle|[Aa]venida|[Aa]vda\.|[Pp]laza|[Pp]aseo|C/) (?:de |del |la |los )*"
    r"[A-Z][\w-]+(?: [A-Z][\w-]+){0,3},? ?(?:n[.º°] ?)?\d{1,4}"
)
_LIVES = (
    r"(?i:liv(?:es|ing)(?: alone| now)? (?:in|near|at)|resid(?:es|ing|ent) (?:in|of|at)|moved"
    r" (?:to|from)|born in|wohnt (?:in|bei)|wohnhaft in|geboren in|habite (?:a|au|en)|demeurant a"
    r"|nee? a|vive en|resid(?:e|ente) en|nacid[oa] en|travel(?:s|led) from|comes from|home in)"
)
_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM"
    "|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY"
)
# "Patient ID" and "CR, PR, SD" are no towns in Idaho and South Dakota.
_NO_LABEL = (
    r"(?!(?i:column|patients?|patienten|pat|subject|case|study|record|participant|person|hospital"
    r"|clinic|lab|laboratory|site|centre|center|tumou?r|sample|specimen|trial|encounter|visit"
    r"|order|report|test|row|your|the|an?|no|snomed|chest|thorax|abdomen|brain|head|neck|spine)\b|[A-Z]{2}\b)"
)
_US_TOWN = f"{_NO_LABEL}{_TOWN}"
_SURE = (
    (Identifier.EMAIL, EMAIL_TEXT),
    (Identifier.URL, URL_TEXT),
    (Identifier.PHOTO, PICTURE_TEXT.replace(r"\\ -]", r"\\-]")),
    (Identifier.DEVICE, MAC_TEXT),
    (Identifier.OTHER_CODE, UUID_TEXT),
    (Identifier.IP, IP_TEXT),
    (Identifier.ACCOUNT, rf"{_IBAN_HEAD}{IBAN_TEXT}"),
    (Identifier.ACCOUNT, CARD_TEXT),
    (Identifier.DATE, DATE_TEXT),
)
_WITHOUT_LABEL = (
    (Identifier.NATIONAL_NUMBER, f"(?i:{NATIONAL_TEXT})"),
    (Identifier.VEHICLE, VIN_TEXT.replace("a-h", "A-H").replace("a-z", "A-Z").replace(
        "j-npr-z", "J-NPR-Z")),
    (Identifier.PHONE, PHONE_TEXT),
    (Identifier.PLACE, rf"(?:{_STREET})(?:, {_TOWN})?"),
    (Identifier.POSTCODE, rf"(?:{_STATES}) (?P<it>\d{{5}}(?:-\d{{4}})?)"),
    (Identifier.POSTCODE, ZIP_TEXT),
    (Identifier.POSTCODE, UK_POSTCODE_TEXT.replace("a-z", "A-Z").replace(
        "abd-hjlnp-uw-z", "ABD-HJLNP-UW-Z")),
    (Identifier.POSTCODE, rf"(?:[A-Z]{{1,2}}-)?\d{{5}}(?= {_TOWN})"),
    (Identifier.PLACE, rf"(?<=\d{{5}} ){_TOWN}"),
    (Identifier.PLACE, rf"(?P<it>{_US_TOWN}(?: {_US_TOWN})?)(?=,? (?:{_STATES})\b)"),
    (Identifier.PLACE, rf"{_LIVES} (?P<it>{_TOWN}(?: {_TOWN})?)"),
    (Identifier.RECORD_NUMBER, r"(?<![:.])\d{7,12}"),
    (Identifier.OTHER_CODE, r"(?!NCT\d|COS[MV]\d|PMID|HGNC|ISRCTN)[A-Z]{2,5}-?\d{5,12}"),
)  # fmt: skip


@cache
def _patterns() -> tuple[tuple[Identifier, re.Pattern[str]], ...]:
    """Every pattern with the identifier it finds; the group `it` is the part that identifies."""
    labels = word_lists().labels
    sure = [(kind, f"(?i:{text})") for kind, text in _SURE]
    labelled = [
        (kind, rf"(?i:(?:{_phrases(labels[kind])}){_BETWEEN}(?<!\w)(?P<it>{value}))")
        for kind, value in _VALUE_AFTER_LABEL
    ]
    return tuple(
        (kind, re.compile(rf"(?<![\w@])(?:{_grouped(text)})(?![\w@])"))
        for kind, text in (*sure, *labelled, *_WITHOUT_LABEL)
    )


def _grouped(text: str) -> str:
    return text if "(?P<it>" in text else f"(?P<it>{text})"


def _phrases(phrases: Iterable[str]) -> str:
    """Phrases as a pattern: longer ones first, their words joined by blanks, points or hyphens."""
    ordered = sorted(set(phrases), key=lambda phrase: (-len(phrase), phrase))
    return "|".join(r"[ .'-]{1,2}".join(map(re.escape, phrase.split())) for phrase in ordered)


# -- names ---------------------------------------------------------------------------------------

_NAME = r"(?:[A-Z]'(?=[A-Z]))?[A-Z](?:[^\W\d_]+|\.)(?:['-][^\W\d_]+)*"
_DOES = (
    r"was|is|has|had|reports?|denies|presents?|presented|complains|attended|came|called|lives|agreed"
    r"|ist|hat|wurde|berichtet|klagt|kam|est|rapporte|vient|habite|refiere|acude|presenta|vive"
)
_LINK = r"(?:v[ao]n(?: de[nr]?)?|de[lr]?|de la|di|da|le|la|bin|al|zu|und|y|e)"
_NAMES = rf"{_NAME}(?:,? (?:{_LINK} )?(?:[A-Z]\. )?{_NAME}){{0,3}}"
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['-](?=[^\W\d_]))*")
_LONGEST_NAME, _LONGEST_ACRONYM = 4, 4
_LINKS = frozenset({"von", "van", "de", "del", "der", "den", "di", "da", "le", "la", "bin", "zu"})
_WITHIN_NAME = re.compile(rf",? (?:{_LINK} )?(?:[A-Z]\. )?(?:{_LINK} )?")
# Endings of drugs, illnesses, tests and wards.
_CLINICAL = re.compile(
    r"(?:mab|nib|lib|ciclib|parib|platin|taxel|rubicin|bine|stim|mycin|zole|oma|itis|osis|a?emia"
    r"|ology|ologist|graphy|gram|ectomy|pathy|therapy|scopy|penia|rrh?oea|rrhea)s?$"
)
_BETWEEN_NAMES = re.compile(r",? (?:[A-Z]\. )?")


@cache
def _name_patterns() -> tuple[re.Pattern[str], ...]:
    """Names after a title, after a word of kinship, after a label with a colon."""
    lists = word_lists()
    titles, kin, labels = (_phrases(w) for w in (lists.titles, lists.kin, lists.name_labels))
    more = r"(?: ?(?:med|dent|phil|nat)\.)*"
    return (
        re.compile(rf"(?<!\w)(?:(?i:{titles})\.?{more}|M\.) (?P<it>{_NAMES})"),
        re.compile(rf"(?<!\w)(?i:{kin})(?:,| is| called| named|:)? (?P<it>{_NAMES})"),
        re.compile(rf"(?<!\w)(?i:{labels}) ?[:=] ?(?P<it>{_NAMES})"),
        re.compile(rf"(?<!\w)(?i:seen by|signed by|called|named) (?P<it>{_NAMES})"),
        re.compile(rf"(?<!\w)(?P<it>{_NAME}(?:, | [A-Z]\. ){_NAME})(?= (?:{_DOES})\b)"),
    )


def _names(text: str) -> Iterator[Span]:
    for pattern in _name_patterns():
        for match in pattern.finditer(text):
            start, end = match.span("it")
            if not _is_term(match["it"]):
                yield Span(start, end, Identifier.NAME)
    yield from _addressed(text)
    words = [match for match in _WORD.finditer(text) if match[0][0].isupper()]
    for place, word in enumerate(words):
        following = _next_to(words, place, text)
        end = word.end() if following is None else following.end()
        if _is_name(word[0], following) and not _is_term(text[word.start() : end]):
            yield _whole_name(words, place, text)
        elif folded(word[0]) in word_lists().cities:
            yield Span(word.start(), word.end(), Identifier.PLACE)


def _addressed(text: str) -> Iterator[Span]:
    """Full names after a word of speaking with somebody, whether or not they are in the lists."""
    for match in _addressing().finditer(text):
        words = list(_WORD.finditer(text, *match.span("it")))
        end = _end_of_run(words, 0, text)
        if end > words[0].end() and not _is_term(text[words[0].start() : end]):
            yield Span(words[0].start(), end, Identifier.NAME)


@cache
def _addressing() -> re.Pattern[str]:
    said = _phrases(word_lists().addressing)
    return re.compile(rf"(?<!\w)(?i:{said}) (?P<it>{_NAMES})")


def _whole_name(words: list[re.Match[str]], place: int, text: str) -> Span:
    """A known name with the capitalised words that go on with it: Call Erika Brandt Zorn."""
    start, lists = words[place], word_lists()
    following = _next_to(words, place, text)
    end = start.end() if following is None else following.end()
    own = any(part in lists.first_names for part in folded(start[0]).split("-"))
    if following is not None and not own and folded(following[0]) in lists.first_names:
        end = max(end, _end_of_run(words, place + 1, text))
        start = following if folded(start[0]) in lists.addressing else start
    return Span(start.start(), end, Identifier.NAME)


def _end_of_run(words: list[re.Match[str]], place: int, text: str) -> int:
    """Where a run of up to four words of a name ends; before its first word where it is none."""
    end = words[place].start()
    for word in words[place : place + _LONGEST_NAME]:
        apart = end != words[place].start() and not _WITHIN_NAME.fullmatch(text[end : word.start()])
        if apart or not _may_be_name(word):
            break
        end = word.end()
    return end


def _may_be_name(word: re.Match[str]) -> bool:
    """Whether a capitalised word can be part of a name: no drug, no test, no ward, no illness."""
    lists, plain = word_lists(), folded(word[0])
    if not word[0][0].isupper():
        return plain in _LINKS
    if plain in lists.first_names or plain in lists.surnames - lists.eponyms:
        return True
    if word.string[word.end() : word.end() + 1].isdigit() or len(word[0]) == 1:
        return False
    if word[0].isupper() and len(word[0]) <= _LONGEST_ACRONYM:
        return False
    known = lists.no_names | lists.clinical_headers | lists.eponyms
    return plain not in known and not _CLINICAL.search(plain) and not drugs_in(plain)


def _is_name(word: str, following: re.Match[str] | None) -> bool:
    """A first name of the list; or two capitalised words of which one is a surname of the list."""
    lists = word_lists()
    if any(part in lists.first_names for part in folded(word).split("-")):
        return True
    if following is None or len(word) == 1:
        return False
    surnames = (lists.surnames | lists.first_names) - lists.eponyms
    return folded(following[0]).replace("'", "") in surnames or _is_surname_first(word, following)


def _is_surname_first(word: str, following: re.Match[str]) -> bool:
    """Whether a known surname stands first, as in a list: Dubois, Agnes."""
    lists = word_lists()
    known = folded(word).replace("'", "") in lists.surnames - lists.eponyms
    return known and following.string[following.start() - 2 : following.start()] == ", "


def _next_to(words: list[re.Match[str]], place: int, text: str) -> re.Match[str] | None:
    """The next capitalised word, when nothing but a blank or an initial stands between."""
    if place + 1 == len(words):
        return None
    following = words[place + 1]
    between = text[words[place].end() : following.start()]
    return following if _BETWEEN_NAMES.fullmatch(between) else None


def _is_term(text: str) -> bool:
    """Whether the words are a title, or a term of the clinic: a score, a disease named for one."""
    eponyms = word_lists().eponyms
    words = folded(text).replace("-", " ").strip(" .,").split(" ")
    if len(words) == 1 and words[0] in word_lists().titles:
        return True
    return any(" ".join(words[:length]) in eponyms for length in range(1, len(words) + 1))
