"""The verbs about what is kept: backups, their return, verification, erasing, log and key."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.foundation.errors import UserError
from dashboard.services import account, keeping, retention
from dashboard.services.context import Context
from dashboard.verbs.outcome import DONE, REFUSED, Outcome, Verb

if TYPE_CHECKING:
    from dashboard.vault.verification import Verification

_MOST_SHOWN = 20
_CURE = "`restore FILE` brings back a backup; what is sound can still be read."


def _file(parser: argparse.ArgumentParser, told: str) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help=told)


def _backup_options(parser: argparse.ArgumentParser) -> None:
    _file(parser, "a new file; the patients' keys and the seal are written beside it")


def _backup(context: Context, options: argparse.Namespace) -> Outcome:
    found = keeping.back_up(context, options.file)
    told = f"Wrote {options.file}, .keys and .seal beside it; every record of it was read."
    return _outcome(found, {"file": str(options.file)}, [told])


def _restore_options(parser: argparse.ArgumentParser) -> None:
    _file(parser, "a file that `backup` wrote")


def _restore(context: Context, options: argparse.Namespace) -> Outcome:
    restored = keeping.restore(context, options.file)
    replaced = str(restored.replaced)
    told = [f"Restored {options.file}.", f"What was there before is kept as {replaced}."]
    return _outcome(restored.found, {"file": str(options.file), "replaced": replaced}, told)


def _verify_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--accept",
        metavar="REASON",
        help="go on although the end of the audit log is lost; becomes the next line of it",
    )


def _verify(context: Context, options: argparse.Namespace) -> Outcome:
    if options.accept is not None:
        keeping.accept_loss(context, options.accept)
    return _outcome(keeping.verify(context), {}, [])


def _migrate_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", type=int, required=True, metavar="VERSION", help="1 or later")


def _migrate(context: Context, options: argparse.Namespace) -> Outcome:
    taken = keeping.migrate(context, options.to)
    told = f"The store is of version {options.to} now; {taken} steps were taken."
    advice = "Start the program of that version next: this one would take the steps again."
    return Outcome({"version": options.to, "steps": taken}, [told], messages=[advice])


def _erase_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("patient", metavar="PATIENT", help="the pseudonym")
    parser.add_argument("--reason", required=True, help="what the erasure was asked for with")


def _erase(context: Context, options: argparse.Namespace) -> Outcome:
    certificate = keeping.erase(context, options.patient, options.reason)
    body, missed = dict(certificate.body), certificate.body["copies_out_of_reach"]
    lines = [
        f"Erased {body['patient']}: {body['versions']} versions. Certificate {certificate.id}."
    ]
    lines += [f"Out of reach: {name}. Destroy that copy of the keys by hand." for name in missed]
    return Outcome({"certificate": certificate.id, "at": certificate.at.isoformat(), **body}, lines)


def _tidy_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="only say what would go")


def _tidy(context: Context, options: argparse.Namespace) -> Outcome:
    found = retention.due(context) if options.dry_run else retention.tidy(context)
    word = "due" if options.dry_run else "taken away"
    lines = [f"{found.drafts} drafts, {found.visits} visits {word}"]
    lines += [f"copy {word}: {name}" for name in found.copies]
    lines += [f"half-written file {word}: {name}" for name in found.halves]
    lines += [f"not looked at since {each.last}: {each.pseudonym}" for each in found.unused]
    return Outcome(asdict(found), lines)


def _audit_options(parser: argparse.ArgumentParser) -> None:
    told = "export: write the log with its chain; who: who looked at a patient's record"
    parser.add_argument("what", choices=["export", "who"], help=told)
    _file(parser, "a new file: .csv or .jsonl to export, .txt or .csv for who")
    parser.add_argument("--patient", default="", metavar="ID", help="with who: the pseudonym")


def _audit(context: Context, options: argparse.Namespace) -> Outcome:
    if options.file.exists():
        raise UserError(f"{options.file} exists already.", hint="Name a new file.")
    form = options.file.suffix.lstrip(".")
    if options.what == "who":
        options.file.write_bytes(account.account_file(context, options.patient, form))
        return Outcome({"file": str(options.file)}, [f"Wrote {options.file}."])
    content = keeping.exported_lines(context, form)
    options.file.write_bytes(content)
    count = len(context.store.entries())
    return Outcome({"file": str(options.file), "lines": count}, [f"Wrote {count} lines."])


def _key_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--enter", action="store_true", help="read a recovery key from standard input instead"
    )


def _key(context: Context, options: argparse.Namespace) -> Outcome:
    if options.enter:
        keeping.enter_recovery_key(context, sys.stdin.read())
        return Outcome({"entered": True}, ["The key is in its place again."])
    words = keeping.recovery_key(context)
    advice = "Keep it on paper, apart from this machine: whoever has it can read everything kept."
    return Outcome({"recovery_key": words}, [words], messages=[advice])


def _outcome(found: Verification, more: dict[str, Any], told: list[str]) -> Outcome:
    damaged = [f"{kind} {id_}, version {version}" for kind, id_, version in found.damaged]
    lines = [*told, f"{found.versions} versions and {found.lines} lines of the audit log checked."]
    if found.erased:
        lines.append(f"{found.erased} versions are of erased patients and cannot be read.")
    lines += [f"Damaged: {each}." for each in damaged[:_MOST_SHOWN]]
    if len(damaged) > _MOST_SHOWN:
        lines.append(f"and {len(damaged) - _MOST_SHOWN} more; --json lists all.")
    broken = found.broken
    if broken is not None:
        lines.append(f"The audit log is {broken.kind} at line {broken.sequence}: {broken.told}.")
    document = {
        **more,
        "versions": found.versions,
        "erased": found.erased,
        "lines": found.lines,
        "damaged": [{"kind": kind, "id": id_, "version": n} for kind, id_, n in found.damaged],
        "broken": broken
        and {"line": broken.sequence, "kind": str(broken.kind), "told": broken.told},
    }
    if found.whole:
        return Outcome(document, [*lines, "Everything is what was written."], DONE)
    return Outcome(document, lines, REFUSED, messages=[_CURE])


VERBS = (
    Verb("backup", "copy everything kept into a file, checked", _backup_options, _backup),
    Verb("restore", "bring back a backup, checked first", _restore_options, _restore),
    Verb("verify", "look whether everything kept is sound", _verify_options, _verify),
    Verb("migrate", "take the store to another version", _migrate_options, _migrate),
    Verb("erase", "make a patient unreadable for good", _erase_options, _erase),
    Verb("tidy", "take away what is kept too long", _tidy_options, _tidy),
    Verb("audit", "export the audit log, or who looked at a record", _audit_options, _audit),
    Verb("recovery-key", "print the key of the store for paper", _key_options, _key),
)
