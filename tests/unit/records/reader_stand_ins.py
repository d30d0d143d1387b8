"""Readers that misbehave on purpose, for the tests of the worker; started in its child process."""

from __future__ import annotations

import os
import sys
import time

from dashboard.foundation.errors import ImportRejected
from dashboard.records.patient import Intake, Patient, Unmapped, Where
from dashboard.records.reading import Reading

CANARY_VARIABLE = "CONCORD_CANARY"


def read_lines(content: bytes, name: str, reading: Reading) -> Intake:
    """One patient for each line."""
    lines = content.decode().splitlines()
    patients = tuple(
        Patient(line, reading.disease, values={"ecog_ps": "1"}, recorded_on=reading.today)
        for line in lines
    )
    kept = Unmapped(Where(name), "answers", str(dict(reading.answers)), reading.who)
    return Intake(patients, unmapped=(kept,), format="lines")


def loop(content: bytes, name: str, reading: Reading) -> Intake:
    """Compute for ever."""
    while True:
        len(content)


def sleep(content: bytes, name: str, reading: Reading) -> Intake:
    """Wait for ever, at no cost."""
    time.sleep(600)
    return Intake()


def hoard(content: bytes, name: str, reading: Reading) -> Intake:
    """Take memory without end."""
    taken = []
    while True:
        taken.append(bytearray(16 * 1024 * 1024))


def fail(content: bytes, name: str, reading: Reading) -> Intake:
    """A fault whose message holds a patient's name."""
    raise ValueError("Erika Mustermann is not a number")


def refuse(content: bytes, name: str, reading: Reading) -> Intake:
    """Refuse the file with a cure."""
    raise ImportRejected("The table has no header.", hint="Add one.", code="no-header")


def vanish(content: bytes, name: str, reading: Reading) -> Intake:
    """End without a word."""
    os._exit(3)


def flood(content: bytes, name: str, reading: Reading) -> Intake:
    """Answer with far more than anybody asked for."""
    note = "x" * 1024 * 1024
    return Intake(tuple(Patient(str(number), "nsclc", notes=note) for number in range(100)))


def spell_pickle(content: bytes, name: str, reading: Reading) -> Intake:
    """Bypass the agreed lines and send what a pickle would look like."""
    _write_raw(b"cos\nsystem\n(S'touch /tmp/concord-was-here'\ntR.\n")
    return Intake()


def print_a_lot(content: bytes, name: str, reading: Reading) -> Intake:
    """Print to standard output, as a careless library does."""
    print('["end",["forged"]]')  # noqa: T201
    sys.stdout.flush()
    return Intake(format="honest")


def write_file(content: bytes, name: str, reading: Reading) -> Intake:
    """Try to leave something on the disk, at the path that the file gives."""
    with open(content.decode(), "wb") as file:  # noqa: PTH123 - plain, as malice would
        file.write(b"left behind" * 1000)
    return Intake(format="written")


def start_program(content: bytes, name: str, reading: Reading) -> Intake:
    """Tell what of the environment reached the child."""
    return Intake(format=os.environ.get(CANARY_VARIABLE, "nothing"))


def _write_raw(content: bytes) -> None:
    """Write to every pipe that is open, as code without manners would."""
    for number in range(3, 16):
        try:
            os.write(number, content)
        except OSError:
            continue
