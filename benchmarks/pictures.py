"""Take the manual's pictures, or pictures of every page, from the app as it is now.

`python -m benchmarks.pictures --data FOLDER` renews docs/pictures from a data folder with forecasts
(scripts/train.py). With `--every INTO` it takes each page of the menu for each of
`--patients`, at two sizes, on light and dark ground, into that folder, for somebody to look at.
Measures nothing; stands here because it needs what the benchmarks of the screen need.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import sync_playwright

from benchmarks.browsing import FLAGS, PATIENCE_MS, ROOT, serving
from dashboard.shell.registry import PAGES
from launcher.chromium import provide
from launcher.machine import Machine

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SAMPLE = "SYN-NSCLC-02"
SIX = (
    "pembrolizumab-mono,pembrolizumab-platinum-pemetrexed,platinum-doublet-chemo,docetaxel,"
    "best-supportive-care,osimertinib"
)
SMALL, LARGE = SIZES = (1280, 800), (1920, 1080)
GROUNDS = "light", "dark"
COLOURS = 192  # of a picture of the manual: flat grounds and text, nothing that fades
_SETTLED = """() => !document.querySelector('[data-stale=true], [data-testid=stStatusWidget]')
  && [...document.querySelectorAll('.js-plotly-plot')].every(c => c.querySelector('.main-svg'))
  && [...document.images].every(i => i.complete)"""
_AT_REST_MS = 900  # what the former view drew fades away


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: its name, the address, what is chosen there, and what has to stand on it."""

    name: str
    address: str
    choose: tuple[str, ...] = ()  # names of options or buttons, pressed one after another
    words: str = ""
    size: tuple[int, int] = SMALL


MANUAL = (
    Shot("welcome", "/"),
    Shot("patient", f"/patient?patient={SAMPLE}", words="Regimens by the published rules"),
    Shot("board", f"/board?patient={SAMPLE}&regimens={SIX}", words="Osimertinib"),
    Shot("why", f"/why?patient={SAMPLE}", ("One fact over the cohort",), "Age"),
    Shot("similar", f"/similar?patient={SAMPLE}", words="Median survival"),
    Shot("benefit-harm", f"/toxicity?patient={SAMPLE}&regimens={SIX}", ("Benefit against harm",)),
    Shot("check", "/methods", ("Check it now", "Check the model"), "A trial that every"),
    Shot("survival-dark", f"/survival?patient={SAMPLE}&regimens={SIX}&theme=dark"),
)


def main() -> int:
    """Take the manual's pictures, or those of every page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a data folder with forecasts")
    parser.add_argument("--every", type=Path, help="the folder for pictures of every page")
    parser.add_argument("--patients", nargs="+", default=[SAMPLE], help="for --every")
    parser.add_argument("--pages", nargs="+", help="slugs, or names of the manual's; else all")
    asked = parser.parse_args()
    folder = asked.every or ROOT / "docs" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [shot for shot in MANUAL if asked.pages is None or shot.name in asked.pages]
    shots = every(asked.patients, asked.pages) if asked.every else wanted
    environ = {"CONCORD_DATA_DIR": str(asked.data)}
    with ExitStack() as stack:
        app = stack.enter_context(serving("dashboard/app.py", environ))
        playwright = stack.enter_context(sync_playwright())
        path = provide(Machine())
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        stack.callback(browser.close)
        for shot in shots:
            picture = take(browser, app.address, shot)
            (folder / f"{shot.name}.png").write_bytes(picture if asked.every else small(picture))
            print(shot.name, flush=True)
    return 0


def every(patients: Sequence[str], slugs: Sequence[str] | None = None) -> list[Shot]:
    """Each page of the menu for each patient, at both sizes and on both grounds."""
    pages = [page for page in PAGES if slugs is None or page.slug in slugs]
    return [
        Shot(
            f"{page.slug}-{patient}-{width}-{ground}",
            f"{page.address}?patient={patient}&theme={ground}",
            size=(width, height),
        )
        for page, patient, (width, height), ground in product(pages, patients, SIZES, GROUNDS)
    ]


def take(browser: Browser, address: str, shot: Shot) -> bytes:
    """A picture of a page once everything on it is drawn, by a visitor of its own."""
    width, height = shot.size
    context = browser.new_context(viewport={"width": width, "height": height})
    try:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address + shot.address)
        page.get_by_role("heading", level=1).first.wait_for()
        settle(page)
        for name in shot.choose:
            press(page, name)
            settle(page)
        if shot.words:
            page.get_by_test_id("stMain").get_by_text(shot.words).first.scroll_into_view_if_needed()
        return page.screenshot()
    finally:
        context.close()


def press(page: Page, name: str) -> None:
    """Choose an option, or press a button, of this name."""
    option = page.get_by_role("radio", name=name, exact=True)
    option.or_(page.get_by_role("button", name=name, exact=True)).first.click()


def settle(page: Page) -> None:
    """Wait until nothing is being computed or drawn any more."""
    page.wait_for_timeout(_AT_REST_MS)
    page.wait_for_function(_SETTLED)
    page.wait_for_timeout(_AT_REST_MS)


def small(picture: bytes) -> bytes:
    """The same picture with the few colours that it has."""
    out = io.BytesIO()
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
