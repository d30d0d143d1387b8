"""Text into HTML and SVG, never into code."""

import base64
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.charts.markup import Drawing, Markup, element, join


def parsed_again(text):
    """What a browser makes of our own output."""
    return ElementTree.fromstring(text)  # noqa: S314 - our own output, not a stranger's


PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "&lt;b&gt;",
    "a & b",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_element_shows_a_payload_as_its_letters(payload):
    """Whatever somebody typed is read back letter by letter, as text and as attribute."""
    drawn = str(element("p", payload, title=payload))
    parsed = parsed_again(drawn)
    assert parsed.text == payload
    assert parsed.attrib == {"title": payload}
    assert len(parsed) == 0


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"])))
def test_element_survives_any_text(text):
    """No text changes the structure around it."""
    parsed = parsed_again(str(element("p", element("b", text), text)))
    assert [child.tag for child in parsed] == ["b"]


def test_element_writes_attribute_names_as_html_does():
    """`class_` is class, `aria_label` is aria-label, None is left out."""
    drawn = element("td", "x", class_="a", aria_label="b", style=None, colspan=2)
    assert str(drawn) == '<td class="a" aria-label="b" colspan="2">x</td>'


def test_element_closes_what_has_no_content():
    """Images and strokes have no end tag."""
    assert str(element("img", src="x", alt="y")) == '<img src="x" alt="y"/>'


def test_join_keeps_markup_and_escapes_text():
    """Markup passes, text is escaped, None is nothing."""
    assert str(join([Markup("<b>1</b>"), "<2>", None])) == "<b>1</b>&lt;2&gt;"


def test_drawing_is_an_image_with_words():
    """A drawing reaches the page as an image whose source is the picture itself."""
    drawing = Drawing(10, 20, element("rect", width=3, height=4), "Three by <four>.")
    image = parsed_again(str(drawing.image))
    assert image.attrib["alt"] == "Three by <four>."
    kind, data = image.attrib["src"].split(",", 1)
    assert kind == "data:image/svg+xml;base64"
    picture = parsed_again(base64.b64decode(data))
    assert picture.attrib["viewBox"] == "0 0 10 20"
    assert picture.find("{http://www.w3.org/2000/svg}title") is None  # said once, beside it
    assert "font-family" not in picture.attrib  # without text there is nothing to set
    alone = parsed_again(drawing.svg.encode())
    assert alone.find("{http://www.w3.org/2000/svg}title").text == "Three by <four>."
