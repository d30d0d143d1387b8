"""The fixed lists of words that values are written in, and how a word is compared.

Yes and no, the ways of saying that a fact is not known, the synonyms of levels (by level, so that a
new pack with a level of the same name has them at once), letters that only look Latin. A word that
stands in none of these lists is never guessed at: the caller shows the lists instead.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

TRUE_WORDS = (
    "yes", "y", "true", "t", "1", "positive", "pos", "+", "present", "detected",
    "mutated", "mutant", "mutation", "mut", "altered", "amplified", "rearranged",
    "rearrangement", "fusion", "found",
    "reactive", "checked", "ticked", "oui", "ja", "j", "si", "sí", "✓", "✔",
    "wahr", "vrai",
    "positiv", "positif", "positive", "vorhanden", "nachgewiesen", "nachweisbar", "mutiert",
    "mutation nachgewiesen", "muté", "mutée", "présent", "présente", "détecté", "détectée",
)  # fmt: skip
FALSE_WORDS = (
    "no", "n", "false", "f", "0", "negative", "neg", "absent", "not present", "not detected",
    "none detected", "undetected", "wild type", "wt", "not mutated", "unmutated", "non-mutated",
    "no mutation", "no mutation detected", "unaltered", "not altered", "not amplified",
    "non-amplified", "not rearranged", "no fusion", "not found", "never", "non-reactive",
    "unchecked", "not checked", "unticked", "non",
    "falsch", "faux", "keine", "kein", "aucune", "aucun",
    "nein", "negativ", "négatif", "négative", "nicht nachgewiesen", "nicht nachweisbar",
    "kein nachweis", "keine mutation", "keine mutation nachgewiesen", "nicht vorhanden", "wildtyp",
    "nicht mutiert", "unmutiert", "absence", "non détecté", "non détectée", "non muté",
    "non mutée", "type sauvage", "sauvage", "pas de mutation", "nicht amplifiziert",
)  # fmt: skip
# Each of these has two honest meanings for a yes-or-no fact; the person is asked which.
AMBIGUOUS_FLAGS = {
    "none": "none found, or nothing recorded",
    "nil": "none found, or nothing recorded",
    "nd": "not detected, or not done",
    "-": "negative, or not known",
    "-1": "yes as some databases write it, or a code for not recorded",
    "x": "a tick for yes, or crossed out",
    "±": "borderline",
    "+/-": "borderline",
    "weak": "weakly positive, or negative by the report's limit",
    "low": "a low positive, or negative by the report's limit",
}
UNKNOWN_WORDS = {
    "unknown": "not known", "unk": "not known", "not known": "not known", "n/k": "not known",
    "nk": "not known", "unsure": "not known", "uncertain": "not known", "?": "not known",
    "??": "not known", "???": "not known", "-": "not known", "--": "not known", "---": "not known",
    ".": "not known", "..": "not known", "*": "not known", "unspecified": "not known",
    "not specified": "not known", "not stated": "not known", "unbekannt": "not known",
    "inconnu": "not known", "desconocido": "not known",
    "n/a": "not available", "na": "not available", "n.a.": "not available", "n.a": "not available",
    "#n/a n/a": "not available", "null": "not available", "not available": "not available",
    "unavailable": "not available", "not applicable": "not applicable", "missing": "not recorded",
    "keine angabe": "not recorded", "keine angaben": "not recorded", "fehlt": "not recorded",
    "non renseigné": "not recorded", "nicht bekannt": "not known", "unklar": "not known",
    "fraglich": "not known", "nicht getestet": "not done", "nicht bestimmt": "not done",
    "nicht durchgeführt": "not done", "nicht untersucht": "not done", "non fait": "not done",
    "non testé": "not done", "non réalisé": "not done", "nicht auswertbar": "no result",
    "nicht beurteilbar": "no result", "non interprétable": "no result",
    "ausstehend": "pending", "folgt": "pending", "en cours": "pending", "en attente": "pending",
    "not recorded": "not recorded", "not reported": "not recorded", "nr": "not recorded",
    "no data": "not recorded", "blank": "not recorded", "empty": "not recorded",
    "k.a.": "not recorded", "not done": "not done", "nd": "not done", "n.d.": "not done",
    "not tested": "not done", "nt": "not done", "not performed": "not done",
    "not assessed": "not done", "not evaluated": "not done", "not measured": "not done",
    "not examined": "not done", "untested": "not done", "refused": "not done",
    "declined": "not done", "pending": "pending", "awaited": "pending", "awaiting": "pending",
    "awaiting result": "pending", "to follow": "pending", "in progress": "pending",
    "tbd": "pending", "tba": "pending", "tbc": "pending", "requested": "pending",
    "sent": "pending", "insufficient": "no result", "insufficient material": "no result",
    "insufficient tissue": "no result", "qns": "no result", "quantity not sufficient": "no result",
    "not evaluable": "no result", "ne": "no result", "not interpretable": "no result",
    "non-diagnostic": "no result", "failed": "no result", "failure": "no result",
    "invalid": "no result", "inconclusive": "no result", "indeterminate": "no result",
    "undetermined": "no result", "equivocal": "no result", "borderline": "no result",
    "haemolysed": "no result", "hemolyzed": "no result", "hemolysed": "no result",
    "clotted": "no result", "error": "no result",
    "vus": "variant of unknown significance",
    "variant of unknown significance": "variant of unknown significance",
    "variant of uncertain significance": "variant of unknown significance",
}  # fmt: skip
# Numbers that older databases write for 'missing'; they are refused with this hint, never believed.
MISSING_CODES = frozenset({-1.0, -9.0, -99.0, -999.0, -9999.0, 99.0, 999.0, 9999.0, 99999.0})
SPREADSHEET_ERRORS = frozenset(
    {
        "#div/0!", "#ref!", "#n/a", "#value!", "#name?", "#num!", "#null!",
        "#getting_data", "#spill!", "#calc!", "#####",
    }
)  # fmt: skip

LEVEL_WORDS: dict[str, tuple[str, ...]] = {
    "male": ("m", "man", "homme", "männlich", "maennlich"),
    "female": ("f", "woman", "w", "femme", "weiblich"),
    "white": ("caucasian", "white or caucasian", "european"),
    "black": ("african american", "black or african american", "african"),
    "asian": ("east asian", "south asian", "chinese", "japanese", "korean", "indian"),
    "hispanic": ("latino", "latina", "latinx", "hispanic or latino"),
    "never": (
        "nieraucher", "jamais fumeur", "never smoker", "non-smoker",
        "nonsmoker", "never smoked", "lifelong non-smoker",
    ),
    "former": (
        "exraucher", "ex-raucher", "ehemaliger raucher", "ancien fumeur", "ex", "ex-smoker",
        "former smoker", "past smoker", "past", "quit", "previous",
    ),
    "current": (
        "raucher", "aktiver raucher", "fumeur", "current smoker", "smoker", "active smoker",
        "daily",
    ),
    "adenocarcinoma": (
        "adenokarzinom", "adenocarcinome", "adeno", "adeno ca", "lung adenocarcinoma", "luad",
        "8140/3", "colon adenocarcinoma",
        "adenocarcinoma of lung", "adenocarcinoma of the lung", "adenocarcinoma of colon",
   ),
    "squamous": (
        "plattenepithelkarzinom", "plattenepithel ca", "carcinome epidermoide",
        "squamous cell carcinoma", "squamous cell", "scc", "sqcc", "lusc", "epidermoid", "8070/3",
    ),
    "large_cell": ("large cell carcinoma", "lcc", "8012/3"),
    "nos": ("not otherwise specified", "nsclc nos", "carcinoma nos"),
    "mucinous": ("mucinous adenocarcinoma", "colloid"),
    "signet_ring": ("signet ring cell", "signet ring cell carcinoma", "signet"),
    "none": (
        "no", "n", "0", "false", "negative", "neg", "absent", "nil", "wild type", "wt",
        "not detected", "undetected", "not mutated", "no mutation", "no mutation detected",
        "keine", "kein", "nein", "aucune", "aucun", "non",
        "never", "unaltered", "negativ", "négatif", "wildtyp", "nicht mutiert", "keine mutation",
        "nicht nachgewiesen", "type sauvage", "non muté",
    ),
    "wild_type": (
        "wt", "wildtype", "negative", "neg", "not mutated", "unmutated", "no mutation", "none",
        "not detected", "no mutation detected", "wildtyp", "wildtypisch", "negativ", "négatif",
        "nicht mutiert", "keine mutation", "type sauvage", "non muté",
    ),
    "mutant": (
        "mutiert", "positiv", "muté", "mutée", "mutated", "mut", "mutation", "positive", "pos",
        "altered", "detected", "mt",
    ),
    "mss": (
        "microsatellite stable", "stable", "stabil", "mikrosatellitenstabil", "pmmr",
        "mmr proficient", "mmr-p", "proficient",
        "msi-low", "msi-l", "mss/msi-l", "mss/pmmr", "pmmr/mss", "msi-stable", "intact",
    ),
    "msi_h": (
        "instabil", "mikrosatelliteninstabil", "instable", "msi-high", "msi", "msih", "high",
        "unstable", "microsatellite instability high",
        "microsatellite instable", "dmmr", "mmr deficient", "mmr-d", "deficient", "msi-h/dmmr",
        "dmmr/msi-h",
    ),
    "positive": (
        "positiv", "positif", "pos", "+", "yes", "y", "true", "detected", "overexpressed",
        "amplified",
    ),
    "negative": (
        "negativ", "négatif", "neg", "no", "n", "false", "not detected", "not amplified", "-ve",
        "absent",
    ),
    "pre": ("prämenopausal", "premenopausal", "pre-menopausal", "pre menopause"),
    "post": ("postmenopausal", "post-menopausal", "post menopause"),
    "left": (
        "left-sided", "left sided", "l", "left colon", "distal", "sigmoid", "sigmoid colon",
        "descending colon", "splenic flexure", "rectosigmoid", "rectum",
    ),
    "right": (
        "right-sided", "right sided", "r", "right colon", "proximal", "caecum", "cecum",
        "ascending colon", "hepatic flexure",
    ),
    "left_colon": ("sigmoid", "descending", "splenic flexure", "sigmoid colon", "descending colon"),
    "right_colon": (
        "caecum", "cecum", "ascending", "hepatic flexure", "ascending colon", "right hemicolon",
    ),
    "rectum": ("rectal", "rectosigmoid"),
    "cutaneous": ("skin", "cutaneous melanoma", "non-acral cutaneous"),
    "acral": ("acral lentiginous", "acral melanoma"),
    "mucosal": ("mucosal melanoma",),
    "uveal": ("ocular", "choroidal", "uveal melanoma", "eye"),
    "unknown_primary": ("unknown primary", "mup", "occult primary"),
    "hr_pos_her2_neg": (
        "hr+/her2-", "hr+her2-", "luminal", "er+/her2-", "hr positive her2 negative",
    ),
    "her2_pos": ("her2+", "her2 positive", "her2 enriched", "her2-positive"),
    "tnbc": ("triple negative", "triple-negative", "tn", "basal"),
    "normal": ("nm", "normal metaboliser", "normal metabolizer", "extensive", "em"),
    "intermediate": ("im", "intermediate metaboliser", "intermediate metabolizer"),
    "poor": ("pm", "poor metaboliser", "poor metabolizer"),
    "exon19del": (
        "exon 19 deletion", "ex19del", "del19", "e19del", "exon 19 del", "19del", "del 19",
    ),
    "exon20ins": ("exon 20 insertion", "ex20ins", "ins20", "exon 20 ins", "20ins"),
    "active": ("ongoing", "uncontrolled"),
    "inactive": ("controlled", "in remission", "quiescent"),
    "treated_stable": ("treated", "stable", "treated and stable", "treated, stable"),
    "active_untreated": ("active", "untreated", "untreated active", "progressing"),
    "unresectable": ("not resectable", "irresectable", "non-resectable", "never resectable"),
    "potentially_resectable": ("potentially", "borderline resectable", "convertible"),
    "resectable": ("upfront resectable", "easily resectable"),
}  # fmt: skip

_LOOKALIKES = str.maketrans(
    "АВЕЅЗІКМНОРСТУХаеорсухіѕјΑΒΕΖΗΙΚΜΝΟΡΤΥΧοѵԁԛԝһ",  # noqa: RUF001 - letters that look Latin
    "ABES3IKMHOPCTYXaeopcyxisjABEZHIKMNOPTYXovdqwh",
)
_TRAILING_MINUS = re.compile(r"(?<=\w)-(?=$|[\s/,;)])")  # HER2-, ISH-: a sign, not a hyphen
_SEPARATORS = re.compile(r"[\s_\-\u2010-\u2015\u2212./,;:'\"()\[\]]+")


@cache
def word_key(text: str) -> str:
    """What two spellings of one word have in common: letters and signs, no case, no separators."""
    plain = unicodedata.normalize("NFKC", text).casefold().strip()
    plain = _TRAILING_MINUS.sub("¬", plain)
    return _SEPARATORS.sub("", plain) or plain.strip()


def latin(text: str) -> str:
    """The text with letters that only look Latin replaced by the Latin ones."""
    return text if text.isascii() else text.translate(_LOOKALIKES)


def keys_of(words: Iterable[str]) -> frozenset[str]:
    """The keys of a list of words."""
    return frozenset(map(word_key, words))


TRUE_KEYS = keys_of(TRUE_WORDS)
FALSE_KEYS = keys_of(FALSE_WORDS)


def meaning_of_unknown(text: str) -> str:
    """In what sense the word says 'unknown'; empty where it does not."""
    return UNKNOWN_WORDS.get(" ".join(text.casefold().split()), "")
