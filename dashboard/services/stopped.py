"""Whether forecasts are turned off: what the services ask before they ask a model.

Nothing here asks a permission: these are the shared parts of services that asked already. Who turns
them off and on again stands in `stopping`. A note that is damaged stops them too, by its error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from dashboard.answers.stop import EVERYTHING, Stop
from dashboard.foundation.errors import UserError

if TYPE_CHECKING:
    from dashboard.vault.record import Record
    from dashboard.vault.store import Store

KIND = "stop"
_unwritten: WeakKeyDictionary[Store, dict[str, Stop]] = WeakKeyDictionary()


class ForecastsStopped(UserError):
    """Somebody turned the forecasts off."""


def of(store: Store, disease: str) -> Stop | None:
    """Why nothing is forecast of a disease; None where forecasts are made.

    Raises:
        Damaged: the note of it is not what was written.
    """
    for name in (EVERYTHING, disease):
        if (unwritten := _unwritten.get(store, {}).get(name)) is not None:
            return unwritten
        held = store.read(KIND, name)
        if held is not None and held.body.get("stopped"):
            return _stop(held)
    return None


def all_of(store: Store) -> tuple[Stop, ...]:
    """Every stop that holds."""
    kept = {held.id: _stop(held) for held in store.all(KIND) if held.body.get("stopped")}
    return tuple({**kept, **_unwritten.get(store, {})}.values())


def hold(store: Store, stop: Stop) -> None:
    """Remember a stop that could not be written down, for as long as this program runs."""
    _unwritten.setdefault(store, {})[stop.disease] = stop


def let_go(store: Store, disease: str) -> None:
    """Forget what was held only here: it was written down, or forecasts go on."""
    _unwritten.get(store, {}).pop(disease, None)


def refuse(store: Store, disease: str) -> None:
    """Refuse a forecast of a disease whose forecasts are turned off.

    Raises:
        ForecastsStopped: they are.
    """
    found = of(store, disease)
    if found is not None:
        what = "all diseases" if found.disease == EVERYTHING else disease
        raise ForecastsStopped(
            f"Forecasts of {what} are turned off: {found.words}.",
            hint="Everything else can be used. Whoever may judge models turns them on again, with "
            "a reason: the page Methods, or `python -m dashboard models --go-on`.",
            code="forecasts-stopped",
        )


def _stop(held: Record) -> Stop:
    return Stop(held.id, held.by, held.at, str(held.body.get("reason", "")))
