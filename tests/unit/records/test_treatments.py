"""From drugs that were given to courses, regimens and prior treatment."""

from __future__ import annotations

from datetime import date

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.treatments import (
    Given,
    courses_of,
    drug_set,
    is_cancer_drug,
    prior_values,
    regimens_of,
)

LIBRARY = load_library()


def given(drug: str, start: str = "", stop: str = "") -> Given:
    """A drug that was given, with its days as text."""
    days = [date.fromisoformat(text) if text else None for text in (start, stop)]
    return Given(drug_set(drug), drug, *days)


def labels(*items: Given) -> list[str]:
    """The courses of what was given, by their labels."""
    return [" + ".join(course.labels) for course in courses_of(items)]


def test_drugs_begun_within_four_weeks_are_one_course():
    """And one begun later is another."""
    assert labels(given("carboplatin", "2024-01-01"), given("pemetrexed", "2024-01-22")) == [
        "carboplatin + pemetrexed"
    ]
    assert labels(given("carboplatin", "2024-01-01"), given("docetaxel", "2024-03-01")) == [
        "carboplatin",
        "docetaxel",
    ]


def test_later_doses_of_the_same_drugs_go_on_with_their_course():
    """Until a pause of more than ninety days."""
    doses = [given("pemetrexed", day) for day in ("2024-01-01", "2024-03-01", "2024-05-20")]
    assert labels(*doses) == ["pemetrexed"]
    assert labels(*doses, given("pemetrexed", "2024-12-01")) == ["pemetrexed", "pemetrexed"]


def test_a_drug_begun_after_the_end_is_a_new_course():
    """A stopped course is not taken up by another drug."""
    assert labels(
        given("gefitinib", "2024-01-01", "2024-01-10"), given("osimertinib", "2024-01-20")
    ) == ["gefitinib", "osimertinib"]


def test_a_course_ends_when_all_of_it_has_ended():
    """While one drug goes on, the course goes on."""
    (open_course,) = courses_of(
        [given("carboplatin", "2024-01-01", "2024-04-01"), given("pemetrexed", "2024-01-01")]
    )
    (closed,) = courses_of(
        [
            given("carboplatin", "2024-01-01", "2024-04-01"),
            given("pemetrexed", "2024-01-01", "2024-06-01"),
        ]
    )
    assert open_course.stopped is None
    assert closed.stopped == date(2024, 6, 1)


def test_undated_drugs_are_courses_of_their_own_once():
    """Nothing says that they belong together."""
    assert sorted(labels(given("carboplatin"), given("pemetrexed"), given("pemetrexed"))) == [
        "carboplatin",
        "pemetrexed",
    ]


@pytest.mark.parametrize(
    ("disease", "drugs", "regimens"),
    [
        ("nsclc", "pembrolizumab, cisplatin, pemetrexed", ("pembrolizumab-platinum-pemetrexed",)),
        (
            "nsclc",
            "nivolumab, ipilimumab, carboplatin, paclitaxel",
            ("nivolumab-ipilimumab-chemo2",),
        ),
        ("nsclc", "erlotinib", ("gefitinib-erlotinib",)),
        ("nsclc", "brigatinib", ()),
        ("nsclc", "pembrolizumab, brigatinib", ()),
        ("colorectal", "mFOLFOX6, bevacizumab", ("folfox-bevacizumab",)),
        ("colorectal", "fluorouracil, oxaliplatin", ("folfox",)),
        ("colorectal", "leucovorin", ()),
        ("breast", "ribociclib, letrozole", ("ai-ribociclib",)),
        ("breast", "ribociclib, letrozole, goserelin", ("ai-ribociclib",)),
        ("breast", "pembrolizumab, gemcitabine, carboplatin", ("pembrolizumab-chemo-tnbc",)),
        ("breast", "trastuzumab deruxtecan", ("trastuzumab-deruxtecan",)),
        ("melanoma", "nivolumab, ipilimumab", ("nivolumab-ipilimumab", "nivolumab3-ipilimumab1")),
        ("melanoma", "Opdualag", ("nivolumab-relatlimab",)),
    ],
)
def test_a_regimen_is_the_one_with_exactly_these_drugs(disease, drugs, regimens):
    """Alternatives, collective names and drugs given beside are understood."""
    assert regimens_of(drug_set(drugs), LIBRARY.pack(disease)) == regimens


def test_the_setting_decides_between_early_and_advanced():
    """The same drug is one regimen before and another after relapse."""
    pack = LIBRARY.pack("breast")
    assert regimens_of(drug_set("Enhertu"), pack, early=True) == ("t-dxd-adjuvant",)
    assert regimens_of(drug_set("Enhertu"), pack) == ("trastuzumab-deruxtecan",)


def test_a_course_that_could_be_two_regimens_names_none():
    """Nothing is chosen where the drugs do not tell."""
    (course,) = courses_of([given("nivolumab + ipilimumab", "2024-01-01")])
    assert course.as_treatment(LIBRARY.pack("melanoma")).regimen == ""
    (single,) = courses_of([given("pembrolizumab", "2024-01-01")])
    assert single.as_treatment(LIBRARY.pack("melanoma")).regimen == "pembrolizumab"


@pytest.mark.parametrize(
    ("disease", "drugs", "values"),
    [
        ("nsclc", "carboplatin, pembrolizumab", {"prior_platinum": True, "prior_ici": True}),
        ("nsclc", "alectinib", {"prior_targeted_therapy": "alk"}),
        ("nsclc", "osimertinib, gefitinib", {"prior_targeted_therapy": "egfr_3g"}),
        ("colorectal", "FOLFIRI, cetuximab", {"prior_irinotecan": True, "prior_anti_egfr": True}),
        ("melanoma", "ipilimumab, nivolumab", {"prior_anti_pd1": True, "prior_anti_ctla4": True}),
        ("melanoma", "dabrafenib", {"prior_braf_mek": True}),
        ("breast", "palbociclib, T-DM1", {"prior_cdk46_inhibitor": True, "prior_t_dm1": True}),
        ("breast", "capecitabine", {}),
    ],
)
def test_prior_treatment_is_what_the_drugs_say(disease, drugs, values):
    """Only yes: a drug that is not on file may have been given all the same."""
    found = {f.id: v for f, v in prior_values(drug_set(drugs), LIBRARY.pack(disease))}
    assert found == values


@pytest.mark.parametrize(
    ("name", "known"),
    [("Keytruda", True), ("brigatinib", True), ("omeprazole", False), ("", False)],
)
def test_cancer_drugs_are_told_from_others(name, known):
    """Those of a regimen, and those of a class that is asked for."""
    assert is_cancer_drug(drug_set(name), LIBRARY.packs) is known
