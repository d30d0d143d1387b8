"""Nothing is forecast of an outcome that was never recorded under such a regimen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dashboard.learning.matrix import contract_of
from dashboard.learning.taught import speaks_of, taught_by
from tests.statistics.worlds import CLASSES, a_world


def silenced(data, outcome, *regimens):
    """The same cohort with a toxicity unknown under some regimens."""
    rows = np.isin(data.regimen, [data.regimens.index(name) for name in regimens])
    answers = np.where(rows, np.nan, data.toxicities[outcome])
    return replace(data, toxicities={**data.toxicities, outcome: answers})


def test_regimens_are_taught_by_eleven_patients_of_their_own():
    """Each outcome for itself; a handful is not enough."""
    data = a_world(600, 3).data
    assert taught_by(data)["os"] == data.regimens
    rows = np.flatnonzero(data.regimen == data.regimens.index("dual-io"))
    answers = data.toxicities["hepatic"].copy()
    answers[rows[10:]] = np.nan
    few = replace(data, toxicities={**data.toxicities, "hepatic": answers})
    taught = taught_by(few)
    assert "dual-io" not in taught["toxicity:hepatic"]
    assert "dual-io" in taught["toxicity:skin"]
    assert set(taught["response"]) == set(CLASSES)


def test_a_regimen_borrows_from_its_own_kind_alone():
    """Chemotherapy is of nobody's kind once all combinations with it are silent as well."""
    data = a_world(600, 3).data
    contract = contract_of(data)
    alone = taught_by(silenced(data, "hepatic", "chemo"))
    assert speaks_of(contract, alone, "toxicity:hepatic", "chemo")
    kind = taught_by(silenced(data, "hepatic", "chemo", "io-chemo", "tki-chemo"))
    assert not speaks_of(contract, kind, "toxicity:hepatic", "chemo")
    assert speaks_of(contract, kind, "toxicity:hepatic", "io-chemo")
    assert speaks_of(contract, kind, "toxicity:skin", "chemo")


def test_what_was_never_counted_is_spoken_of():
    """Cohorts without regimens, and outcomes of which nothing is kept."""
    data = a_world(300, 3).data
    without = replace(data, regimen=None, regimens=(), classes={})
    assert taught_by(without) == {}
    assert speaks_of(contract_of(without), {"os": ()}, "os", "")
    assert speaks_of(contract_of(data), {}, "os", "chemo")
