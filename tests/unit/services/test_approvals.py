"""Models of a server are used once enough different people approved them, and not before."""

from __future__ import annotations

import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from components.widgets.approval import awaited
from dashboard.answers.approval import OFFERED, TRAINED, State
from dashboard.cli import main
from dashboard.cohort.writing import write_cohort
from dashboard.foundation.errors import BundleMismatch, NotPermitted, UserError
from dashboard.learning.bundle import code_version, load_bundle, save_bundle
from dashboard.services import approvals, bundles, forecasts, people, replays
from dashboard.services.approved import KnownModel, NotApproved, enter
from dashboard.services.context import GRANTS, Actor, Permission, Role
from dashboard.services.installation import open_context
from dashboard.services.shelf import Shelf
from dashboard.vault.store import Writing
from tests.builders import a_library, tiny_pack
from tests.unit.services.test_forecasts import SOMEBODY, a_hospital_cohort, numbers_of

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BOSS, ANN, BEN, EVA = "ada@x.org", "ann@x.org", "ben@x.org", "eva@x.org"
WHERE, WHY = "thymoma", "Figures by group were looked at"
SERVER = {"CONCORD_MODE": "server", "CONCORD_FIRST_ADMIN": BOSS}


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    """A data folder with a hospital's own cohort and its bundle, and a second bundle beside."""
    home = tmp_path_factory.mktemp("workshop")
    local = open_context({"CONCORD_DATA_DIR": str(home / "data")}, audit=lambda _line: None)
    shelf = Shelf(local.settings, local.library)
    write_cohort(a_hospital_cohort(), shelf.own_cohorts / "ours")
    forecasts.prepare(local, WHERE, own="ours")
    bundles.train(local, shelf.own_cohorts / "ours", home / "second", seed=2)
    local.store.close()
    shutil.rmtree(local.settings.keys_dir, ignore_errors=True)
    for path in local.settings.data_dir.glob("concord.sqlite*"):
        path.unlink()
    return home


class Server:
    """A server with people of every role, whose bundle is trained and approved by nobody."""

    def __init__(self, home, **settings):
        environ = {"CONCORD_DATA_DIR": str(home / "data"), **SERVER, **settings}
        self.home, self.environ = home, environ
        self.held = open_context(environ, clock=lambda: NOW)
        boss = self.by(BOSS, Role.ADMIN)
        for name in (ANN, BEN, EVA):
            people.give(boss, name, Role.CLINICIAN, after=0)

    def by(self, name, role=Role.CLINICIAN):
        """The context of one person."""
        return replace(self.held, actor=Actor(name, name, role))

    @property
    def models(self):
        """By id, what each model is to the server."""
        found = approvals.seat(self.by(ANN), WHERE, own="ours").models
        return {each.bundle: each.state for each in found}

    def approve(self, bundle, *names):
        """Approved by these people, one after the other."""
        for name in names:
            approvals.approve(self.by(name), WHERE, bundle, WHY, own="ours")

    def told(self, action):
        """The facts of every line of the audit log of an action."""
        found = self.held.store.entries()
        return [json.loads(each.facts) for each in found if each.action == action]


@pytest.fixture
def server(workshop, tmp_path, monkeypatch):
    """A server of its own for each test, its trained model offered."""
    monkeypatch.setattr(forecasts, "_memory", forecasts.Memory())
    shutil.copytree(workshop, tmp_path / "home")
    made = Server(tmp_path / "home")
    forecasts.prepare(made.by(ANN), WHERE, own="ours")
    yield made
    made.held.store.close()


@pytest.fixture
def first(server):
    """The id of the model that was trained here."""
    (name,) = server.models
    return name


@pytest.fixture
def second(server):
    """The id of a model from elsewhere, offered by the administrator."""
    return approvals.offer(server.by(BOSS, Role.ADMIN), server.home / "second", own="ours").bundle


def asked(server, name=ANN):
    """What is forecast for somebody."""
    return forecasts.forecast(server.by(name), SOMEBODY, own="ours")


def test_trained_model_is_a_candidate_and_nothing_is_forecast(server, first):
    """Pages, services and replays are refused until people approved it; who waits is told."""
    assert server.models == {first: State.WAITING}
    assert not forecasts.is_ready(server.by(ANN), WHERE, own="ours")
    assert forecasts.waiting(server.by(ANN), WHERE, own="ours").waiting[0].origin == TRAINED
    for ask in (asked, lambda made: forecasts.card(made.by(ANN), WHERE, own="ours")):
        with pytest.raises(NotApproved, match="No model of thymoma is approved on this server"):
            ask(server)
    assert not replays.is_ready(server.by(ANN), WHERE, own="ours")


def test_two_different_people_put_a_model_in_use(server, first):
    """One is not enough; with the second it forecasts, and each step is a line of the log."""
    server.approve(first, ANN)
    with pytest.raises(NotApproved):
        asked(server)
    server.approve(first, BEN)
    assert server.models == {first: State.IN_USE}
    assert asked(server).bundle == first
    assert forecasts.waiting(server.by(ANN), WHERE, own="ours") is None
    assert [line["reason"] for line in server.told("model.approved")] == [WHY, WHY]
    (line,) = server.told("model.in-use")
    assert (line["bundle"], line["by"], line["former"]) == (first, f"{ANN}, {BEN}", "none")
    digest = approvals.seat(server.by(ANN), WHERE, own="ours").in_use.digest
    assert len(digest) == 64
    assert {each["digest"] for each in server.told("model.approved")} == {digest}


@pytest.mark.parametrize("again", [ANN, ANN.upper(), f" {ANN} "])
def test_one_person_counts_once(server, first, again):
    """However the name is spelt; nothing is kept of the second try."""
    server.approve(first, ANN)
    with pytest.raises(UserError, match="You approved this model already, and one person counts"):
        server.approve(first, again)
    assert server.models == {first: State.WAITING}
    assert len(server.told("model.approved")) == 1


def test_who_offered_a_model_does_not_approve_it(server, second):
    """Two others do; one who offers and has another role by then is refused as well."""
    with pytest.raises(UserError, match="Nobody approves a model that they offered themselves"):
        server.approve(second, BOSS)
    server.approve(second, ANN, EVA)
    assert server.models[second] is State.IN_USE
    assert approvals.seat(server.by(ANN), WHERE, own="ours").of(second).origin == OFFERED


@pytest.mark.parametrize("role", list(Role))
def test_roles_offer_and_approve_as_granted(server, first, role):
    """Administrators offer, clinicians approve, nobody else does either."""
    somebody = server.by("somebody", role)
    may = Permission.MODEL_APPROVE in GRANTS[role] and role is not Role.OWNER
    if may:
        approvals.approve(somebody, WHERE, first, WHY, own="ours")
    else:
        with pytest.raises(NotPermitted):
            approvals.approve(somebody, WHERE, first, WHY, own="ours")
    if role in (Role.ADMIN, Role.OWNER):
        assert approvals.offer(somebody, server.home / "second", own="ours").author == "somebody"
    else:
        with pytest.raises(NotPermitted, match="may not offer models"):
            approvals.offer(somebody, server.home / "second", own="ours")


def test_command_line_of_a_server_approves_nothing(server, first):
    """Whoever has the machine is nobody in particular, and may be the second person as well."""
    with pytest.raises(NotPermitted, match="approved by people who are signed in"):
        approvals.approve(server.held, WHERE, first, WHY, own="ours")
    with pytest.raises(NotPermitted):
        approvals.withdraw(server.held, WHERE, first, WHY, own="ours")


def test_models_verb_lists_and_offers(server, first, capsys):
    """The list is the same as on the page; what is offered is a candidate."""
    folder = server.home / "second"
    assert main(["models", "--offer", str(folder), "--own", "ours"], environ=server.environ) == 0
    told = capsys.readouterr().out
    assert first in told
    assert "waiting, brought from elsewhere, approved by nobody" in told
    assert main(["models", "--json"], environ=server.environ) == 0
    (seat,) = json.loads(capsys.readouterr().out)
    assert [each["state"] for each in seat["models"]] == ["waiting", "waiting"]


@pytest.mark.parametrize("reason", ["", "  short  ", "x" * 1001])
def test_model_is_judged_with_a_reason_only(server, first, reason):
    """Too short or too long a reason is refused, and nothing is kept."""
    for act in (approvals.approve, approvals.refuse):
        with pytest.raises(UserError, match="judged with a reason only"):
            act(server.by(ANN), WHERE, first, reason, own="ours")
    assert server.told("model.approved") == []


def test_approved_model_stays_in_use_while_another_waits(server, first, second):
    """The change comes with the second person's word, and what others said before is void."""
    server.approve(first, ANN, BEN)
    server.approve(second, ANN)
    assert asked(server).bundle == first
    server.approve(second, EVA)
    assert asked(server).bundle == second
    assert server.models == {first: State.FORMER, second: State.IN_USE}
    assert server.told("model.in-use")[-1]["former"] == first


def test_former_model_returns_by_two_people(server, first, second):
    """A way back is an activation too: no single account goes it."""
    server.approve(first, ANN, BEN)
    server.approve(second, ANN, BEN)
    server.approve(first, EVA)
    assert asked(server).bundle == second
    server.approve(first, BEN)
    assert asked(server).bundle == first


def test_refusal_voids_what_was_approved(server, first):
    """After a refusal two people are needed anew, and the refusal stays to be read."""
    server.approve(first, ANN)
    approvals.refuse(server.by(BEN), WHERE, first, "Calibration is off in women", own="ours")
    assert server.models == {first: State.REFUSED}
    with pytest.raises(UserError, match="it does not wait"):
        approvals.refuse(server.by(BEN), WHERE, first, WHY, own="ours")
    server.approve(first, EVA)
    with pytest.raises(NotApproved):
        asked(server)
    assert approvals.seat(server.by(ANN), WHERE, own="ours").of(first).ended.by == BEN


def test_model_in_use_is_withdrawn_by_one_person_at_once(server, first):
    """Switching off needs one person; switching on again two."""
    with pytest.raises(UserError, match="is waiting; it is not in use"):
        approvals.withdraw(server.by(ANN), WHERE, first, WHY, own="ours")
    server.approve(first, ANN, BEN)
    assert asked(server).bundle == first
    approvals.withdraw(server.by(EVA), WHERE, first, "Wrong in three patients", own="ours")
    with pytest.raises(NotApproved):
        asked(server)
    with pytest.raises(UserError, match=r"withdrawn|wait"):
        approvals.refuse(server.by(EVA), WHERE, first, WHY, own="ours")
    server.approve(first, ANN)
    with pytest.raises(NotApproved):
        asked(server)


def test_withdrawal_takes_away_what_was_looked_at_and_nothing_else(server, first, second):
    """Another one that people put in use meanwhile stays, and no line says it was withdrawn."""
    server.approve(first, ANN, BEN)
    server.approve(second, ANN, EVA)
    with pytest.raises(UserError, match=f"Model {first} is former; it is not in use"):
        approvals.withdraw(server.by(BEN), WHERE, first, "Wrong in three patients", own="ours")
    assert server.models == {first: State.FORMER, second: State.IN_USE}
    assert server.told("model.withdrawn") == []


def test_only_the_chosen_model_and_the_one_in_use_are_opened(server, first, second):
    """What nobody looks at is not read; the one in use stands beside the chosen one, once."""
    ann = server.by(ANN)

    def seen(bundle):
        found = approvals.shown(ann, WHERE, bundle, own="ours")
        assert all(each.card for each in found)
        return [each.standing.bundle for each in found]

    assert seen(second) == [second]
    server.approve(first, ANN, BEN)
    assert seen(second) == [second, first]
    assert seen(first) == [first]


@pytest.mark.parametrize("file", ["manifest.json", "card.json", "numbers.npz"])
def test_bundle_changed_after_approval_is_refused(server, first, file, monkeypatch):
    """Without a sound second copy a changed byte is refused; what was open goes on until then."""
    server.approve(first, ANN, BEN)
    assert asked(server).bundle == first
    place = server.home / "data" / "bundles"
    (path,) = place.glob(f"own-ours-*/{file}")
    path.write_bytes(path.read_bytes() + b" ")
    assert asked(server).bundle == first  # the one that is open
    (spare,) = (server.home / "data" / "spare").glob(f"own-ours-*/{file}")
    spare.write_bytes(path.read_bytes())
    monkeypatch.setattr(forecasts, "_memory", forecasts.Memory())
    with pytest.raises(BundleMismatch):
        asked(server)
    assert not forecasts.is_ready(server.by(ANN), WHERE, own="ours")
    (seen,) = approvals.shown(server.by(ANN), WHERE, first, own="ours")
    assert seen.fault
    assert seen.card is None


@pytest.mark.parametrize("left", ["damaged", "another", "nothing"])
def test_approved_model_comes_back_after_a_restart(server, first, left, monkeypatch):
    """Damaged, exchanged for a sound one or gone: the approved bytes answer; the log says so."""
    server.approve(first, ANN, BEN)
    before = asked(server)
    (place,) = (server.home / "data" / "bundles").glob("own-ours-*")
    if left == "damaged":
        (place / "settings.json").write_bytes(b"")
    else:
        shutil.rmtree(place)
    if left == "another":
        shutil.copytree(server.home / "second", place)
    monkeypatch.setattr(forecasts, "_memory", forecasts.Memory())
    assert forecasts.is_ready(server.by(ANN), WHERE, own="ours")
    assert numbers_of(asked(server)) == numbers_of(before)
    assert load_bundle(place).id == first
    assert [line["bundle"] for line in server.told("model.brought-back")] == [first]


def test_whole_other_bundle_in_the_place_of_an_approved_one_is_refused(server, first, monkeypatch):
    """Sound by itself and never approved: not used, by the pages or after a training."""
    server.approve(first, ANN, BEN)
    shutil.rmtree(server.home / "data" / "spare")
    (place,) = (server.home / "data" / "bundles").glob("own-ours-*")
    shutil.rmtree(place)
    shutil.copytree(server.home / "second", place)
    with pytest.raises(BundleMismatch, match="is not what was offered and approved"):
        asked(server)
    forecasts.prepare(server.by(EVA), WHERE, own="ours")
    with pytest.raises(BundleMismatch, match="is not what was offered and approved"):
        asked(server)
    assert State.WAITING in server.models.values()
    assert "cannot be used" in forecasts_page_words(server)


def forecasts_page_words(server):
    """What pages say that have no model."""
    return awaited(forecasts.waiting(server.by(ANN), WHERE, own="ours"), 2)


def test_approval_of_somebody_who_lost_the_role_does_not_count(server, first):
    """Only people who still may approve put a model in use."""
    server.approve(first, ANN)
    people.give(server.by(BOSS, Role.ADMIN), ANN, Role.VIEWER, after=1)
    server.approve(first, BEN)
    assert server.models == {first: State.WAITING}
    server.approve(first, EVA)
    assert server.models == {first: State.IN_USE}


def test_one_person_is_enough_where_the_setting_says_so(workshop, tmp_path, monkeypatch):
    """One clinician answers for the models alone; a viewer still does not."""
    monkeypatch.setattr(forecasts, "_memory", forecasts.Memory())
    shutil.copytree(workshop, tmp_path / "home")
    made = Server(tmp_path / "home", CONCORD_MODEL_APPROVALS="1")
    forecasts.prepare(made.by(ANN), WHERE, own="ours")
    (name,) = made.models
    made.approve(name, ANN)
    assert asked(made).bundle == name
    made.held.store.close()


def test_own_machine_asks_nobody(workshop, tmp_path):
    """Local mode goes as before: the owner's model is used, and nothing can be approved."""
    shutil.copytree(workshop, tmp_path / "home")
    local = open_context({"CONCORD_DATA_DIR": str(tmp_path / "home" / "data")})
    assert forecasts.is_ready(local, WHERE, own="ours")
    assert forecasts.waiting(local, WHERE, own="ours") is None
    assert forecasts.forecast(local, SOMEBODY, own="ours").regimens
    with pytest.raises(UserError, match="On one's own machine no model is approved"):
        approvals.offer(local, tmp_path / "home" / "second")
    assert bundles.open_folder(local, tmp_path / "home" / "second").disease == WHERE
    local.store.close()


def test_bundle_by_its_folder_is_refused_on_a_server_unless_it_is_the_approved_one(server, second):
    """`--bundle` is no way around the approval; judging a candidate is allowed."""
    folder = server.home / "second"
    with pytest.raises(NotApproved, match="is not approved on this server"):
        bundles.open_folder(server.by(ANN), folder)
    server.approve(second, ANN, BEN)
    assert bundles.open_folder(server.by(ANN), folder).id == second


def test_offered_bundle_is_checked_and_offered_once(server, second):
    """A damaged one is refused, and one that is listed is not listed twice."""
    boss = server.by(BOSS, Role.ADMIN)
    with pytest.raises(UserError, match="was offered before"):
        approvals.offer(boss, server.home / "second", own="ours")
    drop = server.home / "data" / approvals.DROP
    shutil.copytree(server.home / "second", drop / "third")
    (drop / "third" / "card.json").write_bytes(b"{}")
    assert approvals.dropped(boss) == ("third",)
    with pytest.raises(BundleMismatch, match=r"card\.json in the bundle is damaged"):
        approvals.offer_dropped(boss, "third", own="ours")
    with pytest.raises(UserError, match="lies ready"):
        approvals.offer_dropped(boss, "../third", own="ours")
    assert len(server.models) == 2


@pytest.mark.parametrize("own", ["theirs", "../ours", "other"])
def test_model_is_offered_for_a_cohort_that_is_there_and_of_its_disease(server, own):
    """No place is made for a cohort that nobody has, or that is of another disease."""
    cohorts = server.home / "data" / "cohorts"
    write_cohort(replace(a_hospital_cohort(), disease="nsclc"), cohorts / "other")
    boss = server.by(BOSS, Role.ADMIN)
    assert approvals.cohorts(boss) == (("other", "nsclc"), ("ours", WHERE))
    with pytest.raises(UserError, match=f"has no cohort {re.escape(own)} of thymoma"):
        approvals.offer(boss, server.home / "second", own=own)
    assert len(approvals.seats(boss)) == 1


@pytest.mark.parametrize("disease", ["../../outside", "thymoma ours", "Thymoma", ""])
def test_bundle_whose_disease_is_no_plain_identifier_is_refused(server, disease, tmp_path):
    """What a manifest from elsewhere says becomes no path and no other place."""
    save_bundle(replace(load_bundle(server.home / "second"), disease=disease), tmp_path / "strange")
    before = sorted(path.name for path in server.home.iterdir())
    with pytest.raises(BundleMismatch, match="no plain identifier"):
        approvals.offer(server.by(BOSS, Role.ADMIN), tmp_path / "strange")
    assert sorted(path.name for path in server.home.iterdir()) == before
    assert len(approvals.seats(server.by(BOSS, Role.ADMIN))) == 1


def test_model_offered_twice_at_the_same_moment_keeps_its_author_and_its_votes(server, second):
    """A second offer that looked before the first was written down replaces nothing."""
    server.approve(second, ANN)
    before = approvals.seat(server.by(ANN), WHERE, own="ours").of(second)
    place = server.home / "data" / "bundles" / before.folder
    found, late = load_bundle(place), server.by("eve@x.org", Role.ADMIN)
    with pytest.raises(KnownModel, match="was offered before"):
        enter(late, found, place, own="ours", origin=OFFERED)
    assert approvals.seat(server.by(ANN), WHERE, own="ours").of(second) == before
    assert len(server.told("model.offered")) == 2


def test_offers_at_the_same_moment_are_one(server):
    """One of four is written down, and what stands in its place is whole."""

    def attempt(_number):
        try:
            return approvals.offer(
                server.by(BOSS, Role.ADMIN), server.home / "second", own="ours"
            ).bundle
        except KnownModel:
            return ""

    with ThreadPoolExecutor(4) as pool:
        (offered,) = filter(None, pool.map(attempt, range(4)))
    server.approve(offered, ANN, BEN)
    assert asked(server).bundle == offered


def test_nothing_is_approved_when_it_cannot_be_written_down(server, first, monkeypatch):
    """The audit line and the change are one transaction."""
    server.approve(first, ANN)

    def broken(writing, line):
        raise UserError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(Writing, "note", broken)
        with pytest.raises(UserError, match="disk is full"):
            server.approve(first, BEN)
    assert server.models == {first: State.WAITING}
    assert len(server.told("model.approved")) == 1


def test_changed_cohort_has_a_candidate_beside_the_model_in_use(server, first):
    """A new patient in the table trains nothing by itself; once trained, it waits."""
    server.approve(first, ANN, BEN)
    table = server.home / "data" / "cohorts" / "ours" / "patients.csv"
    rows = table.read_text().splitlines()
    table.write_text("\n".join(rows[:-1]) + "\n")
    assert forecasts.is_ready(server.by(ANN), WHERE, own="ours")
    assert not forecasts.is_newest(server.by(ANN), WHERE, own="ours")
    forecasts.prepare(server.by(ANN), WHERE, own="ours")
    assert server.models == {first: State.IN_USE}
    shelf = Shelf(server.held.settings, server.held.library)
    trained = shelf.bundle_folder(WHERE, "ours", code_version())
    shutil.copytree(server.home / "second", trained)  # stands for the training, which is long
    forecasts.renew(server.by(ANN), WHERE, own="ours")
    assert sorted(server.models.values()) == [State.IN_USE, State.WAITING]
    assert forecasts.card(server.by(ANN), WHERE, own="ours").bundle == first


def test_replaced_pack_asks_for_training_instead_of_for_people(server, first):
    """Nothing waits that people could approve: a model by the pack of now is to be trained."""
    server.approve(first, ANN, BEN)
    places = set()
    for pack in (tiny_pack(WHERE), tiny_pack(WHERE, label="Thymoma, read anew")):
        somebody = replace(server.by(ANN), library=a_library(pack))
        assert not forecasts.is_ready(somebody, WHERE, own="ours")
        assert forecasts.waiting(somebody, WHERE, own="ours") is None
        assert not forecasts.is_newest(somebody, WHERE, own="ours")
        shelf = Shelf(somebody.settings, somebody.library)
        places.add(shelf.bundle_folder(WHERE, "ours", code_version()))
    assert len(places) == 2


def test_training_without_the_server_settings_removes_no_model_of_the_server(server, first, second):
    """Started as on one's own machine on the same data folder, it leaves what people judged."""
    bundles_there = server.home / "data" / "bundles"
    before = {path.name for path in bundles_there.iterdir()}
    local = open_context({"CONCORD_DATA_DIR": str(server.home / "data")})
    forecasts.prepare(local, WHERE, own="ours")
    local.store.close()
    assert {path.name for path in bundles_there.iterdir()} == before
    server.approve(second, ANN, EVA)
    assert asked(server).bundle == second


def test_training_with_another_store_removes_no_model_of_the_server(server, first, second):
    """The people's words may be in another database: that models of a server lie here is enough."""
    bundles_there = server.home / "data" / "bundles"
    before = {path.name for path in bundles_there.iterdir()}
    server.held.store.close()
    for path in (server.home / "data").glob("concord.sqlite*"):
        path.rename(path.with_suffix(".elsewhere"))
    shutil.rmtree(server.home / "data" / "keys")
    table = server.home / "data" / "cohorts" / "ours" / "patients.csv"
    table.write_text("\n".join(table.read_text().splitlines()[:-1]) + "\n")
    local = open_context({"CONCORD_DATA_DIR": str(server.home / "data")})
    forecasts.renew(local, WHERE, own="ours")
    local.store.close()
    assert before < {path.name for path in bundles_there.iterdir()}


def test_approvals_at_the_same_moment_all_count_and_one_person_once(server, first):
    """Eight tries of one person are one approval; the second person's comes on top of it."""

    def attempt(name):
        try:
            server.approve(first, name)
        except UserError as refusal:
            return refusal.code
        return "counted"

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(attempt, [ANN] * 8))
    assert sorted(told) == ["counted"] + ["same-person"] * 7
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(attempt, [BEN, EVA]))
    assert told.count("counted") >= 1
    assert server.models == {first: State.IN_USE}
    assert len(server.told("model.in-use")) == 1
