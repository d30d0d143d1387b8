"""Cards, chips, callouts, tables: what they say and that nothing slips through them."""

import pytest

from components.charts.markup import element
from components.widgets import panels, tables
from components.widgets.panels import SYMBOLS, Tone
from dashboard.knowledge.schema import Source, Verified
from tests.unit.components.test_markup import PAYLOADS, parsed_again


@pytest.mark.parametrize("tone", [tone for tone in Tone if tone is not Tone.PLAIN])
def test_chip_tells_its_state_without_colour(tone):
    """Every state has a symbol of its own beside its word, hidden from screen readers."""
    drawn = parsed_again(str(panels.chip(tone, "Word")))
    mark = drawn.find("span")
    assert mark.text == SYMBOLS[tone]
    assert mark.attrib["aria-hidden"] == "true"
    assert "".join(drawn.itertext()) == f"{SYMBOLS[tone]}Word"


def test_symbols_differ_from_state_to_state():
    """No two states share a symbol."""
    assert len(set(SYMBOLS.values())) == len(SYMBOLS)


def test_callout_leaves_out_what_is_empty():
    """A message without a cure has no empty paragraph."""
    drawn = parsed_again(str(panels.callout(Tone.ALERT, "Wrong.", "", "Do this.")))
    assert [part.text for part in drawn.findall("p")] == ["Do this."]
    assert drawn.attrib["role"] == "note"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_panels_show_a_payload_as_text(payload):
    """Whatever reaches a panel from data stays text."""
    drawn = parsed_again(str(panels.callout(Tone.ALERT, payload, payload)))
    assert drawn.find("p").text == payload
    assert drawn.find("strong").text.endswith(payload)
    assert parsed_again(str(panels.empty_state(payload, payload))).find("p").text == payload


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("**bold**", r"\*\*bold\*\*"),
        ("[click](http://evil.example)", r"\[click\](http\://evil.example)"),
        ("![x](y)", r"!\[x\](y)"),
        (":material/home:", r"\:material/home:"),
        (":red[x] :smile:", r"\:red\[x\] \:smile:"),
        ("$x$ <b> `c`", r"\$x\$ \<b\> \`c\`"),
        ("two\nlines", "two lines"),
        ("# heading", r"\# heading"),
        ("1. item", r"1\. item"),
        ("- item", r"\- item"),
        ("www.evil.example a@b.example", r"www\.evil.example a\@b.example"),
        ("&lt;b&gt;", r"\&lt;b\&gt;"),
        ("PD-L1 (TPS): 0.6 % of 10^9/L", "PD-L1 (TPS): 0.6 % of 10^9/L"),
        ("nsclc-egfr", "nsclc-egfr"),
    ],
)
def test_plain_leaves_no_markdown_in_a_label(text, safe):
    """Streamlit reads Markdown in labels; data must not speak it."""
    assert panels.plain(text) == safe


def test_figures_name_each_number():
    """Each number comes after the words it counts, as a list of terms."""
    drawn = parsed_again(str(panels.figures(("3", "eligible"), ("18", "undecided"))))
    pairs = [(pair.find("dt").text, pair.find("dd").text) for pair in drawn]
    assert pairs == [("eligible", "3"), ("undecided", "18")]


@pytest.mark.parametrize(
    ("verified", "words"),
    [
        (Verified.YES, "re-read at the source"),
        (Verified.PARTIAL, "partly re-read at the source"),
        (Verified.MEMORY, "not re-read at the source"),
    ],
)
def test_source_note_says_whether_it_was_re_read(verified, words):
    """A figure's note tells its source and whether somebody looked again."""
    source = Source(text="KEYNOTE-024", reference="10.1056/x", verified=verified)
    said = "".join(parsed_again(str(panels.source_note(source))).itertext())
    assert said.startswith("KEYNOTE-024 10.1056/x")
    assert said.endswith(f" {words}")


def test_source_note_admits_a_missing_source():
    """No source is said, not hidden."""
    assert "no source given" in str(panels.source_note(Source()))


def test_table_can_be_walked_by_a_screen_reader():
    """Caption, column headers and a header for every row; numbers are marked as such."""
    drawn = parsed_again(
        str(
            tables.table(
                "What is <in> it",
                [tables.Column("Name"), tables.Column("Count", number=True, width="5rem")],
                [("<b>", "3"), (element("i", "c"), "4")],
            )
        )
    )
    table = drawn.find("table")
    assert drawn.attrib["aria-label"] == table.find("caption").text == "What is <in> it"
    assert [(th.text, th.attrib["scope"]) for th in table.find("thead/tr")] == [
        ("Name", "col"),
        ("Count", "col"),
    ]
    rows = table.findall("tbody/tr")
    assert [row[0].attrib["scope"] for row in rows] == ["row", "row"]
    assert rows[0][0].text == "<b>"
    assert rows[1][0].find("i").text == "c"
    assert rows[0][1].attrib["class"] == "cc-number"


def test_table_scrolls_by_keyboard():
    """A wide table can be focused and scrolled without a mouse."""
    drawn = parsed_again(str(tables.table("x", [tables.Column("a")], [])))
    assert drawn.attrib["tabindex"] == "0"
    assert drawn.attrib["role"] == "region"


def test_table_refuses_a_row_of_another_length():
    """A shifted row is a bug, not a ragged table."""
    with pytest.raises(ValueError, match="zip"):
        tables.table("x", [tables.Column("a"), tables.Column("b")], [("1",)])
