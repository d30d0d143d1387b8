"""The desk of forecasts: trained once, kept by what it came from, refused when damaged."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest

from dashboard.cohort.columns import CohortData, CohortFeature, Graded, Timed
from dashboard.cohort.writing import write_cohort
from dashboard.foundation.errors import BundleMismatch, NotEnoughEvidence, NotPermitted, UserError
from dashboard.knowledge.schema import Kind
from dashboard.records.patient import Patient
from dashboard.services import forecasts, spares
from dashboard.services.context import Actor, Role
from dashboard.services.forecasts import NotPrepared
from dashboard.services.installation import open_context
from dashboard.services.shelf import Shelf
from tests.trained import DISEASE

SOMEBODY = Patient("P1", "thymoma", {"albumin": 38.0, "fit": True})


def a_hospital_cohort(size=160, seed=3):
    """Patients of a disease without a pack: two features, two regimens, response and survival."""
    rng = np.random.default_rng(seed)
    albumin, fit = rng.normal(38, 5, size), (rng.random(size) < 0.6).astype(float)
    regimen = np.arange(size) % 2
    chance = 1 / (1 + np.exp(-(0.12 * (albumin - 38) + 0.8 * fit + 0.7 * regimen - 1)))
    months = rng.exponential(12 * np.exp(0.5 * fit - 0.2 * regimen))
    return CohortData(
        id="ours", label="Ours", disease="thymoma", rows_read=size,
        features=(CohortFeature("albumin", "Albumin", Kind.NUMBER, "g/L", hard=(10.0, 70.0)),
                  CohortFeature("fit", "Fit", Kind.FLAG)),
        values=np.column_stack([albumin, fit]),
        ids=tuple(f"P{n:03}" for n in range(size)),
        regimens=("drug-a", "drug-b"), regimen=regimen,
        response=Graded((rng.random(size) < chance).astype(float), ("no response", "response")),
        timed={"os": Timed(np.minimum(months, 36), months < 36)},
    )  # fmt: skip


@pytest.fixture(scope="module")
def hospital(tmp_path_factory):
    """An installation with a hospital's own cohort, prepared, and what was said meanwhile."""
    folder = tmp_path_factory.mktemp("hospital")
    context = open_context({"CONCORD_DATA_DIR": str(folder)}, audit=lambda _line: None)
    shelf = Shelf(context.settings, context.library)
    write_cohort(a_hospital_cohort(), shelf.own_cohorts / "ours")
    told = []
    assert not forecasts.is_ready(context, "thymoma", own="ours")
    with pytest.raises(NotPrepared, match="thymoma have not been learnt yet"):
        forecasts.forecast(context, SOMEBODY, own="ours")
    forecasts.prepare(
        context, "thymoma", own="ours", progress=lambda share, words: told.append((share, words))
    )
    return context, told


@pytest.fixture(autouse=True)
def fresh_memory(monkeypatch):
    """Nothing is remembered from the test before."""
    monkeypatch.setattr(forecasts, "_memory", forecasts.Memory())


@pytest.fixture
def damaged(hospital):
    """The hospital's installation with one byte of the bundle changed; mended afterwards."""
    context, _ = hospital
    shutil.rmtree(context.settings.data_dir / "spare", ignore_errors=True)
    (file,) = (context.settings.data_dir / "bundles").glob("own-ours-*/numbers.npz")
    whole = file.read_bytes()
    file.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    yield context
    if file.exists():
        file.write_bytes(whole)


def test_prepare_trains_once_and_tells_how_far_it_is(hospital):
    """Progress rises to the end; what is there is not trained again; no draft is left."""
    context, told = hospital
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert any("os" in words for _, words in told)
    assert forecasts.is_ready(context, "thymoma", own="ours")
    forecasts.prepare(
        context, "thymoma", own="ours", progress=lambda *_: pytest.fail("done already")
    )
    assert len(list((context.settings.data_dir / "bundles").iterdir())) == 1


def test_forecast_speaks_of_every_regimen_the_bundle_knows(hospital):
    """A disease without a pack is forecast under the cohort's own regimens."""
    context, _ = hospital
    found = forecasts.forecast(context, SOMEBODY, own="ours")
    assert [each.regimen for each in found.regimens] == ["drug-a", "drug-b"]
    assert found.patient_fingerprint == SOMEBODY.fingerprint
    for each in found.regimens:
        assert each.response.low < each.response.p < each.response.high
        assert each.os.at(12.0).p > 0
        assert each.pfs is None


def test_forecast_is_remembered_until_something_changes(hospital):
    """The same question is answered from memory; another patient or choice of regimens is not."""
    context, _ = hospital
    first = forecasts.forecast(context, SOMEBODY, own="ours")
    assert forecasts.forecast(context, SOMEBODY, own="ours") is first
    other = replace(SOMEBODY, values={"albumin": 30.0, "fit": True})
    assert forecasts.forecast(context, other, own="ours") is not first
    fewer = forecasts.forecast(context, SOMEBODY, ["drug-b"], own="ours")
    assert [each.regimen for each in fewer.regimens] == ["drug-b"]


def test_forecast_of_a_regimen_nobody_received_is_a_caution(hospital):
    """A named regimen the cohort never saw is answered, without numbers."""
    context, _ = hospital
    (found,) = forecasts.forecast(context, SOMEBODY, ["drug-z"], own="ours").regimens
    assert found.response is None
    assert "has seen neither drug-z" in found.cautions[0]


def test_forecast_refuses_a_patient_of_whom_nothing_is_known(hospital):
    """An empty patient gets no answer at all."""
    context, _ = hospital
    with pytest.raises(NotEnoughEvidence, match="0 of 2 inputs"):
        forecasts.forecast(context, replace(SOMEBODY, values={}), own="ours")


def test_damaged_bundle_is_refused_and_trained_again(damaged):
    """One changed byte: not ready, refused with the file's name, mended by preparing."""
    assert not forecasts.is_ready(damaged, "thymoma", own="ours")
    with pytest.raises(BundleMismatch, match=r"numbers\.npz in the bundle is damaged"):
        forecasts.forecast(damaged, SOMEBODY, own="ours")
    forecasts.prepare(damaged, "thymoma", own="ours")
    assert forecasts.is_ready(damaged, "thymoma", own="ours")


def numbers_of(found):
    """What a forecast says, as plain values."""
    return [(each.response, *(each.os.at(month).p for month in (6.0, 12.0, 24.0)))
            for each in found.regimens]  # fmt: skip


@pytest.mark.parametrize("asked_first", [False, True])
def test_damaged_bundle_comes_back_from_its_second_copy(hospital, asked_first, monkeypatch):
    """After a restart the same model answers with the same numbers; what was damaged is kept."""
    context, _ = hospital
    first = forecasts.forecast(context, SOMEBODY, own="ours")
    (place,) = (context.settings.data_dir / "bundles").glob("own-ours-*")
    whole = {file.name: file.read_bytes() for file in place.iterdir()}
    (place / "numbers.npz").write_bytes(b"cut off")
    monkeypatch.setattr(forecasts, "_memory", forecasts.Memory())
    if asked_first:
        assert forecasts.is_ready(context, "thymoma", own="ours")
    again = forecasts.forecast(context, SOMEBODY, own="ours")
    assert numbers_of(again) == numbers_of(first)
    assert {file.name: file.read_bytes() for file in place.iterdir()} == whole
    aside = place.with_name(f".{place.name}{spares.DAMAGED}")
    assert (aside / "numbers.npz").read_bytes() == b"cut off"
    shutil.rmtree(aside)


def test_second_copy_that_is_damaged_too_takes_nobodys_place(hospital, monkeypatch):
    """Nothing that is not whole is put anywhere."""
    context, _ = hospital
    forecasts.forecast(context, SOMEBODY, own="ours")
    (place,) = (context.settings.data_dir / "bundles").glob("own-ours-*")
    (spare,) = (context.settings.data_dir / "spare").glob("own-ours-*")
    whole = (place / "card.json").read_bytes()
    for folder in (place, spare):
        (folder / "card.json").write_bytes(b"{}")
    monkeypatch.setattr(forecasts, "_memory", forecasts.Memory())
    try:
        assert not forecasts.is_ready(context, "thymoma", own="ours")
        with pytest.raises(BundleMismatch):
            forecasts.forecast(context, SOMEBODY, own="ours")
        assert (place / "card.json").read_bytes() == b"{}"
    finally:
        for folder in (place, spare):
            (folder / "card.json").write_bytes(whole)


def test_bundle_in_use_stays_in_use_when_its_files_are_damaged(hospital, monkeypatch):
    """The last good one answers on."""
    context, _ = hospital
    first = forecasts.forecast(context, SOMEBODY, own="ours")
    (file,) = (context.settings.data_dir / "bundles").glob("own-ours-*/card.json")
    whole = file.read_bytes()
    file.write_bytes(b"{}")
    try:
        assert forecasts.forecast(context, SOMEBODY, own="ours") is first
    finally:
        file.write_bytes(whole)


def test_interrupted_training_leaves_nothing(hospital):
    """Whoever stops half-way finds no bundle, no draft, and the old one where it was."""
    context, _ = hospital
    shelf = Shelf(context.settings, context.library)
    write_cohort(a_hospital_cohort(seed=4), shelf.own_cohorts / "second")
    before = sorted(path.name for path in shelf.bundles.iterdir())

    def stop(share, _words):
        if share > 0.2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        forecasts.prepare(context, "thymoma", own="second", progress=stop)
    assert sorted(path.name for path in shelf.bundles.iterdir()) == before
    assert not forecasts.is_ready(context, "thymoma", own="second")


def test_prepare_says_what_is_wrong_with_a_cohort(hospital):
    """Too few patients are refused in words, and nothing is left."""
    context, _ = hospital
    shelf = Shelf(context.settings, context.library)
    write_cohort(a_hospital_cohort(size=40), shelf.own_cohorts / "few")
    with pytest.raises(UserError, match="40 rows, 2 usable features: too few"):
        forecasts.prepare(context, "thymoma", own="few")
    assert not forecasts.is_ready(context, "thymoma", own="few")


def test_older_bundles_of_the_same_cohort_are_removed(hospital):
    """What a newer bundle replaces goes; bundles of other cohorts stay."""
    context, _ = hospital
    shelf = Shelf(context.settings, context.library)
    (newest,) = shelf.bundles.glob("own-ours-*")
    old, other = shelf.bundles / "own-ours-00ff-11", shelf.bundles / "own-ours-too-11"
    old.mkdir()
    other.mkdir()
    shelf.clear_bundles(newest, "thymoma", "ours")
    assert (newest.exists(), old.exists(), other.exists()) == (True, False, True)
    other.rmdir()


def test_card_tells_figures_choices_and_limits(hospital):
    """Every head stands in the card, and the limits are those of this cohort."""
    context, _ = hospital
    card = forecasts.card(context, "thymoma", own="ours")
    assert [head.target for head in card.heads] == ["response", "os"]
    assert 0.5 < card.of("response").quality["auc"] < 1
    assert card.of("os").choice["trees"] > 0
    assert card.regimens == {"drug-a": 80, "drug-b": 80}
    assert any("not randomised" in limit for limit in card.limits)
    assert any("160 rows are few" in limit for limit in card.limits)
    with pytest.raises(KeyError):
        card.of("toxicity:renal")


@pytest.mark.parametrize("ask", ["is_ready", "prepare", "card", "opened"])
def test_forecasts_need_permission(hospital, ask):
    """Who may not see cohorts learns nothing of what was learnt from them."""
    context = replace(hospital[0], actor=Actor("y", "Y", Role.AUDITOR))
    with pytest.raises(NotPermitted):
        getattr(forecasts, ask)(context, "thymoma", own="ours")
    with pytest.raises(NotPermitted, match="read patients"):
        forecasts.forecast(context, SOMEBODY, own="ours")


@pytest.mark.slow
def test_default_cohort_forecasts_the_regimens_of_its_pack(trained):
    """The bundle of a simulated cohort answers for regimens of the pack, with all its heads."""
    patient = Patient(
        "P1", DISEASE, {"age_years": 64.0, "ecog_ps": "1", "pdl1_tps": 60.0}, line=1,
        synthetic=True,
    )  # fmt: skip
    known = {regimen.id for regimen in trained.library.pack(DISEASE).regimens}
    found = forecasts.forecast(trained, patient)
    assert {each.regimen for each in found.regimens} <= known
    assert all(each.response and each.os and each.pfs for each in found.regimens)
    assert forecasts.card(trained, DISEASE).synthetic
