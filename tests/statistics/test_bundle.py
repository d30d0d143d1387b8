"""Bundles: whole or refused, the same after loading, and without any patient in them."""

from __future__ import annotations

import json

import lightgbm
import numpy as np
import pytest

from dashboard.foundation.errors import BundleMismatch
from dashboard.learning.bundle import MANIFEST, Bundle, load_bundle, save_bundle
from dashboard.learning.forecasting import forecast
from tests.effort import effort
from tests.statistics.worlds import REGIMENS, facts_of

MUTATIONS = 500


@pytest.fixture(scope="module")
def saved(bundle: Bundle, tmp_path_factory):
    """The trained bundle on disk."""
    folder = tmp_path_factory.mktemp("bundles") / "world"
    return save_bundle(bundle, folder), folder


def test_a_loaded_bundle_forecasts_the_same_to_the_last_digit(saved, world):
    """Nothing is lost on the way through text and numbers but the precision of widths."""
    bundle, folder = saved
    back = load_bundle(folder)
    assert back.id == bundle.id
    facts = facts_of(world.complete[0])
    before, after = (forecast(b, facts, REGIMENS) for b in (bundle, back))
    for first, second in zip(before.regimens, after.regimens, strict=True):
        assert first.response.p == second.response.p
        np.testing.assert_array_equal(first.os.probability, second.os.probability)
        np.testing.assert_allclose(first.os.low, second.os.low, atol=1e-5)


def test_loading_is_quick_and_the_bundle_small(saved):
    """Forty passes of the reference (half a second on an idle machine) and eight megabytes."""
    _, folder = saved
    assert effort(lambda: load_bundle(folder)) < 40
    assert sum(path.stat().st_size for path in folder.iterdir()) < 8 * 2**20


def test_every_mutation_of_any_file_is_refused(saved, tmp_path):
    """Flipped, cut, lengthened or swapped bytes: an error, never another number."""
    _, folder = saved
    contents = {path.name: path.read_bytes() for path in folder.iterdir()}
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for name, content in contents.items():
        (damaged / name).write_bytes(content)
    chance = np.random.default_rng(0)
    names = sorted(contents)
    for number in range(MUTATIONS):
        name = names[number % len(names)]
        mutant = bytearray(contents[name])
        place = int(chance.integers(0, len(mutant)))
        kind = number % 4
        if kind == 0:
            mutant[place] ^= 1 << int(chance.integers(0, 8))
        elif kind == 1:
            del mutant[place:]
        elif kind == 2:
            mutant[place:place] = b"7"
        else:
            del mutant[place : place + 5]
        (damaged / name).write_bytes(bytes(mutant))
        with pytest.raises(BundleMismatch):
            load_bundle(damaged)
        (damaged / name).write_bytes(contents[name])
    assert load_bundle(damaged).id


def test_trees_that_match_their_hash_but_not_the_format_are_refused(saved, tmp_path):
    """A bundle from strangers may be consistent with itself and still be wrong."""
    bundle, _ = saved
    head = bundle.heads["response"]
    broken = type(head.objective)(**{**vars(head.objective), "forest_text": "tree\nnothing"})
    other = Bundle(**{**vars(bundle), "heads": {"response": type(head)(broken)}})
    save_bundle(other, tmp_path / "b")
    with pytest.raises(BundleMismatch, match="trees of this bundle cannot be used"):
        load_bundle(tmp_path / "b")


def test_strange_missing_and_linked_files_are_refused(saved, tmp_path):
    """A bundle is exactly what its manifest lists."""
    bundle, _ = saved
    for number, spoil in enumerate(
        (
            lambda f: (f / "extra.txt").write_text("x"),
            lambda f: (f / "card.json").unlink(),
            lambda f: ((f / "card.json").unlink(), (f / "card.json").symlink_to("/etc/hostname")),
            lambda f: (f / MANIFEST).unlink(),
            lambda f: (f / MANIFEST).write_text("[1]"),
        )
    ):
        folder = tmp_path / str(number)
        save_bundle(bundle, folder)
        spoil(folder)
        with pytest.raises(BundleMismatch):
            load_bundle(folder)


def test_another_pack_and_another_format_are_refused(saved, tmp_path):
    """With what to do about it."""
    bundle, folder = saved
    assert load_bundle(folder, pack_fingerprint=bundle.pack_fingerprint)
    with pytest.raises(BundleMismatch, match="another version of its pack"):
        load_bundle(folder, pack_fingerprint="somebody else's")
    save_bundle(bundle, tmp_path / "old")
    manifest = json.loads((tmp_path / "old" / MANIFEST).read_text())
    (tmp_path / "old" / MANIFEST).write_text(json.dumps({**manifest, "format": 0}))
    with pytest.raises(BundleMismatch, match="format 0; this version reads 1"):
        load_bundle(tmp_path / "old")


def test_saving_replaces_the_whole_bundle_and_leaves_nothing_beside_it(saved, tmp_path):
    """Complete or not at all."""
    bundle, _ = saved
    first = save_bundle(bundle, tmp_path / "b")
    small = Bundle(**{**vars(bundle), "heads": {"os": bundle.heads["os"]}})
    second = save_bundle(small, tmp_path / "b")
    assert first.id != second.id
    assert set(load_bundle(tmp_path / "b").heads) == {"os"}
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_lightgbm_reads_the_stored_text_and_says_the_same(saved, world):
    """The stored trees are an ordinary LightGBM model on top of a straight line in the regimen."""
    bundle, folder = saved
    booster = lightgbm.Booster(model_file=folder / "head.response.objective.trees.txt")
    encoding = bundle.encoding
    values = encoding.contract.of_cohort(world.data)
    descriptors = encoding.contract.describe([world.data.regimens[r] for r in world.data.regimen])
    rows = encoding.trees(values, descriptors)
    found = bundle.heads["response"].objective.forest.predict(rows)
    kept = np.load(folder / "numbers.npz")["head.response.objective.lean"]
    base, slopes, centre = kept[0], *np.split(kept[1:], 2)
    of_regimen = np.flatnonzero(slopes)
    start = base + (rows - centre)[:, of_regimen] @ slopes[of_regimen]
    np.testing.assert_allclose(found, start + booster.predict(rows, raw_score=True), atol=1e-9)
    assert np.ptp(start) > 0.3


def test_no_patient_can_be_read_from_a_bundle(saved, world):
    """No training value beyond the rounded clipping range, no prototype equal to a patient."""
    bundle, folder = saved
    text = (folder / "head.os.trees.txt").read_text()
    infos = text.split("feature_infos=")[1].splitlines()[0].split()
    for each, info in zip(bundle.contract.inputs, infos, strict=False):
        if each.clip and info.startswith("["):
            low, high = (float(end) for end in info.strip("[]").split(":"))
            assert each.clip[0] <= low
            assert high <= each.clip[1]
    core = bundle.encoding.filled(bundle.contract.of_cohort(world.data))
    support = bundle.support
    nearest = np.abs(core[:, None] - support.prototypes[None]).max(axis=2).min()
    assert nearest > 0.01
    assert support.sizes.min() >= 11
    assert support.sizes.sum() == world.data.size
