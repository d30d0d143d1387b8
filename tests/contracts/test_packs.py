"""The packs that ship: they load, and hold what the evidence tables hold."""

from dashboard.knowledge.library import load_library


def test_packs_all_four_load():
    """Every built-in pack loads without a finding."""
    assert load_library().ids == ("breast", "colorectal", "melanoma", "nsclc")
