"""Rare letters on paper: set where a font holds them, named where none does, never in the way."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import pypdf
import pytest

from dashboard.reporting.document import Document, Paragraph
from dashboard.reporting.glyphs import name_of, printable
from dashboard.reporting.printing import render_pages, render_pdf

SMILE, FLAG = "\U0001f642", "\U0001f1e9"
PAPER = Document("T", "S", date(2026, 3, 1), False, ())


@pytest.mark.parametrize(
    "text", ["Zoë Łęcka, “50 %” ≥ 3 → ▲", "Ωμέγα, Привет", "עברית", "ليلى حداد"]
)
def test_letters_that_a_font_holds_stand_as_they_were_typed(text):
    """Greek, Cyrillic, Hebrew and Arabic need no other fonts than the typesetter's own."""
    found = printable(text)
    assert (found.text, found.own_fonts) == (text, True)


def test_pictograms_stand_by_name():
    """A smile in a remark is told, and what has no name is told by its number."""
    assert printable(f"well {SMILE}").text == "well [slightly smiling face]"
    assert name_of("\ue000") == "[u+e000]"


def test_no_character_keeps_a_paper_from_being_made():
    """PDF and preview hold what was typed, rare letters beside usual ones."""
    words = f"Dr {SMILE} {FLAG} 王小明 ليلى \ue000 \u200d said no"
    document = replace(PAPER, blocks=(Paragraph(words),))
    (page,) = pypdf.PdfReader(io.BytesIO(render_pdf(document))).pages
    said = page.extract_text()
    assert "[slightly smiling face]" in " ".join(said.split())
    assert "said no" in said
    assert len(render_pages(document)) == 1
