"""The web server's settings are the private ones, and Streamlit knows every one of them."""

import json
import subprocess
import sys
import tomllib

import pytest

from tests.contracts import sources

SETTINGS = ".streamlit/config.toml"
PRIVATE = {
    "browser.gatherUsageStats": False,
    "server.address": "127.0.0.1",
    "server.enableCORS": True,
    "server.enableXsrfProtection": True,
    "server.allowedHosts": ["localhost", "127.0.0.1", "::1"],
    "server.maxUploadSize": 20,
    "server.maxMessageSize": 50,
    "server.enableStaticServing": False,
    "server.enableAgentApi": False,
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    "server.headless": True,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "minimal",
    "logger.enableRich": False,
    "runner.magicEnabled": False,
}


def _settings() -> dict[str, object]:
    tables = tomllib.loads(sources.text(SETTINGS))
    return {
        f"{table}.{name}": value
        for table, values in tables.items()
        for name, value in values.items()
        if not isinstance(value, dict)
    }


@pytest.mark.parametrize(("name", "value"), PRIVATE.items())
def test_streamlit_settings_are_the_private_ones(name: str, value: object) -> None:
    """Each of these keeps patients on this machine; none may change unnoticed."""
    assert _settings()[name] == value


def test_streamlit_settings_lock_the_light_theme() -> None:
    """With both themes defined, a dark desktop would switch by itself and hide the charts."""
    theme = tomllib.loads(sources.text(SETTINGS))["theme"]
    assert theme["base"] == "light"
    assert not {"light", "dark"} & theme.keys()


def test_streamlit_knows_every_setting() -> None:
    """A setting that Streamlit no longer has would be silently without effect."""
    code = (
        "import json, sys; from streamlit.config import _config_options_template as known; "
        "print(json.dumps([name for name in json.load(sys.stdin) if name not in known]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(list(_settings())),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == []
