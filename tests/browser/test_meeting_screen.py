"""A newcomer runs a meeting: from a FHIR file to the report in hand, in a real browser."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from dashboard.meeting.case import Event, Stage
from dashboard.services import ballots, cases, intake
from dashboard.services.installation import open_context
from tests.browser.conftest import PATIENCE_MS, ROOT
from tests.trained import environ_of

FILE = ROOT / "sample_data" / "fhir_nsclc.json"
WIDE_ENOUGH = {"width": 1280, "height": 800}


def seen(what: Locator) -> None:
    """Wait until this is on the screen."""
    expect(what).to_be_visible(timeout=PATIENCE_MS)


def menu(page: Page, name: str) -> None:
    """Go to a page by the menu."""
    page.get_by_role("link", name=name, exact=True).click()
    seen(page.get_by_role("heading", name=name, exact=True, level=1))


def choose(page: Page, label: str, option: str) -> None:
    """Choose in the first box of this label."""
    page.get_by_label(label, exact=True).first.click()
    page.keyboard.type(option)
    page.get_by_role("option", name=option, exact=True).first.click()


def kept(page: Page) -> None:
    """Wait until what was typed is kept, so that nothing is still on its way."""
    seen(page.get_by_text("Kept as a draft at"))
    page.get_by_text("Running").wait_for(state="hidden")


def read_the_file(page: Page) -> None:
    """A patient from a FHIR file, accepted."""
    page.goto("/intake")
    page.locator("input[type=file]").first.set_input_files(FILE, timeout=3 * PATIENCE_MS)
    page.get_by_role("button", name="Accept").first.click()
    seen(page.get_by_role("heading", name="Patient", exact=True))


def prepare(page: Page, question: str) -> None:
    """The case made, asked, saved and ready."""
    menu(page, "Case")
    page.get_by_role("button", name="Make a case of this patient").click()
    page.get_by_label("Question for the board").fill(question)
    kept(page)
    page.get_by_label("Wishes of the patient").fill("As much time at home as possible")
    page.get_by_label("Goals of treatment").fill("Time")
    page.get_by_label("Goals of treatment").press("Enter")
    page.get_by_role("button", name="Save", exact=True).click()
    seen(page.get_by_text("Saved."))
    page.get_by_role("button", name="Make it ready for the board").click()
    seen(page.locator(".cc-chip", has_text="Ready for the board"))


def give_a_ballot(page: Page) -> None:
    """One member says what they think, and the chair reveals."""
    page.get_by_text("Ballots", exact=True).first.click()
    page.get_by_label("Whose ballot").fill("Dr Kim")
    choose(page, "Your choice", "Osimertinib")
    page.get_by_role("button", name="Give the ballot").click()
    seen(page.get_by_text("Given, and covered: Dr Kim."))
    page.get_by_role("button", name="Reveal the ballots and the forecast").click()
    seen(page.get_by_text("Board, the mean"))


def decide(page: Page) -> None:
    """The decision recorded and locked."""
    menu(page, "Decision")
    choose(page, "Choice", "Regimen")
    choose(page, "Regimen", "Osimertinib")
    choose(page, "Stands to what the tool showed", "Agrees with the tool")
    choose(page, "Reasons", "Molecular finding")
    page.keyboard.press("Escape")
    page.get_by_label("Who carries it out").fill("Dr Noor")
    choose(page, "A trial was offered", "No")
    choose(page, "The patient agrees to the use of predictions", "Yes")
    page.get_by_test_id("stDateInput").get_by_role("spinbutton").first.click()
    page.keyboard.type(f"{datetime.now(UTC).year + 1}1205")
    page.keyboard.press("Tab")
    kept(page)
    page.get_by_role("button", name="Save", exact=True).click()
    seen(page.get_by_text("Nothing is wanting for a final decision."))
    page.get_by_role("button", name="Make it final").click()
    page.get_by_role("button", name="Lock it as final").click()
    seen(page.get_by_text("It was checked just now."))


def test_meeting_from_a_file_to_the_report_in_hand(forecasts_page: Page, tmp_path: Path) -> None:
    """Every step of a newcomer works: read, prepare, vote, present, decide, hand out."""
    page = forecasts_page
    question = "Tablets alone, or with chemotherapy?"
    read_the_file(page)
    prepare(page, question)
    give_a_ballot(page)
    page.get_by_text("Prepare", exact=True).first.click()
    page.get_by_role("button", name="Present it").click()
    seen(page.get_by_text(question))
    seen(page.locator(".cc-board"))
    page.get_by_role("link", name="Leave").click()
    seen(page.get_by_role("heading", name="Cases", exact=True))
    decide(page)
    menu(page, "Report")
    with page.expect_download() as taken:
        page.get_by_role("button", name="PDF", exact=True).first.click()
    taken.value.save_as(tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def test_presentation_is_one_screen_and_answers_to_keys(forecasts_page: Page) -> None:
    """Nothing has to be scrolled at 1280 by 800 and 1920 by 1080; a second screen follows."""
    page = forecasts_page
    on_the_screen(page)
    other = page.context.new_page()
    other.goto("/presentation")
    seen(other.locator(".cc-stage"))
    for size in (WIDE_ENOUGH, {"width": 1920, "height": 1080}):
        page.set_viewport_size(size)
        seen(page.locator(".cc-board"))
        main = page.get_by_test_id("stMain")
        assert main.evaluate("m => m.scrollHeight - m.clientHeight") <= 1
        assert main.evaluate("m => m.scrollWidth - m.clientWidth") <= 1
        assert page.get_by_test_id("stSidebar").is_hidden()
    page.keyboard.press("3")
    seen(page.get_by_text("Nothing has been decided yet."))
    seen(other.get_by_text("Nothing has been decided yet."))


def two_cases_on_todays_agenda(home: Path) -> None:
    """Two cases ready for the board, their forecasts open, put there by the services."""
    context = open_context(environ_of(home))
    for name in ("SYN-NSCLC-02", "SYN-NSCLC-03"):
        who = next(each.patient for each in intake.samples(context) if each.id == name)
        held = cases.open_case(context, who, ("docetaxel", "osimertinib"))
        held = cases.save(context, held, {"questions": (f"What for {name}?",)})
        gate = cases.missing(context, held.paper, cases.patient(context, held.paper))
        if gate.holding_up:
            held = cases.let_pass(context, held, gate.open_facts, "tissue used up")
        ballots.do_without(context, held.paper.id, "one person only")
        cases.step(context, held, Stage.READY, gate)
    context.store.close()


def test_clicker_turns_cases_on_every_screen(forecasts_page: Page, trained_home: Path) -> None:
    """Page keys and arrows turn cases, number keys screens; who only follows sees the same."""
    two_cases_on_todays_agenda(trained_home)
    page = forecasts_page
    page.goto("/presentation")
    wall, tablet = page.context.new_page(), page.context.new_page()
    for screen in (wall, tablet):
        screen.goto("/presentation")
        screen.get_by_text("Only follow").click()
    while page.get_by_role("button", name="Previous").is_enabled():  # from the first case on
        page.keyboard.press("PageUp")
        page.get_by_text("Running").wait_for(state="hidden")
    if page.get_by_role("button", name="Begin").is_visible():
        page.keyboard.press("PageDown")
    seen(page.locator(".cc-stage"))
    first = page.locator(".cc-ask").inner_text()
    for forth, back in (("PageDown", "PageUp"), ("ArrowRight", "ArrowLeft")):
        page.keyboard.press(forth)
        expect(page.locator(".cc-ask")).not_to_have_text(first, timeout=PATIENCE_MS)
        second = page.locator(".cc-ask").inner_text()
        for screen in (wall, tablet):
            expect(screen.locator(".cc-ask")).to_have_text(second, timeout=PATIENCE_MS)
            assert not screen.get_by_role("button", name="Next").is_visible()
        page.keyboard.press(back)
        for screen in (page, wall, tablet):
            expect(screen.locator(".cc-ask")).to_have_text(first, timeout=PATIENCE_MS)
    main = wall.get_by_test_id("stMain")
    assert main.evaluate("m => m.scrollHeight - m.clientHeight") <= 1
    wall.keyboard.press("PageDown")  # who only follows turns nothing
    wall.wait_for_timeout(2_500)
    expect(page.locator(".cc-ask")).to_have_text(first)


def on_the_screen(page: Page) -> None:
    """A sample on the screen of a meeting, without ballots."""
    page.goto("/case?patient=SYN-NSCLC-02")
    page.get_by_role("button", name="Make a case of this patient").click()
    page.get_by_label("Question for the board").fill("Which first line?")
    kept(page)
    page.get_by_role("button", name="Save", exact=True).click()
    seen(page.get_by_text("Saved."))
    page.get_by_text("Running").wait_for(state="hidden")
    because = page.get_by_label("Let them pass, because")
    because.fill("tissue used up")
    because.press("Enter")
    page.get_by_role("button", name="Let pass", exact=True).click()
    seen(page.get_by_text("pass: tissue used up"))
    page.get_by_role("button", name="Make it ready for the board").click()
    seen(page.locator(".cc-chip", has_text="Ready for the board"))
    page.get_by_text("Ballots", exact=True).first.click()
    page.get_by_role("button", name="Do without ballots").click()
    page.get_by_label("Because").fill("one person only")
    page.get_by_role("button", name="Do without", exact=True).click()
    seen(page.get_by_text("The chair did without ballots."))
    page.get_by_text("Prepare", exact=True).first.click()
    page.get_by_role("button", name="Present it").click()
    seen(page.locator(".cc-board"))


def test_typed_words_survive_a_reload(forecasts_page: Page) -> None:
    """What was typed and not saved is there after the page was loaded again."""
    page = forecasts_page
    page.goto("/case?patient=SYN-NSCLC-01")
    page.get_by_role("button", name="Make a case of this patient").click()
    page.get_by_label("Wishes of the patient").fill("not saved yet")
    kept(page)
    page.reload()
    expect(page.get_by_label("Wishes of the patient")).to_have_value("not saved yet")


def a_full_case(home: Path) -> str:
    """A case with as much on it as it can hold, decided long ago; its address."""
    context = open_context(environ_of(home))
    who = next(each.patient for each in intake.samples(context) if each.id == "SYN-NSCLC-02")
    regimens = tuple(each.id for each in context.library.pack("nsclc").regimens[:6])
    held = cases.open_case(context, replace(who, id="SYN-FULL"), regimens)
    long = "As much time at home as possible, near the family and without many journeys. " * 8
    events = tuple(
        Event("imaging", date(2019, 1, 1) + timedelta(days=13 * day), f"scan number {day}")
        for day in range(200)
    )
    said = dict.fromkeys(("wishes", "goals", "performance", "comorbidity"), long)
    changes = {**said, "questions": (long,), "events": events, "meets_on": date(2025, 1, 2)}
    held = cases.save(context, held, changes)
    gate = cases.missing(context, held.paper, cases.patient(context, held.paper))
    if gate.holding_up:
        held = cases.let_pass(context, held, gate.open_facts, "tissue used up")
    for number in range(12):
        chances = dict.fromkeys(regimens, 0.3)
        ballots.give(context, held.paper.id, f"Dr Name-of-Member {number}", regimens[1],
                     confidence=0.7, chances=chances)  # fmt: skip
    ballots.reveal(context, held.paper.id)
    cases.step(context, held, Stage.READY, gate)
    context.store.close()
    return held.paper.id


def test_full_case_of_a_past_day_stands_on_one_screen(
    forecasts_page: Page, trained_home: Path
) -> None:
    """Six regimens, long texts, two hundred events and twelve ballots: nothing is scrolled."""
    page = forecasts_page
    page.goto(f"/case?patient={a_full_case(trained_home)}")
    page.get_by_role("button", name="Present it").click()
    seen(page.locator(".cc-who", has_text="SYN-FULL"))
    main = page.get_by_test_id("stMain")
    screens = {
        "2": page.get_by_text("Board, the mean"),
        "3": page.get_by_text("Nothing has been decided yet."),
        "1": page.locator(".cc-board"),
    }
    seen(screens["1"])
    for key, shown in screens.items():
        page.get_by_text("Running").wait_for(state="hidden")
        page.wait_for_timeout(1_000)  # a key that is pressed while the page is drawn is lost
        page.keyboard.press(key)
        seen(shown)
        for size in (WIDE_ENOUGH, {"width": 1920, "height": 1080}):
            page.set_viewport_size(size)
            page.get_by_text("Running").wait_for(state="hidden")
            page.wait_for_timeout(500)
            assert main.evaluate("m => m.scrollHeight - m.clientHeight") <= 1, (key, size)
