"""Everything by keyboard alone, and at twice the size."""

import pytest
from playwright.sync_api import expect

from components.charts import dark
from dashboard.services import board
from tests.browser.test_safety import cut_off, drawn

MOST_TABS = 260
FOCUSED = """() => {
  const e = document.activeElement;
  const label = e.getAttribute('aria-label') || (e.labels && e.labels[0] && e.labels[0].innerText)
    || e.innerText || '';
  return [e.getAttribute('role') || e.tagName.toLowerCase(), label.trim(), e.type || ''];
}"""


def tab_to(page, label, *, exact=True):
    """Press Tab until what has the focus is called like this."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        role, name, _ = page.evaluate(FOCUSED)
        if role not in ("div", "main") and (name == label or (not exact and label in name)):
            return
    pytest.fail(f"No Tab leads to {label!r}.")


def focus_is_visible(page):
    """Whether what has the focus is outlined or framed."""
    return page.evaluate(
        """() => { const e = document.activeElement; const s = getComputedStyle(e);
        const p = getComputedStyle(e.parentElement);
        return s.outlineStyle !== 'none' || s.boxShadow !== 'none'
          || p.boxShadow !== 'none' || p.borderColor !== s.color; }"""
    )


def test_keyboard_opens_a_sample(page):
    """Tab and Enter lead from the welcome page to a patient and through the views."""
    page.goto("/")
    page.get_by_role("heading", level=1, name="Concord").wait_for()
    tab_to(page, "Open SYN-NSCLC-02", exact=False)
    assert focus_is_visible(page)
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="Patient").wait_for()
    page.get_by_role("heading", name="Regimens by the published rules").wait_for()
    tab_to(page, "All conditions")
    page.keyboard.press("Enter")
    expect(page.locator("details[open]").first).to_be_visible()


def test_keyboard_types_a_patient_in(page):
    """A patient is typed in and accepted without a mouse."""
    page.goto("/intake")
    page.get_by_role("heading", level=1, name="New patient").wait_for()
    tab_to(page, "Read a file")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.get_by_role("combobox", name="Tumour group").wait_for()
    tab_to(page, "Tumour group", exact=False)
    page.keyboard.type("Melanoma")
    page.keyboard.press("Enter")
    page.get_by_role("textbox", name="Age", exact=True).wait_for()
    tab_to(page, "Pseudonym")
    page.keyboard.type("CASE-1")
    tab_to(page, "Age")
    page.keyboard.type("3,8")
    page.keyboard.press("Enter")
    page.get_by_text("choose the decimal mark").or_(page.get_by_text("outside")).first.wait_for()
    page.keyboard.press("Control+A")
    page.keyboard.type("61")
    page.keyboard.press("Enter")
    accept = page.get_by_role("button", name="Accept this patient")
    expect(accept).to_be_enabled()
    tab_to(page, "Accept this patient")
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="Patient").wait_for()
    banner = page.get_by_role("region", name="Patient on the screen")
    expect(banner).to_contain_text("CASE-1")
    expect(banner).to_contain_text("61 years")


def test_dark_ground_and_large_type_by_keyboard(page):
    """Both switches are reached and pressed without a mouse; the address keeps both."""
    page.goto("/calibration")
    page.get_by_role("heading", level=1, name="Calibration").wait_for()
    page.locator(".js-plotly-plot").first.wait_for()
    for name, kept in (("Large type", "**size=large**"), ("Dark screen", "**theme=dark**")):
        tab_to(page, name)
        page.keyboard.press("Space")
        page.wait_for_url(kept)
    ground = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    is_dark = f"() => {ground} === '{rgb(dark.PAPER)}'"
    page.wait_for_function(is_dark)
    page.reload()
    page.wait_for_function(is_dark)
    page.locator(".js-plotly-plot").first.wait_for()
    main = page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 1


def choose_by_keys(page, label, option):
    """Choose in the first box of this label by typing."""
    page.get_by_label(label, exact=True).first.wait_for()
    tab_to(page, label)
    page.keyboard.type(option)
    page.get_by_role("option", name=option).first.wait_for()
    page.keyboard.press("Enter")


def go_by_keys(page, name):
    """Go to a page by its link in the menu, which is called like its icon and then the page."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        role, words, _ = page.evaluate(FOCUSED)
        if role == "a" and words.endswith(f"\n\n{name}"):
            break
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name=name, exact=True).wait_for()
    page.get_by_test_id("stStatusWidget").wait_for(state="detached")


def test_keyboard_leads_through_a_board(forecasts_page):
    """Two regimens pinned, another month, a fact changed, and Why opened, without a mouse."""
    page = forecasts_page
    page.goto("/board?patient=SYN-NSCLC-03")
    rows = page.get_by_role("region", name="The board").locator("tbody tr")
    rows.first.wait_for()
    tab_to(page, "Regimens", exact=False)
    page.keyboard.press("Enter")
    tab_to(page, "Regimens on the board, two to 6", exact=False)
    for _ in range(board.MOST):
        page.keyboard.press("Backspace")
    for regimen in ("Osimertinib", "Docetaxel"):
        page.keyboard.type(regimen)
        page.get_by_role("option", name=regimen).first.wait_for()
        page.keyboard.press("Enter")
    for _ in ("the list", "the box around it"):
        page.keyboard.press("Escape")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Osimertinib")
    expect(rows.last).to_contain_text("Docetaxel")
    tab_to(page, "6 mo")
    page.keyboard.press("Space")
    page.get_by_text("at 6 months").first.wait_for()
    page.wait_for_url("**months=6**")
    go_by_keys(page, "What if")
    choose_by_keys(page, "Facts to change, up to 6", "Age")
    page.keyboard.press("Escape")
    page.get_by_label("Age", exact=True).first.wait_for()
    drawn(page, rest=700)
    tab_to(page, "Age")
    page.keyboard.press("Control+A")
    page.keyboard.type("45")
    page.keyboard.press("Enter")
    page.get_by_text("Age: 45 years instead of").wait_for()
    go_by_keys(page, "Why")


def test_keyboard_records_a_decision(forecasts_page):
    """A case is made of a patient, and the board's choice written down, without a mouse."""
    page = forecasts_page
    page.goto("/case?patient=SYN-NSCLC-03")
    page.get_by_role("heading", level=1, name="Case").wait_for()
    tab_to(page, "Make a case of this patient")
    page.keyboard.press("Enter")
    page.get_by_text("Question for the board").first.wait_for()
    go_by_keys(page, "Decision")
    choose_by_keys(page, "Choice", "Regimen")
    choose_by_keys(page, "Regimen", "Osimertinib")
    page.get_by_text("Kept as a draft at").first.wait_for()
    tab_to(page, "Save")
    page.keyboard.press("Enter")
    page.get_by_text("Saved.").first.wait_for()


def rgb(colour):
    """A colour as a browser tells it."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"


@pytest.mark.parametrize("path", ["/", "/intake"])
def test_zoom_of_two_hundred_percent_cuts_nothing_off(page, path):
    """At twice the size nothing lies outside the page sideways; other pages: test_safety.py."""
    page.set_viewport_size({"width": 640, "height": 400})
    page.goto(path)
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_timeout(800)
    assert not cut_off(page)
