"""Benefit and harm as people: of a hundred like this one, who responds and who is severely harmed.

The chance, the hundred people and the words are one number. Response and harm stand one below the
other on the same scale and are not added up: who responds and who is harmed may be the same people,
and the forecast does not tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from components.charts import readings
from components.charts.markup import Markup, element
from components.charts.response import icon_array
from components.charts.survival import stable_styles
from components.widgets import marks
from dashboard.answers.forecast import Chance, Forecast

PEOPLE_KEY = (
    "Circles respond; squares have severe toxicity, grade 3 or worse, at any time under the "
    "regimen; both may be the same people. Filled: of a hundred people like this one, those to "
    "whom it happens if the forecast is right. Hatched: what the model does not know, from the low "
    "to the high end of its interval. More patients in the cohort would narrow the hatching; "
    "chance would stay."
)


def people(forecast: Forecast, labels: Mapping[str, str], regimens: Sequence[str]) -> Markup:
    """A hundred people for each regimen, twice, with the same number in words."""
    styles = stable_styles(regimens, list(labels))
    drawn = []
    for regimen in regimens:
        found = readings.of_regimen(forecast, regimen)
        both = found.response, found.toxicities.get(readings.ANY)
        if both != (None, None):
            name = marks.named(styles[regimen], labels[regimen])
            shown = _hundred(both[0], labels[regimen]), _hundred(both[1], labels[regimen], True)
            drawn.append(element("div", name, *shown, class_="cc-hundred"))
    return element("div", *drawn, class_="cc-hundreds")


def _hundred(chance: Chance | None, label: str, harm: bool = False) -> Markup:
    """One hundred people, or that there is no forecast of them."""
    what = "Severe toxicity" if harm else "Response"
    if chance is None:
        return element("p", f"{what}: no forecast", class_="cc-small cc-muted")
    shown = readings.Reading(chance)
    picture = icon_array(chance, label, "have severe toxicity" if harm else "respond", harm=harm)
    words = element(
        "figcaption", f"{what} ", element("strong", shown.middle), f" ({shown.ends}), ", shown.words
    )
    return element("figure", picture.image, words)
