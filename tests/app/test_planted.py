"""Planted identifiers and injected faults: nothing of them on the screen, in a file, in an address.

A real patient's identifiers are typed into every text of a meeting; then fifty faults happen with
the same words in their texts. Everything the installation wrote is searched, and so is what it
hands out. The twin at the end writes them down as a careless program would, and is found out.
"""

from __future__ import annotations

import json
import logging
import re
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.foundation import log
from dashboard.meeting.case import Decided, Event, Stage
from dashboard.meeting.choices import Choice, Said
from dashboard.meeting.decision import Dissent, Option, View
from dashboard.meeting.follow_up import Status
from dashboard.records.cells import Raw
from dashboard.records.patient import Consent
from dashboard.services import (
    ballots,
    cases,
    decisions,
    drafts,
    follow_up,
    intake,
    keeping,
    reports,
    scenarios,
)
from dashboard.services.reports import Wish
from dashboard.shell import wiring
from tests.app.board_room import REGIMENS, SAMPLE
from tests.app.conftest import PATIENCE, text_of
from tests.app.faults import FAULTS, PLANTED, TEXT

# Inside a transaction what a file says is taken for a fault of the store, and told with its cure.
TOLD_AS_OF_THE_STORE = {"transaction": ("file", "decode")}
PLACES = ("page", "part", "service", "transaction")


@pytest.fixture
def context(fresh_installation, logging_as_before):
    """The owner of an installation that writes its log where it belongs."""
    held = wiring.context()
    log.write_to(held.settings.data_dir / "concord.log")
    return held


def somebody_real():
    """A patient who is not invented, with identifiers in the notes."""
    known = next(s.patient for s in intake.samples(wiring.context()) if s.id == SAMPLE)
    return replace(known, id="P-ABCDEFGHJKLM", synthetic=False, consent=Consent(), notes=TEXT)


def a_meeting_full_of_names(context):
    """A case from the list to its follow-up, with identifiers in every text; its token."""
    today = context.today
    held = cases.open_case(context, somebody_real(), REGIMENS)
    texts = dict.fromkeys(("wishes", "goals", "performance", "comorbidity"), TEXT)
    event = Event("imaging", today, TEXT, 1.0)
    held = cases.save(context, held, {**texts, "questions": (TEXT,), "events": (event,)})
    for form in ("case", "event", "addendum"):
        drafts.keep(context, held.paper, form, {"words": TEXT}, base=1)
    gate = cases.missing(context, held.paper, cases.patient(context, held.paper))
    held = cases.let_pass(context, held, gate.open_facts, TEXT)
    held = cases.step(context, held, Stage.READY, gate)
    token = held.paper.id
    ballots.give(context, token, "Dr Kim", "docetaxel", confidence=0.5, chances={})
    ballots.reveal(context, token)
    changes = {
        "board": View(Choice.SUPPORTIVE, "", None, ("wish",), TEXT), "conditions": TEXT,
        "clinician": View(Choice.OBSERVATION, "", None, (), TEXT), "responsible": "Dr Noor",
        "due": today, "trial_offered": Said.NO, "prediction_consent": Said.YES,
        "dissent": (Dissent("Dr Kim", TEXT),), "options": (Option("docetaxel", TEXT),),
    }  # fmt: skip
    record = decisions.save(context, decisions.of(context, token), changes, None)
    closed = decisions.advance(context, record, Decided.FINAL)
    closed = decisions.add(context, closed, TEXT)
    followed = follow_up.of(context, token)
    blank = follow_up.blank(context, followed.paper, closed.paper)
    entry = replace(blank, status=Status.STABLE, toxicity=TEXT, words=TEXT)
    follow_up.enter(context, followed, entry)
    scenarios.keep(context, somebody_real(), TEXT[:30], {"age_years": Raw("50")})
    return token


def found_in(name, content):
    """Which planted words stand in some content, in any spelling that text is written in."""
    spellings = {
        (name, planted)
        for planted in PLANTED
        for spelled in (planted, json.dumps(planted)[1:-1])
        for coded in (spelled.encode(), spelled.encode("utf-16-le"))
        if coded in content
    }
    return sorted(spellings)


def everything_written(folder: Path):
    """Every file of an installation with what is in it."""
    return {str(file.relative_to(folder)): file.read_bytes()
            for file in sorted(folder.rglob("*")) if file.is_file()}  # fmt: skip


def faults_in_a_row(place):
    """The script of a page on which every kind of fault happens at one place."""
    from dataclasses import replace

    from dashboard.shell import page, wiring
    from tests.app.faults import FAULTS, TEXT

    context = wiring.context()

    def in_a_transaction(fault):
        with context.keeping("fault.injected", "P-X") as writing:
            writing.save("case", "fault", {"wishes": TEXT}, after=0, by="owner", subject="P-X")
            fault()

    def in_a_service(fault):
        replace(context, audit=lambda line: fault()).record("fault.injected", "P-X")

    for fault in FAULTS.values():
        if place == "part":
            page.part("case", context)(fault)()
            continue
        with page.boundary("case"):
            {"page": lambda f: f(), "service": in_a_service, "transaction": in_a_transaction}[
                place
            ](fault)


def test_planted_identifiers_and_fifty_faults_leave_no_trace(context, visit, capfd):
    """Searched: pages, log, addresses, what was printed, database, its log of writes, backup."""
    token = a_meeting_full_of_names(context)
    assert len(FAULTS) * len(PLACES) >= 50
    shown, numbers = {}, set()
    for place in PLACES:
        app = AppTest.from_function(faults_in_a_row, args=(place,), default_timeout=PATIENCE).run()
        assert not app.exception
        shown[f"page of faults, {place}"] = text_of(app).encode()
        told = re.findall(r"Incident ([0-9A-Z]{4}-[0-9A-Z]{4})\.", text_of(app))
        assert len(told) == len(FAULTS) - len(TOLD_AS_OF_THE_STORE.get(place, ())), place
        numbers |= set(told)
    for slug, address in (("audit", {}), ("administration", {}), ("case", {"patient": token})):
        app = visit(slug, **address)
        shown[f"address of {slug}"] = json.dumps(dict(app.query_params)).encode()
        if not address:  # on the case's own page stands what was typed into it
            shown[f"page {slug}"] = text_of(app).encode()
    for form in ("csv", "jsonl"):
        shown[f"audit log as {form}"] = keeping.exported_lines(context, form)
    handed = reports.file_of(
        context, somebody_real(), Wish(kind=reports.Kind.CASE), reports.Form.JSON
    )
    shown["case file without identifiers"] = handed
    _, backup = keeping.copy_now(context)
    context.store.close()
    files = everything_written(context.settings.data_dir)
    assert {"concord.sqlite", "concord.log", f"backups/{backup.name}"} <= set(files)
    printed = capfd.readouterr()
    shown["what was printed"] = (printed.out + printed.err).encode()
    searched = {**files, **shown}
    assert [hit for name, content in searched.items() for hit in found_in(name, content)] == []
    logged = [json.loads(line) for line in files["concord.log"].decode().splitlines()]
    assert {line["incident"] for line in logged if "incident" in line} == numbers


def test_search_finds_what_a_careless_program_writes(context, tmp_path):
    """The twin: an unsealed record, a log with the text of an exception, and a plain export."""
    with context.keeping("twin.saved") as writing:
        writing.save("case", "twin", {"wishes": TEXT}, after=0, by="owner", subject="")
    context.store.close()
    careless = logging.FileHandler(tmp_path / "careless.log")
    line = logging.makeLogRecord({"msg": f"could not save {TEXT}"})
    careless.emit(line)
    careless.close()
    files = everything_written(context.settings.data_dir)
    hits = [hit for name, content in files.items() for hit in found_in(name, content)]
    assert {name for name, _ in hits} <= {"concord.sqlite", "concord.sqlite-wal"}
    assert {planted for _, planted in hits} == set(PLANTED)
    written = (tmp_path / "careless.log").read_bytes()
    assert len(found_in("careless.log", written)) == len(PLANTED)
    assert len(found_in("utf-16", TEXT.encode("utf-16-le"))) == len(PLANTED)
