"""A patient unlike everybody the model learnt from, said loudly on every page of forecasts.

The rule: farther from the cohort than 99 of 100 of its own patients. The numbers stay, because a
board has to see what it is warned of, and they are marked as carried beyond what was seen. A
regimen that nobody received has no number at all; that is not decided here.
"""

from __future__ import annotations

from components.charts.markup import Markup
from components.charts.verdicts import label_of
from components.widgets.panels import Tone, callout
from dashboard.answers.forecast import Forecast
from dashboard.knowledge.schema import DiseasePack

TITLE = "Outside what the model has seen: every forecast here is carried beyond its patients."
_MOST_NAMED = 4


def warning(forecast: Forecast, pack: DiseasePack) -> Markup | None:
    """What stands above the forecasts of such a patient; nothing for any other."""
    supports = [each.support for each in forecast.regimens if each.support is not None]
    if not supports or supports[0].inside:
        return None
    named = [label_of(name, pack) for name in supports[0].untypical[:_MOST_NAMED]]
    why = f" Unusual: {', '.join(named)}." if named else ""
    rule = (
        f"This patient stands farther from the cohort than 99 of 100 of its own patients.{why} "
        "Intervals need not hold there. Look at what is published for such a patient instead."
    )
    return callout(Tone.CAUTION, TITLE, rule)
