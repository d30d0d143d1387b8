"""Which column of a stranger's table is what: suggested, explained, confirmed, remembered.

A header is matched by normalised name, alias or code, with the unit it states (albumin_g_l, "LDH
(xULN)"). Names that fit several features are settled by what the cells hold, if that is clear, and
asked about otherwise; near misses are only ever suggested. Everything else is listed as not used.
`MappingMemory` keeps what a site has confirmed, by the header it was confirmed for.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from dashboard.foundation.errors import UserError
from dashboard.foundation.private_files import write_private
from dashboard.knowledge.schema import Feature, Kind
from dashboard.records.amounts import is_ratio_to_limit
from dashboard.records.cells import Raw
from dashboard.records.numerals import read_numeral
from dashboard.records.patient import FOR_ANOTHER, Severity
from dashboard.records.units import UnitTable
from dashboard.records.values import interpret

# Roles that a column may have beside being a feature.
ROLES: dict[str, tuple[str, ...]] = {
    "id": (
        "id", "patient_id", "patient", "patientid", "pat_id", "patient identifier", "patient no",
        "patient number", "subject", "subject_id", "subjectid", "usubjid", "case", "case_id",
        "caseid", "study_id", "record_id", "pid", "pseudonym", "participant_id", "person_id", "mrn",
        "patienten_id", "patientennummer", "#patient_id", "participant",
        "pat_nr", "pat_no", "patient_nr", "patienten_nr", "hospital_no", "hospital_number",
        "numero_patient", "id_patient", "n_patient", "ipp",
    ),
    "sample": ("sample", "sample_id", "sampleid", "specimen_id", "tumor_sample_barcode"),
    "disease": (
        "disease", "cancer", "cancer_type", "cancertype", "tumour", "tumor", "tumour_group",
        "tumor_type", "tumour_type", "entity", "diagnosis", "primary_diagnosis",
        "oncotree_code", "primary_site", "diagnose", "tumorentitat", "tumorentitaet", "entitat",
        "diagnostic", "hauptdiagnose",
    ),
    "line": ("line", "line_of_therapy", "lot", "therapy_line", "treatment_line", "line_number",
        "therapielinie", "linie", "ligne", "ligne_de_traitement"),
    "synthetic": ("synthetic",),
    "notes": (
        "notes", "note", "comment", "comments", "remark", "remarks", "free_text", "bemerkung",
        "bemerkungen", "anmerkung", "anmerkungen", "kommentar", "verlauf", "anamnese", "befund",
        "commentaire", "commentaires", "remarque", "remarques",
    ),
    "allergies": ("allergy", "allergies", "drug_allergy", "drug_allergies", "intolerances"),
    "treatments": (
        "treatments", "prior_treatments", "prior_treatment", "previous_treatment", "prior_therapy",
        "vortherapie", "vortherapien", "traitements_anterieurs",
        "prior_therapies", "previous_therapies", "systemic_therapy_history", "treatment_history",
    ),
    "recorded_on": (
        "recorded_on", "recorded", "record_date", "assessment_date", "visit_date", "decision_date",
        "board_date", "date", "datum", "befunddatum",
    ),
    "born_on": (
        "born_on", "date_of_birth", "dob", "birth_date", "birthdate", "birthday", "geburtsdatum",
        "date of birth (dob)",
    ),
    "diagnosed_on": (
        "diagnosed_on", "date_of_diagnosis", "diagnosis_date", "dx_date", "date_dx", "diagnosis_on",
        "diagnosedatum", "erstdiagnose", "datum_der_erstdiagnose", "date_de_diagnostic",
        "date_diagnostic",
    ),
    "sampled_on": ("sampled_on", "sample_date", "biopsy_date", "specimen_date", "date_of_biopsy"),
    "started_on": (
        "started_on", "treatment_start", "start_date", "therapy_start", "date_of_treatment_start",
        "treatment_start_date", "start_of_treatment",
    ),
    "ended_on": (
        "ended_on", "treatment_end", "end_date", "stop_date", "therapy_end", "treatment_end_date",
        "end_of_treatment",
    ),
    "progressed_on": (
        "progressed_on", "progression_date", "date_of_progression", "pd_date", "relapse_date",
    ),
    "died_on": ("died_on", "death_date", "date_of_death", "dod", "deceased_on"),
    "followed_to": (
        "followed_to", "last_follow_up", "last_followup", "follow_up_date", "followup_date",
        "last_contact", "date_last_contact", "last_seen",
    ),
    "os_months": (
        "os_months", "overall_survival_months", "os_time", "os", "overall survival (months)",
    ),
    "os_event": ("os_event", "os_status", "death", "dead", "died", "vital_status", "deceased"),
    "pfs_months": (
        "pfs_months", "progression_free_months", "pfs_time", "pfs",
        "progression_free_survival_months",
    ),
    "pfs_event": ("pfs_event", "pfs_status", "progression", "progressed"),
    "response": (
        "response", "best_response", "bor", "best_overall_response", "objective_response", "recist",
    ),
    "test": (
        "test", "test_name", "analyte", "parameter", "variable", "item", "observation",
        "measurement", "feature", "lab_test", "labtest", "component",
        "marker", "loinc", "loinc_code", "untersuchung", "laborparameter", "laborwert", "analyse",
    ),
    "value": (
        "value", "result", "test_result", "result_value", "reading", "wert", "measured_value",
        "ergebnis", "messwert", "valeur", "resultat",
    ),
    "ref_high": (
        "ref_high", "reference_high", "ref_range_high", "upper_reference", "upper_limit", "uln",
        "upper_limit_of_normal", "normal_high", "ref_upper", "upper_ref", "reference_upper_limit",
    ),
    "unit": ("unit", "units", "uom", "einheit", "result_unit", "unite"),
    "taken_on": ("taken_on", "measured_on", "test_date", "result_date", "lab_date", "collected_on"),
    "gene": ("gene", "genes", "gene_symbol", "gene_name", "hugo_symbol", "symbol", "mutated_gene"),
    "variants": (
        "mutations", "mutation", "variants", "variant", "alterations", "molecular_findings",
        "molecular_results", "molecular", "molecular_pathology", "genomic_alterations", "genomics",
        "ngs", "ngs_result", "ngs_results", "ngs_findings", "mutationen", "mutationsstatus",
        "molekularpathologie", "molekulare_befunde", "molekularer_befund", "ngs_befund",
        "varianten", "biologie_moleculaire", "alterations_moleculaires",
    ),
    "name": (
        "name", "surname", "first_name", "last_name", "forename", "given_name", "family_name",
        "patient_name", "pat_name", "full_name", "address", "street", "phone", "telephone", "email",
        "e_mail",
        "ssn", "social_security_number", "nhs_number", "insurance_number", "medical_record_number",
        "vorname", "nachname",
    ),
}  # fmt: skip
# Read into ECOG only when asked; see column_questions.
KARNOFSKY_NAMES = frozenset(
    {"karnofsky", "kps", "karnofsky performance status", "karnofsky score", "karnofsky index"}
    | {"kps score", "karnofsky ps", "karnofsky performance scale", "karnofsky status", "kps %"}
)
_LIMIT_ENDINGS = (
    "upperlimitofnormal", "upperlimit", "uln", "refhigh", "referencehigh", "refrangehigh",
    "refupper", "upperref", "upperreference", "upperreferencelimit",
)  # fmt: skip
# What hospitals elsewhere call the facts that every table has.
_FOREIGN_NAMES: Mapping[str, tuple[str, ...]] = {
    "age_years": ("alter", "edad", "âge", "alter bei diagnose"),
    "sex": ("geschlecht", "sexe", "sexo"),
    "smoking_status": ("raucherstatus", "tabac", "tabagisme", "tabaquismo", "statut tabagique"),
    "haemoglobin_g_dl": ("hämoglobin", "hémoglobine", "hemoglobina"),
    "albumin_g_dl": ("albumine", "albúmina", "serumalbumin"),
    "stage": ("stadium", "tumorstadium", "uicc stadium", "stade"),
    "histology": ("histologie", "histología"),
    "brain_metastases": ("hirnmetastasen", "métastases cérébrales"),
    "liver_metastases": ("lebermetastasen", "métastases hépatiques"),
    "bone_metastases": ("knochenmetastasen", "métastases osseuses"),
    "creatinine_mg_dl": ("kreatinin", "créatinine", "creatinina"),
    "weight_kg": ("gewicht", "körpergewicht", "poids", "peso"),
    "height_cm": ("größe", "körpergröße", "taille", "talla"),
    "platelets_10e9_l": ("thrombozyten", "plaquettes", "plaquetas"),
    "wbc_10e9_l": ("leukozyten", "leucocytes", "leucocitos"),
    "neutrophils_10e9_l": ("neutrophile", "neutrophile granulozyten"),
    "lymphocytes_10e9_l": ("lymphozyten",),
    "menopausal_status": ("menopausenstatus", "statut ménopausique"),
    "pack_years": ("packungsjahre", "paquets-années", "paquets année"),
}
_NO_LEVEL_NAMES = re.compile(r"none|other.*|unknown|wild_type|mutant|positive|negative|true|false")
_UNIT_AFTER_COMMA = re.compile(r"(?P<name>[^,]+),\s*(?P<unit>[^,]+)")
COURSE_COLUMN = re.compile(
    r"(?:course|prior|previous)[ _]?(?P<number>[1-9]\d?)[ _]"
    r"(?P<part>label|regimen|treatment|line|started|stopped|best_response|stop_reason)"
)
OUTCOME_COLUMN = re.compile(r"outcome:\s*(?P<name>\S.*)", re.IGNORECASE)
# The decision is made at baseline; what held at diagnosis may have changed since.
_WHEN = re.compile(
    r"(?P<name>.+?)[\s_,]*[(]?(?:(?P<now>(?:at[\s_]+)?(?:baseline|screening|enrolment|enrollment)"
    r"|pre[-_ ]?treatment)|at[\s_]+(?:first[\s_]+)?diagnosis|at[\s_]+dx)[)]?",
    re.IGNORECASE,
)
_TIMES = frozenset({"os_months", "pfs_months"})
_TIMED = re.compile(
    r"(?P<name>.+?)[\s_,(\[]+(?:in )?(?P<unit>days?|weeks?|months?|years?)[)\]]?", re.IGNORECASE
)
IGNORE = "ignore"
HELD = FOR_ANOTHER
UNIT_OF = "unit of another column"  # which one stands among the candidates
CONFIRMED = "confirmed"
# Why a column is asked about.
NUMBERS, METASTATIC, AT_DIAGNOSIS = "holds numbers", "may say metastatic", "of another day"
_FILTRATION = re.compile(r"\beGFR|\begfr[ _]?(?:ckd|mdrd|epi)|filtration", re.ASCII)
_MOST_GRADE = 4  # immunohistochemistry is graded from 0 to 3
_UNIT_BRACKETS = re.compile(
    r"^(?P<name>.+?)\s*[(\[](?P<unit>[^()\[\]]*(?:\[[^\]]*\])?[^()\[\]]*)[)\]]$"
)
_NEAR = 0.86
_SHORTEST_NEAR = 5
_CLEAR_FIT, _POOR_FIT = 0.8, 0.4
_SAMPLE = 40


@dataclass(frozen=True, slots=True)
class Genes:
    """A fact about several genes: the level that one of them gives, and that all together deny."""

    genes: tuple[str, ...]
    level: str
    otherwise: str


WHOLE_OF_GENES = {"ras_status": Genes(("kras", "nras"), "mutant", "wild_type")}


@dataclass(frozen=True, slots=True)
class Match:
    """What a column was taken for, how surely, and why; nothing where it is not used."""

    column: str
    place: int
    role: str = ""
    feature: str = ""
    unit: str = ""  # stated in the header
    confidence: float = 0.0
    reason: str = ""
    candidates: tuple[str, ...] = ()  # features it may be, where that must be asked
    level: str = ""  # of the feature, where the column says yes or no to this one alone
    instead: str = ""  # a feature that it gives where the feature's own column is empty


@cache
def name_key(text: str) -> str:
    """Equal for headers that differ only in case, blanks and punctuation."""
    plain = unicodedata.normalize("NFKD", text).casefold()  # accents fall off with the rest
    plain = plain.replace("µ", "u").replace("μ", "u")
    return re.sub(r"[^0-9a-z%+]", "", plain)


_ROLE_KEYS = {name_key(name): role for role, names in ROLES.items() for name in names}


class NameIndex:
    """Every name a column of these features may have, with the unit that the name states."""

    def __init__(self, features: Iterable[Feature], units: UnitTable) -> None:
        self.features = {feature.id: feature for feature in features}
        self.units = units
        self._names: dict[str, dict[str, str]] = {}
        self._levels: dict[str, tuple[str, str]] = {}
        for feature in self.features.values():
            self._add(feature)

    def named(self, header: str) -> dict[str, str]:
        """The features that a header names, each with the unit the header states for it."""
        found = dict(self._names.get(name_key(header), {}))
        brackets = _UNIT_BRACKETS.fullmatch(header.strip()) or _UNIT_AFTER_COMMA.fullmatch(header)
        if brackets is not None:
            for feature_id, unit in self._names.get(name_key(brackets["name"]), {}).items():
                stated = self.units.named(brackets["unit"], self.features[feature_id])
                absolute = self.units.absolute(brackets["unit"], self.features[feature_id])
                foreign = self.units.knows(brackets["unit"]) and not (stated or absolute)
                if foreign and self.features[feature_id].kind is not Kind.NUMBER:
                    continue  # "ALK [U/L]" is alkaline phosphatase, no fusion
                other = brackets["unit"].strip() if foreign else unit
                found[feature_id] = stated or absolute or other
        return {name: unit or self._unit_among_words(name, header) for name, unit in found.items()}

    def limit_of(self, header: str) -> tuple[str, str]:
        """The feature whose laboratory limit a column holds ('LDH ULN (U/L)'), and its unit."""
        key = name_key(header)
        brackets = _UNIT_BRACKETS.fullmatch(header.strip()) or _UNIT_AFTER_COMMA.fullmatch(header)
        if found := self._limit_named(key):
            return found, ""
        if brackets is not None and (found := self._limit_named(name_key(brackets["name"]))):
            return found, brackets["unit"].strip()
        for feature in filter(is_ratio_to_limit, self.features.values()):
            quantity = self.units.quantity(feature)
            for unit in quantity.limits if quantity is not None else ():
                for spelling in unit_keys(unit):
                    if self._limit_named(key.removesuffix(spelling)) == feature.id:
                        return feature.id, unit
        return "", ""

    def _limit_named(self, key: str) -> str:
        for ending in _LIMIT_ENDINGS:
            stem = key.removesuffix(ending) if key.endswith(ending) else key.removeprefix(ending)
            if stem != key:
                ratios = [
                    f for f in self._names.get(stem, {}) if is_ratio_to_limit(self.features[f])
                ]
                if len(ratios) == 1:
                    return ratios[0]
        return ""

    def level_of(self, header: str) -> tuple[str, str]:
        """The feature and the level that a column is about ('KRAS G12C'); empty for none."""
        return self._levels.get(name_key(header), ("", ""))

    def near(self, header: str) -> tuple[str, ...]:
        """The features whose names are close to a header."""
        key = name_key(header)
        if len(key) < _SHORTEST_NEAR:
            return ()
        close = difflib.get_close_matches(key, self._names, n=2, cutoff=_NEAR)
        return tuple(dict.fromkeys(name for match in close for name in self._names[match]))[:2]

    def _add(self, feature: Feature) -> None:
        names = {feature.id, feature.label, *feature.aliases}
        names.update(_FOREIGN_NAMES.get(feature.id, ()))
        if feature.id == "ecog_ps":
            names |= KARNOFSKY_NAMES
        if feature.group == "molecular" and feature.kind is Kind.CATEGORY:
            named = [level for level in feature.levels if not _NO_LEVEL_NAMES.fullmatch(level)]
            self._levels |= {
                name_key(f"{gene}{ending}"): (feature.id, part.level)
                for part in (WHOLE_OF_GENES.get(feature.id),)
                if part is not None
                for gene in part.genes
                for ending in ("", " status", " mutation", " mut")
            }
            self._levels |= {
                name_key(f"{name} {level}"): (feature.id, level)
                for name in names
                for level in named
            }
        for system in ("loinc", "snomed", "mcode", "cbioportal"):
            names.update(feature.coded(system))
        for name in filter(None, map(name_key, names)):
            self._names.setdefault(name, {}).setdefault(feature.id, "")
        stems = names | {_without_unit(feature)}
        for spelling, unit in self._spellings(feature):
            for stem in filter(None, map(name_key, stems)):
                self._names.setdefault(stem + spelling, {})[feature.id] = unit
        stem = name_key(_without_unit(feature))
        self._names.setdefault(stem, {}).setdefault(feature.id, "")

    def _spellings(self, feature: Feature) -> list[tuple[str, str]]:
        quantity = self.units.quantity(feature)
        if quantity is None:
            return [(key, feature.unit) for key in unit_keys(feature.unit)]
        spelled = [
            (text, unit.name)
            for unit in quantity.units.values()
            for text in (unit.name, *unit.aliases)
        ]
        spelled += [(unit, unit) for unit in quantity.limits]
        return [(key, unit) for text, unit in spelled for key in unit_keys(text)]

    def _unit_among_words(self, feature_id: str, header: str) -> str:
        feature = self.features[feature_id]
        if not feature.unit:
            return ""
        own = {w for name in (feature.label, *feature.aliases) for w in name.casefold().split()}
        for word in re.split(r"[^\w%/]+|_", header):
            unit = self.units.named(word, feature) if len(word) > 1 else None
            # The proportion of a tumour proportion score is its name, no unit.
            if unit and (unit == feature.unit or word.casefold() not in own):
                return unit
        return ""


@cache
def unit_keys(unit: str) -> tuple[str, ...]:
    """How a unit is written at the end of a column's name."""
    if unit in {"", "1", "ratio", "score", "ULN"}:
        return ()
    key = name_key(unit.replace("^", "e"))
    keys = {key, name_key(unit)}
    if unit == "%":
        keys |= {"pct", "percent", "perc"}
    if unit == "xULN":
        keys |= {"ulnratio", "timesuln", "ratiotouln"}
    if unit.startswith("/"):
        keys |= {f"per{key}"}
    return tuple(sorted(k for k in keys if k))


def _without_unit(feature: Feature) -> str:
    """The feature's id without the unit it ends in: albumin of albumin_g_dl."""
    parts = feature.id.split("_")
    endings = (
        set(unit_keys(feature.unit)) | {"mo"}
        if feature.unit == "months"
        else set(unit_keys(feature.unit))
    )
    for cut in range(len(parts) - 1, 0, -1):
        if name_key("".join(parts[cut:])) in endings:
            return "_".join(parts[:cut])
    return feature.id


def role_rank(role: str, column: str) -> int:
    """How usual a name is for its role: lower is more usual, confirmed names come first."""
    keys = [name_key(name) for name in ROLES[role]]
    key = name_key(column)
    return keys.index(key) if key in keys else -1


def unit_stated_by(feature: Feature, index: NameIndex) -> str:
    """A column name for the feature that leaves no doubt about its unit."""
    quantity = index.units.quantity(feature)
    if quantity is None or index.named(feature.id).get(feature.id):
        return feature.id
    return f"{feature.id} ({feature.unit})"


@dataclass(slots=True)
class Columns:
    """What every column of a table was taken for."""

    matches: list[Match] = field(default_factory=list)

    def place(self, role: str) -> int | None:
        """Where the column of a role stands."""
        return next((match.place for match in self.matches if match.role == role), None)

    def features(self) -> dict[str, list[Match]]:
        """The columns of each feature; several where they contend for it."""
        found: dict[str, list[Match]] = {}
        for match in self.matches:
            if match.feature and match.role != "limit" and not match.level:
                found.setdefault(match.feature, []).append(match)
        return found


def recognised(header: Sequence[str], index: NameIndex) -> int:
    """How many of these cells are names that a header of such a table would hold."""
    return sum(
        bool(cell.strip()) and (name_key(cell) in _ROLE_KEYS or bool(index.named(cell)))
        for cell in header
    )


def suggest(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    index: NameIndex,
    confirmed: Mapping[str, str],
) -> Columns:
    """What each column is, as far as name, unit and content tell.

    Args:
        header: the names of the columns.
        rows: some rows, to settle names that fit several features.
        index: the names of the features in question.
        confirmed: columns whose meaning the user has stated: a feature, a role, or `ignore`.
    """
    columns = Columns()
    cased = any(sign.islower() for name in header for sign in name)
    for place, name in enumerate(header):
        cells = [row[place] for row in rows[:_SAMPLE] if row[place].strip()]
        match = _match(name, place, cells, index, confirmed)
        if match.feature and match.reason != CONFIRMED and not match.level:
            match = _second_thought(match, cells, index, cased=cased)
        columns.matches.append(match)
    return columns


def _second_thought(match: Match, cells: Sequence[str], index: NameIndex, *, cased: bool) -> Match:
    """Names of genes that are also something else: not taken, or asked about."""
    feature = index.features[match.feature]
    doubt = ""
    if feature.group == "molecular" and feature.kind is not Kind.NUMBER:
        if _FILTRATION.search(match.column):
            return Match(match.column, match.place, reason="filtration rate")
        if _are_measurements(cells, feature, index.units):
            doubt = NUMBERS
        elif name_key(match.column) == "met" and not (cased and match.column.strip() == "MET"):
            doubt = METASTATIC
    if not doubt:
        return match
    return Match(match.column, match.place, "", "", "", 0.5, doubt, (match.feature,))


def _are_measurements(cells: Sequence[str], feature: Feature, units: UnitTable) -> bool:
    """Whether a column holds nothing but numbers that are no level, no 0 and no 1."""
    others = [c.strip() for c in cells if c.strip() not in feature.levels]
    numbers = []
    for cell in others:
        numeral = read_numeral(cell)
        if numeral.number is None or (numeral.unit and not units.knows(numeral.unit)):
            return False
        numbers.append(numeral.number)
    return bool(numbers) and sum(n > _MOST_GRADE for n in numbers) * 2 >= len(numbers)


def _match(
    name: str, place: int, cells: Sequence[str], index: NameIndex, confirmed: Mapping[str, str]
) -> Match:
    if name in confirmed:
        return _confirmed(name, place, index, confirmed[name])
    role, unit = _role(name)
    if role:
        return Match(name, place, role, "", unit, 1.0, "name")
    limit, unit = index.limit_of(name)
    if limit:
        return Match(name, place, "limit", limit, unit, 1.0, "limit of normal")
    named = index.named(name)
    exact = {f: unit for f, unit in named.items() if name_key(f) == name_key(name)}
    named = exact or named
    if len(named) > 1:
        return _by_content(name, place, cells, index, named)
    if not named:
        return _near(name, place, index)
    feature, unit = next(iter(named.items()))
    reason = "name" if name_key(name) == name_key(feature) else "alias or code"
    return Match(name, place, "", feature, unit, 1.0 if reason == "name" else 0.95, reason)


def _role(name: str) -> tuple[str, str]:
    """The role that a column has by its name, and the unit of a time."""
    if COURSE_COLUMN.fullmatch(re.sub(r"\s+", "_", name.strip().casefold())):
        return "course", ""
    if OUTCOME_COLUMN.fullmatch(name.strip()):
        return "outcome", ""
    role = _ROLE_KEYS.get(name_key(name), "")
    timed = _TIMED.fullmatch(name.strip()) if not role else None
    if timed is None:
        return role, ""
    role = _ROLE_KEYS.get(name_key(timed["name"]), "")
    return (role, timed["unit"].casefold()) if role in _TIMES else ("", "")


def _near(name: str, place: int, index: NameIndex) -> Match:
    feature, level = index.level_of(name)
    if level:
        return Match(name, place, "", feature, "", 0.9, "one level", (), level)
    timed = _WHEN.fullmatch(name.strip())
    named = index.named(timed["name"]) if timed is not None else {}
    if timed is not None and len(named) == 1:
        feature, unit = next(iter(named.items()))
        if timed["now"]:
            return Match(name, place, "", feature, unit, 0.9, "at baseline")
        return Match(name, place, "", "", "", 0.5, AT_DIAGNOSIS, (feature,))
    near = index.near(name)
    sure = 0.5 if near else 0.0
    return Match(name, place, confidence=sure, reason="similar name", candidates=near)


def _confirmed(name: str, place: int, index: NameIndex, answer: str) -> Match:
    role = answer.removeprefix("@")
    if role in ROLES and answer not in index.features:
        return Match(name, place, role, confidence=1.0, reason=CONFIRMED)
    if answer in index.features:
        unit = index.named(name).get(answer, "")
        return Match(name, place, "", answer, unit, 1.0, CONFIRMED)
    return Match(name, place, IGNORE, confidence=1.0, reason=CONFIRMED)


def _by_content(
    name: str, place: int, cells: Sequence[str], index: NameIndex, named: Mapping[str, str]
) -> Match:
    """A name of several features: the only one that its cells fit, or a question."""
    fits = {feature: _fit(index.features[feature], cells, index.units) for feature in named}
    clear = [feature for feature, fit in fits.items() if fit >= _CLEAR_FIT]
    others = [fit for feature, fit in fits.items() if feature not in clear]
    if len(clear) == 1 and all(fit <= _POOR_FIT for fit in others):
        feature = clear[0]
        return Match(name, place, "", feature, named[feature], 0.8, "content")
    return Match(name, place, confidence=0.5, reason="several", candidates=tuple(named))


def _fit(feature: Feature, cells: Sequence[str], units: UnitTable) -> float:
    """The share of cells that can be values of the feature."""
    if not cells:
        return 0.0
    outcomes = (interpret(feature, Raw(cell), units) for cell in cells)
    good = sum(
        all(f.severity is not Severity.ERROR for f in outcome.findings) for outcome in outcomes
    )
    return good / len(cells)


class MappingMemory:
    """What a site has confirmed about its tables, one small file per header."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def recall(self, header: Sequence[str]) -> dict[str, str]:
        """The confirmed columns of a table with this header; empty where there are none.

        Raises:
            UserError: the remembered file is damaged.
        """
        path = self._path(header)
        if not path.is_file():
            return {}
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return {str(name): str(feature) for name, feature in content["columns"].items()}
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise UserError(
                f"The remembered columns in {path.name} cannot be read.",
                hint=f"Delete {path} and confirm the columns again.",
            ) from error

    def remember(self, header: Sequence[str], columns: Mapping[str, str]) -> None:
        """Keep the confirmed columns; the file is replaced as a whole or not at all."""
        content = json.dumps({"header": list(header), "columns": dict(columns)}, indent=1)
        write_private(self._path(header), content)

    def _path(self, header: Sequence[str]) -> Path:
        return self._folder / f"{header_fingerprint(header)}.json"


def header_fingerprint(header: Sequence[str]) -> str:
    """Names a header: equal for tables with the same column names in any order."""
    text = "\n".join(sorted(map(name_key, header)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
