"""A patient unlike the cohort is warned of above every forecast, by a rule that is said."""

from components.widgets import unlike
from dashboard.answers.forecast import Support
from dashboard.knowledge.library import load_library
from tests.unit.components.forecasts import a_forecast, a_regimen

PACK = load_library().pack("nsclc")


def warned(support):
    """What stands above the forecasts of a patient with this support."""
    return unlike.warning(a_forecast(a_regimen(support=support)), PACK)


def test_patient_unlike_the_cohort_is_warned_of_loudly():
    """The rule and the facts that make it so, the pack's words for them."""
    found = warned(Support(0.998, 3.0, 0.1, inside=False, untypical=("age_years", "strange")))
    assert found is not None
    assert unlike.TITLE in found.text
    assert "farther from the cohort than 99 of 100 of its own patients" in found.text
    assert "Unusual: Age, strange." in found.text


def test_patient_unlike_the_cohort_without_a_fact_to_blame():
    """Several usual facts may make an unusual patient."""
    found = warned(Support(0.998, 3.0, 0.1, inside=False))
    assert found is not None
    assert "Unusual" not in found.text


def test_patient_of_the_cohort_is_not_warned_of():
    """Nor one of whom nothing is known."""
    assert warned(Support(0.98, 3.0, 0.1, inside=True, untypical=("age_years",))) is None
    assert warned(None) is None
