"""Identifiers inside running text are marked; terms of the clinic are left alone."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.planted_identifiers import CLINICAL_SENTENCES
from dashboard.records.free_text import LONGEST_EXAMINED, find_identifiers, masked
from dashboard.records.identifiers import Identifier
from tests.effort import effort


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Seen by Dr. Helena Brandt today.", "Seen by Dr. [name] today."),
        ("Herr Prof. Dr. med. Zwingenberger", "Herr Prof. Dr. med. [name]"),
        ("M. Jean-Pierre Lefèvre est venu", "M. [name] est venu"),
        ("his wife Anneliese called", "his wife [name] called"),
        ("Patient: Okonkwo, Leopold.", "Patient: [name]."),
        ("John O'Sullivan was seen", "[name] was seen"),
        ("Ambrose A. Deschamps was seen", "[name] was seen"),
        ("Dubois, Agnes was seen", "[name] was seen"),
        ("on 3 March 2021 and 2021-03-04", "on [date] and [date]"),
        ("am 3. März 2021, le 4 août 2020", "am [date], le [date]"),
        ("in 03/2021 and in 2021", "in [date] and in 2021"),
        ("MRN 4453821", "MRN [record number]"),
        ("Fallnr. 12345/21 liegt vor", "Fallnr. [record number] liegt vor"),
        ("tel. +44 20 7946 0958", "tel. [phone]"),
        ("fax no. 089/1234567", "fax no. [fax]"),
        ("write to a.b@example.org!", "write to [email]!"),
        ("see https://example.org/x?y=1", "see [url]"),
        ("SSN 123-45-6789", "SSN [national number]"),
        ("IBAN DE89 3704 0044 0532 0130 00", "IBAN [account]"),
        ("plate M-AB 1234", "plate [vehicle]"),
        ("serial number ABC1234567", "serial number [device]"),
        ("iris code 9f8e7d6c5b4a", "iris code [biometric]"),
        ("photo IMG_1234.jpg", "photo [photo]"),
        ("from 10.0.0.1", "from [ip]"),
        ("sample TCGA-12-3456", "sample [other code]"),
        ("lives in Rosenheim", "lives in [place]"),
        ("12 Elmwood Road, Wetherby", "[place]"),
        ("50667 Köln", "[postcode] [place]"),
        ("Springfield, IL 62704", "[place], IL [postcode]"),
        ("moved from Boise ID to Salem, OR", "moved from [place] ID to [place], OR"),
        ("a 93-year-old woman", "a 90 or older-year-old woman"),
        ("aged 95, alter 101", "aged 90 or older, alter 90 or older"),
        ("aged 65", "aged 65"),
    ],
)
def test_text_is_marked(text, expected):
    """Each identifier is replaced by its kind, and nothing else is touched."""
    assert masked(text)[0].rstrip(".") == expected.rstrip(".")


@pytest.mark.parametrize(
    "text",
    [
        "Columns were read as: Patient ID as id.",
        "Study ID was used as id; Hospital ID would also do and is not used.",
        "CR, PR, SD, PD or NE",
        "Chest CT in March showed no change",
    ],
)
def test_words_before_an_abbreviation_are_no_town(text):
    """ID is a column before it is Idaho, SD a stable disease, CT a scan."""
    assert masked(text) == (text, ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Call Erika Brandt", "Call [name]"),
        ("Please call Erika Brandt-Zorn at noon", "Please call [name] at noon"),
        ("Ask Erika von Brandt about it", "Ask [name] about it"),
        ("Call Erika Marie Zorn Brandt today", "Call [name] today"),
        ("Told Zara Zwingenberger HER2 is negative", "Told [name] HER2 is negative"),
        ("Call Zara van der Zwingenberger", "Call [name]"),
        ("Discussed with Zara Zwingenberger Thursday", "Discussed with [name] Thursday"),
        ("Saw Erika Brandt today", "[name] today"),
        ("Patient Erika Brandt came", "[name] came"),
        ("Give Erika Brandt pembrolizumab", "[name] pembrolizumab"),
        ("Call Erika Brandt Osimertinib due", "Call [name] Osimertinib due"),
        ("Inform Erika Brandt Adenocarcinoma confirmed", "Inform [name] Adenocarcinoma confirmed"),
    ],
)
def test_a_name_is_marked_to_its_end(text, expected):
    """No surname is left behind its first name; drugs, tests and days beside it stay."""
    assert masked(text)[0] == expected


@pytest.mark.parametrize("said", ["Call", "Please ask", "Discussed with", "contact", "Told"])
@pytest.mark.parametrize(
    "clinical",
    [
        "Radiation Oncology", "Palliative Care Team", "Tumour Board", "Nuclear Medicine",
        "ENT Team", "Gleason Score lab", "Osimertinib Trial Centre", "Ki-67 Lab",
        "Pembrolizumab Platinum Arm", "Interventional Radiology", "HER2 Laboratory",
    ],
)  # fmt: skip
def test_words_of_the_clinic_after_a_call_are_left_alone(said, clinical):
    """Wards, teams, drugs and tests are nobody's name."""
    text = f"{said} {clinical} on Monday."
    assert masked(text) == (text, ())


@pytest.mark.parametrize("said", ["Call", "Discussed with", "Told"])
@pytest.mark.parametrize("text", CLINICAL_SENTENCES)
def test_clinical_text_after_a_call_is_left_alone(said, text):
    """The same sentences as below, with a word before them that a name often follows."""
    assert masked(f"{said} {text}") == (f"{said} {text}", ())


@pytest.mark.parametrize("text", CLINICAL_SENTENCES)
def test_clinical_text_is_left_alone(text):
    """Scores and diseases named after persons, doses, ratios, variants, trial numbers."""
    assert masked(text) == (text, ())


def test_spans_are_in_order_and_do_not_overlap():
    """Each sign belongs to one identifier at most."""
    text = "Dr. Brandt, tel. 089/1234567, MRN 4453821, 3 March 2021, a@example.org"
    spans = find_identifiers(text)
    assert [span.kind for span in spans] == [
        Identifier.NAME, Identifier.PHONE, Identifier.RECORD_NUMBER, Identifier.DATE,
        Identifier.EMAIL,
    ]  # fmt: skip
    assert all(one.end <= other.start for one, other in itertools.pairwise(spans))


def test_text_beyond_what_is_examined_is_not_released():
    """What nobody looked at is not shown."""
    text = "fine. " * (LONGEST_EXAMINED // 6 + 10) + "a@example.org"
    assert masked(text)[0].endswith("[not examined]")


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "1",
        "A ",
        "Dr. A",
        "1.",
        "a@",
        "12-",
        "MRN ",
        "IBAN DE",
        "0:",
        "A. B ",
        "-1 ",
        "call Ab ",
        "Erika Ab ",
    ],
)
def test_text_is_searched_in_linear_time(piece):
    """No repetition makes the patterns slow."""
    short, long = (piece * (size // len(piece)) for size in (10_000, 40_000))
    at_least_a_pass = max(effort(lambda: find_identifiers(short)), 1.0)
    assert effort(lambda: find_identifiers(long)) < 8 * at_least_a_pass


@given(st.text(max_size=300))
def test_text_of_any_kind_never_fails(text):
    """Spans lie inside the text and the masked text keeps everything else."""
    after, spans = masked(text)
    at = 0
    for span in spans:
        assert 0 <= at <= span.start < span.end <= len(text)
        at = span.end
    if not spans:
        assert after == text
