"""Reading a value of a yes-or-no, category or ordinal feature from the words of reports.

A word counts only if a fixed list knows it (`words`), if it is a level or its label, or if one of
the notations below says it without doubt: roman and arabic numerals, letters that only look Latin,
protein changes, HER2 by IHC and ISH. Words that fit several levels are asked about; all others are
refused with the list of accepted words.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from dashboard.knowledge.schema import Feature, Kind
from dashboard.records.cells import Cell, Interpreted, spreadsheet_error, unknown_word
from dashboard.records.numerals import plain_text
from dashboard.records.patient import Choice, Severity, Value
from dashboard.records.reported import read_reported
from dashboard.records.wording import either
from dashboard.records.words import (
    AMBIGUOUS_FLAGS,
    FALSE_KEYS,
    LEVEL_WORDS,
    SPREADSHEET_ERRORS,
    TRUE_KEYS,
    latin,
    meaning_of_unknown,
    word_key,
)

_ROMAN = {"1": "I", "2": "II", "3": "III", "4": "IV", "0": "0", "5": "V"}
_ARABIC = {roman: arabic for arabic, roman in _ROMAN.items()}
_STAGE = re.compile(r"(?P<number>[0-4]|I{1,3}|IV)(?P<rest>(?:[A-D][1-3]?)?)", re.IGNORECASE)
_LEADING = frozenset(
    {
        "stage", "group", "grade", "score", "class", "line", "type", "level", "category", "ps",
        "ecog", "who", "zubrod", "ajcc", "ajcc7", "ajcc8", "uicc", "ihc", "ctcae", "cps", "tps",
        "status", "is", "the", "ed", "edition", "7th", "8th",
    }
)  # fmt: skip
_LABEL_AHEAD = re.compile(
    r"(?P<word>[A-Za-z]{2,}(?:[78](?!\d))?|[A-Za-z](?=[\s:=]))[\s_:=/-]*(?=\S)"
)
_BETWEEN = re.compile(r"(?P<low>\w+)\s*(?:-|/|to|or|bis)\s*(?P<high>\w+)", re.IGNORECASE)
_ORDER_WORDS = {
    "erstlinie": "1", "zweitlinie": "2", "drittlinie": "3", "viertlinie": "4",
    "première": "1", "deuxième": "2", "troisième": "3", "1.": "1", "2.": "2", "3.": "3", "4.": "4",
    "first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6",
    "1st": "1", "2nd": "2", "3rd": "3", "4th": "4", "5th": "5", "6th": "6",
}  # fmt: skip
_TRAILING_LINE = re.compile(r"(?<=\S)\s+(?:line|linie|ligne)$", re.IGNORECASE)  # 2nd line
_SIGNED_SCORE = re.compile(r"(?:ihc[\s:]*)?(?P<score>[0-3]|I{1,3})\s*\+?", re.IGNORECASE)
_ISH = re.compile(
    r"\b(?:f|c|d|s)?ish\b[\s:/]*"
    r"(?P<answer>\+|-|pos\w*|neg\w*|ampl\w*|non?[- ]?ampl\w*|not ampl\w*)",
    re.IGNORECASE,
)
# Karnofsky -> ECOG as published by Oken et al. 1982 and used by both cooperative groups.
_KARNOFSKY_SCORE = re.compile(r"(?:kps|karnofsky)?\s*(\d{2,3})(?:\.0)?\s*%?", re.IGNORECASE)
_KARNOFSKY = {
    100: "0",
    90: "0",
    80: "1",
    70: "1",
    60: "2",
    50: "2",
    40: "3",
    30: "3",
    20: "4",
    10: "4",
}
_REMARK = re.compile(r"(?P<word>[^()]*\w[^()]*?)\s*\([^()]*\)")
_NEITHER = frozenset(
    map(word_key, ("other", "x", "d", "diverse", "divers", "intersex", "non-binary"))
)
_CHILD_PUGH = (("A", 6), ("B", 9), ("C", 15))  # class and its most points


def read_flag(cell: Cell) -> Interpreted:
    """A value of a yes-or-no feature."""
    early = _not_a_fact(cell, flag=True)
    if early is not None:
        return early
    text = latin(plain_text(cell.raw.text))
    other = _other_alteration(cell, text)
    if other is not None:
        return other
    for candidate in _candidates(text, cell.feature):
        answer = flag_word(candidate)
        if answer is not None:
            return _converted(cell, answer, text)
    for special in (read_reported, _with_remark):
        outcome = special(cell, text)
        if outcome is not None:
            return outcome
    return cell.refused(
        "word-unknown",
        f"{cell.label}: '{cell.text}' is not one of the accepted words.",
        expected=cell.allowed(),
        fix="Use one of these words, or leave the cell empty if it is unknown.",
    )


# A gene can be altered in several ways; a word for one of them says nothing of another.
_ALTERATIONS = {
    "fusion": ("fusion", "fused", "rearranged", "rearrangement", "translocation", "translocated"),
    "mutation": ("mutated", "mutant", "mutation", "mut"),
    "amplification": ("amplified", "amplification", "amp", "gain", "copy gain"),
}
_KIND_OF_WORD = {word: kind for kind, words in _ALTERATIONS.items() for word in words}


def _other_alteration(cell: Cell, text: str) -> Interpreted | None:
    """A question where the word names another kind of alteration than the feature is about."""
    kind = _KIND_OF_WORD.get(text.casefold())
    if kind is None or cell.feature.group != "molecular":
        return None
    wanted = "fusion" if "fusion" in cell.feature.id else "mutation"
    if kind == wanted:
        return None
    return cell.asked(
        "other-alteration",
        f"{cell.label}: '{cell.text}' speaks of {kind}, and {cell.feature.label} is another "
        "kind of change.",
        {f"{cell.feature.label}: yes": True, f"{cell.feature.label}: no": False},
    )


@cache
def flag_word(text: str) -> bool | None:
    """Yes or no, where the word stands in one of the two lists."""
    key = word_key(text)
    if key in TRUE_KEYS or text.strip() in {"1.0", "1.00"}:
        return True
    if key in FALSE_KEYS or text.strip() in {"0.0", "0.00"}:
        return False
    return None


def read_level(cell: Cell) -> Interpreted:
    """A value of a category or ordinal feature."""
    text = latin(plain_text(cell.raw.text))
    found = _levels_named(cell.feature, text)
    if len(found) == 1:
        return _converted(cell, found[0], text)
    if len(found) > 1:
        return _ask_which(cell, found)
    early = _not_a_fact(cell, flag=False)
    if early is not None:
        return early
    for special in (
        _neither_sex,
        _grade,
        _performance,
        _child_pugh,
        _her2,
        _stage_or_number,
        read_reported,
        _by_parts,
        _with_remark,
    ):
        outcome = special(cell, text)
        if outcome is not None:
            return outcome
    return _refuse_word(cell, text)


def level_index(feature: Feature) -> dict[str, str]:
    """Every word that names exactly one level without further thought."""
    named: dict[str, set[str]] = {}
    for level in feature.levels:
        for word in (level, feature.level_labels.get(level, level)):
            named.setdefault(word_key(word), set()).add(level)
    return {key: next(iter(levels)) for key, levels in named.items() if len(levels) == 1}


def _not_a_fact(cell: Cell, *, flag: bool) -> Interpreted | None:
    text = plain_text(cell.raw.text)
    if any(not character.isprintable() for character in text):
        return cell.refused(
            "control-character",
            f"{cell.label}: '{cell.text}' contains a control character.",
            expected=cell.allowed(),
            fix="Type the value again.",
        )
    if text.casefold() in SPREADSHEET_ERRORS:
        return spreadsheet_error(cell)
    if flag and text.casefold() in AMBIGUOUS_FLAGS:
        meaning = AMBIGUOUS_FLAGS[text.casefold()]
        return cell.asked(
            "word-unclear",
            f"{cell.label}: '{cell.text}' can mean {meaning}.",
            {"Yes": True, "No": False},
        )
    meaning = meaning_of_unknown(text)
    return unknown_word(cell, meaning) if meaning else None


def _converted(cell: Cell, value: Value, text: str) -> Interpreted:
    """The value, with a warning where letters had to be replaced to read it."""
    if text == plain_text(cell.raw.text):
        return cell.taken(value)
    warning = cell.finding(
        Severity.WARNING,
        "lookalike-letters",
        f"{cell.label}: '{cell.text}' has letters that only look Latin; it was read as {text}.",
        expected=cell.allowed(),
        fix="Confirm the reading, or correct the file.",
        rest="The value was read as shown.",
        choices=(
            Choice(f"Read as {text}", answer="latin", values={cell.feature.id: value}),
            Choice("Leave it unknown", answer="unknown", values={cell.feature.id: None}),
        ),
    )
    return cell.taken(value, warning, note=f"look-alike letters read as {text}")


def _levels_named(feature: Feature, text: str) -> tuple[str, ...]:
    index = level_index(feature)
    for candidate in _candidates(text, feature):
        key = word_key(candidate)
        if key in index:
            return (index[key],)
        if "her2" not in feature.id and "erbb2" not in feature.id:
            found = tuple(lv for lv in feature.levels if key in _level_keys(lv))
            if found:
                return found
    return ()


@cache
def _level_keys(level: str) -> frozenset[str]:
    return frozenset(map(word_key, LEVEL_WORDS.get(level.casefold(), ())))


def _candidates(text: str, feature: Feature) -> tuple[str, ...]:
    """The text, and the text without words that only repeat what the column is about."""
    ahead = _without_label(text, feature)
    own = _label_words(feature.id, feature.label, feature.aliases)
    words = re.split(r"[\s_:=]+", ahead)
    while len(words) > 1 and word_key(words[-1]) in own:
        words.pop()
    return tuple(dict.fromkeys((text, ahead, " ".join(words))))


def _without_label(text: str, feature: Feature) -> str:
    """The text without leading words that only repeat what the column is about."""
    own = _label_words(feature.id, feature.label, feature.aliases)
    subject = feature.id.split("_", maxsplit=1)[0]
    if text.casefold().startswith(subject) and text[len(subject) :][:1] in {"*", " ", ":", "-"}:
        text = text[len(subject) :].lstrip(" :-") or text
    while (ahead := _LABEL_AHEAD.match(text)) is not None and (
        word_key(ahead["word"]) in own or ahead["word"].casefold() in _LEADING
    ):
        text = text[ahead.end() :]
    return text


@cache
def _label_words(name: str, label: str, aliases: tuple[str, ...]) -> frozenset[str]:
    words = re.split(r"[\s_()/-]+", " ".join((name, label, *aliases)))
    return frozenset(word_key(word) for word in words if word)


def _ask_which(cell: Cell, levels: Iterable[str]) -> Interpreted:
    labels = {cell.feature.level_label(level): level for level in levels}
    return cell.asked(
        "level-unclear",
        f"{cell.label}: '{cell.text}' can mean {either(list(labels))}. Which is it?",
        dict(labels),
    )


def _refuse_word(cell: Cell, text: str) -> Interpreted:
    feature = cell.feature
    words = [*feature.levels, *(feature.level_label(level) for level in feature.levels)]
    close = difflib.get_close_matches(text.casefold(), [w.casefold() for w in words], 1, 0.75)
    hint = f" Did you mean {close[0]}?" if close else ""
    return cell.refused(
        "word-unknown",
        f"{cell.label}: '{cell.text}' is not one of the accepted words.{hint}",
        expected="one of: " + ", ".join(feature.levels),
        fix="Use one of these, or leave the cell empty if it is unknown.",
    )


# ---- stages, grades, scores


def _stage_or_number(cell: Cell, text: str) -> Interpreted | None:
    levels = {level.upper(): level for level in cell.feature.levels}
    bare = _without_label(text, cell.feature)
    bare = _TRAILING_LINE.sub("", bare)
    bare = _ORDER_WORDS.get(bare.casefold(), bare)
    compact = re.sub(r"[\s.]+", "", bare).upper()
    if re.fullmatch(r"[GL]?\d\.?0*[GL]?", compact):
        compact = compact.strip("GL")
    if re.fullmatch(r"\d+(?:\.0+)?", bare.strip()):
        compact = str(int(float(bare)))
    for spelling in _numeral_spellings(compact):
        if spelling in levels:
            return cell.taken(levels[spelling])
        inside = [level for name, level in levels.items() if _covers(name, spelling)]
        if len(inside) == 1:
            return cell.taken(inside[0], note=f"{cell.text} counted as {inside[0]}")
        finer = [lv for name, lv in levels.items() if _is_finer(name, spelling)]
        if finer:
            return _ask_which(cell, finer)
        coarser = [lv for name, lv in levels.items() if _is_finer(spelling, name)]
        if len(coarser) == 1:
            return cell.taken(coarser[0], note=f"{cell.text} counted as {coarser[0]}")
    return _beyond_or_between(cell, bare)


def _covers(name: str, spelling: str) -> bool:
    """Whether a level stands for several stages (IIIB_IIIC), this one among them."""
    parts = name.split("_")
    return spelling in parts and all(map(_STAGE.fullmatch, parts))


def _is_finer(name: str, spelling: str) -> bool:
    """Whether `name` is a sub-stage of `spelling`: IVA of IV, M1A of M1."""
    rest = name.removeprefix(spelling)
    return bool(spelling) and rest != name and re.fullmatch(r"[A-D][1-3]?", rest) is not None


def _numeral_spellings(compact: str) -> list[str]:
    bare = re.sub(r"^(?:YP|YC|R)?[CP](?=M[01])", "", compact)
    stage = _STAGE.fullmatch(bare)
    if stage is None:
        return [bare]
    number, rest = stage["number"].upper(), stage["rest"].upper()
    other = _ROMAN.get(number) or _ARABIC.get(number) or number
    return [f"{number}{rest}", f"{other}{rest}", f"M{number}{rest}"]


def _beyond_or_between(cell: Cell, bare: str) -> Interpreted | None:
    levels = cell.feature.levels
    if cell.feature.kind is not Kind.ORDINAL:
        return None
    between = _BETWEEN.fullmatch(bare)
    if between is not None:
        ends = [
            lv for lv in levels if lv.upper() in {between["low"].upper(), between["high"].upper()}
        ]
        return _ask_which(cell, ends) if ends else None
    try:
        number = float(bare)
    except ValueError:
        return None
    numeric = [level for level in levels if level.isdigit()]
    near = [level for level in numeric if abs(int(level) - number) < 1]
    if near and number != int(number):
        return _ask_which(cell, near)
    if numeric and number > int(numeric[-1]) and _is_open_ended(cell.feature, numeric[-1]):
        top = numeric[-1]
        return cell.taken(top, note=f"{cell.text} counted as {cell.feature.level_label(top)}")
    return None


def _is_open_ended(feature: Feature, level: str) -> bool:
    return re.search(r"\+|≥|or more|and more|or higher", feature.level_label(level)) is not None


def _by_parts(cell: Cell, text: str) -> Interpreted | None:
    """A word that begins several levels (V600 of V600E and V600K), or a number inside a band."""
    key = word_key(_without_label(text, cell.feature))
    if key in TRUE_KEYS and {"none", "never"} & set(cell.feature.levels):
        present = [level for level in cell.feature.levels if level not in {"none", "never"}]
        return _ask_which(cell, present)
    begun = [lv for lv in cell.feature.levels if len(key) > 1 and word_key(lv).startswith(key)]
    begun += [lv for lv in cell.feature.levels if lv.startswith("other") and key in word_key(lv)]
    if len(key) > 1 and begun:
        return _ask_which(cell, dict.fromkeys(begun))
    return _in_band(cell, text)


def _in_band(cell: Cell, text: str) -> Interpreted | None:
    try:
        number = float(text.strip().rstrip("%"))
    except ValueError:
        return None
    for level in cell.feature.levels:
        found = re.fullmatch(r"(?P<low>[\d.]+)\s*-\s*(?P<high>[\d.]+)\s*%?", level)
        limit = re.fullmatch(r"(?P<sign><=?|>=?|≥|≤)\s*(?P<end>[\d.]+)\s*%?", level)
        if found and float(found["low"]) <= number <= float(found["high"]):
            return cell.taken(level, note=f"{cell.text} lies in {level}")
        if limit and _beyond(number, limit["sign"], float(limit["end"])):
            return cell.taken(level, note=f"{cell.text} lies in {level}")
    return None


def _beyond(number: float, sign: str, end: float) -> bool:
    return {
        "<": number < end,
        ">": number > end,
        "<=": number <= end,
        "≤": number <= end,
        ">=": number >= end,
        "≥": number >= end,
    }[sign]


def _with_remark(cell: Cell, text: str) -> Interpreted | None:
    """A known word with a remark in brackets: the remark may change it, so it is asked."""
    found = _REMARK.fullmatch(text.strip())
    if found is None:
        return None
    bare = Cell(cell.feature, replace(cell.raw, text=found["word"]), cell.units)
    read = read_flag(bare) if cell.feature.kind is Kind.FLAG else read_level(bare)
    if read.value is None:
        return None
    spoken = {True: "Yes", False: "No"}.get(read.value) if isinstance(read.value, bool) else None
    label = spoken or cell.feature.level_label(str(read.value))
    return cell.asked(
        "remark-beside",
        f"{cell.label}: '{cell.text}' carries a remark. Is it {label}?",
        {label: read.value},
    )


def _neither_sex(cell: Cell, text: str) -> Interpreted | None:
    """A sex recorded as neither female nor male is known, but no level: it stays open."""
    if set(cell.feature.levels) != {"female", "male"} or word_key(text) not in _NEITHER:
        return None
    return unknown_word(cell, "neither female nor male")


def _grade(cell: Cell, text: str) -> Interpreted | None:
    """A grade of differentiation in words."""
    if "grade" not in cell.feature.id or "differentiat" not in text.casefold():
        return None
    for level, word in (("1", "well"), ("2", "moderate"), ("3", "poor")):
        if text.casefold().startswith(word) and level in cell.feature.levels:
            return cell.taken(level, note=f"{cell.text} is grade {level}")
    return None


def _performance(cell: Cell, text: str) -> Interpreted | None:
    """ECOG given as a Karnofsky percentage, or as 5 (which means dead)."""
    if "ecog" not in cell.feature.id:
        return None
    found = _KARNOFSKY_SCORE.fullmatch(text.strip())
    if found is not None and int(found[1]) in _KARNOFSKY:
        level = _KARNOFSKY[int(found[1])]
        return cell.asked(
            "scale-unclear",
            f"{cell.label}: {cell.text} looks like a Karnofsky score; that would be ECOG {level}.",
            {f"Karnofsky {found[1]} = ECOG {level}": level},
        )
    if _without_label(text, cell.feature).strip() in {"5", "5.0"}:
        return cell.refused(
            "out-of-range",
            f"{cell.label} 5 means that the patient has died; no treatment is to be decided.",
            expected="one of: " + ", ".join(cell.feature.levels),
            fix="Correct the score, or leave the patient out.",
        )
    return None


def _child_pugh(cell: Cell, text: str) -> Interpreted | None:
    """A class given by its points: A is 5 to 6, B 7 to 9, C 10 to 15."""
    bare = re.sub(r"\s+|points?|pts?", "", _without_label(text, cell.feature), flags=re.IGNORECASE)
    found = re.fullmatch(r"([ABC])?\(?(\d{1,2})\)?", bare, re.IGNORECASE)
    if "child" not in cell.feature.id or found is None or not 5 <= int(found[2]) <= 15:  # noqa: PLR2004 - the score's own ends
        return None
    points = int(found[2])
    level = next(letter for letter, most in _CHILD_PUGH if points <= most)
    if found[1] and found[1].upper() != level:
        return _ask_which(cell, (found[1].upper(), level))
    return cell.taken(level, note=f"{points} points are class {level}")


# ---- HER2


def _her2(cell: Cell, text: str) -> Interpreted | None:
    """HER2 from IHC and ISH, onto the levels this pack distinguishes."""
    feature = cell.feature
    if not ("her2" in feature.id or "erbb2" in feature.id) or "positive" not in feature.levels:
        return None
    fits = _her2_levels(text) or _her2_agreed(text)
    levels = [lv for lv in fits if lv in feature.levels]
    if "negative" in feature.levels and set(fits) & {"low", "ultralow", "zero", "negative"}:
        levels = [lv for lv in levels if lv == "positive"] + ["negative"]
    if not fits:
        return None
    if len(levels) == 1:
        return cell.taken(levels[0], note=f"{cell.text} counted as HER2 {levels[0]}")
    if "positive" not in fits:
        return _ask_which(cell, levels)
    names = {"positive": "ISH amplified: HER2 positive"}
    return cell.asked(
        "her2-equivocal",
        f"{cell.label}: {cell.text} is equivocal and needs the ISH result.",
        {names.get(level, f"ISH not amplified: HER2 {level}"): level for level in levels},
        fix="Enter the ISH result, or leave HER2 unknown until it is there.",
    )


def _her2_levels(text: str) -> tuple[str, ...]:
    words = text.casefold().replace("her2", " ").replace("erbb2", " ").strip(" :/")
    ish = _ISH.search(words)
    amplified = None if ish is None else ish["answer"][0] in "+pa"
    if ish is None and re.fullmatch(r"(?:non?[- ]?|not )?ampl\w*", words):
        amplified = words.startswith("ampl")
    rest = (words if ish is None else words.replace(ish.group(), " ")).strip(" ,;:/()")
    if "ultra" in rest:
        return ("ultralow",)
    fixed = {
        "low": ("low",),
        "positive": ("positive",), "pos": ("positive",), "overexpressed": ("positive",),
        "negative": ("low", "ultralow", "zero"), "neg": ("low", "ultralow", "zero"),
        "no": ("low", "ultralow", "zero"),
        "yes": ("positive",), "y": ("positive",), "true": ("positive",),
        "equivocal": ("positive", "low"),
    }  # fmt: skip
    if rest in fixed:
        return fixed[rest]
    score = _SIGNED_SCORE.fullmatch(rest)
    level = None if score is None else _ARABIC.get(score["score"].upper(), score["score"])
    return _her2_from(level, amplified)


def _her2_agreed(text: str) -> tuple[str, ...]:
    """A word and a score in brackets, as far as they agree: Negative (IHC 0)."""
    found = re.fullmatch(r"([^()]+)\(([^()]+)\)\s*", text)
    if found is None:
        return ()
    outer, inner = (set(_her2_levels(part)) for part in found.groups())
    return tuple(sorted(outer & inner))


def _her2_from(score: str | None, amplified: bool | None) -> tuple[str, ...]:
    if amplified or score == "3":
        return ("positive",)
    if score == "2":
        return ("positive", "low") if amplified is None else ("low",)
    if score is None:
        return () if amplified is None else ("low", "ultralow", "zero")
    return ("low",) if score == "1" else ("zero",)
