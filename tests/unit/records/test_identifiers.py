"""Which columns identify a person, by header and by content, and which do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.planted_identifiers import CLINICAL_COLUMNS
from dashboard.records.identifiers import (
    SAFE_HARBOR,
    Identifier,
    by_header,
    classify_column,
    folded,
    header_words,
)

CODES = [f"AB{number}X{number * 7}" for number in range(1000, 1010)]


def test_all_eighteen_categories_are_known():
    """Each of the rule's categories has its kind."""
    assert set(SAFE_HARBOR.values()) == set(range(1, 19))
    assert set(SAFE_HARBOR) | {Identifier.FREE_TEXT} == set(Identifier)


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Patient Name", "name"),
        ("lastName", "name"),
        ("Prénom", "name"),
        ("home address", "place"),
        ("PLZ", "postcode"),
        ("date_of_birth", "birth_date"),
        ("Geb.-Datum", "birth_date"),
        ("Fecha de nacimiento", "birth_date"),
        ("Date of diagnosis", "date"),
        ("mobile phone", "phone"),
        ("Fax-Nr.", "fax"),
        ("e-mail", "email"),
        ("Numéro de sécurité sociale", "national_number"),
        ("MRN", "record_number"),
        ("Versichertennummer", "plan_number"),
        ("IBAN", "account"),
        ("Driver's License", "licence"),
        ("Kennzeichen", "vehicle"),
        ("Device serial number", "device"),
        ("Webseite", "url"),
        ("IP-Adresse", "ip"),
        ("Huella dactilar", "biometric"),
        ("Passbild", "photo"),
        ("Sample ID", "other_code"),
        ("Bemerkungen", "free_text"),
        ("phone of general practitioner", "name"),
        ("general practitioner phone number", "phone"),
    ],
)
def test_headers_speak_in_four_languages(header, kind):
    """However words are joined, accented or cased; the longest phrase decides."""
    assert by_header(header) == kind


@pytest.mark.parametrize(
    "header",
    ["gene name", "drug name", "test name", "trial arm", "vital status", "site", "line", "",
     "metastatic site", "treatment location", "regimen", "hospital-free survival"],
)  # fmt: skip
def test_headers_of_the_clinic_identify_nobody(header):
    """A gene's name is no person's."""
    assert by_header(header) is None


def test_header_words_come_apart():
    """At capitals, underscores, points and accents."""
    assert header_words("dateOfBirth_Größe.N°") == ("date", "of", "birth", "grosse", "n")
    assert folded("Ärztin Straße") == "arztin strasse"


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["a.b@example.org", "c@example.com"], "email"),
        (["https://example.org/a", "www.example.com"], "url"),
        (["10.0.0.1", "192.168.1.7"], "ip"),
        (["00:1a:2b:3c:4d:5e", "10:1a:2b:3c:4d:5e"], "device"),
        (["123-45-6789", "321-54-9876"], "national_number"),
        (["DE89 3704 0044 0532 0130 00", "DE12 3704 0044 0532 0130 99"], "account"),
        (["1HGCM82633A004352", "1M8GDM9AXKP042788"], "vehicle"),
        (["+44 20 7946 0958", "+49 89 123456"], "phone"),
        (["2024-03-01", "2024-04-02"], "date"),
        (["3. März 2024", "4. Juni 2023"], "date"),
        (["SW1A 1AA", "M1 1AE"], "postcode"),
        (["IMG_1234.jpg", "IMG_5678.jpg"], "photo"),
        (["Erika Mustermann", "Hans Meier", "Olga Petrova"], "name"),
        (["Dubois, Marie", "Okonkwo, Leopold"], "name"),
        (["Smith", "Müller", "Garcia"], "name"),
        (["The patient reports pain in the left hip.", "No new symptoms since the last visit."],
         "free_text"),
        (CODES, "other_code"),
        ([str(8_000_000 + 137 * number) for number in range(10)], "other_code"),
    ],
)  # fmt: skip
def test_content_speaks_where_the_header_does_not(cells, kind):
    """Most of the cells have the form of one kind."""
    assert classify_column("col7", cells) == kind


@pytest.mark.parametrize("name", CLINICAL_COLUMNS)
def test_clinical_columns_are_left_alone(name):
    """Genes, variants, codes, laboratory values, regimens, responses: nobody is identified."""
    assert classify_column(name, CLINICAL_COLUMNS[name]) is None


@pytest.mark.parametrize("name", CLINICAL_COLUMNS)
def test_clinical_content_is_left_alone_under_any_header(name):
    """Even where the header says nothing, all but long plain numbers are known by their form."""
    expected = {"Start_Position": "other_code", "snomed": "other_code"}.get(name)
    assert classify_column("col7", CLINICAL_COLUMNS[name]) == expected


@pytest.mark.parametrize(
    ("header", "cells", "kind"),
    [
        ("Phone", [], None),
        ("Phone", ["", "  "], None),
        ("consent to e-mail", ["yes", "no"], None),
        ("Phone", ["yes", "no"], None),
        ("year of birth", ["1955", "1960"], None),
        ("date of diagnosis", ["2019", "2020"], None),
        ("date of diagnosis", ["2019", "2020-05-01"], "date"),
        ("col7", ["AB1000X", "AB1001X"], None),
        ("col7", ["A", "B", "C"], None),
        ("gene", ["x@example.org", "y@example.org"], "email"),
        ("drug", ["2024-01-01", "2024-01-02"], "date"),
    ],
)
def test_columns_are_judged_by_both(header, cells, kind):
    """Answers are no identifiers, nor is a year; what is unmistakable counts under any header."""
    assert classify_column(header, cells) == kind


@given(st.text(max_size=30), st.lists(st.text(max_size=40), max_size=12))
def test_classify_never_fails(header, cells):
    """Any header, any cells."""
    assert classify_column(header, cells) in {None, *Identifier}
