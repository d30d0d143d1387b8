"""The cohort's desk: permission, audit, what is kept, what is withheld of a hospital."""

from __future__ import annotations

import csv
import importlib
import io
import os
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from dashboard.answers.population import CalibrationReport
from dashboard.cohort import reports
from dashboard.cohort.columns import CohortData, CohortFeature, Timed
from dashboard.cohort.overlap import TRUTH_FILE
from dashboard.cohort.selection import EVERYBODY, Selection
from dashboard.cohort.writing import write_cohort
from dashboard.foundation.errors import ImportRejected, NotPermitted, UserError
from dashboard.foundation.settings import read_settings
from dashboard.knowledge.library import load_library
from dashboard.knowledge.schema import Kind
from dashboard.services import population
from dashboard.services.context import Actor, Context, Role
from dashboard.services.disclosure import SelectionWithheld
from dashboard.services.errand import COHORT, REPORT, Errand, run_errand
from dashboard.services.installation import store_of
from dashboard.services.shelf import Shelf
from tests.builders import a_library, tiny_pack
from tests.unit.components.cohorts import a_figure
from tests.unit.vault.stores import NOT_ON_WINDOWS, forked

resource = None if sys.platform == "win32" else importlib.import_module("resource")

FIRST_LINE = Selection(lines=(1,))


def a_cohort(size=200, **changes):
    """Patients of two regimens and two lines, one of whom alone is ninety."""
    rng = np.random.default_rng(5)
    ages = np.concatenate([[90.0], rng.uniform(40, 80, size - 1)])
    made = CohortData(
        id="made", label="Made", disease="tiny", synthetic=True, rows_read=size,
        features=(CohortFeature("age_years", "Age", Kind.NUMBER, "years"),
                  CohortFeature("kras_g12c", "KRAS G12C", Kind.FLAG)),
        values=np.column_stack([ages, np.arange(size) % 2]),
        ids=tuple(f"P{n:03}" for n in range(size)),
        regimens=("drug-a", "drug-b"), regimen=np.arange(size) % 2,
        line=1.0 + (np.arange(size) % 4 == 3), timed={
            "os": Timed(rng.exponential(20, size), np.ones(size, bool))},
    )  # fmt: skip
    return replace(made, **changes)


@pytest.fixture
def desk(tmp_path):
    """A context over a tiny pack with a simulated cohort, one of the hospital, and its audit."""
    settings = read_settings({"CONCORD_DATA_DIR": str(tmp_path)})
    lines = []
    context = Context(
        actor=Actor("x", "X", Role.CLINICIAN),
        library=a_library(tiny_pack()),
        settings=settings,
        clock=lambda: datetime(2026, 6, 1, tzinfo=UTC),
        audit=lines.append,
        read=lambda *_: pytest.fail("nothing is read"),
        store=store_of(settings),
    )
    shelf = Shelf(settings, context.library)
    write_cohort(a_cohort(), shelf.cohort_folder("tiny"))
    write_cohort(a_cohort(synthetic=False, id="own", label="Ours"), shelf.own_cohorts / "ours")
    return context, lines, shelf


def as_role(context, role):
    """The same context for somebody else."""
    return replace(context, actor=Actor("y", "Y", role))


def test_cohort_is_read_from_where_it_is_kept(desk):
    """The simulated cohort opens without simulating again, and the audit line says which."""
    context, lines, _ = desk
    data = population.cohort(context, "tiny", progress=lambda *_: pytest.fail("no work"))
    assert (data.size, data.synthetic) == (200, True)
    assert (lines[-1].action, lines[-1].subject) == ("cohort.opened", "tiny")
    assert lines[-1].facts == {"own": "simulated"}


@pytest.mark.parametrize(
    "ask", ["choices", "cohort", "offered", "overlap", "calibration", "is_ready"]
)
def test_cohort_needs_permission(desk, ask):
    """A role without the permission gets no answer at all."""
    context, lines, _ = desk
    with pytest.raises(NotPermitted, match="may not describe cohorts"):
        getattr(population, ask)(as_role(context, Role.AUDITOR), "tiny")
    assert lines == []


def test_patient_of_the_hospital_opens_without_what_happened_to_them(desk):
    """What the pack knows of them, where it came from, and neither regimen nor outcome."""
    context, lines, _ = desk
    name = population.cohort(context, "tiny", own="ours").ids[3]
    found = population.patient_of(context, "tiny", name, own="ours")
    assert (found.id, found.disease, found.synthetic) == (name, "tiny", False)
    assert found.values
    assert set(found.values) <= set(context.library.pack("tiny").vocabulary)
    assert not found.outcomes
    assert not found.courses
    assert {(origin.file, origin.row) for origin in found.origins.values()} == {("Ours", 4)}
    assert (lines[-1].action, lines[-1].subject) == ("cohort.patient_opened", name)


def test_patient_of_the_hospital_who_is_not_there_is_refused(desk):
    """Nobody of that name: said, with where to look."""
    with pytest.raises(UserError, match="Nobody in this cohort is called P-0"):
        population.patient_of(desk[0], "tiny", "P-0", own="ours")


def test_patient_of_the_hospital_needs_permission(desk):
    """Who may only read knowledge opens nobody, and an educator nobody of the hospital."""
    for role, told in (
        (Role.ADMIN, "may not read patients"),
        (Role.EDUCATOR, "invented patients and teaching cases only"),
    ):
        with pytest.raises(NotPermitted, match=told):
            population.patient_of(as_role(desk[0], role), "tiny", "P-0", own="ours")


def test_choices_name_the_simulated_cohort_and_those_of_the_hospital(desk):
    """The simulated one stands first; another disease's cohort is not offered."""
    context, _, shelf = desk
    other = a_cohort(disease="other", synthetic=False)
    write_cohort(other, shelf.own_cohorts / "other")
    found = population.choices(context, "tiny")
    assert [(c.folder, c.synthetic) for c in found] == [("", True), ("ours", False)]


def test_offered_lists_what_can_be_filtered_by(desk):
    """Lines, regimens with their names, features with levels, endpoints, whether age is known."""
    context, *_ = desk
    found = population.offered(context, "tiny")
    assert found.lines == (1, 2)
    assert dict(found.regimens) == {"drug-a": "Drug A", "drug-b": "Drug B"}
    assert [(f.id, f.levels) for f in found.features] == [
        ("kras_g12c", (("no", "no"), ("yes", "yes")))
    ]
    assert (found.endpoints, found.ages) == (("os",), True)


def test_describe_narrows_to_the_selection(desk):
    """Everything described is of the rows selected."""
    context, *_ = desk
    assert population.describe(context, "tiny", EVERYBODY).rows == 200
    summary = population.describe(context, "tiny", FIRST_LINE)
    assert summary.rows == 150
    assert {curve.label for curve in summary.curves} == {"Drug A", "Drug B"}


def test_describe_shows_single_patients_of_a_simulated_cohort(desk):
    """Nobody is in it, so nothing is withheld."""
    context, *_ = desk
    oldest = Selection(ranges=(("age_years", 85.0, 200.0),))
    assert population.describe(context, "tiny", oldest).rows == 1


def test_describe_withholds_few_patients_of_a_hospital(desk):
    """A selection of one patient is refused with the reason and a way out."""
    context, *_ = desk
    oldest = Selection(ranges=(("age_years", 85.0, 200.0),))
    with pytest.raises(SelectionWithheld, match="fewer than 11 patients") as refused:
        population.describe(context, "tiny", oldest, own="ours")
    assert "Take a condition away" in refused.value.hint


def test_describe_withholds_the_second_of_two_that_isolate_a_patient(desk):
    """All but the oldest is refused, because the difference to everybody is one patient."""
    context, *_ = desk
    but_one = Selection(ranges=(("age_years", 0.0, 85.0),))
    with pytest.raises(SelectionWithheld, match="single out fewer than 11"):
        population.describe(context, "tiny", but_one, own="ours")


def test_describe_remembers_what_was_shown(desk):
    """The ledger outlives the session: two selections that differ by few are not both shown."""
    context, _, shelf = desk
    young = Selection(ranges=(("age_years", 0.0, 60.0),))
    younger = Selection(ranges=(("age_years", 0.0, 59.5),))
    assert population.describe(context, "tiny", young, own="ours").rows > 11
    with pytest.raises(SelectionWithheld, match="selection shown before"):
        population.describe(context, "tiny", younger, own="ours")
    assert population.describe(context, "tiny", young, own="ours").rows > 11
    colleague = as_role(context, Role.EDUCATOR)
    assert population.describe(colleague, "tiny", younger, own="ours").rows > 11
    (ledger,) = (shelf.settings.data_dir / "disclosure").iterdir()
    assert "P0" not in ledger.read_text()


def test_describe_takes_the_threshold_from_the_settings(desk):
    """A site that hides fewer, or more, says so in its settings; selections and counts follow."""
    context, _, shelf = desk
    rare = np.where(np.arange(200) < 7, 1, 0)
    write_cohort(a_cohort(synthetic=False, regimen=rare), shelf.own_cohorts / "rare")
    lenient, strict = (
        replace(context, settings=replace(context.settings, small_cell_threshold=threshold))
        for threshold in (5, 50)
    )
    shown = population.describe(lenient, "tiny", EVERYBODY, own="rare")
    assert sorted(share.hidden for share in shown.regimens) == ["", ""]
    hidden = population.describe(strict, "tiny", EVERYBODY, own="rare")
    assert sorted(share.hidden for share in hidden.regimens) == ["<50", "withheld"]
    oldest = Selection(ranges=(("age_years", 75.0, 200.0),))
    with pytest.raises(SelectionWithheld, match="fewer than 50 patients"):
        population.describe(strict, "tiny", oldest, own="ours")


def test_describe_hides_small_counts_of_a_hospital(desk):
    """A regimen of three patients is shown as fewer than eleven."""
    context, _, shelf = desk
    rare = np.where(np.arange(200) < 3, 1, 0)
    write_cohort(a_cohort(synthetic=False, regimen=rare), shelf.own_cohorts / "rare")
    summary = population.describe(context, "tiny", EVERYBODY, own="rare")
    assert sorted(share.hidden for share in summary.regimens) == ["<11", "withheld"]
    assert summary.curves == ()


def test_own_cohort_cannot_be_looked_for_elsewhere(desk):
    """A name with a path in it stays inside the hospital's folder."""
    context, *_ = desk
    with pytest.raises(ImportRejected, match=r"no cohort\.toml"):
        population.cohort(context, "tiny", own="../../etc")


def test_calibration_is_read_from_where_it_is_kept(desk):
    """A report at hand is shown at once; one of other figures is not this one's."""
    context, _, shelf = desk
    report = CalibrationReport("tiny", 77, 1, (a_figure(),), (), ())
    assert not population.is_ready(context, "tiny", REPORT)
    reports.save_report(report, shelf.report_file("tiny"), shelf.report_key("tiny"))
    assert population.is_ready(context, "tiny", REPORT)
    assert population.is_ready(context, "tiny", COHORT)
    assert population.calibration(context, "tiny") == report


def test_overlap_is_read_beside_the_cohort(desk):
    """True chances come from the simulated cohort's own folder, with the pack's names."""
    context, _, shelf = desk
    truth = "id,regimen,received,propensity\nP1,drug-a,1,0.7\nP1,drug-b,0,0.3\n"
    (shelf.cohort_folder("tiny") / TRUTH_FILE).write_text(truth)
    assert [held.label for held in population.overlap(context, "tiny")] == ["Drug A", "Drug B"]


def test_export_hands_out_what_is_shown(desk):
    """The tables are those of the summary, withheld counts and all."""
    context, lines, _ = desk
    summary = population.describe(context, "tiny", EVERYBODY, own="ours")
    table = population.export(context, summary).decode("utf-8-sig")
    assert {row["feature"] for row in csv.DictReader(io.StringIO(table))} >= {
        "regimen",
        "age_years",
    }
    curves = population.export(context, summary, "curves").decode("utf-8-sig")
    assert curves.startswith("group,label,months")
    assert lines[-1].action == "cohort.exported"
    report = CalibrationReport("tiny", 77, 1, (a_figure(),), (), ())
    assert b"TRIAL arm-1" in population.export_calibration(context, report)


def test_shelf_clears_what_is_stale(desk):
    """Older cohorts and reports of the same disease are removed, those of others stay."""
    _, _, shelf = desk
    old = shelf.simulated / "cohort-tiny-0000-1111"
    other = shelf.simulated / "cohort-other-0000"
    longer = shelf.simulated / "cohort-tiny-male-0000"
    for folder in (old, other, longer):
        folder.mkdir()
        (folder / "patients.csv").write_text("id\n")
    stale = shelf.simulated / "calibration-tiny-00.json"
    stale.write_text("{}")
    shelf.clear("cohort", "tiny")
    shelf.clear("calibration", "tiny")
    assert {path.name for path in shelf.simulated.iterdir()} == {other.name, longer.name}


@pytest.mark.slow
def test_errand_simulates_in_a_process_of_its_own(tmp_path):
    """A child draws the cohort, tells its progress, and the same errand is not run twice."""
    told = []
    errand = Errand(COHORT, "melanoma", tmp_path / "kept" / "c", 1, 30, "")
    run_errand(errand, lambda share, words: told.append((share, words)))
    assert (tmp_path / "kept" / "c" / "cohort.toml").is_file()
    assert [share for share, _ in told] == sorted(share for share, _ in told)
    assert told[-1] == (1.0, "Done")
    assert any("30 patients" in words and words.endswith(" %") for _, words in told)
    run_errand(errand, lambda *_: pytest.fail("done already"))


def test_errand_passes_on_what_the_user_can_mend(tmp_path):
    """A disease that does not exist is the user's mistake, not a failure."""
    with pytest.raises(UserError, match="no disease pack called lymphoma"):
        run_errand(Errand(COHORT, "lymphoma", tmp_path / "c", 1, 30, ""), lambda *_: None)


@NOT_ON_WINDOWS
def test_errand_without_room_says_so_and_leaves_nothing(tmp_path):
    """What is drawn and cannot be written is the disk's fault, told with its cure."""

    def without_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
        try:
            run_errand(Errand(COHORT, "melanoma", tmp_path / "c", 1, 30, ""), lambda *_: None)
        except UserError as mistake:
            yield str(mistake)

    child, told = forked(without_room)
    answer = told()
    os.waitpid(child, 0)
    assert "could not be written" in answer
    assert "Make room in the data folder" in answer
    assert list(tmp_path.iterdir()) == []


def test_errand_says_why_it_failed(tmp_path):
    """Anything else is a bug, with what the child said."""
    with pytest.raises(RuntimeError, match="ended with 1"):
        run_errand(Errand(COHORT, "melanoma", tmp_path / "c", 1, -5, ""), lambda *_: None)


def test_errand_is_told_as_it_was_written(tmp_path):
    """The child hears what the parent said, folders of packs included."""
    errand = Errand(
        REPORT, "tiny", tmp_path / "r.json", 7, 30, "abc", None, (tmp_path, tmp_path / "x")
    )
    assert Errand.heard(errand.told) == errand


def test_pack_that_ships_brings_its_report(desk):
    """On a fresh machine the report of a pack that ships is at hand without any work."""
    context = replace(desk[0], library=load_library())
    assert not Shelf(context.settings, context.library).report_file("melanoma").exists()
    assert population.is_ready(context, "melanoma", REPORT)
    shipped = population.calibration(context, "melanoma", progress=lambda *_: pytest.fail("no"))
    assert len(shipped.figures) > 300


def test_report_measured_here_goes_before_the_one_that_ships(desk):
    """Who has measured on this machine sees that."""
    context = replace(desk[0], library=load_library())
    shelf = Shelf(context.settings, context.library)
    here = CalibrationReport("melanoma", 5, 1, (a_figure("here"),), (), ())
    reports.save_report(here, shelf.report_file("melanoma"), shelf.report_key("melanoma"))
    assert population.calibration(context, "melanoma") == here


def test_describe_shows_nothing_when_its_ledger_is_damaged(desk):
    """What was shown before is not known any more: nothing is shown, in words."""
    context, _, shelf = desk
    young = Selection(ranges=(("age_years", 0.0, 60.0),))
    population.describe(context, "tiny", young, own="ours")
    (ledger,) = (shelf.settings.data_dir / "disclosure").iterdir()
    assert stat.S_IMODE(ledger.stat().st_mode) == 0o600
    for content in ("{", "[]", '{"x": 1}'):
        ledger.write_text(content, encoding="utf-8")
        with pytest.raises(UserError, match=r"selections that were shown .* cannot be read"):
            population.describe(context, "tiny", young, own="ours")


def test_errand_does_not_outlive_who_waits_for_it(tmp_path):
    """When the process that started it is gone, its work stops and nothing is put in place."""
    long = Errand(COHORT, "melanoma", tmp_path / "kept" / "c", 1, 100_000, "")
    with subprocess.Popen(
        [sys.executable, "-m", "dashboard.services.errand", long.told],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as child:  # fmt: skip
        assert child.stdout.readline().startswith("progress")
        child.stdin.close()
        assert child.wait() == 1
    assert not long.out.exists()
