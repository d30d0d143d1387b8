"""A case of the board as a file: read by people, by Concord, and sealed against changes.

The file is a Concord case file, so that New patient reads its patient like any other; beside the
patient stand the case, its decision, ballots and follow-up. A SHA-256 over all of it tells whether
it was changed since it was written; an HMAC with a key of this installation tells besides whether
it was written here. A file that was changed is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dashboard.foundation.errors import UserError
from dashboard.meeting.ballot import Round
from dashboard.meeting.case import BoardCase
from dashboard.meeting.decision import Decision, is_intact
from dashboard.meeting.follow_up import FollowUp
from dashboard.meeting.written import canonical, digest, from_body, to_body

BOARD, SEAL = "board", "seal"
_VERSION = 1
_PURPOSE = b"concord board case file"
_LARGEST = 20_000_000  # bytes, as for every upload
_PAPERS: Mapping[str, type[Decision | Round | FollowUp]] = {
    "decision": Decision, "ballots": Round, "follow_up": FollowUp,
}  # fmt: skip


class Seal(StrEnum):
    """What the seal of a file says."""

    OURS = "written by this installation, and not changed since"
    WHOLE = "not changed since it was written; by which installation cannot be told"


@dataclass(frozen=True, slots=True)
class Brought:
    """What a file holds."""

    case: BoardCase
    papers: tuple[Decision | Round | FollowUp, ...]
    seal: Seal


def write(case: BoardCase, papers: Mapping[str, Decision | Round | FollowUp], key: bytes) -> bytes:
    """A case with its papers as a sealed file."""
    content: dict[str, Any] = json.loads(case.snapshot)
    board = {"version": _VERSION, "case": to_body(case)}
    content[BOARD] = board | {name: to_body(paper) for name, paper in papers.items()}
    content[SEAL] = {"sha256": digest(content), "hmac": _mac(content, key)}
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def read(content: bytes, key: bytes) -> Brought:
    """What a sealed file holds.

    Raises:
        UserError: it is no such file, is of a newer version, or was changed since it was written.
    """
    body = _parsed(content)
    seal, board = body.pop(SEAL, None), body.get(BOARD)
    if not isinstance(seal, dict) or not isinstance(board, dict):
        raise _no_file("It holds no case of the board.")
    if not hmac.compare_digest(str(seal.get("sha256", "")), digest(body)):
        raise UserError(
            "The file was changed after it was written.",
            hint="Nothing was read. Ask for the file again where it was made.",
            code="case-file-changed",
        )
    if board.get("version") != _VERSION:
        raise _no_file(f"It is of version {board.get('version')}; this Concord reads {_VERSION}.")
    papers = tuple(from_body(kind, board[name]) for name, kind in _PAPERS.items() if name in board)
    if any(isinstance(paper, Decision) and not is_intact(paper) for paper in papers):
        raise _no_file("Its decision is not the one that was locked.")
    ours = hmac.compare_digest(str(seal.get("hmac", "")), _mac(body, key))
    return Brought(from_body(BoardCase, board.get("case")), papers, Seal.OURS if ours else
                   Seal.WHOLE)  # fmt: skip


def _parsed(content: bytes) -> dict[str, Any]:
    if len(content) > _LARGEST:
        raise _no_file("It is too large.")
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        raise _no_file("It is no JSON.") from None
    if not isinstance(body, dict):
        raise _no_file("It holds no object.")
    return body


def _mac(content: Mapping[str, Any], key: bytes) -> str:
    """With a key made for this purpose alone, so that no other MAC of the site can stand for it."""
    own = hmac.new(key, _PURPOSE, hashlib.sha256).digest()
    return hmac.new(own, canonical(content).encode(), hashlib.sha256).hexdigest()


def _no_file(why: str) -> UserError:
    return UserError(
        f"This is no case of the board that can be read. {why}",
        hint="Take a file that was handed out on the page of a case.",
        code="no-case-file",
    )
