"""The secret of this installation, and what is derived from it: never in a database or a backup.

One key of 256 bits lies in a file that its owner alone can read. Each purpose has a key of its own
derived from it, so that none can be used for another. Written out for paper (`recovery_words`) it
carries a check, so that a typing error is noticed before anything is opened with it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dashboard.foundation.errors import UserError
from dashboard.foundation.private_files import make_private, read_by_others

NAME = "store.key"
_BYTES = 32
_CHECK = 3  # bytes
_GROUP = 4  # letters


@dataclass(frozen=True, slots=True)
class Keys:
    """The secret, and the keys for each purpose."""

    secret: bytes

    def __repr__(self) -> str:
        """Tells nothing: a key has no business in a message."""
        return "the keys of the store"

    def of(self, purpose: str) -> bytes:
        """The key for one purpose."""
        return hmac.new(self.secret, b"concord store\0" + purpose.encode(), hashlib.sha256).digest()

    @property
    def recovery_words(self) -> str:
        """The secret in groups of letters for paper."""
        text = base64.b32encode(self.secret + _check(self.secret)).decode().rstrip("=")
        return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def keys_from_words(words: str) -> Keys:
    """The keys from what was kept on paper.

    Raises:
        UserError: it was not typed as it stands there.
    """
    text = "".join(words.split()).replace("-", "").upper()
    try:
        given = base64.b32decode(text + "=" * (-len(text) % 8))
    except ValueError as fault:
        raise _mistyped() from fault
    secret, check = given[:_BYTES], given[_BYTES:]
    if len(secret) != _BYTES or not hmac.compare_digest(check, _check(secret)):
        raise _mistyped()
    return Keys(secret)


def open_keys(folder: Path, *, make: bool) -> Keys:
    """The keys in this folder; with `make`, new ones when there are none.

    Raises:
        UserError: there is no key, the file is none, cannot be read, or others may read it.
    """
    path = folder / NAME
    try:
        if make and not path.exists():
            write_keys(folder, Keys(secrets.token_bytes(_BYTES)))
        _refuse_open_file(path)
        return Keys(_secret_in(path))
    except FileNotFoundError as fault:
        raise UserError(
            f"The key of the store is not there: {path}.",
            hint="Put it back from where it is kept, or type in the recovery key: "
            "`python -m dashboard recovery-key --enter`. Without it nothing kept can be read.",
            code="store-key",
        ) from fault
    except OSError as fault:
        raise UserError(
            f"The key of the store cannot be used: {fault.strerror or fault}.",
            hint=f"Make {path} readable and its folder writable for you alone.",
            code="store-key",
        ) from fault


def write_keys(folder: Path, keys: Keys) -> None:
    """Write the key, unless there is one; the first of several wins."""
    make_private(folder / NAME, keys.secret.hex() + "\n")


def _secret_in(path: Path) -> bytes:
    with suppress(ValueError):
        secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
        if len(secret) == _BYTES:
            return secret
    raise UserError(
        "The file with the key of the store holds no key.",
        hint=f"Restore {path} from where it is kept; nothing kept can be read without it.",
        code="store-key",
    )


def _refuse_open_file(path: Path) -> None:
    mode = read_by_others(path)
    if mode:
        raise UserError(
            f"The key of the store can be read by others (mode {mode}).",
            hint=f"Run: chmod 600 {path}",
            code="store-key",
        )


def _check(secret: bytes) -> bytes:
    return hashlib.sha256(b"concord recovery\0" + secret).digest()[:_CHECK]


def _mistyped() -> UserError:
    return UserError(
        "This is no recovery key as Concord prints it.",
        hint="Look for a letter typed wrong or left out; there is no 0, 1, 8 or 9 in it.",
        code="recovery-key",
    )
