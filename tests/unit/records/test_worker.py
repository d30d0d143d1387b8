"""Files are read in a process of their own, and nothing they do reaches this one."""

from __future__ import annotations

import io
import resource
import sys
import threading
import time
from datetime import date
from pathlib import Path

import pytest

from dashboard.foundation.errors import ImportRejected
from dashboard.knowledge.library import Library, load_library
from dashboard.records import readers, worker_process
from dashboard.records.patient import Intake, Severity
from dashboard.records.reading import Reading
from dashboard.records.uploads import MEGABYTE
from dashboard.records.worker import Limits, Worker, default_worker, read_guarded
from tests.unit.records import reader_stand_ins

STAND_INS = "tests.unit.records.reader_stand_ins"
CONTENT = b"P1\nP2\n"
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs the limits of a Unix system")


@pytest.fixture(scope="module")
def reading() -> Reading:
    """Circumstances with the packs that ship."""
    return Reading(
        load_library(), date(2026, 3, 1), "nsclc", answers={"unit": "g/dL"}, who="somebody"
    )


@pytest.fixture(scope="module")
def worker():
    """One worker with the product's own readers."""
    with Worker() as worker:
        yield worker


def read_with(function: str, reading: Reading, content: bytes = CONTENT, **limits) -> Intake:
    """One file read by a stand-in."""
    with Worker(reader=f"{STAND_INS}:{function}", limits=Limits(**limits)) as worker:
        return worker.read(content, "folder/file.csv", reading)


def only_code(intake: Intake) -> str:
    """The code of the one finding of an intake that holds nothing else."""
    assert intake.patients == ()
    (finding,) = intake.findings
    assert finding.severity is Severity.ERROR
    assert finding.where.file == "file.csv"
    assert finding.fix
    assert finding.rest
    return finding.code


class TestReading:
    """A file that is read."""

    def test_worker_brings_back_what_the_reader_found(self, reading):
        """Patients, dates, answers and the reader's name arrive as they were made."""
        intake = read_with("read_lines", reading)
        assert [patient.id for patient in intake.patients] == ["P1", "P2"]
        assert intake.patients[0].recorded_on == date(2026, 3, 1)
        assert intake.unmapped[0].value == "{'unit': 'g/dL'}"
        assert intake.unmapped[0].reason == "somebody"
        assert intake.format == "lines"

    def test_worker_reads_many_files_each_in_a_child_of_its_own(self, reading):
        """A child is used once; the next one is warm."""
        with Worker(reader=f"{STAND_INS}:read_lines") as worker:
            for number in range(3):
                intake = worker.read(f"P{number}".encode(), "a.csv", reading)
                assert [patient.id for patient in intake.patients] == [f"P{number}"]

    def test_worker_refuses_at_the_gate_without_a_child(self, reading):
        """What the gate refuses costs no process."""
        worker = Worker(reader=f"{STAND_INS}:no_such_function")
        assert only_code(worker.read(b"", "file.csv", reading)) == "upload-empty"

    def test_worker_keeps_the_notes_of_the_gate(self, reading):
        """A note at the gate stands before the findings of the reader."""
        import zipfile

        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("xl/workbook.xml", "<x/>")
            archive.writestr("xl/connections.xml", "<x/>")
        with Worker(reader=f"{STAND_INS}:start_program") as worker:
            intake = worker.read(buffer.getvalue(), "a.xlsx", reading)
        assert [finding.code for finding in intake.findings] == ["upload-not-followed"]
        assert intake.format == "nothing"

    def test_worker_replaces_a_spare_child_that_died(self, reading):
        """Nobody notices that a waiting child was killed."""
        with Worker(reader=f"{STAND_INS}:read_lines") as worker:
            spare = worker._spare  # noqa: SLF001 - the test plays the system's part
            assert spare is not None
            spare.kill()
            spare.wait()
            assert len(worker.read(CONTENT, "a.csv", reading).patients) == 2

    def test_worker_gives_the_child_none_of_the_environment(self, reading, monkeypatch):
        """Settings and secrets of the program stay in the program."""
        monkeypatch.setenv(reader_stand_ins.CANARY_VARIABLE, "secret")
        assert read_with("start_program", reading).format == "nothing"

    def test_worker_lets_no_print_forge_the_answer(self, reading):
        """What a reader prints is not part of the answer."""
        assert read_with("print_a_lot", reading).format == "honest"


class TestHarm:
    """Files that hurt."""

    @posix
    def test_worker_stops_a_reader_that_computes_for_ever(self, reading):
        """The limit on computing time ends it, and the message names the limit."""
        start = time.monotonic()
        intake = read_with("loop", reading, cpu_seconds=1)
        assert only_code(intake) == "upload-too-costly"
        assert "1 s" in intake.findings[0].message
        assert time.monotonic() - start < 20

    def test_worker_stops_a_reader_that_never_ends(self, reading):
        """Waiting costs nothing, so the clock ends it."""
        intake = read_with("sleep", reading, wall_seconds=2.0)
        assert only_code(intake) == "upload-too-slow"
        assert "2 s" in intake.findings[0].message

    @posix
    @pytest.mark.skipif(sys.platform == "darwin", reason="macOS does not enforce it")
    def test_worker_stops_a_reader_that_takes_all_memory(self, reading):
        """The limit on memory ends it, while this process grows by nothing worth naming."""
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        intake = read_with("hoard", reading)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
        assert only_code(intake) == "upload-too-costly"
        assert "512 MB" in intake.findings[0].message
        assert grown < 100 * MEGABYTE

    def test_worker_names_the_place_of_a_fault_and_nothing_of_the_file(self, reading):
        """The text of an exception may hold a patient's name; it is not passed on."""
        intake = read_with("fail", reading)
        assert only_code(intake) == "upload-reader-stopped"
        assert "ValueError in reader_stand_ins.py" in intake.findings[0].message
        assert "Mustermann" not in str(intake)

    def test_worker_passes_on_the_words_of_a_refusal(self, reading):
        """A reader that refuses the file says why and what to do."""
        (finding,) = read_with("refuse", reading).findings
        assert finding.message == "The table has no header."
        assert finding.fix == "Add one."
        assert finding.code == "upload-no-header"

    def test_worker_survives_a_child_that_vanishes(self, reading):
        """An end without a word is a fault with a cure."""
        assert only_code(read_with("vanish", reading)) == "upload-reader-stopped"

    def test_worker_stops_an_answer_without_end(self, reading):
        """More than anybody can take in is not taken in."""
        for limits in ({"answer_bytes": 4 * MEGABYTE}, {"answer_lines": 50}):
            assert only_code(read_with("flood", reading, **limits)) == "upload-too-much"

    @posix
    def test_worker_never_unpickles(self, reading, tmp_path):
        """A child that sends a pickle in place of lines is not believed."""
        marker = Path("/tmp/concord-was-here")  # noqa: S108 - the name in the stand-in's pickle
        marker.unlink(missing_ok=True)
        assert only_code(read_with("spell_pickle", reading)) == "upload-reader-stopped"
        assert not marker.exists()

    @posix
    def test_worker_lets_the_child_write_nothing(self, reading, tmp_path):
        """Not one byte reaches the disk."""
        target = tmp_path / "left.txt"
        read_with("write_file", reading, content=str(target).encode())
        assert not target.exists() or target.stat().st_size == 0

    def test_worker_tells_who_must_wait_too_long(self, reading):
        """When all places are taken, the next file is told so and nothing is lost."""
        limits = Limits(wall_seconds=3.0, at_once=1)
        with Worker(reader=f"{STAND_INS}:sleep", limits=limits) as worker:
            places = worker._places  # noqa: SLF001 - the test takes the only place
            places.acquire()
            limits_short = Limits(wall_seconds=0.2, at_once=1)
            worker.limits = limits_short
            assert only_code(worker.read(CONTENT, "file.csv", reading)) == "upload-busy"
            places.release()

    @posix
    def test_worker_leaves_other_work_alone(self, reading):
        """While a bomb burns in the child, this process computes about as fast as before."""

        def work() -> float:
            start = time.thread_time()
            sum(number * number for number in range(2_000_000))
            return time.thread_time() - start

        alone = min(work() for _ in range(3))
        attack = threading.Thread(
            target=read_with, args=("loop", reading), kwargs={"cpu_seconds": 2}
        )
        attack.start()
        beside = min(work() for _ in range(3))
        attack.join()
        assert beside < 2.5 * alone

    def test_worker_ends_its_child_when_it_is_closed(self):
        """No process is left behind."""
        worker = Worker(reader=f"{STAND_INS}:sleep")
        worker.warm()
        spare = worker._spare  # noqa: SLF001 - to see the end of it
        worker.close()
        worker.warm()
        assert spare is not None
        assert spare.poll() is not None
        assert worker._spare is None  # noqa: SLF001


class TestRealReaders:
    """The readers of the product, in the child, on files that are honest and files that are not."""

    def test_worker_reads_a_table_as_the_reader_alone_does(self, worker, reading):
        """Nothing is lost or changed on the way through the pipe."""
        content = b"patient_id,age,ecog,dob,note\nP1,61,1,1960-02-03,fine\nP2,999,9,x,y\n"
        assert worker.read(content, "a.csv", reading) == readers.read(content, "a.csv", reading)

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.csv", b"patient_id,age\n" + b'"' * 1_000_001),
            ("a.csv", b"patient_id,age\n" + b'P1,"' + b"x\n" * 500_000),
            ("a.csv", b",".join(b"c%d" % n for n in range(499)) + (b"\n" + b"," * 498) * 2_000),
            ("a.csv", b"patient_id;age\n" + b"P1;1,2,3,4\n" * 15_000),
            ("a.json", b'{"resourceType":"Bundle","entry":[' + b"{}," * 20_000 + b"{}]}"),
            ("a.json", b'[{"a":1' + b',"a":1' * 100_000 + b"}]"),
            ("a.ndjson", b'{"resourceType":"Patient"}\n' * 1_500),
            ("data_mutations.txt", b"Hugo_Symbol\tTumor_Sample_Barcode\n" + b"A\tB\n" * 15_000),
        ],
    )
    def test_worker_ends_on_files_made_to_be_slow(self, worker, reading, name, content):
        """Whatever becomes of them, it does within the limits and ends in an intake."""
        start = time.monotonic()
        intake = worker.read(content, name, reading)
        assert time.monotonic() - start < 45
        assert intake.findings or intake.patients or intake.unmapped

    def test_worker_refuses_a_workbook_that_explodes(self, worker, reading):
        """A small file of sixteen megabytes unpacked never reaches a reader."""
        import zipfile

        row = b'<row><c t="inlineStr"><is><t>x</t></is></c><c><v>1</v></c></row>'
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/workbook.xml", "<workbook/>")
            archive.writestr("xl/worksheets/sheet1.xml", row * 250_000)
        intake = worker.read(buffer.getvalue(), "a.xlsx", reading)
        assert [finding.code for finding in intake.findings] == ["upload-too-dense"]


class TestLimits:
    """What is promised on which system."""

    def test_limits_say_what_a_system_cannot_do(self):
        """On Windows only clock and sizes remain, and that is said."""
        limits = Limits()
        assert limits.in_force("linux") == "10 s of computing, 512 MB of memory, 30 s in all"
        assert "may not enforce" in limits.in_force("darwin")
        assert "no limits on computing time" in limits.in_force("win32")


class TestChild:
    """The parts of the child that run anywhere."""

    def test_child_answers_with_lines(self):
        """A good answer ends with its last line."""
        out = io.BytesIO()
        worker_process.answer_request(lambda: Intake(format="x"), out)
        assert out.getvalue() == b'["end",["x"]]\n'

    def test_child_reports_lack_of_memory(self):
        """Running out of memory has a line of its own."""

        def read() -> Intake:
            raise MemoryError

        out = io.BytesIO()
        worker_process.answer_request(read, out)
        assert out.getvalue() == b'["fault", ["memory"]]\n'

    def test_child_reports_a_refusal(self):
        """Message, hint and code of an error made for people."""

        def read() -> Intake:
            raise ImportRejected("No.", hint="Yes.", code="c")

        out = io.BytesIO()
        worker_process.answer_request(read, out)
        assert out.getvalue() == b'["fault", ["refused", "No.", "Yes.", "c"]]\n'

    def test_child_finds_the_place_of_a_fault_in_our_code(self):
        """Libraries deeper down are not named."""
        try:
            worker_process.take_request(b"{", io.BytesIO())
        except ValueError as error:
            place = worker_process.place_of(error)
        assert place.startswith("JSONDecodeError in worker_process.py, line ")

    def test_child_names_the_kind_of_a_fault_without_a_trace(self):
        """An exception that was never raised has no place."""
        assert worker_process.place_of(KeyError("secret")) == "KeyError"

    def test_child_rebuilds_the_request(self, reading):
        """The library arrives whole."""
        import json

        packs = [
            pack.model_dump_json(exclude_defaults=True).encode() for pack in reading.library.packs
        ]
        head = {
            "name": "a.csv",
            "size": 3,
            "packs": [len(pack) for pack in packs],
            "today": "2026-03-01",
            "disease": "nsclc",
            "answers": {"unit": "g/dL"},
            "columns": {},
            "who": "somebody",
        }
        rest = io.BytesIO(b"".join(packs) + b"abc")
        content, name, rebuilt = worker_process.take_request(json.dumps(head).encode(), rest)
        assert (content, name, rebuilt) == (b"abc", "a.csv", reading)
        assert rebuilt.library == Library(reading.library.packs)

    def test_child_is_ready_in_under_a_second_of_computing(self):
        """Importing what a child needs costs less than one second of processor time."""
        import subprocess

        code = (
            "import sys, time; sys.path.insert(0, sys.argv[1]); "
            "import dashboard.records.worker_process; print(time.process_time())"
        )
        root = str(Path(__file__).resolve().parents[3])
        done = subprocess.run(
            [sys.executable, "-I", "-B", "-c", code, root], capture_output=True, check=True
        )
        assert float(done.stdout) < 1.0


def test_read_guarded_uses_one_worker_for_the_whole_program(reading):
    """The worker is made once; a refused file does not even start a child."""
    intake = read_guarded(b"", "file.csv", reading)
    assert only_code(intake) == "upload-empty"
    assert default_worker() is default_worker()
