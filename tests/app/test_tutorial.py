"""The tutorial says what happens: each number in it is what the app shows at that step."""

import re
from pathlib import Path

import pytest

from tests.app.conftest import text_of
from tests.app.test_intake import asked, button, field

TUTORIAL = Path(__file__).resolve().parents[2] / "docs" / "tutorial" / "first-patient.md"


@pytest.fixture(scope="module")
def steps():
    """The tutorial's sections by number, lines joined."""
    parts = re.split(r"^## (\d)\. ", TUTORIAL.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {int(number): body for number, body in zip(parts[1::2], parts[2::2], strict=True)}


def promised(step):
    """The verdict counts a step promises, in the order of the menu."""
    return re.findall(r"\*\*((?:Eligible|Undecided|Not eligible) \(\d+\))\*\*", step)


def counted(app):
    """The verdict counts on the screen."""
    return list(app.pills(key="patient.verdicts").options)


def test_tutorial_promises_the_verdicts_of_its_sample(visit, steps):
    """The sample named in the tutorial has the counts and the deciding facts it tells."""
    (name,) = re.findall(r"\*\*Open (SYN-\S+)\*\*", steps[2])
    app = visit("patient", patient=name)
    assert counted(app) == promised(steps[3])
    told = re.search(r"\*\*(.+?)\*\* and \*\*(.+?)\*\* lead, with (\d+)\s+regimens", steps[3])
    shown = text_of(app)
    for fact in told.groups()[:2]:
        assert re.search(rf"{re.escape(fact)}</span><span[^>]*>{told[3]} regimens", shown)


def test_tutorial_promises_what_two_facts_change(visit, steps):
    """Filling in the two facts gives the counts that the tutorial tells."""
    app = visit("patient", patient=re.search(r"SYN-\w+-\d+", steps[2])[0])
    app.segmented_control(key="patient.view").set_value("Change values").run()
    for fact in re.findall(r"\*([^*]+ fusion)\*\s+to\s+\*\*No\*\*", steps[4]):
        next(radio for radio in app.radio if radio.label == fact).set_value("no").run()
    button(app, "Keep the changes").click().run()
    app.segmented_control(key="patient.view").set_value("Regimens").run()
    assert counted(app) == promised(steps[4])


def test_tutorial_promises_what_becomes_of_its_file(visit, steps):
    """The file in the tutorial is read, mended and accepted as it tells."""
    content = re.search(r"```csv\n(.*?)```", steps[5], re.DOTALL)[1]
    first, last = re.findall(
        r"\*\*(\d patients read from lung\.csv; \d ready\s+to\s+accept\.)\*\*", steps[5]
    )
    app = visit("intake")
    app.file_uploader[0].set_value(("lung.csv", content.encode(), "text/csv")).run()
    group = asked(app, ".disease")
    group.set_value(group.options.index("Non-small-cell lung cancer")).run()
    assert " ".join(first.split()) in text_of(app)
    field(app, "Age").set_value("43").run()
    answer = asked(app, "pd_l1_tps")
    answer.set_value(answer.options.index("0.6 fraction = 60 %")).run()
    next(
        box for box in app.checkbox if box.label == "Leave it unknown" and "ecog" in box.key
    ).check().run()
    assert " ".join(last.split()) in text_of(app)
    assert "Identifiers removed under these rules" in text_of(app)
    assert "Hospital" in text_of(app)
    button(app, "Accept 3 patients").click().run()
    app.switch_page("../pages/patient.py").run()
    assert len(app.sidebar.selectbox[0].options) == 3
