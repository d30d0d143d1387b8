"""Pseudonyms that only this site can make: the same person, the same letters, no way back.

A pseudonym is the beginning of an HMAC-SHA256 under a secret key of the site. The key is made once,
kept in a file that only its owner can read, and never shown: messages name it by a fingerprint. The
letters hold no digits, so that no pseudonym looks like a number of record, and none that are easily
mistaken for each other when read out.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from dashboard.foundation.errors import UserError
from dashboard.foundation.private_files import make_private, read_by_others

_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 12  # of 22 letters: two of a million patients meet with a chance under 1 in 10,000
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class SiteKey:
    """The secret of a site; its text form names it without giving it away."""

    secret: bytes = field(repr=False)

    def __str__(self) -> str:
        return f"site key {self.id}"

    @property
    def id(self) -> str:
        """A fingerprint that tells keys apart and says nothing of their content."""
        return hashlib.sha256(b"concord site key\0" + self.secret).hexdigest()[:8]

    def pseudonym(self, text: str, kind: str = "patient", prefix: str = "P") -> str:
        """The pseudonym of a text; another kind of identifier gives another one."""
        message = f"{kind}\0{' '.join(text.split())}".encode("utf-8", "surrogatepass")
        number = int.from_bytes(hmac.digest(self.secret, message, "sha256"), "big")
        letters = []
        for _ in range(_LENGTH):
            number, place = divmod(number, len(_LETTERS))
            letters.append(_LETTERS[place])
        return f"{prefix}-{''.join(letters)}"


def site_key(path: Path) -> SiteKey:
    """The key in this file, which is made when there is none.

    Raises:
        UserError: the file is no key, cannot be read, or others may read it.
    """
    try:
        if not path.exists():
            make_private(path, secrets.token_hex(_KEY_BYTES) + "\n")
        _refuse_open_files(path)
        text = path.read_text(encoding="ascii").strip()
        secret = bytes.fromhex(text)
    except OSError as fault:
        raise UserError(
            f"The key of this site cannot be used: {fault.strerror or fault}.",
            hint=f"Make {path} readable for you alone.",
            code="site-key",
        ) from fault
    except ValueError as fault:
        raise _damaged(path) from fault
    if len(secret) != _KEY_BYTES:
        raise _damaged(path)
    return SiteKey(secret)


def _refuse_open_files(path: Path) -> None:
    mode = read_by_others(path)
    if mode:
        raise UserError(
            f"The key of this site can be read by others (mode {mode}).",
            hint=f"Run: chmod 600 {path}",
            code="site-key",
        )


def _damaged(path: Path) -> UserError:
    return UserError(
        "The file with the key of this site holds no key.",
        hint=f"Restore {path} from your backup. A new key would give new pseudonyms to everybody.",
        code="site-key",
    )
