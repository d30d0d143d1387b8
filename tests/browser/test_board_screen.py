"""The board in a real browser: one screen, kept over a reload, and figures that can be taken."""

import re

from playwright.sync_api import expect

SAMPLE = "SYN-NSCLC-02"
SIX = (
    "pembrolizumab-mono,pembrolizumab-platinum-pemetrexed,platinum-doublet-chemo,docetaxel,"
    "best-supportive-care,osimertinib"
)


def open_page(page, slug, **address):
    """Open a page of the sample patient and wait for what it is about."""
    told = "&".join(f"{name}={value}" for name, value in address.items())
    page.goto(f"/{slug}?patient={SAMPLE}&{told}")
    page.get_by_role("button", name="Regimens").wait_for()


def test_board_fits_one_screen_with_six_regimens(forecasts_page):
    """At 1280 by 800 the last of six rows ends above the lower edge; nothing runs out sideways."""
    open_page(forecasts_page, "board", regimens=SIX)
    board = forecasts_page.get_by_role("region", name="The board")
    expect(board.locator("tbody tr")).to_have_count(6)
    last = board.locator("tbody tr").last.bounding_box()
    assert last["y"] + last["height"] <= 800
    assert board.evaluate("it => it.scrollWidth - it.clientWidth") <= 1


def test_board_choice_survives_a_reload(forecasts_page):
    """Months chosen on the screen stand in the address and are there again after a reload."""
    open_page(forecasts_page, "board")
    forecasts_page.get_by_role("radio", name="6 mo").or_(
        forecasts_page.get_by_role("button", name="6 mo", exact=True)
    ).first.click()
    head = forecasts_page.get_by_text("at 6 months").first
    expect(head).to_be_visible(timeout=20_000)
    forecasts_page.wait_for_url(re.compile("months=6"))
    forecasts_page.reload()
    expect(head).to_be_visible(timeout=20_000)
    assert "months=6" in forecasts_page.url


def test_board_pictures_can_be_taken(forecasts_page):
    """The survival page draws its figure with words, and hands out CSV, SVG and PNG."""
    open_page(forecasts_page, "survival", regimens="pembrolizumab-mono,platinum-doublet-chemo")
    chart = forecasts_page.get_by_role("figure").or_(forecasts_page.locator(".js-plotly-plot"))
    expect(chart.first).to_be_visible(timeout=20_000)
    starts = {"Figures (CSV)": b"source,", "Picture (SVG)": b"<svg", "Picture (PNG)": b"\x89PNG"}
    forecasts_page.get_by_role("button", name="Download").click()
    for name, start in starts.items():
        with forecasts_page.expect_download() as waiting:
            forecasts_page.get_by_role("button", name=name).click()
        assert waiting.value.path().read_bytes().startswith(start)
