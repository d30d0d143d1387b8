"""The style sheet: what Streamlit's theme has no setting for, and nothing from data."""

import re

from components.charts import theme
from components.widgets import full_screen
from components.widgets.panels import Tone
from dashboard.shell import registry, style
from tests.contracts import sources


def test_style_knows_every_class_that_is_used():
    """A class without a rule is a piece that nobody looked at."""
    used = set()
    for folder in ("components", "dashboard"):
        for name in sources.modules(folder):
            if name != "dashboard/shell/style.py":
                used |= set(re.findall(r"\bcc-[a-z-]+\b", sources.text(name)))
    used = {name for name in used if not name.endswith("-")} | {f"cc-{tone}" for tone in Tone}
    known = style.SHEET + str(full_screen.RULES)
    assert {name for name in used if f".{name}" not in known} == set()


def test_style_shows_where_the_keyboard_is():
    """What has the focus is outlined, everywhere, in a colour that stands out."""
    assert "a:focus-visible, button:focus-visible" in style.SHEET
    assert f"outline: 3px solid {theme.PRIMARY}" in style.SHEET


def test_style_prints_the_page_without_its_controls():
    """On paper there are no buttons and no menu, and nothing is clipped."""
    printed = style.SHEET[style.SHEET.index("@media print") :]
    assert '[data-testid="stSidebar"]' in printed
    assert "zoom" in printed


def test_style_has_balanced_braces():
    """A brace too few would silence every rule after it."""
    assert style.SHEET.count("{") == style.SHEET.count("}")


def test_style_heads_each_group_of_the_menu_once():
    """The first entry of a group carries its heading; the others and an empty menu carry none."""
    sheet = style.menu_headings(["Start", "Start", "One patient", "Start"])
    assert 'li:nth-child(1)::before { content: "Start"' in sheet
    assert 'li:nth-child(3)::before { content: "One patient"' in sheet
    assert sheet.count("::before") == 2
    assert style.menu_headings([]) == "<style></style>"


def test_style_every_group_of_pages_has_a_heading():
    """No page of the registry stands in a group without a heading."""
    assert {spec.group for spec in registry.PAGES} <= set(registry.GROUPS)


def test_style_paints_words_white_only_on_buttons_that_can_be_pressed():
    """A primary button that is disabled has no dark ground, so white words on it are unreadable."""
    assert 'stBaseButton-primary"]:not(:disabled) p' in style.SHEET
    assert 'stBaseButton-primary"] p' not in style.SHEET
