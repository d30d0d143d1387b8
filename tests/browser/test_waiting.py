"""The page that waits for the dashboard, in a browser: it is of another origin, of this machine."""

from launcher.machine import Machine
from launcher.waiting import waiting_page


def test_waiting_page_says_what_is_done_and_opens_the_dashboard(chromium, app):
    """Something honest is on the screen at once; then the dashboard is."""
    machine = Machine(said=["Installing the packages."])
    page = chromium.new_page()
    with waiting_page(machine) as waiting:
        page.goto(waiting.url)
        assert page.inner_text("h1") == "Concord"
        page.get_by_text("Installing the packages.").wait_for()
        machine.said.append("Starting the dashboard.")
        page.get_by_text("Starting the dashboard.").wait_for()
        waiting.address = app.address
        page.wait_for_url(f"{app.address}/**", wait_until="commit")
        page.wait_for_selector("[data-testid=stAppViewContainer] h1")
    page.close()


def test_waiting_page_says_when_the_start_failed(chromium):
    """Nobody waits for what does not come."""
    page = chromium.new_page()
    with waiting_page(Machine(said=["Starting the dashboard."])) as waiting:
        page.goto(waiting.url)
    page.get_by_text("The terminal it was started in says why.").wait_for()
    assert page.locator("#bar").count() == 0
    page.close()
