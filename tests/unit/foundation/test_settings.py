"""Settings: defaults, each reader, all mistakes at once, and the start-up guard."""

import os
from pathlib import Path

import pytest

from dashboard.foundation.errors import UserError
from dashboard.foundation.settings import (
    ROOT,
    SETTINGS,
    LogLevel,
    Mode,
    Settings,
    is_loopback,
    read_settings,
    refuse_unsafe,
)


def test_settings_defaults_are_local_and_private() -> None:
    """With nothing set, Concord is one person's, on this machine, with identifiers removed."""
    settings = read_settings({"PATH": "/bin", "HOME": "/nowhere"})
    assert settings == Settings(
        data_dir=ROOT / ".concord",
        site_key_file=ROOT / ".concord" / "site.key",
        log_file=ROOT / ".concord" / "concord.log",
        keys_dir=ROOT / ".concord" / "keys",
        packs_dirs=(),
        mode=Mode.LOCAL,
        host="127.0.0.1",
        port=8501,
        deidentify=True,
        emergency_access=False,
        log_level=LogLevel.INFO,
        small_cell_threshold=11,
    )


def test_settings_are_read_from_the_environment_given(tmp_path: Path) -> None:
    """Every variable reaches its field, in the type the program works with."""
    packs = [tmp_path / "one", tmp_path / "two"]
    for folder in packs:
        folder.mkdir()
    settings = read_settings(
        {
            "CONCORD_DATA_DIR": str(tmp_path / "data"),
            "CONCORD_PACKS": os.pathsep.join(map(str, packs)),
            "CONCORD_MODE": "Server",
            "CONCORD_HOST": "10.1.2.3",
            "CONCORD_PORT": " 9000 ",
            "CONCORD_SITE_KEY_FILE": str(tmp_path / "key"),
            "CONCORD_DEIDENTIFY": "OFF",
            "CONCORD_LOG_LEVEL": "debug",
            "CONCORD_LOG_FILE": str(tmp_path / "log"),
            "CONCORD_KEYS_DIR": str(tmp_path / "keys"),
            "CONCORD_DATABASE": "postgres://me@db/concord",
            "CONCORD_SMALL_CELL_THRESHOLD": "5",
        }
    )
    assert settings == Settings(
        data_dir=tmp_path / "data",
        site_key_file=tmp_path / "key",
        log_file=tmp_path / "log",
        keys_dir=tmp_path / "keys",
        database="postgresql://me@db/concord",
        packs_dirs=tuple(packs),
        mode=Mode.SERVER,
        host="10.1.2.3",
        port=9000,
        deidentify=False,
        log_level=LogLevel.DEBUG,
        small_cell_threshold=5,
    )


def test_settings_key_and_log_follow_the_data_folder(tmp_path: Path) -> None:
    """Moving the data folder moves what lies in it, unless it was placed by name."""
    settings = read_settings({"CONCORD_DATA_DIR": str(tmp_path)})
    assert settings.site_key_file == tmp_path / "site.key"
    assert settings.log_file == tmp_path / "concord.log"


def test_settings_relative_and_home_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path counts from Concord's folder, not from wherever it was started."""
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.chdir("/")
    settings = read_settings({"CONCORD_DATA_DIR": "kept", "CONCORD_LOG_FILE": "~/concord.log"})
    assert settings.data_dir == ROOT / "kept"
    assert settings.log_file == Path("/home/someone/concord.log")


def test_settings_empty_value_means_default() -> None:
    """An empty variable is the same as none."""
    assert read_settings({"CONCORD_PORT": "  "}).port == 8501


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("CONCORD_PORT", "80", "whole number from 1024 to 65535"),
        ("CONCORD_SMALL_CELL_THRESHOLD", "4", "whole number of patients from 5 to 1000"),
        ("CONCORD_SMALL_CELL_THRESHOLD", "eleven", "whole number of patients"),
        ("CONCORD_PORT", "65536", "whole number from 1024 to 65535"),
        ("CONCORD_PORT", "8501.0", "whole number"),
        ("CONCORD_PORT", "٨٥٠١", "whole number"),
        ("CONCORD_PORT", "-8501", "whole number"),
        ("CONCORD_DATABASE", "mysql://me@db/concord", "postgresql://user@host/concord"),
        ("CONCORD_MODE", "cloud", "expected one of local, server"),
        ("CONCORD_LOG_LEVEL", "loud", "expected one of debug, info, warning, error"),
        ("CONCORD_DEIDENTIFY", "maybe", "expected on or off"),
        ("CONCORD_HOST", "example.org", "expected an address such as 127.0.0.1"),
        ("CONCORD_COHORT_PATIENTS", "199", "whole number of patients from 200 to 100000"),
        ("CONCORD_MODEL_APPROVALS", "3", "expected 1 or 2 people"),
        ("CONCORD_PROXY", "127.0.0.1, front", "front is no address such as 127.0.0.1"),
        ("CONCORD_IDENTITY_HEADER", "X Forwarded", "the name of a header, such as X-Forwarded-"),
        ("CONCORD_SIGN_IN", "//elsewhere", "a path such as /oauth2/sign_out, or an https addr"),
        ("CONCORD_START_TOKEN", "short", "16 or more letters, digits"),
        ("CONCORD_PACKS", "/no/such/folder", "there is no folder /no/such/folder"),
    ],
)
def test_settings_refuse_what_cannot_be_used(variable: str, value: str, expected: str) -> None:
    """A wrong value is named with its variable, the text that came and what was expected."""
    with pytest.raises(UserError, match=expected) as caught:
        read_settings({variable: value})
    assert f'{variable} is "{value}"' in caught.value.message
    assert caught.value.exit_code == 2


def test_settings_refuse_file_for_folder_and_folder_for_file(tmp_path: Path) -> None:
    """A file where a folder belongs, and the reverse, is found at the start."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="expected a folder, and this is a file"):
        read_settings({"CONCORD_DATA_DIR": str(tmp_path / "file")})
    with pytest.raises(UserError, match="expected a file, and this is a folder"):
        read_settings({"CONCORD_LOG_FILE": str(tmp_path)})


def test_settings_never_repeat_a_password() -> None:
    """An address that is refused is told without the password in it."""
    with pytest.raises(UserError, match="mysql://me:…@db/concord") as caught:
        read_settings({"CONCORD_DATABASE": "mysql://me:secret@db/concord"})
    assert "secret" not in str(caught.value)


def test_settings_report_every_mistake_at_once() -> None:
    """One start tells all that is wrong."""
    with pytest.raises(UserError, match="settings") as caught:
        read_settings({"CONCORD_PORT": "x", "CONCORD_MODE": "y", "CONCORD_PAKCS": "/z"})
    message = str(caught.value)
    assert all(part in message for part in ("CONCORD_PORT", "CONCORD_MODE", "CONCORD_PAKCS"))


def test_settings_suggest_the_name_that_was_meant() -> None:
    """A misspelt name is never ignored; the nearest setting is offered."""
    with pytest.raises(
        UserError, match="CONCORD_PAKCS is not a setting; did you mean CONCORD_PACKS"
    ):
        read_settings({"CONCORD_PAKCS": "/z"})
    with pytest.raises(UserError, match=r"CONCORD_ZZZZQQ is not a setting\."):
        read_settings({"CONCORD_ZZZZQQ": "1"})


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("LOCALHOST", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.4", False),
        ("localhost.example.org", False),
        ("", False),
    ],
)
def test_is_loopback_knows_this_machine(host: str, loopback: bool) -> None:
    """Only addresses that no other machine can reach count as this machine's own."""
    assert is_loopback(host) is loopback


def test_refuse_unsafe_address_in_local_mode() -> None:
    """Without a login nobody else may reach the dashboard."""
    with pytest.raises(UserError, match=r"0\.0\.0\.0 can be reached from other machines"):
        refuse_unsafe(read_settings({"CONCORD_HOST": "0.0.0.0"}), has_login=False)


def test_refuse_unsafe_server_without_login() -> None:
    """Server mode does not start without a login, whatever its address."""
    settings = read_settings({"CONCORD_MODE": "server"})
    with pytest.raises(UserError, match="server mode needs a login"):
        refuse_unsafe(settings, has_login=False)


def test_refuse_unsafe_lets_safe_settings_pass() -> None:
    """The defaults start, and so does a server that has a login."""
    refuse_unsafe(read_settings({}), has_login=False)
    server = read_settings({"CONCORD_MODE": "server", "CONCORD_HOST": "10.0.0.1"})
    refuse_unsafe(server, has_login=True)


def test_settings_table_has_one_row_for_every_field() -> None:
    """The table of settings and the dataclass cannot drift apart."""
    assert set(SETTINGS) == set(Settings.__slots__)
