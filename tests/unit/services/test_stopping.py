"""The switch that turns forecasts off: one person, two presses, everybody, until a reason."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import signal
import sys
from dataclasses import replace

import pytest

from dashboard.answers.stop import EVERYTHING
from dashboard.cli import main
from dashboard.foundation.errors import NotPermitted, UserError
from dashboard.foundation.settings import Mode
from dashboard.services import bundles, forecasts, intake, reports, stopping
from dashboard.services.context import Actor, Role
from dashboard.services.installation import open_context
from dashboard.services.stopped import KIND, ForecastsStopped
from tests.trained import DISEASE, environ_of
from tests.unit.vault.stores import NOT_ON_WINDOWS, forked

resource = None if sys.platform == "win32" else importlib.import_module("resource")

WHY = "Checked against the last ten cases"


@pytest.fixture(scope="module")
def folder(trained_home, tmp_path_factory):
    """A data folder of this test's own in which forecasts are ready."""
    home = tmp_path_factory.mktemp("stopping") / "home"
    shutil.copytree(trained_home, home)
    return home


@pytest.fixture
def owner(folder):
    """The owner of an installation in which nothing is turned off."""
    context = open_context(environ_of(folder))
    yield context
    for each in stopping.stops(context):
        stopping.go_on(context, each.disease, WHY)
    context.store.close()


def by(context, name, role):
    """The same installation, asked by somebody else."""
    return replace(context, actor=Actor(name, name, role))


def somebody(context):
    """An invented patient of the disease."""
    return next(s.patient for s in intake.samples(context) if s.patient.disease == DISEASE)


@pytest.mark.parametrize("what", [DISEASE, EVERYTHING])
def test_nothing_is_forecast_once_it_is_turned_off(owner, what):
    """What was open and remembered a moment ago is refused too, with who, when and why."""
    who = somebody(owner)
    forecasts.forecast(owner, who)
    (folder,) = (owner.settings.data_dir / "bundles").glob(f"{DISEASE}-*")
    bundle = forecasts.opened(owner, DISEASE)
    stopping.stop(by(owner, "ann", Role.CLINICIAN), what, reason="odd  curves")
    assert not forecasts.is_ready(owner, DISEASE)
    for ask in (
        lambda: forecasts.forecast(owner, who),
        lambda: forecasts.forecast_by(owner, bundle, who),
        lambda: forecasts.card(owner, DISEASE),
        lambda: forecasts.opened(owner, DISEASE),
        lambda: forecasts.prepare(owner, DISEASE),
        lambda: bundles.open_folder(owner, folder),
        lambda: reports.prepare(owner, who, reports.Wish()),
    ):
        with pytest.raises(ForecastsStopped, match=r"turned off: ann stopped them on .*odd curves"):
            ask()
    stopping.go_on(owner, what, WHY)
    assert forecasts.forecast(owner, who).regimens


def test_another_disease_goes_on(owner):
    """Turning one disease off leaves the others."""
    stopping.stop(owner, "breast")
    assert forecasts.forecast(owner, somebody(owner)).regimens
    assert [each.disease for each in stopping.stops(owner)] == ["breast"]


def test_a_stop_outlives_the_program(owner, folder):
    """It stands in the store with its line, and holds for whoever opens it next."""
    stopping.stop(by(owner, "ann", Role.ADMIN))
    other = open_context(environ_of(folder))
    with pytest.raises(ForecastsStopped, match="of all diseases are turned off: ann"):
        forecasts.forecast(other, somebody(other))
    (line,) = [e for e in other.store.entries() if e.action == "forecasts.stopped"][-1:]
    assert (line.actor, line.subject, json.loads(line.changes)[0][0]) == ("ann", EVERYTHING, KIND)
    other.store.close()


def test_forecasts_go_on_with_a_reason_only(owner):
    """Neither without one, nor by whoever may not judge models, nor where nothing is off."""
    with pytest.raises(UserError, match="Forecasts of nsclc are not turned off"):
        stopping.go_on(owner, DISEASE, WHY)
    stopping.stop(owner, DISEASE)
    with pytest.raises(UserError, match="Forecasts go on with a reason only"):
        stopping.go_on(owner, DISEASE, "ok")
    with pytest.raises(NotPermitted):
        stopping.go_on(by(owner, "ada", Role.ADMIN), DISEASE, WHY)
    for role in (Role.VIEWER, Role.EDUCATOR, Role.AUDITOR):
        with pytest.raises(NotPermitted):
            stopping.stop(by(owner, "eve", role), DISEASE)


def test_command_line_of_a_server_turns_off_and_not_on(owner):
    """Whoever has the machine is nobody in particular: that is enough to stop, not to go on."""
    stopping.stop(owner, DISEASE)
    server = replace(owner, settings=replace(owner.settings, mode=Mode.SERVER))
    with pytest.raises(NotPermitted, match="turned on again by somebody who is signed in"):
        stopping.go_on(server, DISEASE, WHY)


def test_a_misspelt_disease_is_not_taken_for_one_that_is_off(owner):
    """Whoever stops something that is not there is told what there is."""
    with pytest.raises(UserError, match="there is no disease nsclcc here") as told:
        stopping.stop(owner, "nsclcc")
    assert "nsclc" in told.value.hint


def test_models_verb_turns_off_and_on(owner, folder, capsys, monkeypatch):
    """Off, told in the list, and on again with a reason."""
    for name, value in environ_of(folder).items():
        monkeypatch.setenv(name, value)
    assert main(["models", "--stop", DISEASE, "--reason", "seen in class"]) == 0
    told = capsys.readouterr().out
    assert f"forecasts of {DISEASE} are turned off: owner stopped them" in told
    assert "seen in class" in told
    assert main(["models", "--go-on", DISEASE]) != 0
    assert main(["models", "--go-on", DISEASE, "--reason", WHY]) == 0
    assert "turned off" not in capsys.readouterr().out


@NOT_ON_WINDOWS
def test_a_stop_holds_although_it_cannot_be_written_down(folder):
    """A full disk keeps nobody from stopping: it holds in this program, and is said to."""

    def without_room():
        context = open_context(environ_of(folder))
        who = somebody(context)
        forecasts.forecast(context, who)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        told = []
        for act in (
            lambda: stopping.stop(by(context, "ann", Role.CLINICIAN), DISEASE),
            lambda: forecasts.forecast(context, who),
        ):
            try:
                told.append(str(act()))
            except UserError as fault:
                told.append(fault.message)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        told.append(len(stopping.stops(context)))
        stopping.stop(context, DISEASE)
        stopping.go_on(context, DISEASE, WHY)
        yield [*told, len(stopping.stops(context))]

    child, told = forked(without_room)
    off, asked, held, after = told()
    os.waitpid(child, 0)
    assert off.startswith("Forecasts are turned off here, but it is not written down: There is no")
    assert asked.startswith("Forecasts of nsclc are turned off: ann stopped them")
    assert (held, after) == (1, 0)
