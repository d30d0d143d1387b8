"""Before anything is served: the data folder and the log, or a refusal in words."""

import stat

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
