"""What a site says of consistency counts on every way to a patient, and a planted id on none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.foundation.errors import PackError
from dashboard.knowledge.consistency import FILE_NAME
from dashboard.records import readers
from dashboard.services import intake
from dashboard.services.context import Context
from dashboard.services.installation import open_context

OWN = """
[[conflicts]]
code = "frail-for-doublets"
severity = "warning"
when = "ecog_ps >= 3 and line == 1"
message = "A first line in a patient who is in bed for more than half of the day."
fix = "Check the performance status."
source = "our board"
"""
TABLE = b"""MRN;ecog_ps;line;sex;pregnant;Surname;diagnosis date;notes
4453821;3;1;male;yes;Zwingenberger;2024-03-01;called by his wife Helga
"""
REQUEST = intake.Request(disease="nsclc")


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """An installation whose folder of packs holds statements and no pack."""
    packs = tmp_path / "packs"
    packs.mkdir()
    (packs / FILE_NAME).write_text(OWN, encoding="utf-8")
    environ = {"CONCORD_DATA_DIR": str(tmp_path / "data"), "CONCORD_PACKS": str(packs)}
    clock = datetime(2026, 6, 1, tzinfo=UTC)
    return replace(open_context(environ, clock=lambda: clock), read=readers.read)


def test_statements_of_a_site_are_heard_at_import_and_afterwards(context: Context) -> None:
    """Beside those that ship, in a preview as in a check of one patient."""
    looked_at = intake.preview(context, TABLE, "patients.csv", REQUEST)
    codes = {finding.code for finding in looked_at.intake.findings}
    assert {"frail-for-doublets", "male-pregnant"} <= codes
    (patient,) = looked_at.intake.patients
    again = {finding.code for finding in intake.recheck(context, patient)}
    assert "frail-for-doublets" in again


def test_statements_with_a_mistake_are_told(context: Context) -> None:
    """A site's file that cannot be read is named, and not left out silently."""
    path = context.settings.packs_dirs[0] / FILE_NAME
    path.write_text(OWN.replace("ecog_ps >= 3", "ecog_ps >="), encoding="utf-8")
    with pytest.raises(PackError, match="frail-for-doublets"):
        intake.preview(context, TABLE, "patients.csv", REQUEST)


def test_a_preview_shows_no_planted_identifier(context: Context) -> None:
    """Neither in patients, nor in findings as they are handed out, nor in the report."""
    looked_at = intake.preview(context, TABLE, "Zwingenberger.csv", REQUEST)
    shown = [repr(looked_at.intake.patients), repr(looked_at.intake.unmapped)]
    shown += [repr(replace(finding, key="")) for finding in looked_at.intake.findings]
    assert looked_at.report is not None
    shown.append(repr(looked_at.report.as_json()))
    for telling in ("4453821", "Zwingenberger", "Helga", "2024-03-01"):
        assert not any(telling in text for text in shown)
