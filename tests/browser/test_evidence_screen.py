"""The evidence page in a browser: every view free of serious barriers, and found by keyboard."""

from playwright.sync_api import expect

from tests.browser.test_safety import serious

VIEWS = {
    "For this patient": "Trial arms and what came of them",
    "Scores": "On the shelf for other tumours",
    "Search": "rows and references",
    "Own evidence": "What was added",
}


def choose(page, name):
    """Choose a view of the page."""
    choice = page.get_by_role("radio", name=name, exact=True)
    choice.or_(page.get_by_role("button", name=name, exact=True)).first.click()


def test_axe_finds_nothing_serious_in_any_view_of_the_evidence(page):
    """Charts, tables, filters and the drop of a file."""
    page.goto("/evidence?patient=SYN-NSCLC-02")
    page.get_by_role("heading", level=1, name="Evidence and scores").wait_for()
    for view, words in VIEWS.items():
        choose(page, view)
        page.get_by_text(words).first.wait_for()
        page.wait_for_timeout(1500)  # what the former view drew fades away
        assert serious(page) == [], view


def test_search_finds_and_draws(page):
    """A brand name finds the drug's trials, as rows and as a forest."""
    page.goto("/evidence")
    page.get_by_role("heading", level=1, name="Evidence and scores").wait_for()
    page.get_by_role("textbox", name="Search").fill("Keytruda first-line")
    page.keyboard.press("Enter")
    expect(page.get_by_text("keytruda (also pembrolizumab").first).to_be_visible()
    expect(page.get_by_text("KEYNOTE-024: pembrolizumab").first).to_be_visible()
    choose(page, "Forest")
    expect(page.get_by_text("nothing is pooled")).to_be_visible()
    page.wait_for_timeout(800)
    assert serious(page) == []


def test_axe_finds_nothing_serious_in_the_concordance(forecasts_page):
    """Rows, one row in full with its picture, and the download."""
    address = "/concordance?patient=SYN-NSCLC-02&regimens=pembrolizumab-mono,platinum-doublet-chemo"
    forecasts_page.goto(address)
    heading = forecasts_page.get_by_role("heading", name="One row in full")
    heading.wait_for(timeout=60_000)
    expect(forecasts_page.get_by_text("How the gap divides")).to_be_visible(timeout=20_000)
    forecasts_page.wait_for_timeout(1500)
    assert serious(forecasts_page) == []
