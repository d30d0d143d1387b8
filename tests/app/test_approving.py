"""Models of a server on their page: what waits, who approves it, what everybody sees meanwhile."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from dashboard.services import approvals, forecasts, people
from dashboard.services.context import Actor, Role
from dashboard.shell import wiring
from tests.app.conftest import text_of, title_of
from tests.trained import DISEASE, environ_of

BOSS, ANN, BEN = "ada@x.org", "ann@x.org", "ben@x.org"
SAMPLE = "SYN-NSCLC-02"
WHY = "Calibration and limits were looked at"


@pytest.fixture
def server(trained_home, tmp_path, monkeypatch):
    """A server on which the model of the disease is trained, and nobody has approved it."""
    shutil.copytree(trained_home, tmp_path / "home")
    environ = {**environ_of(tmp_path / "home"), "CONCORD_MODE": "server",
               "CONCORD_FIRST_ADMIN": BOSS}  # fmt: skip
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(forecasts, "_memory", forecasts.Memory())
    wiring.context.clear()
    held = wiring.context()
    boss = replace(held, actor=Actor(BOSS, BOSS, Role.ADMIN))
    for name in (ANN, BEN):
        people.give(boss, name, Role.CLINICIAN, after=0)
    yield held
    held.store.close()
    wiring.context.clear()


@pytest.fixture
def seen_by(server, visit, monkeypatch):
    """A page as somebody sees it."""

    def opened(name, slug, role=Role.CLINICIAN):
        somebody = replace(server, actor=Actor(name, name, role))
        monkeypatch.setattr(wiring, "visitor", lambda: wiring.Visitor(somebody))
        monkeypatch.setattr(wiring, "refuse_ended", lambda *_, **__: None)
        return visit(slug, **({} if role is Role.ADMIN else {"patient": SAMPLE}))

    return opened


def pressed(app, word, reason):
    """The page after somebody gave their word on the model that stands first."""
    bundle = app.selectbox(key=f"judge.{DISEASE}.model").value
    form = f"judge.{DISEASE}.{bundle}"
    app.text_area(key=f"{form}.reason").set_value(reason)
    return app.button(key=f"FormSubmitter:{form}.form-{word}").click().run()


def test_model_is_judged_on_methods_by_two_people(server, seen_by):
    """Before, the board says for whom it waits; after the second word it forecasts; then not."""
    forecasts.prepare(replace(server, actor=Actor(ANN, ANN, Role.CLINICIAN)), DISEASE)
    assert "One model is waiting until 2 different people approve one" in text_of(
        seen_by(ANN, "board")
    )
    app = seen_by(ANN, "methods")
    assert title_of(app) == "Methods"
    told = text_of(app)
    assert "No model of this disease is in use." in told
    assert "What each learnt from" in told
    assert "tells apart (C)" in told
    assert "A model is judged with a reason only" in text_of(pressed(app, "Approve", "ok"))
    told = text_of(pressed(seen_by(ANN, "methods"), "Approve", WHY))
    assert f"{ANN} approved: {WHY}" in told
    assert "1 of 2 approvals" in told
    assert ": waiting." in told  # what the press came to
    told = text_of(pressed(seen_by(ANN, "methods"), "Approve", WHY))
    assert "You approved this model already, and one person counts once." in told
    told = text_of(pressed(seen_by(BEN, "methods"), "Approve", WHY))
    assert f"approved by {ANN} and {BEN}" in told
    assert ": in use." in told
    assert "Where it ends" in told
    assert "no model is in use" not in text_of(seen_by(BEN, "board"))
    told = text_of(pressed(seen_by(BEN, "methods"), "Withdraw", "Wrong in three patients"))
    assert "No model of this disease is in use." in told
    assert "no model is in use" in text_of(seen_by(ANN, "board"))


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDUCATOR])
def test_who_may_not_approve_sees_what_waits_and_no_form(server, seen_by, role):
    """The state of the models is no secret; the form is for those who may."""
    forecasts.prepare(replace(server, actor=Actor(ANN, ANN, Role.CLINICIAN)), DISEASE)
    app = seen_by("vic", "methods", role)
    assert "No model of this disease is in use." in text_of(app)
    assert not app.text_area
    assert not app.expander


def test_administration_offers_what_lies_ready(server, seen_by, tmp_path):
    """A bundle from elsewhere is a candidate after one click; the list says so."""
    (bundle,) = (tmp_path / "home" / "bundles").glob(f"{DISEASE}-*")
    shutil.copytree(bundle, tmp_path / "home" / approvals.DROP / "from-elsewhere")
    app = seen_by(BOSS, "administration", Role.ADMIN)
    app = app.segmented_control(key="administration.part").set_value("Models").run()
    assert "There is no model yet." in text_of(app)
    app = app.button(key="administration.model.offer").click().run()
    assert "waits for approval on Methods" in app.success[0].value
    assert "(0 approved)" in text_of(app)


def test_administration_asks_for_which_cohort_a_model_is_offered(server, seen_by, tmp_path):
    """Own cohorts are named with their disease; one of another disease is refused."""
    home = tmp_path / "home"
    (bundle,) = (home / "bundles").glob(f"{DISEASE}-*")
    shutil.copytree(bundle, home / approvals.DROP / "from-elsewhere")
    for name, disease in (("ours", DISEASE), ("theirs", "thymoma")):
        (home / "cohorts" / name).mkdir(parents=True)
        (home / "cohorts" / name / "cohort.toml").write_text(
            f'id = "{name}"\ndisease = "{disease}"\n'
        )
    app = seen_by(BOSS, "administration", Role.ADMIN)
    app = app.segmented_control(key="administration.part").set_value("Models").run()
    app.selectbox(key="administration.model.own").set_value("theirs")
    app = app.button(key="administration.model.offer").click().run()
    assert f"This installation has no cohort theirs of {DISEASE}" in text_of(app)
    app.selectbox(key="administration.model.own").set_value("ours")
    app = app.button(key="administration.model.offer").click().run()
    assert "waits for approval on Methods" in app.success[0].value
    assert ", ours" in text_of(app)
