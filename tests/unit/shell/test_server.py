"""Before anything is served: the data folder and the log, or a refusal in words."""

import importlib
import stat
import subprocess
import sys

import pytest

from dashboard.shell import server


def test_prepare_makes_the_data_folder_for_its_owner_only(tmp_path, monkeypatch, logging_as_before):
    """The folder is private from the start, also where the log lies elsewhere."""
    folder = tmp_path / "data"
    monkeypatch.setenv("CONCORD_DATA_DIR", str(folder))
    monkeypatch.setenv("CONCORD_LOG_FILE", str(tmp_path / "logs" / "concord.log"))
    server.prepare()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (tmp_path / "logs" / "concord.log").is_file()


def test_prepare_says_where_it_cannot_write(tmp_path, monkeypatch, capsys):
    """A place that cannot be made ends the start with a message and a cure, not a traceback."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("CONCORD_DATA_DIR", str(tmp_path / "file" / "data"))
    with pytest.raises(SystemExit) as ended:
        server.prepare()
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "cannot write to" in said
    assert "Name a folder of your own in CONCORD_DATA_DIR" in said


def test_prepare_refuses_an_address_that_others_reach(monkeypatch, capsys):
    """The address that Streamlit will listen on counts, whatever the settings say."""
    monkeypatch.setattr(server.config, "get_option", {"server.address": "0.0.0.0"}.get)
    with pytest.raises(SystemExit) as ended:
        server.prepare()
    assert ended.value.code == 2
    assert "0.0.0.0 can be reached from other machines" in capsys.readouterr().err


def test_sweeper_freezes_after_a_long_sweep_only(monkeypatch):
    """What is left after a sweep that took long is frozen; short and partial ones do nothing."""
    frozen = []
    monkeypatch.setattr(server.gc, "freeze", lambda: frozen.append(True))
    clock = iter([0.0, 0.001, 5.0, 5.5])
    monkeypatch.setattr(server.time, "thread_time", lambda: next(clock))
    sweeper = server.Sweeper()
    for generation in (2, 0, 2):
        sweeper("start", {"generation": generation})
        sweeper("stop", {"generation": generation})
    assert frozen == [True]


def test_sweeper_comes_to_an_end(monkeypatch):
    """However long sweeps take, it freezes a few times only: what is frozen is never collected."""
    frozen = []
    monkeypatch.setattr(server.gc, "freeze", lambda: frozen.append(True))
    sweeper = server.Sweeper()
    most = sweeper.left
    for second in range(100):
        monkeypatch.setattr(server.time, "thread_time", lambda: float(second))  # noqa: B023
        sweeper("start", {"generation": 2})
        monkeypatch.setattr(server.time, "thread_time", lambda: second + 0.5)  # noqa: B023
        sweeper("stop", {"generation": 2})
    assert len(frozen) == most < 100


def test_engines_are_modules_of_their_own(monkeypatch):
    """Every module that is loaded ahead exists; a name that moved would be found out here."""
    monkeypatch.setattr(server.gc, "freeze", lambda: None)
    server.load_engines()


def test_server_answers_before_the_pages_are_loaded():
    """Importing what serves imports no page, no service and no engine; importing pages does."""
    heavy = {"dashboard.shell.main", "dashboard.services.cases", "scipy", "numpy", "lightgbm"}
    of_server, of_pages = (_imported(f"dashboard.shell.{name}") for name in ("server", "main"))
    assert not heavy & of_server - _imported("streamlit.starlette")
    assert {"dashboard.shell.main", "dashboard.services.cases"} <= of_pages


def test_pages_are_imported_without_the_slowest_libraries():
    """The first page waits for what it needs alone; each of these takes half a second and more."""
    slow = {"scipy.stats", "lightgbm", "lifelines", "shap", "sklearn", "pptx", "typst"}
    assert not slow & _imported("dashboard.shell.main")


def _imported(module: str) -> set[str]:
    command = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_loading_says_what_is_wrong_with_a_pack_and_lets_the_pages_say_it(
    tmp_path, monkeypatch, capsys
):
    """A hospital's pack with findings does not end the server; whoever looks is told."""
    packs = tmp_path / "packs"
    (packs / "broken").mkdir(parents=True)
    (packs / "broken" / "pack.toml").write_text("id = 3\n", encoding="utf-8")
    monkeypatch.setenv("CONCORD_PACKS", str(packs))
    begun = []
    monkeypatch.setattr(server.threading.Thread, "start", lambda thread: begun.append(thread.name))
    monkeypatch.setattr(server.gc, "freeze", lambda: None)
    wiring = importlib.import_module("dashboard.shell.wiring")
    wiring.context.clear()
    server.load()
    assert "broken" in capsys.readouterr().err
    assert begun == ["engines"]


def test_bug_that_no_page_caught_gets_a_number(monkeypatch):
    """Streamlit's own last resort is the page's."""
    page = importlib.import_module("dashboard.shell.page")
    monkeypatch.setattr(page, "report_bug", lambda bug: bug.args == ("odd",))
    assert server.report_bug(ValueError("odd")) is True
