"""What may be set from outside, read once when the program starts.

Every setting is an environment variable whose name begins with CONCORD_; a table of them stands in
docs/reference/settings.md. `read_settings` takes the environment as an argument, so nothing below
reads it behind a caller's back. All mistakes are reported together, a misspelt name among them: a
folder of packs that is silently not used would change what the board sees. `refuse_unsafe` is the
start-up guard.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from dashboard.foundation.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "CONCORD_"
LOWEST_FREE_PORT, HIGHEST_PORT = 1024, 65535  # below 1024 a port belongs to the system
_IN_DATA_FOLDER = {"site_key_file": "site.key", "log_file": "concord.log", "keys_dir": "keys"}
SMALL_CELL, LOWEST_SMALL_CELL, HIGHEST_SMALL_CELL = 11, 5, 1000  # patients; custom and law differ
LONGEST_DAYS = 3650
FEWEST_PATIENTS, MOST_PATIENTS = 200, 100_000  # of a default cohort that one machine can learn


class Mode(StrEnum):
    """Who can reach this installation."""

    LOCAL = "local"  # one person at this machine
    SERVER = "server"  # several, over a network, each with a login


class LogLevel(StrEnum):
    """From which severity on a line is written to the log."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that was set, or its default."""

    data_dir: Path
    site_key_file: Path
    log_file: Path
    keys_dir: Path
    packs_dirs: tuple[Path, ...] = ()
    mode: Mode = Mode.LOCAL
    host: str = "127.0.0.1"
    port: int = 8501
    deidentify: bool = True
    emergency_access: bool = False
    model_approvals: int = 2
    draft_days: int = 7
    copy_days: int = 35
    log_level: LogLevel = LogLevel.INFO
    small_cell_threshold: int = SMALL_CELL
    cohort_patients: int = 6000
    database: str = ""
    proxies: tuple[str, ...] = ()
    proxy_key_file: Path | None = None
    identity_header: str = "x-forwarded-user"
    first_admin: str = ""
    sign_in: str = ""
    start_token: str = ""

    @property
    def needs_approval(self) -> bool:
        """Whether a model is used only after people approved it; on one's own machine it is not."""
        return self.mode is Mode.SERVER

    @property
    def has_login(self) -> bool:
        """Whether somebody says who a visitor is: the named proxy, with the key it shares."""
        return bool(self.proxies and self.proxy_key_file and self.first_admin)


@dataclass(frozen=True, slots=True)
class SettingSpec:
    """One setting: its variable, its default as one would write it, its meaning, its reader."""

    variable: str
    default: str
    meaning: str
    read: Callable[[str], Any]


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings in this environment.

    Raises:
        UserError: with every mistake at once.
    """
    mistakes = _unknown_names(environ)
    found: dict[str, Any] = {}
    for field, spec in SETTINGS.items():
        text = environ.get(spec.variable, "").strip() or spec.default
        try:
            found[field] = spec.read(text)
        except ValueError as mistake:
            shown = re.sub(r"(//[^:/@]*:)[^@]*@", r"\1…@", text)  # never a password
            mistakes.append(f'{spec.variable} is "{shown}": {mistake}')
    if mistakes:
        raise UserError(
            "The settings cannot be used. " + " ".join(mistakes),
            hint="docs/reference/settings.md lists every setting. Nothing was started.",
            code="settings",
        )
    for field, name in _IN_DATA_FOLDER.items():
        found[field] = found[field] or found["data_dir"] / name
    return Settings(**found)


def refuse_unsafe(settings: Settings, *, has_login: bool) -> None:
    """Refuse to start where strangers could reach patients without a login.

    Raises:
        UserError: local mode on an address that others can reach, or server mode without a login.
    """
    if settings.mode is Mode.LOCAL and not is_loopback(settings.host):
        raise UserError(
            f"Concord does not start: in local mode there is no login, and {settings.host} can be "
            "reached from other machines.",
            hint="Unset CONCORD_HOST (the default is 127.0.0.1, this machine only).",
            code="unsafe-address",
        )
    if settings.mode is Mode.SERVER and not has_login:
        raise UserError(
            "Concord does not start: server mode needs a login, and none is configured.",
            hint="Name the proxy that signs people in (CONCORD_PROXY, CONCORD_PROXY_KEY_FILE) and "
            "the first administrator (CONCORD_FIRST_ADMIN); docs/how-to/run-on-a-server.md says "
            "how. Or unset CONCORD_MODE to use Concord alone at this machine.",
            code="no-login",
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _unknown_names(environ: Mapping[str, str]) -> list[str]:
    known = [spec.variable.removeprefix(PREFIX) for spec in SETTINGS.values()]
    mistakes = []
    for name in sorted(environ):
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in known:
            near = difflib.get_close_matches(name.removeprefix(PREFIX), known, n=1)
            question = f"; did you mean {PREFIX}{near[0]}?" if near else "."
            mistakes.append(f"{name} is not a setting{question}")
    return mistakes


def _place(text: str) -> Path:
    """A path as written: from the home folder after ~, from Concord's own folder when relative."""
    return ROOT / Path(text).expanduser()


def _folder(text: str) -> Path:
    if _place(text).is_file():
        raise ValueError("expected a folder, and this is a file.")
    return _place(text)


def _file(text: str) -> Path | None:
    if not text:
        return None
    if _place(text).is_dir():
        raise ValueError("expected a file, and this is a folder.")
    return _place(text)


def _folder_if_named(text: str) -> Path | None:
    return _folder(text) if text else None


def _database(text: str) -> str:
    if text and not text.startswith(("postgresql://", "postgres://")):
        raise ValueError("expected an address such as postgresql://user@host/concord.")
    return text.replace("postgres://", "postgresql://", 1)


def _addresses(text: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    for address in found:
        try:
            ipaddress.ip_address(address)
        except ValueError:
            raise ValueError(f"{address} is no address such as 127.0.0.1.") from None
    return found


def _header(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]+", text):
        raise ValueError("expected the name of a header, such as X-Forwarded-User.")
    return text.lower()


def _sign_in(text: str) -> str:
    if text and not re.fullmatch(r"/[^/\\\s][^\s]*|https://[^\s]+", text):
        raise ValueError("expected a path such as /oauth2/sign_out, or an https address.")
    return text


def _token(text: str) -> str:
    if text and not re.fullmatch(r"[A-Za-z0-9_-]{16,}", text):
        raise ValueError("expected 16 or more letters, digits, - or _.")
    return text


def _pack_folders(text: str) -> tuple[Path, ...]:
    folders = tuple(_place(part) for part in text.split(os.pathsep) if part)
    missing = [str(folder) for folder in folders if not folder.is_dir()]
    if missing:
        raise ValueError(f"there is no folder {', '.join(missing)}.")
    return folders


def _choice(choices: type[StrEnum]) -> Callable[[str], StrEnum]:
    def read(text: str) -> StrEnum:
        if text.lower() not in set(choices):
            raise ValueError(f"expected one of {', '.join(choices)}.")
        return choices(text.lower())

    return read


def _host(text: str) -> str:
    if not is_loopback(text):
        try:
            ipaddress.ip_address(text.strip("[]"))
        except ValueError:
            raise ValueError("expected an address such as 127.0.0.1, or localhost.") from None
    return text.strip("[]")


def _whole(lowest: int, highest: int, unit: str = "") -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and lowest <= int(text) <= highest):
            raise ValueError(f"expected a whole number{unit} from {lowest} to {highest}.")
        return int(text)

    return read


def _approvals(text: str) -> int:
    if text not in ("1", "2"):
        raise ValueError("expected 1 or 2 people.")
    return int(text)


def _switch(text: str) -> bool:
    if text.lower() not in ("on", "off"):
        raise ValueError("expected on or off.")
    return text.lower() == "on"


SETTINGS: Mapping[str, SettingSpec] = {
    "data_dir": SettingSpec(
        "CONCORD_DATA_DIR",
        ".concord",
        "Folder for everything Concord keeps; made with access for its owner only.",
        _folder,
    ),
    "packs_dirs": SettingSpec(
        "CONCORD_PACKS",
        "",
        "Folders with disease packs of this site, separated as in PATH; a pack there replaces the "
        "shipped pack of the same id.",
        _pack_folders,
    ),
    "mode": SettingSpec(
        "CONCORD_MODE",
        Mode.LOCAL,
        "local: one person at this machine. server: several over a network; does not start "
        "without a login.",
        _choice(Mode),
    ),
    "host": SettingSpec(
        "CONCORD_HOST",
        "127.0.0.1",
        "Address the dashboard answers at; local mode accepts this machine's own only.",
        _host,
    ),
    "port": SettingSpec(
        "CONCORD_PORT",
        "8501",
        "Port the dashboard answers at; when it is taken, run.py takes a free one and says so.",
        _whole(LOWEST_FREE_PORT, HIGHEST_PORT),
    ),
    "site_key_file": SettingSpec(
        "CONCORD_SITE_KEY_FILE",
        "",
        "File with the secret key that pseudonyms are made with; empty means site.key in the data "
        "folder.",
        _file,
    ),
    "database": SettingSpec(
        "CONCORD_DATABASE",
        "",
        "Address of a PostgreSQL database for what is kept, such as "
        "postgresql://user@host/concord; empty means concord.sqlite in the data folder.",
        _database,
    ),
    "keys_dir": SettingSpec(
        "CONCORD_KEYS_DIR",
        "",
        "Folder with the keys of the store and of its patients, and how far the audit log goes; "
        "empty means keys in the data folder. Better on another disk than the database.",
        _folder_if_named,
    ),
    "deidentify": SettingSpec(
        "CONCORD_DEIDENTIFY",
        "on",
        "Whether identifiers are removed when a file is read: on or off.",
        _switch,
    ),
    "model_approvals": SettingSpec(
        "CONCORD_MODEL_APPROVALS",
        "2",
        "How many different people approve a model before a server uses it: 2, or 1 where one "
        "clinician answers for the models alone; without meaning at one's own machine.",
        _approvals,
    ),
    "draft_days": SettingSpec(
        "CONCORD_DRAFT_DAYS",
        "7",
        "How many days a draft is kept that nobody types into any more; from 1.",
        _whole(1, LONGEST_DAYS, " of days"),
    ),
    "copy_days": SettingSpec(
        "CONCORD_COPY_DAYS",
        "35",
        "How many days a copy is kept that Administration made; the newest stays whatever its age. "
        "Copies that the command line made are nobody's but yours.",
        _whole(1, LONGEST_DAYS, " of days"),
    ),
    "emergency_access": SettingSpec(
        "CONCORD_EMERGENCY_ACCESS",
        "off",
        "Whether a clinician may read another team's case in an emergency, for a written reason: "
        "on or off.",
        _switch,
    ),
    "small_cell_threshold": SettingSpec(
        "CONCORD_SMALL_CELL_THRESHOLD",
        str(SMALL_CELL),
        "Fewest patients of this hospital's own cohorts that a count, a curve or a selection may "
        "tell of; from 5.",
        _whole(LOWEST_SMALL_CELL, HIGHEST_SMALL_CELL, " of patients"),
    ),
    "log_level": SettingSpec(
        "CONCORD_LOG_LEVEL",
        LogLevel.INFO,
        "From which severity on a line is written to the log: debug, info, warning or error.",
        _choice(LogLevel),
    ),
    "log_file": SettingSpec(
        "CONCORD_LOG_FILE",
        "",
        "File the log is written to; empty means concord.log in the data folder.",
        _file,
    ),
    "cohort_patients": SettingSpec(
        "CONCORD_COHORT_PATIENTS",
        "6000",
        "How many patients are simulated for the default cohort of a disease, from which its "
        "forecasts are learnt; fewer are ready sooner and forecast with wider intervals.",
        _whole(FEWEST_PATIENTS, MOST_PATIENTS, " of patients"),
    ),
    "proxies": SettingSpec(
        "CONCORD_PROXY",
        "",
        "Addresses of the proxy that signs people in, separated by commas; in server mode nobody "
        "else is answered.",
        _addresses,
    ),
    "proxy_key_file": SettingSpec(
        "CONCORD_PROXY_KEY_FILE",
        "",
        "File with the key the proxy sends as X-Concord-Proxy, 32 letters or more; without it an "
        "identity is forged.",
        _file,
    ),
    "identity_header": SettingSpec(
        "CONCORD_IDENTITY_HEADER",
        "x-forwarded-user",
        "Header in which the proxy names who is signed in.",
        _header,
    ),
    "first_admin": SettingSpec(
        "CONCORD_FIRST_ADMIN",
        "",
        "Who administers a server on which nobody has a role yet, by the name the proxy gives.",
        str,
    ),
    "sign_in": SettingSpec(
        "CONCORD_SIGN_IN",
        "",
        "Where signing in again begins, such as /oauth2/sign_out of the proxy.",
        _sign_in,
    ),
    "start_token": SettingSpec(
        "CONCORD_START_TOKEN",
        "",
        "Secret that a browser shows once to be let in on a local installation; run.py makes a new "
        "one at each start and opens the browser with it. Empty: this machine's own browsers are "
        "let in without.",
        _token,
    ),
}
