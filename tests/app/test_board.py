"""The board page: six regimens in rows, every figure with its interval, ranked only when asked."""

import re
from threading import Event

import pytest

from dashboard.shell import background, wiring
from tests.app.conftest import text_of, title_of

pytestmark = pytest.mark.usefixtures("forecasting")

SAMPLE = "SYN-NSCLC-02"
REGIMENS = f"desk.{SAMPLE}.regimens"
TWO = "osimertinib,platinum-doublet-chemo"


@pytest.fixture
def board(visit):
    """The board of a sample patient, with what stands in the address."""

    def opened(patient=SAMPLE, **address):
        return visit("board", patient=patient, **address)

    return opened


def rows_of(app):
    """The body of the board, row by row."""
    (table,) = [p.proto.body for p in app.get("html") if "The board" in p.proto.body]
    body = table.split("<tbody>")[1].split("</tbody>")[0]  # what stands beneath has rows too
    return re.findall(r"<tr.*?</tr>", body, re.DOTALL)


def names_of(app):
    """The regimens of the board in their order."""
    return [re.search(r"</span><span>(.*?)</span>", row)[1] for row in rows_of(app)]


def order_by(app, order):
    """Choose an order of the rows."""
    return app.selectbox(key="board.order").set_value(order).run()


def test_board_opens_with_the_rules_regimens_in_the_packs_order(board):
    """At most six rows, in the order of the pack, open ones before what is not open."""
    app = board()
    assert title_of(app) == "Board"
    labels = [regimen.label for regimen in wiring.context().library.pack("nsclc").regimens]
    places = [labels.index(name) for name in names_of(app)]
    assert 2 <= len(places) <= 6
    assert places == sorted(places)
    assert app.selectbox(key="board.order").value == "pack"


def test_board_shows_an_interval_with_every_figure(board):
    """No percentage of a row stands without its interval; the bars have the same ends."""
    for row in rows_of(board()):
        middles = re.findall(r'class="cc-mid">([^<]*%)<', row)
        ends = re.findall(r'class="cc-ends"> \((.*?)\)<', row)
        assert len(middles) == len(ends) == row.count("cc-track")
        assert len(middles) >= 3


def test_board_says_where_figures_come_from(board):
    """The model is marked as learnt from a synthetic cohort, and whether it knows such patients."""
    text = text_of(board())
    assert "learnt from a simulated cohort (SYNTHETIC)" in text
    assert "what the model has seen" in text
    assert "the 90% interval" in text


def test_board_never_says_best_or_recommended(board):
    """It informs; nothing on it chooses."""
    for order in ("pack", "os", "weights"):
        words = text_of(order_by(board(), order)).lower().replace("best supportive", "")
        assert "recommend" not in words
        assert " best " not in words


def test_board_changes_the_months(board):
    """Another horizon gives other figures and other heads."""
    app = board()
    before = rows_of(app)
    app.segmented_control(key="desk.months").set_value(6).run()
    assert rows_of(app) != before
    assert "at 6 months" in text_of(app)


def test_board_says_where_follow_up_ends(board):
    """A figure beyond the curve is not shown; its place says how long was followed."""
    app = board()
    app.segmented_control(key="desk.months").set_value(36).run()
    assert re.search(r"followed \d+ months only", text_of(app))


def test_board_takes_what_the_address_names(board):
    """A link reopens the same regimens and months; what does not exist is ignored."""
    app = board(regimens=TWO, months="24")
    assert len(rows_of(app)) == 2
    assert app.segmented_control(key="desk.months").value == 24
    assert len(rows_of(board(regimens="no-such,neither"))) > 2
    assert board(months="13").segmented_control(key="desk.months").value == 12


def test_board_names_the_choice_in_the_address(board):
    """Another choice stands in the address as ids alone, and the usual one does not."""
    app = board()
    assert set(app.query_params) == {"patient"}
    app.multiselect(key=REGIMENS).set_value(TWO.split(",")).run()
    assert app.query_params["regimens"] == TWO
    app.segmented_control(key="desk.months").set_value(24).run()
    assert app.query_params["months"] == "24"
    app.segmented_control(key="desk.months").set_value(12).run()
    assert "months" not in app.query_params


def test_board_removes_what_does_not_look_like_an_id(board):
    """Anything else in the address is taken out before it is used."""
    app = board(regimens="Erika Mustermann", months="<b>", name="x")
    assert set(app.query_params) == {"patient"}


def test_board_asks_for_two_regimens(board):
    """One regimen is nothing to compare."""
    app = board()
    app.multiselect(key=REGIMENS).set_value(["osimertinib"]).run()
    assert "Nothing to compare." in text_of(app)


def test_board_orders_rows_by_a_figure(board):
    """By overall survival the highest comes first, by toxicity the lowest, unknown ones last."""

    def figures(app, place):
        rows = [re.findall(r'class="cc-mid">(\d+)', row) for row in rows_of(app)]
        whole = [len(row) == max(map(len, rows)) for row in rows]
        if place == 4:
            assert whole == sorted(whole, reverse=True)
        return [float(row[place]) for row, told in zip(rows, whole, strict=True) if told]

    app = order_by(board(), "os")
    assert figures(app, 2) == sorted(figures(app, 2), reverse=True)
    app = order_by(board(), "toxicity")
    assert figures(app, 4) == sorted(figures(app, 4))


def test_board_greys_a_closed_regimen_and_keeps_its_reason(board):
    """What the rules close can be looked at, grey, with the reason; others stand below."""
    app = board()
    app.multiselect(key=REGIMENS).set_value(["osimertinib", "alectinib", "sotorasib"]).run()
    shut = [row for row in rows_of(app) if "cc-shut" in row]
    assert shut
    assert all("Needs" in row or "Contraindicated" in row for row in shut)
    assert re.search(r"\d+ regimens not on the board, \d+ of them not suitable", text_of(app))


def test_board_ranks_by_weights_only_when_asked(board):
    """Chances of being first, or the reason why ranking is not supported; never a naked winner."""
    app = board()
    assert "under these weights" not in text_of(app)
    order_by(app, "weights")
    text = text_of(app)
    assert "expected place" in text or "Ranking under personal weights is not supported" in text


def test_board_closes_ranking_where_too_few_were_alike(board):
    """Regimens that few patients like this one received are not ranked, and it says why."""
    app = board()
    app.multiselect(key=REGIMENS).set_value(["alectinib", "lorlatinib"]).run()
    text = text_of(order_by(app, "weights"))
    assert "Ranking under personal weights is not supported for this patient." in text
    assert "Of 2 regimens none can be ranked for this patient." in text


def test_board_offers_its_figures(board):
    """The figures can be taken as a file."""
    names = [button.proto.label for button in board().get("download_button")]
    assert names == ["Figures (CSV)"]


def test_board_without_a_patient_asks_for_one(visit):
    """Nobody is on the screen by default."""
    app = visit("board")
    assert title_of(app) == "Board"
    assert "Nobody is on the screen." in text_of(app)


def test_board_keeps_choices_on_other_pages(board):
    """The regimens chosen here are those of the survival page."""
    app = board()
    app.multiselect(key=REGIMENS).set_value(TWO.split(",")).run()
    app.switch_page("../pages/survival.py").run()
    assert title_of(app) == "Survival"
    assert app.multiselect(key=REGIMENS).value == TWO.split(",")


def test_board_shows_how_far_training_is(board):
    """Where the model is not trained yet the page says so, and what to do meanwhile."""
    finish = Event()

    def job(tell):
        tell(0.5, "Learning survival")
        finish.wait(60)

    background.begin("model of breast", job)
    app = board("SYN-BRE-01")
    finish.set()
    assert title_of(app) == "Board"
    assert "is being trained on this machine." in text_of(app)
    assert "You can open other pages meanwhile" in text_of(app)
    assert app.get("progress")[0].proto.text == "Learning survival"
