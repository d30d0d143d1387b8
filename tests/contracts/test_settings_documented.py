"""The manual's table of settings says exactly what the code reads."""

from dashboard.foundation.settings import ROOT, SETTINGS

PAGE = ROOT / "docs" / "reference" / "settings.md"


def test_settings_page_has_a_row_for_every_setting() -> None:
    """Every setting stands in the manual with default and meaning, and none that is gone."""
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `CONCORD_")]
    expected = [
        f"| `{spec.variable}` |{f' `{spec.default}`' if spec.default else ''} | {spec.meaning} |"
        for spec in SETTINGS.values()
    ]
    assert rows == expected
