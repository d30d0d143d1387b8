"""The board's decision on paper: whole and brief, on the slide, in the letter, as a care plan."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pypdf
import pytest

from dashboard.meeting import decision
from dashboard.meeting.case import Decided as State
from dashboard.meeting.choices import Choice, Said, Stance
from dashboard.meeting.decision import Decision, Dissent, Option, View
from dashboard.meeting.tool_layer import Figure, ToolLayer, ToolRow
from dashboard.reporting import readability
from dashboard.reporting.board_report import compose, compose_summary
from dashboard.reporting.decided import CAPTION, TITLE, TOOL, Decided, for_release
from dashboard.reporting.document import Callout, Heading, Picture
from dashboard.reporting.fhir_bundle import write_bundle
from dashboard.reporting.letter import Language, compose_letter, sentences, words_of
from dashboard.reporting.plain import as_data
from dashboard.reporting.printing import render_pdf
from dashboard.reporting.slides import render_pptx
from dashboard.reporting.web_page import render_html
from tests.unit.reporting.cases import a_case
from tests.unit.reporting.test_rendering import pdf_text, slide_text

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
RECORD = Decision(
    "k1", "P-7", "nsclc",
    board=View(Choice.REGIMEN, "docetaxel", Stance.DIFFERS, ("wish",), "asked for it"),
    options=(Option("osimertinib", "no mutation"), Option("trial")),
    dissent=(Dissent("Dr Ben", "too toxic"),),
    conditions="if neuropathy stays mild", responsible="Dr Anna", due=date(2026, 6, 20),
    trial_offered=Said.NO, prediction_consent=Said.YES,
)  # fmt: skip
SAID = (
    "Docetaxel", "Patient's wish; asked for it", "Osimertinib (no mutation)\nTrial",
    "Dr Ben: too toxic", "if neuropathy stays mild", "Dr Anna, until 2026-06-20",
)  # fmt: skip


def preliminary(**changes):
    """The record, preliminary."""
    start = replace(RECORD, **changes)
    return Decided(decision.become(start, State.PRELIMINARY, by="Dr Anna", at=NOON))


def final(**changes):
    """The record, final."""
    return Decided(decision.become(replace(RECORD, **changes), State.FINAL, by="Dr Anna", at=NOON))


def added(words="Now with a lower dose"):
    """The final record with an addendum."""
    return Decided(decision.amended(final().record, words, by="Dr Ben", at=NOON))


def record_of(document):
    """The rows of the decision."""
    (table,) = [table for table in document.tables if CAPTION in table.caption]
    return dict(table.rows)


def test_report_says_the_whole_decision_with_its_state():
    """Choice, reasons, options, dissent, conditions, who and until when, in the words of record."""
    rows = record_of(compose(a_case(decided=preliminary())))
    assert set(SAID) <= set(rows.values())
    assert rows["Trial offered"] == "no"
    assert rows["Stands to the forecast"] == "differs from the tool"
    assert rows["State"] == "Preliminary since 2026-06-01: it may still change"


def test_report_of_a_final_decision_has_its_hash_and_what_was_added():
    """Both hashes stand there in full, so that they can be compared."""
    found = added()
    rows = record_of(compose(a_case(decided=found)))
    assert rows["State"] == (
        f"Final, closed by Dr Anna on 2026-06-01 12:00 UTC, SHA-256 {found.record.lock.sha256}"
    )
    addendum = found.record.addenda[0]
    words = f"Now with a lower dose (Dr Ben; SHA-256 {addendum.sha256})"
    assert rows["Added 2026-06-01"] == words


def test_every_paper_of_the_board_says_the_decision():
    """PDF, web page, data and the last slide say the same; the slide leaves no empty form."""
    document = compose(a_case(decided=final()))
    printed, page = pdf_text(render_pdf(document)), render_html(document).decode()
    data, deck = json.dumps(as_data(document), ensure_ascii=False), render_pptx(document)
    for words in SAID:
        assert "".join(words.split()) in printed, words
        assert words.replace("'", "&#x27;") in page, words
        assert words.replace("\n", "\\n") in data, words
        assert words.replace("\n", "; ") in slide_text(deck), words
    assert "41% (33 to 50%)" in slide_text(deck)


def clinician_and_tool():
    """A record in which the treating clinician and the tool have their say as well."""
    figure = Figure(0.12, 0.06, 0.22, 0.9, "12% (6 to 22%)")
    row = ToolRow("docetaxel", "Docetaxel", "eligible", {"response": figure, "os": None})
    tool = ToolLayer(
        "bundle-0", "pack-0", "f", 12, "Learnt from a registry.", True, NOON, (row,)
    )  # fmt: skip
    clinician = View(Choice.OBSERVATION, "", None, ("tempo",), "wait for the scan")
    return final(tool=tool, clinician=clinician, present=("Dr Anna", "Dr Ben"))


def test_report_keeps_the_three_layers_apart():
    """What the tool showed at the time, what the clinician thought, what the board decided."""
    document = compose(a_case(decided=clinician_and_tool()))
    rows = record_of(document)
    assert (
        rows["Treating clinician"]
        == "Watch and wait: Tempo or burden of the disease; wait for the scan"
    )
    assert rows["Present"] == "Dr Anna, Dr Ben"
    (shown,) = [table for table in document.tables if table.caption.startswith(TOOL)]
    assert shown.caption.endswith("2026-06-01 12:00 UTC, at 12 months, with 90% intervals")
    dash = "\N{EM DASH}"
    assert shown.rows == (("Docetaxel", "eligible", "12% (6 to 22%)", *[dash] * 4),)
    assert "bundle-0" in shown.note
    deck = slide_text(render_pptx(document))
    assert "41% (33 to 50%)" in deck  # the slide of the options is of today's forecast
    assert "12% (6 to 22%)" not in deck
    brief = compose_summary(a_case(decided=clinician_and_tool()))
    assert not {"Treating clinician", "Present", "Options considered"} & set(record_of(brief))


def test_summary_counts_the_additions_it_has_no_room_for():
    """The last addition stands there, the ones before are counted."""
    found = added("first")
    for words in ("second", "third"):
        found = Decided(decision.amended(found.record, words, by="Dr Ben", at=NOON))
    rows = record_of(compose_summary(a_case(decided=found)))
    assert rows["Added 2026-06-01"].startswith("third (Dr Ben")
    assert rows["Added before"] == "2 more additions, in the full report"


def test_summary_gives_its_picture_for_a_long_decision():
    """One page it stays; the picture stands in the full report."""
    case = a_case(decided=final(conditions="word " * 100, dissent=(Dissent("Dr Ben", "x " * 200),)))
    assert any(
        isinstance(block, Picture) for block in compose_summary(a_case(decided=final())).blocks
    )
    long = compose_summary(case)
    assert not any(isinstance(block, Picture) for block in long.blocks)
    assert any(isinstance(block, Picture) for block in compose(case).blocks)
    assert len(pypdf.PdfReader(io.BytesIO(render_pdf(long))).pages) == 1


def test_slide_says_that_there_is_more_than_fits():
    """A long text is cut with a word; many additions are counted."""
    found = added("x" * 400)
    for number in range(3):
        found = Decided(decision.amended(found.record, f"more {number}", by="Dr Ben", at=NOON))
    told = slide_text(render_pptx(compose(a_case(decided=found))))
    assert "4 additions (in full in the PDF)" in told
    long = final(conditions="word " * 100)
    told = slide_text(render_pptx(compose(a_case(decided=long))))
    assert "word\N{HORIZONTAL ELLIPSIS} (in full in the PDF)" in told


def test_summary_stays_on_one_page_without_what_nobody_said():
    """The choice first; what was weighed stands in the full report."""
    document = compose_summary(a_case(decided=final(dissent=(), conditions="")))
    assert list(record_of(document)) == [
        "Decision of the board", "Reasons", "Responsible, due date", "Trial offered", "State",
    ]  # fmt: skip
    assert (
        len(pypdf.PdfReader(io.BytesIO(render_pdf(compose_summary(a_case(decided=added()))))).pages)
        == 1
    )


def test_summary_cuts_long_texts_and_hashes_with_a_word():
    """What the full report says whole is cut on the one page, and the page stays one."""
    found = added("more " * 200)
    long = Decided(replace(found.record, conditions="word " * 100, dissent=()))
    document = compose_summary(a_case(decided=long))
    told = record_of(document)
    lock = found.record.lock.sha256
    assert lock[:16] in told["State"]
    assert lock not in told["State"]
    assert told["Conditions"].endswith("word\N{HORIZONTAL ELLIPSIS} (whole in the full report)")
    assert len(pypdf.PdfReader(io.BytesIO(render_pdf(document))).pages) == 1
    assert lock in record_of(compose(a_case(decided=long)))["State"]


def test_papers_show_nothing_of_a_record_that_is_not_what_was_closed():
    """A changed record is named as such, and neither letter nor care plan follow it."""
    broken = Decided(replace(final().record, conditions="none at all"), intact=False)
    case = a_case(decided=broken)
    document = compose(case)
    assert not any(CAPTION in table.caption for table in document.tables)
    assert any(
        "is not what was closed" in b.text for b in document.blocks if isinstance(b, Callout)
    )
    assert b"CarePlan" not in write_bundle(case)
    letter = compose_letter(case, Language.EN, patients=10, name="P-7")
    assert Heading(words_of(Language.EN)["decided_title"]) not in letter.blocks


def test_papers_without_a_decision_speak_of_none():
    """No heading over nothing, and the slide keeps its form."""
    document = compose(a_case())
    assert Heading(TITLE) not in document.blocks
    assert "Decision of the board" in slide_text(render_pptx(document))
    assert b"CarePlan" not in write_bundle(a_case())


@pytest.mark.parametrize(
    "kept",
    [preliminary(), final(prediction_consent=Said.NO), final(prediction_consent=Said.NOT_ASKED)],
)
def test_letter_is_silent_unless_final_and_agreed(kept):
    """Neither what may still change nor what the patient did not agree to reaches the letter."""
    letter = compose_letter(a_case(decided=kept), Language.EN, patients=10, name="P-7")
    assert "Docetaxel" not in " ".join(sentences(letter))
    assert Heading(words_of(Language.EN)["decided_title"]) not in letter.blocks


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("choice", Choice)
def test_letter_says_the_choice_in_plain_words(choice, language):
    """The choice alone, in the patient's language, at grade 6 or lower; nothing of the reasons."""
    regimen = "docetaxel" if choice is Choice.REGIMEN else ""
    kept = final(board=View(choice, regimen, Stance.DIFFERS, ("wish",), "asked for it"))
    letter = compose_letter(a_case(decided=kept), language, patients=9713, name="P-7")
    said, words = sentences(letter), words_of(language)
    name = words["spelled"].get("docetaxel", "docetaxel")
    told = words["chosen"][choice].format(name=name[0].upper() + name[1:])
    assert told in " ".join(said)
    assert words["decided_yours"] in " ".join(said)
    told = " ".join(said)
    assert not any(word in told for word in ("asked for it", "toxic", "neuropathy", "Dr Anna"))
    forbidden = ("recommend", "best", "empf", "recomend", "mejor", "recommand", "meilleur")
    assert not any(word in told.lower() for word in forbidden)
    counts = readability.count(said, language)
    for formula in readability.formulas_of(language):
        assert formula.holds(counts), (formula.name, formula.of(counts))


def test_letter_of_a_decision_that_was_added_to_says_so():
    """A correction may have changed the choice, so the letter sends to the doctor."""
    letter = compose_letter(a_case(decided=added()), Language.EN, patients=10, name="P-7")
    assert words_of(Language.EN)["decided_added"] in " ".join(sentences(letter))


def test_care_plan_says_what_when_and_for_what():
    """A proposal in draft while preliminary, an active plan once final."""
    for kept, status, intent in ((preliminary(), "draft", "proposal"), (final(), "active", "plan")):
        entries = json.loads(write_bundle(a_case(decided=kept)))["entry"]
        by_kind = {e["resource"]["resourceType"]: e["resource"] for e in reversed(entries)}
        plan = by_kind["CarePlan"]
        assert (plan["status"], plan["intent"], plan["description"]) == (
            status, intent, "Docetaxel",
        )  # fmt: skip
        assert plan["period"] == {"start": "2026-06-01", "end": "2026-06-20"}
        assert plan["addresses"] == [{"reference": f"Condition/{by_kind['Condition']['id']}"}]
        assert plan["subject"] == {"reference": f"Patient/{by_kind['Patient']['id']}"}
        assert plan["activity"][0]["detail"]["performer"] == [{"display": "Dr Anna"}]
        assert "Conditions: if neuropathy stays mild" in [note["text"] for note in plan["note"]]


def test_released_decision_has_no_identifiers_in_its_texts():
    """What leaves is masked text by text; who decided keeps their name."""
    named = "Call Mr Miller at 030 1234567, MRN 4711223"
    record = final(
        conditions=named, options=(Option("trial", named),), dissent=(Dissent("Dr Ben", named),),
        board=replace(RECORD.board, words=named),
    ).record  # fmt: skip
    told = str(for_release(decision.amended(record, named, by="Dr Ben", at=NOON)))
    assert "Miller" not in told
    assert "4711223" not in told
    assert "Dr Ben" in told
    assert "Dr Anna" in told
