"""The log: what it says, and above all what it never says."""

import errno
import json
import logging
import re
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.foundation import log

pytestmark = pytest.mark.usefixtures("logging_as_before")

PLANTED = ("Erika Mustermann", "MRN-00481516", "1961-04-23", "erika@example.org", "0481516")


@pytest.fixture
def lines(tmp_path: Path) -> Callable[[], list[dict[str, Any]]]:
    """Start the log in a file of its own; the function reads what stands in it."""
    path = tmp_path / "kept" / "concord.log"
    log.write_to(path, "debug")
    return lambda: [json.loads(line) for line in path.read_text().splitlines()]


def test_note_writes_the_event_and_its_fields(lines: Callable[[], list[dict[str, Any]]]) -> None:
    """An event is one line of JSON: when, how severe, what, and its allowed fields."""
    log.note("intake.read", format="fhir_r4", patients=3, seconds=0.5, page="intake")
    (line,) = lines()
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "event": "intake.read",
        "format": "fhir_r4",
        "patients": 3,
        "seconds": 0.5,
        "page": "intake",
    }


def test_note_withholds_fields_that_are_not_allowed(
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    """Fields not on the list and values out of shape are not written, and the line says so."""
    log.note(
        "intake.read",
        patient_name=PLANTED[0],
        disease=PLANTED[1],
        page=PLANTED[3],
        rows=PLANTED[4],
        format="csv",
    )
    (line,) = lines()
    assert line["withheld"] == ["?", "disease", "page", "rows"]
    assert line["format"] == "csv"
    assert not _planted_in(json.dumps(line))


def test_note_withholds_an_event_that_is_not_a_word(
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    """A sentence where the event's name belongs is not written."""
    log.note(f"read {PLANTED[0]}")
    assert lines()[0]["event"] == "?"


@given(text=st.text(alphabet="aZ07 .-_@\n", min_size=1, max_size=12))
def test_allowed_texts_have_no_room_for_a_number_or_a_sentence(text: str) -> None:
    """What passes as a text has no blank, and but for digests no four digits in a row."""
    for name in log.TEXTS.keys() - {"bundle", "pack", "version", "python", "streamlit"}:
        if log.TEXTS[name].fullmatch(text):
            assert re.search(r"\s|@|\d{4}", text) is None


def test_levels_below_the_chosen_one_are_not_written(tmp_path: Path) -> None:
    """The level that was set is the level that is kept."""
    path = tmp_path / "concord.log"
    log.write_to(path, "warning")
    log.note("start")
    log.note("slow", level=logging.WARNING)
    assert [json.loads(line)["event"] for line in path.read_text().splitlines()] == ["slow"]


def test_log_file_is_its_owners_only(tmp_path: Path) -> None:
    """Nobody else on the machine reads the log, not even one that lay open before."""
    path = tmp_path / "kept" / "concord.log"
    log.write_to(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    path.chmod(0o644)
    log.write_to(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_starting_the_log_twice_writes_each_line_once(tmp_path: Path) -> None:
    """A second start moves the log; it does not double it."""
    log.write_to(tmp_path / "one.log")
    log.write_to(tmp_path / "two.log")
    log.note("start")
    assert (tmp_path / "one.log").read_text() == ""
    assert len((tmp_path / "two.log").read_text().splitlines()) == 1


def test_incident_numbers_can_be_read_out_and_found(
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    """The number shown on the screen is the number in the log."""
    number = log.incident(ValueError("bad"), page="intake")
    (line,) = lines()
    assert line["incident"] == number
    assert line["page"] == "intake"
    assert line["level"] == "error"
    assert len(number) == 9
    assert set(number) <= set(log.INCIDENT_LETTERS) | {"-"}


def test_incident_number_comes_from_the_draw_it_is_given() -> None:
    """Chance is passed in."""
    assert log.incident(ValueError(), draw=lambda letters: letters[1]) == "3333-3333"


def test_incident_names_type_and_places(lines: Callable[[], list[dict[str, Any]]]) -> None:
    """The log says where in the code it happened, in paths that name no person's folders."""
    log.incident(_raised(lambda: _fails_with(ValueError)))
    (error,) = lines()[0]["error"]
    assert error["type"] == "ValueError"
    here = [place for place in error["places"] if place.endswith("_fails_with")]
    assert here
    assert here[0].startswith("tests/unit/foundation/test_log.py:")


def test_incident_follows_causes_and_groups(lines: Callable[[], list[dict[str, Any]]]) -> None:
    """What an error came from stands behind it; errors gathered in a group each stand there."""
    log.incident(_raised(_fails_from_another))
    log.incident(_raised(_fails_in_a_group))
    log.incident(_raised(_fails_while_failing))
    log.incident(_raised(_fails_and_hides_the_first))
    types = [[error["type"] for error in line["error"]] for line in lines()]
    assert types == [
        ["RuntimeError", "KeyError"],
        ["ExceptionGroup"],
        ["TypeError", "KeyError"],
        ["TypeError"],
    ]
    assert [inner["type"] for inner in lines()[1]["error"][0]["group"]] == [
        "KeyError",
        "ValueError",
    ]


def test_incident_of_an_endless_chain_ends(lines: Callable[[], list[dict[str, Any]]]) -> None:
    """A chain of causes that leads back to itself is cut."""
    first, second = ValueError(), TypeError()
    first.__cause__, second.__cause__ = second, first
    log.incident(first)
    assert len(lines()[0]["error"]) == log.MOST_CAUSES


def _faults() -> dict[str, Callable[[], object]]:
    """Fifty ways for a patient's values to get into an exception or a line of somebody's log."""
    kinds = [ValueError, KeyError, TypeError, RuntimeError, OSError, LookupError, AssertionError]
    faults: dict[str, Callable[[], object]] = {}
    for kind in kinds:
        for planted in PLANTED:
            faults[f"{kind.__name__} {planted}"] = lambda k=kind, p=planted: _fails_with(k, p)
    faults |= {
        "not a number": lambda: float(PLANTED[0]),
        "missing key": lambda: {}[PLANTED[1]],
        "decode": lambda: PLANTED[0].encode("utf-16").decode("ascii"),
        "compile": lambda: compile(f"{PLANTED[0]} = 1", PLANTED[1], "exec"),
        "json": lambda: json.loads(f'{{"name": "{PLANTED[0]}"'),
        "no file": lambda: Path(f"/nowhere/{PLANTED[0]}.csv").read_bytes(),
        "note on error": _fails_with_a_note,
        "cause": _fails_from_another,
        "group": _fails_in_a_group,
        "context": _fails_while_failing,
        "code run": lambda: exec(compile("1/0", f"/home/{PLANTED[0]}/x.py", "exec")),  # noqa: S102
        "attribute": lambda: getattr(object(), PLANTED[0]),
        "unpack": lambda: dict([PLANTED[0]]),
        "assert": lambda: _fails_with(AssertionError, *PLANTED),
        "import": lambda: __import__(PLANTED[3]),
    }
    return faults


@pytest.mark.parametrize("number", range(50))
def test_incident_never_writes_a_planted_identifier(
    number: int,
    lines: Callable[[], list[dict[str, Any]]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whatever raises, and whatever its text, log and terminal have no word of the patient."""
    log.incident(_raised(list(_faults().values())[number]))
    printed = capsys.readouterr()
    assert lines()[0]["event"] == "incident"
    assert not _planted_in(json.dumps(lines()) + printed.out + printed.err)


def test_there_are_fifty_faults() -> None:
    """The promise counts fifty injected faults, each of its own kind."""
    assert len(_faults()) == 50


@pytest.mark.parametrize("planted", PLANTED)
def test_library_lines_lose_their_text(
    planted: str, lines: Callable[[], list[dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    """A library's own logger, even one with a handler of its own, cannot tell a value."""
    library = logging.getLogger(f"somelibrary.part{PLANTED.index(planted)}")
    handler = logging.StreamHandler(sys.stderr)
    library.addHandler(handler)
    library.warning("cannot read %s", planted)
    library.error(
        f"cannot read {planted}", exc_info=_raised(lambda: _fails_with(ValueError, planted))
    )
    library.warning("here", stack_info=True)
    library.removeHandler(handler)
    printed = capsys.readouterr().err
    assert not _planted_in(json.dumps(lines()) + printed)
    assert [line["event"] for line in lines()] == ["library"] * 3
    assert lines()[0]["where"].startswith("tests/unit/foundation/test_log.py:")
    assert lines()[1]["error"][0]["type"] == "ValueError"
    assert '"event": "library"' in printed


def test_library_that_does_not_pass_its_lines_on_is_made_to(tmp_path: Path) -> None:
    """A logger that kept its lines to itself, as Streamlit's do, writes to the log too."""
    library = logging.getLogger("keeps.to.itself")
    library.propagate = False
    log.write_to(tmp_path / "concord.log")
    library.error("broken")
    assert json.loads((tmp_path / "concord.log").read_text())["logger"] == "keeps.to.itself"


def test_logger_named_after_a_patient_is_not_named(
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    """A logger's name must look like a module's."""
    logging.getLogger(PLANTED[1]).warning("x")
    assert lines()[0]["logger"] == "?"


def test_warnings_go_to_the_log_without_their_text(
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    """A library's warning may quote a cell; only that there was one is written."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn(f"cannot parse {PLANTED[2]}", stacklevel=1)
        logging.captureWarnings(capture=False)
    assert [line["logger"] for line in lines()] == ["py.warnings"]
    assert not _planted_in(json.dumps(lines()))


def test_uncaught_errors_are_incidents(
    lines: Callable[[], list[dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    """What nobody caught ends with a number on the terminal, and no text."""
    error = ValueError(PLANTED[0])
    sys.excepthook(ValueError, error, None)
    printed = capsys.readouterr().err
    assert lines()[0]["incident"] in printed
    assert not _planted_in(printed + json.dumps(lines()))


def test_interrupting_the_program_is_no_incident(
    lines: Callable[[], list[dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C is what somebody wanted."""
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert "KeyboardInterrupt" in capsys.readouterr().err
    assert lines() == []


def test_uncaught_errors_in_threads_are_incidents(
    lines: Callable[[], list[dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    """A thread's error is written down like any other, and a thread that was told to end is not."""
    for error in (ValueError(PLANTED[0]), SystemExit(1)):
        thread = threading.Thread(target=_fails_with, args=(lambda *_, e=error: e,))
        thread.start()
        thread.join()
    assert [line["error"][0]["type"] for line in lines()] == ["ValueError"]
    assert not _planted_in(capsys.readouterr().err + json.dumps(lines()))


def test_paths_of_libraries_are_told_from_the_library_on() -> None:
    """Where the environment lies on this person's disk is nobody's business."""
    place = f"/home/{PLANTED[0]}/.venv/lib/python3.11/site-packages/streamlit/runtime/x.py"
    record = logging.LogRecord("streamlit", logging.ERROR, place, 7, "text", (), None)
    assert json.loads(log.Formatter().format(record))["where"] == "streamlit/runtime/x.py:7"


def _planted_in(text: str) -> list[str]:
    return [planted for planted in PLANTED if planted.casefold() in text.casefold()]


def _raised(fault: Callable[[], object]) -> BaseException:
    try:
        fault()
    except Exception as error:  # noqa: BLE001 - whichever of the fifty it is
        return error
    pytest.fail("the fault did not raise")


def _fails_with(kind: Callable[..., BaseException], *words: str) -> None:
    patient = " ".join(PLANTED)  # a local value, as a page would hold one
    raise kind(*words or (patient,))


def _fails_with_a_note() -> None:
    error = ValueError()
    error.add_note(f"while reading {PLANTED[0]}")
    raise error


def _fails_from_another() -> None:
    try:
        _fails_with(KeyError, PLANTED[0])
    except KeyError as first:
        raise RuntimeError(PLANTED[1]) from first


def _fails_while_failing() -> None:
    try:
        _fails_with(KeyError, PLANTED[0])
    except KeyError:
        _fails_with(TypeError, PLANTED[1])


def _fails_and_hides_the_first() -> None:
    try:
        _fails_with(KeyError, PLANTED[0])
    except KeyError:
        raise TypeError(PLANTED[1]) from None


def _fails_in_a_group() -> None:
    raise ExceptionGroup(PLANTED[0], [KeyError(PLANTED[1]), ValueError(PLANTED[2])])


class FullDisk:
    """A file on a disk without room."""

    def write(self, _text):
        """No."""
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_log_on_a_full_disk_keeps_nobody_from_work(tmp_path, capfd):
    """Nothing is raised, and nothing of the call is printed instead; with room it goes on."""
    log.write_to(tmp_path / "concord.log")
    handlers = logging.getLogger().handlers
    (handler,) = [each for each in handlers if isinstance(each.formatter, log.Formatter)]
    whole, handler.stream = handler.stream, FullDisk()
    log.note("started", code="planted")
    handler.stream = whole
    assert capfd.readouterr() == ("", "")
    log.note("ended")
    (line,) = (tmp_path / "concord.log").read_text().splitlines()
    assert json.loads(line)["event"] == "ended"
