"""The arithmetic of every published score, one function each, named as its catalogue file.

Each function takes its inputs by name and works on single values and on whole columns alike
(numbers as floats, flags as bools, levels as text). Scope, units and missing inputs are settled
before a formula is reached; nothing here guesses. The two PREDICT Breast versions live in
`predict_breast`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.scores import predict_breast

Column = Any  # a float, bool or str, or a numpy array of them
Given = Mapping[str, Column]
Result = NDArray[Any]


def one_point_each(*conditions: Column) -> Result:
    """The number of conditions that hold."""
    return np.asarray(sum(np.asarray(condition, dtype=float) for condition in conditions))


def points(column: Column, table: Mapping[str, float]) -> Result:
    """The points of each level; levels that are not listed have none."""
    levels = np.asarray(column)
    return np.select([levels == level for level in table], list(table.values()), 0.0)


def bands(column: Column, *steps: tuple[float, float]) -> Result:
    """Points by threshold: those of the last step (from, points) that the value reaches."""
    values = np.asarray(column, dtype=float)
    total = np.zeros(values.shape)
    for threshold, step in steps:
        total = np.where(values >= threshold, step, total)
    return total


def logistic(value: Column) -> Result:
    """1 / (1 + exp(-value))."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.asarray(value, dtype=float))))


def ajcc8_melanoma_m(given: Given) -> Result:
    """The worst site decides the category; raised LDH adds (1), normal LDH (0)."""
    site = np.select(
        [np.asarray(given["cns"]), np.asarray(given["visceral"]), np.asarray(given["lung"])],
        ["M1d", "M1c", "M1b"],
        "M1a",
    )
    ldh = np.asarray(given["ldh"])
    suffix = np.select([ldh == "normal", ldh == "elevated"], ["(0)", "(1)"], "")
    return np.char.add(site, suffix)


def albi(given: Given) -> Result:
    """0.66 log10(bilirubin) - 0.085 albumin."""
    bilirubin = np.asarray(given["bilirubin_umol_l"], dtype=float)
    return np.asarray(0.66 * np.log10(bilirubin) - 0.085 * np.asarray(given["albumin_g_l"]))


def carg(given: Given) -> Result:
    """Eleven items of one to three points."""
    low_haemoglobin = np.where(np.asarray(given["sex"]) == "male", 11.0, 10.0)
    two = one_point_each(
        np.asarray(given["age_years"]) >= 72,
        given["gi_or_gu_cancer"],
        given["standard_dose"],
        given["polychemotherapy"],
        given["hearing_impaired"],
        given["walking_limited"],
    )
    three = one_point_each(
        np.asarray(given["haemoglobin_g_dl"]) < low_haemoglobin,
        np.asarray(given["crcl_ml_min"]) < 34,
        given["fell_recently"],
    )
    one = one_point_each(given["help_with_medication"], given["social_limited"])
    return np.asarray(2 * two + 3 * three + one)


CHARLSON_ONE = (
    "myocardial_infarction",
    "heart_failure",
    "peripheral_vascular",
    "cerebrovascular",
    "dementia",
    "chronic_lung",
    "connective_tissue",
    "peptic_ulcer",
)
CHARLSON_TWO = (
    "hemiplegia",
    "renal",
    "diabetes_with_damage",
    "other_tumour",
    "leukaemia",
    "lymphoma",
)


def charlson(given: Given) -> Result:
    """Weights of 1987; the milder of two forms of one disease does not add to the graver."""
    plain_diabetes = np.asarray(given["diabetes"], dtype=bool) & ~np.asarray(
        given["diabetes_with_damage"], dtype=bool
    )
    ones = one_point_each(*(given[name] for name in CHARLSON_ONE), plain_diabetes)
    total = ones + 2 * one_point_each(*(given[name] for name in CHARLSON_TWO))
    liver = points(given["liver_disease"], {"mild": 1, "moderate_or_severe": 3})
    return np.asarray(total + liver + 6 * one_point_each(given["aids"]))


def cts5(given: Given) -> Result:
    """Node group, size capped at 30 mm, grade and age."""
    nodes = bands(given["nodes_positive"], (1, 1), (2, 2), (4, 3), (10, 4))
    size = np.minimum(np.asarray(given["tumour_size_mm"], dtype=float), 30)
    grade = points(given["grade"], {"1": 1, "2": 2, "3": 3})
    age = np.asarray(given["age_years"], dtype=float)
    inner = 0.093 * size - 0.001 * size**2 + 0.375 * grade + 0.017 * age
    return np.asarray(0.438 * nodes + 0.988 * inner)


def ds_gpa(given: Given) -> Result:
    """Points by the table of the primary tumour."""
    site = np.asarray(given["primary"])
    return np.select(
        [site == "lung_adenocarcinoma", site == "lung_other", site == "breast", site == "melanoma"],
        [
            _gpa_lung(given),
            _gpa_lung(given, drivers=False),
            _gpa_breast(given),
            _gpa_melanoma(given),
        ],
        np.where(site == "renal", _gpa_renal(given), _gpa_gi(given)),
    )


def _half_points(*conditions: Column) -> Result:
    return np.asarray(0.5 * one_point_each(*conditions))


def _kps(given: Given, step: float = 0.5) -> Result:
    return bands(given["kps"], (80, step), (90, 2 * step))


def _gpa_lung(given: Given, *, drivers: bool = True) -> Result:
    young, free = (
        np.asarray(given["age_years"]) < 70,
        ~np.asarray(given["extracranial"], dtype=bool),
    )
    few = np.asarray(given["brain_lesions"]) <= 4
    driver = one_point_each(given["egfr_or_alk"]) if drivers else 0.0
    return np.asarray(_half_points(young, few) + _kps(given) + one_point_each(free) + driver)


def _gpa_breast(given: Given) -> Result:
    free = ~np.asarray(given["extracranial"], dtype=bool)
    single = np.asarray(given["brain_lesions"]) == 1
    kps = bands(given["kps"], (70, 0.5), (90, 1.0))
    subtype = points(given["breast_subtype"], {"luminal_a": 0.5, "her2_or_luminal_b": 1.5})
    return np.asarray(
        kps + subtype + _half_points(np.asarray(given["age_years"]) < 60, free, single)
    )


def _gpa_melanoma(given: Given) -> Result:
    young, free = (
        np.asarray(given["age_years"]) < 70,
        ~np.asarray(given["extracranial"], dtype=bool),
    )
    lesions = np.asarray(given["brain_lesions"])
    number = np.select([lesions <= 1, lesions <= 4], [1.0, 0.5], 0.0)
    braf = _half_points(given["braf_positive"])
    return np.asarray(_half_points(young) + _kps(given) + one_point_each(free) + number + braf)


def _gpa_gi(given: Given) -> Result:
    young, free = (
        np.asarray(given["age_years"]) < 60,
        ~np.asarray(given["extracranial"], dtype=bool),
    )
    lesions = np.asarray(given["brain_lesions"])
    number = np.select([lesions <= 1, lesions <= 3], [1.0, 0.5], 0.0)
    return np.asarray(_kps(given, 1.0) + _half_points(young, free) + number)


def _gpa_renal(given: Given) -> Result:
    free = ~np.asarray(given["extracranial"], dtype=bool)
    few = np.asarray(given["brain_lesions"]) <= 4
    haemoglobin = np.asarray(given["haemoglobin_g_dl"], dtype=float)
    blood = np.select([haemoglobin > 12.5, haemoglobin > 11.0], [1.0, 0.5], 0.0)
    return np.asarray(_kps(given, 1.0) + _half_points(free, few) + blood)


def epsilon(given: Given) -> Result:
    """Performance, smoking, liver, LDH and NLR: one point each."""
    return one_point_each(
        points(given["ecog_ps"], {"2": 1, "3": 1, "4": 1}),
        np.asarray(given["pack_years"]) <= 43,
        given["liver_metastases"],
        np.asarray(given["ldh_u_l"]) >= 400,
        np.asarray(given["nlr"]) >= 4,
    )


def fong_crs(given: Given) -> Result:
    """Nodes, interval, number, CEA and size: one point each."""
    return one_point_each(
        given["primary_node_positive"],
        np.asarray(given["interval_months"]) < 12,
        np.asarray(given["liver_lesions"]) > 1,
        np.asarray(given["cea_ng_ml"]) > 200,
        np.asarray(given["largest_cm"]) > 5,
    )


def tumour_burden_score(given: Given) -> Result:
    """The distance of (largest in cm, number) from the origin."""
    largest, number = np.asarray(given["largest_cm"]), np.asarray(given["liver_lesions"])
    return np.asarray(np.hypot(largest, number), dtype=float)


def game_crlm(given: Given) -> Result:
    """KRAS, CEA, nodes, tumour burden score and disease outside the liver."""
    single = one_point_each(
        given["kras_mutated"], np.asarray(given["cea_ng_ml"]) >= 20, given["primary_node_positive"]
    )
    burden = bands(tumour_burden_score(given), (3, 1), (9, 2))
    return np.asarray(single + burden + 2 * one_point_each(given["extrahepatic"]))


def grim(given: Given) -> Result:
    """NLR above 6, albumin below 35 g/L, LDH above normal: one point each."""
    return one_point_each(
        np.asarray(given["nlr"]) > 6,
        np.asarray(given["albumin_g_l"]) < 35,
        np.asarray(given["ldh_x_uln"]) > 1,
    )


def imdc(given: Given) -> Result:
    """Six items of one point."""
    return one_point_each(
        np.asarray(given["kps"]) < 80,
        np.asarray(given["months_from_diagnosis"]) < 12,
        given["haemoglobin_below_lln"],
        given["calcium_above_uln"],
        given["neutrophils_above_uln"],
        given["platelets_above_uln"],
    )


def khorana(given: Given) -> Result:
    """Site, platelets, haemoglobin, white cells and body mass."""
    anaemic = (np.asarray(given["haemoglobin_g_dl"]) < 10) | np.asarray(given["epo"], dtype=bool)
    return np.asarray(
        points(given["site"], {"very_high": 2, "high": 1})
        + one_point_each(
            np.asarray(given["platelets_10e9_l"]) >= 350,
            anaemic,
            np.asarray(given["wbc_10e9_l"]) > 11,
            np.asarray(given["bmi"]) >= 35,
        )
    )


def koehne(given: Given) -> Result:
    """Performance, sites, alkaline phosphatase and white cells decide one of three groups."""
    fit = points(given["ecog_ps"], {"0": 1, "1": 1}) > 0
    single = np.asarray(given["n_metastatic_sites"]) <= 1
    low_alp = np.asarray(given["alp_u_l"]) < 300
    low_wbc = np.asarray(given["wbc_10e9_l"]) < 10
    return np.select(
        [fit & single, (fit & ~single & low_alp) | (~fit & single & low_wbc)],
        ["low", "intermediate"],
        "high",
    )


def lipi(given: Given) -> Result:
    """Derived neutrophil ratio above 3 and LDH above normal: one point each."""
    neutrophils = np.asarray(given["neutrophils_10e9_l"], dtype=float)
    rest = np.asarray(given["wbc_10e9_l"], dtype=float) - neutrophils
    return one_point_each(neutrophils > 3 * rest, np.asarray(given["ldh_x_uln"]) > 1)


def loris_nsclc(given: Given) -> Result:
    """The logistic score for lung cancer."""
    return logistic(
        0.0353 * np.minimum(given["tmb_mut_mb"], 50)
        + 0.0111 * np.asarray(given["pd_l1_tps"])
        - 0.375 * np.asarray(given["prior_systemic_therapy"], dtype=float)
        + 0.2924 * np.asarray(given["albumin_g_dl"])
        - 0.0103 * np.minimum(given["nlr"], 25)
        - 1.5593
    )


LORIS_TERMS = {
    "bladder": -0.3323,
    "breast": -0.3323,
    "colorectal": -0.102,
    "endometrial": -0.0079,
    "esophageal": 0.55,
    "gastric": 0.2306,
    "head_and_neck": 0.0678,
    "hepatobiliary": -0.1189,
    "melanoma": -0.0086,
    "mesothelioma": 0.1255,
    "nsclc": 0.0008,
    "ovarian": -0.052,
    "pancreatic": -1.1169,
    "renal": 0.5451,
    "sarcoma": 0.0542,
    "sclc": -0.0033,
}


def loris_pan(given: Given) -> Result:
    """The logistic score over sixteen cancer types."""
    return logistic(
        0.0371 * np.minimum(given["tmb_mut_mb"], 50)
        - 0.8775 * np.asarray(given["prior_systemic_therapy"], dtype=float)
        + 0.5382 * np.asarray(given["albumin_g_dl"])
        - 0.033 * np.minimum(given["nlr"], 25)
        + 0.0049 * np.minimum(given["age_years"], 85)
        + points(given["cancer_type"], LORIS_TERMS)
        - 2.0886
    )


def mgps(given: Given) -> Result:
    """C-reactive protein above 10 mg/L scores one, two when albumin is below 35 g/L as well."""
    inflamed = np.asarray(given["crp_mg_l"]) > 10
    return np.asarray(one_point_each(inflamed, inflamed & (np.asarray(given["albumin_g_l"]) < 35)))


def npi(given: Given) -> Result:
    """0.2 x size in cm + grade + node stage."""
    grade = points(given["grade"], {"1": 1, "2": 2, "3": 3})
    nodes = 1 + bands(given["nodes_positive"], (1, 1), (4, 2))
    return np.asarray(0.2 * np.asarray(given["tumour_size_cm"]) + grade + nodes)


def predict_breast_v2_2(given: Given) -> Result:
    """Overall survival ten years after surgery with the treatments given, percent."""
    return predict_breast.overall_survival(predict_breast.V2_2, given, years=10)


def predict_breast_v3_2(given: Given) -> Result:
    """Overall survival ten years after surgery with the treatments given, percent."""
    return predict_breast.overall_survival(predict_breast.V3_2, given, years=10)


def rcb(given: Given) -> Result:
    """Residual bed, cellularity and nodes; a term is nought where its base is."""
    bed = np.sqrt(np.asarray(given["d1_mm"], dtype=float) * np.asarray(given["d2_mm"], dtype=float))
    invasive = (1 - np.asarray(given["cis_pct"]) / 100) * np.asarray(given["cellularity_pct"]) / 100
    nodes = np.asarray(given["nodes_positive"], dtype=float)
    nodal = 4 * (1 - 0.75**nodes) * np.asarray(given["largest_node_mm"], dtype=float)
    return np.asarray(1.4 * (invasive * bed) ** 0.17 + nodal**0.17)


def royal_marsden(given: Given) -> Result:
    """LDH above normal, albumin below 35 g/L, more than two sites: one point each."""
    return one_point_each(
        np.asarray(given["ldh_x_uln"]) > 1,
        np.asarray(given["albumin_g_l"]) < 35,
        np.asarray(given["n_metastatic_sites"]) > 2,
    )


def formula(score_id: str) -> Callable[[Given], Result]:
    """The function of a score, found by its name."""
    found: Callable[[Given], Result] = globals()[score_id.replace("-", "_")]
    return found
