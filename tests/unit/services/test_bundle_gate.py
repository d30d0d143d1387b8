"""What comes from elsewhere as a bundle ends no server: refused by its sizes, before it is read."""

from __future__ import annotations

import os
import zipfile

import pytest

from dashboard.foundation.errors import BundleMismatch
from dashboard.services import approved, bundle_gate, bundles
from dashboard.services.bundle_gate import refuse_bomb
from dashboard.services.installation import open_context


def packed(path, size, members=1):
    """An archive of zeros."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(members):
            with archive.open(f"{number}.npy", "w", force_zip64=True) as member:
                for _ in range(size // 2**20):
                    member.write(bytes(2**20))
    return path


def test_numbers_that_unpack_into_more_than_any_bundle_holds_are_refused(tmp_path, monkeypatch):
    """A small file of much air is told by its own list; one of a usual size passes."""
    monkeypatch.setattr(bundle_gate, "LARGEST_NUMBERS", 8 * 2**20)
    packed(tmp_path / "numbers.npz", 8 * 2**20)
    refuse_bomb(tmp_path)
    bomb = packed(tmp_path / "numbers.npz", 9 * 2**20)
    assert bomb.stat().st_size < 100_000
    with pytest.raises(BundleMismatch, match=r"numbers\.npz in the bundle unpacks into more"):
        refuse_bomb(tmp_path)


def test_an_archive_of_too_many_parts_is_refused(tmp_path, monkeypatch):
    """Names alone can be too many."""
    monkeypatch.setattr(bundle_gate, "MOST_PARTS", 3)
    packed(tmp_path / "numbers.npz", 0, members=4)
    with pytest.raises(BundleMismatch, match="unpacks into more"):
        refuse_bomb(tmp_path)


@pytest.mark.parametrize("kind", ["link", "device", "large", "pipe"])
def test_a_manifest_that_never_ends_is_refused(tmp_path, kind):
    """A link out of the folder, a device, a pipe, or simply too much: not one byte is read."""
    manifest = tmp_path / "manifest.json"
    if kind == "large":
        manifest.write_bytes(b" " * (bundle_gate.LARGEST_MANIFEST + 1))
    elif kind == "pipe":
        os.mkfifo(manifest)
    else:
        manifest.symlink_to("/dev/zero" if kind == "device" else __file__)
    context = open_context({"CONCORD_DATA_DIR": str(tmp_path / "data")})
    for look in (
        lambda: refuse_bomb(tmp_path),
        lambda: approved.sound(context, tmp_path),
        lambda: bundles.open_folder(context, tmp_path),
    ):
        with pytest.raises(BundleMismatch, match="manifest is no file of its own"):
            look()
    context.store.close()


def test_what_is_no_archive_is_left_to_whoever_opens_it(tmp_path):
    """Damage is told where bundles are read, in its own words."""
    (tmp_path / "numbers.npz").write_bytes(b"PK\x03\x04 not really")
    refuse_bomb(tmp_path)
    refuse_bomb(tmp_path / "nowhere")
