"""What added drugs bring: the smallest steps between regimens, and the gap of their forecasts."""

from components.widgets import added
from dashboard.knowledge.library import load_library
from dashboard.knowledge.schema import Drug
from tests.unit.components.forecasts import a_forecast, a_regimen

PACK = load_library().pack("nsclc")
ALONE, BOTH = "docetaxel", "docetaxel-ramucirumab"


def a_step(*names):
    """The steps among regimens of the pack."""
    return [(s.less.id, s.more.id, s.drugs) for s in added.steps([PACK.regimen(n) for n in names])]


def made(name, *drugs):
    """A regimen of these drugs alone."""
    held = tuple(Drug(name=drug) for drug in drugs)
    return PACK.regimen(ALONE).model_copy(update={"id": name, "drugs": held})


def test_step_is_from_a_regimen_to_one_that_holds_all_of_its_drugs():
    """In whatever order they stand; an alternative drug is no drug more."""
    assert a_step(BOTH, ALONE) == [(ALONE, BOTH, ("ramucirumab",))]
    assert a_step("pembrolizumab-mono", "pembrolizumab-platinum-pemetrexed") == [
        (
            "pembrolizumab-mono",
            "pembrolizumab-platinum-pemetrexed",
            ("carboplatin", "pemetrexed"),
        )
    ]
    assert a_step("osimertinib", ALONE) == []


def test_step_passes_over_nothing_that_lies_between():
    """From one drug to three only where none of the regimens has two of them."""
    one, two, three = made("one", "a"), made("two", "a", "b"), made("three", "a", "b", "c")
    found = [(s.less.id, s.more.id) for s in added.steps([three, one, two])]
    assert sorted(found) == [("one", "two"), ("two", "three")]
    assert [(s.less.id, s.drugs) for s in added.steps([one, three])] == [("one", ("b", "c"))]


def test_step_never_begins_with_a_regimen_without_drugs():
    """Best supportive care is no part of every other regimen."""
    assert added.steps([made("none"), made("one", "a")]) == []


def test_added_drugs_tell_points_with_their_interval():
    """Responses, survival and harm in 100; what holds no difference says so."""
    forecast = a_forecast(a_regimen(ALONE), a_regimen(BOTH, median=20.0, response=0.75))
    (shown,) = added.added_drugs(forecast, PACK, [ALONE, BOTH], months=12)
    assert "+ ramucirumab" in shown.text
    assert '+35<div class="cc-ends">+24 to +46</div>' in shown.text
    assert "holds no difference" in shown.text
    assert "Alive at 12 months" in shown.text


def test_added_drugs_leave_out_what_is_not_forecast():
    """A dash where either regimen has no figure; nothing at all where no regimen holds another."""
    forecast = a_forecast(a_regimen(ALONE), a_regimen(BOTH, os=None))
    (shown,) = added.added_drugs(forecast, PACK, [ALONE, BOTH], months=12)
    assert ">\N{EN DASH}<" in shown.text
    assert list(added.added_drugs(forecast, PACK, [ALONE, "osimertinib"], months=12)) == []
