"""One what-if change here and in explainerdashboard, in turn, in one Chromium.

`python -m benchmarks.what_if_peer --data FOLDER --peer PYTHON` takes a data folder in which the
model of the sample's disease is ready, and the Python of an environment with explainerdashboard
0.5.8 and LightGBM, which are no part of the project:
`python3 -m venv peer && peer/bin/pip install explainerdashboard==0.5.8 lightgbm`. The peer gets the
same simulated patients with the same facts and a boosted classifier of response, once as it comes
and once with what its own documentation calls quicker (log odds without a background). It explains
one model of one answer; here a change is a forecast of response, PFS, OS and severe toxicity under
every regimen on the board. The clock runs from the Enter key until the charts are drawn; the peer's
stops when it says that nothing is updating any more, which is no later than that.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from playwright.sync_api import Page, sync_playwright

from benchmarks import screen
from benchmarks.browsing import FLAGS, HOST, drawn, serving, type_in, visiting
from dashboard.cohort.folder import read_cohort
from dashboard.knowledge.library import load_library
from launcher.chromium import provide
from launcher.machine import Machine
from launcher.serving import free_port, stop, wait_until_it_answers

KINDS = ("probability", "logodds")  # as it comes; quicker
PEER = """
import sys
import pandas as pd
from explainerdashboard import ClassifierExplainer, ExplainerDashboard
from lightgbm import LGBMClassifier
path, port, kind = sys.argv[1:]
table = pd.read_csv(path)
rows = pd.get_dummies(table.drop(columns="response"), columns=["regimen"], dtype=float)
shown = rows.index % 10 == 0
model = LGBMClassifier(n_estimators=200, num_leaves=15, n_jobs=1, verbose=-1)
model.fit(rows[~shown], table["response"][~shown])
explainer = ClassifierExplainer(
    model, rows[shown].reset_index(drop=True), table["response"][shown].reset_index(drop=True),
    cats=["regimen"], model_output=kind)
ExplainerDashboard(
    explainer, whatif=True, importances=False, model_summary=False, contributions=False,
    shap_dependence=False, shap_interaction=False, decision_trees=False,
).run(port=int(port), host="127.0.0.1", use_waitress=True)
"""
_AGE = "input[id^=feature-input-age]"
_AT_REST = """before => document.title !== 'Updating...'
  && [...document.querySelectorAll('.js-plotly-plot')].map(c => c.textContent).join() !== before"""
_TEXTS = "() => [...document.querySelectorAll('.js-plotly-plot')].map(c => c.textContent).join()"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", required=True, help="a data folder with a trained model")
    parser.add_argument("--peer", type=Path, help="the Python that has explainerdashboard")
    parser.add_argument("--rounds", type=int, default=16)
    wanted = parser.parse_args()
    if wanted.peer is None or not has_peer(wanted.peer):
        print("explainerdashboard is not at hand; the head of this file says how to have it.")
        return 2
    chromium = provide(Machine())
    if chromium is None:
        raise SystemExit("Without a Chromium there is no page to see.")
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M}, {os.cpu_count()} cores, "
          f"load {os.getloadavg()[0]:.1f}")  # fmt: skip
    for kind in KINDS:
        ours, theirs = measure(
            Path(wanted.data), wanted.peer, chromium, kind=kind, rounds=wanted.rounds
        )
        told(kind, ours, theirs)
    return 0


def has_peer(python: Path) -> bool:
    """Whether that environment can run the peer."""
    asked = [str(python), "-c", "import explainerdashboard, lightgbm"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def measure(
    data: Path, python: Path, chromium: str, *, kind: str, rounds: int
) -> tuple[list[float], list[float]]:
    """Seconds of each change, here and there in turn; the first are left out."""
    environ = {"CONCORD_DATA_DIR": str(data)}
    here, there = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        with serving("dashboard/app.py", environ) as app, peer(data, python, kind) as address:
            first = f"{app.address}/response?patient={screen.SAMPLE}"
            with visiting(browser, first) as real, visiting(browser, address) as other:
                drawn(real, screen.PAGES[0])
                screen.open_what_if(real)
                begin(other)
                app.settle()
                for number in range(-screen.WARMING, rounds):
                    age = screen.age_of(number)
                    words = f"{screen.FACT}: {age}"
                    here.append(type_in(real, screen.FACT, age, title=screen.WHAT_IF, words=words))
                    there.append(type_there(other, age))
        browser.close()
    return here[screen.WARMING :], there[screen.WARMING :]


@contextmanager
def peer(data: Path, python: Path, kind: str) -> Iterator[str]:
    """The peer on a free port with the patients of that folder."""
    port = free_port(HOST, 8900)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as out:
        table, script = Path(folder) / "patients.csv", Path(folder) / "peer.py"
        patients_of(data).to_csv(table, index=False)
        script.write_text(PEER, encoding="utf-8")
        command = [str(python), str(script), str(table), str(port), kind]
        process = subprocess.Popen(command, stdout=out, stderr=out)
        try:
            wait_until_it_answers(process, f"http://{HOST}:{port}/")
            yield f"http://{HOST}:{port}/"
        finally:
            stop(process)


def patients_of(data: Path) -> pd.DataFrame:
    """The facts, the regimen and the response of every treatment; unknown facts as the median."""
    (folder,) = (data / "simulated").glob("cohort-*")
    cohort = read_cohort(folder, load_library())
    if cohort.response is None or cohort.regimen is None:
        raise RuntimeError("A cohort without regimens or response has nothing to explain.")
    facts = pd.DataFrame(cohort.values, columns=[feature.id for feature in cohort.features])
    facts = facts.fillna(facts.median()).assign(
        regimen=[cohort.regimens[place] for place in cohort.regimen],
        response=(cohort.response.codes >= cohort.response.levels.index("PR")).astype(int),
    )
    return facts[~np.isnan(cohort.response.codes)]


def begin(page: Page) -> None:
    """Have the peer show one of its patients."""
    page.get_by_role("button", name="Random Index").click()
    page.wait_for_function(
        f"() => document.querySelector('{_AGE}').value !== '' && document.title !== 'Updating...'"
    )


def type_there(page: Page, age: str) -> float:
    """Seconds from the end of typing until the peer has updated its charts."""
    before = page.evaluate(_TEXTS)
    field = page.locator(_AGE)
    field.fill(age)
    begun = time.perf_counter()
    field.press("Enter")
    page.wait_for_function(_AT_REST, arg=before)
    return time.perf_counter() - begun


def told(kind: str, ours: Sequence[float], theirs: Sequence[float]) -> None:
    """Print both and how many times longer the peer takes."""
    each = [
        f"{1000 * statistics.median(held):.0f} / {1000 * statistics.quantiles(held, n=20)[-1]:.0f}"
        for held in (ours, theirs)
    ]
    times = statistics.median(theirs) / statistics.median(ours)
    print(
        f"what-if change, p50 / p95 of {len(ours)}: here {each[0]} ms, explainerdashboard "
        f"({kind}) {each[1]} ms, {times:.1f} times as long",
        flush=True,
    )


if __name__ == "__main__":
    raise SystemExit(main())
