"""What the model says of the trials' patients: asked once, kept, read back, and cleared."""

import pytest

from dashboard.services import forecasts, replays
from dashboard.services.installation import open_context
from tests.trained import DISEASE


def kept(context):
    """The files in the data folder."""
    return sorted((context.settings.data_dir / "simulated").glob(f"replays-{DISEASE}-*.json"))


def test_trials_are_asked_once_and_read_back(trained):
    """The file of a bundle is written once; every row of it is a published figure of an arm."""
    assert replays.is_ready(trained, DISEASE)
    (file,) = kept(trained)
    before, stamp = replays.asked(trained, DISEASE), file.stat().st_mtime_ns
    replays.prepare(trained, DISEASE)
    assert file.stat().st_mtime_ns == stamp
    assert replays.asked(trained, DISEASE) is before
    arms = {arm.id for arm in trained.library.pack(DISEASE).arms}
    assert {each.arm for each in before.replays} <= arms
    assert len(before.replays) > 100
    assert set(before.spreads) >= {"objective response", "median PFS", "median OS"}
    assert set(before.apart) <= arms


def test_hazard_ratios_are_asked_between_an_arm_and_its_control(trained):
    """KEYNOTE-024 against its chemotherapy, on the same patients."""
    held = {
        (each.arm, each.measure): each.against for each in replays.asked(trained, DISEASE).replays
    }
    found = held["keynote-024-pembrolizumab", "OS hazard ratio"]
    assert found == "keynote-024-platinum-chemotherapy"
    assert held["keynote-024-pembrolizumab", "median OS"] == ""
    assert "OS hazard ratio" not in replays.asked(trained, DISEASE).spreads


def test_what_an_older_model_said_is_cleared_and_nothing_else(tmp_path):
    """Another version of the same model goes; another disease's and a hospital's own stay."""
    names = ["nsclc-400-01-23-3", "nsclc-400-01-99-3", "nsclc-6000-01-23-2"]
    others = ["nsclc-own-5-1", "breast-400-1-1", "own-nsclc-1-2"]
    for name in (*names, *others):
        (tmp_path / f"replays-{name}.json").write_text("{}", encoding="utf-8")
    replays.clear_others(tmp_path / f"replays-{names[0]}.json", DISEASE)
    left = {path.stem.removeprefix("replays-") for path in tmp_path.iterdir()}
    assert left == {names[0], *others}


def test_a_model_that_is_not_there_cannot_be_asked(tmp_path):
    """Nothing is ready, and nothing is kept."""
    context = open_context({"CONCORD_DATA_DIR": str(tmp_path)}, audit=lambda _: None)
    assert not replays.is_ready(context, DISEASE)
    with pytest.raises(forecasts.NotPrepared, match="not been learnt"):
        replays.prepare(context, DISEASE)
    assert not kept(context)
