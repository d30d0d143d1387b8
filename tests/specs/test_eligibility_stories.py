"""The clinical stories of eligibility.toml: each is a test, and a paragraph of the manual."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dashboard.knowledge import eligibility
from dashboard.knowledge.eligibility import Judgement, Part
from dashboard.knowledge.library import Library, load_library
from dashboard.records.patient import Patient, Value

STORIES: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("eligibility.toml").read_text(encoding="utf-8")
)["story"]


@cache
def library() -> Library:
    """The packs that ship with the product."""
    return load_library()


def judged(story: dict[str, Any]) -> Judgement:
    """What the rules say of the story's patient."""
    values: dict[str, Value] = {
        name: float(value) if type(value) is int else value
        for name, value in story["facts"].items()
    }
    patient = Patient("story", story["disease"], values, line=story.get("line"))
    return eligibility.judge(patient.facts, library().pack(patient.disease))


@pytest.mark.parametrize("story", STORIES, ids=[story["title"] for story in STORIES])
def test_story_comes_out_as_told(story: dict[str, Any]) -> None:
    """Every regimen the story names gets the answer the story gives."""
    judgement = judged(story)
    told = {name: answer for answer in ("yes", "no", "unknown") for name in story.get(answer, [])}
    found = {name: str(judgement.of(name).answer) for name in told}
    assert found == told
    for name in story.get("cautions", []):
        assert judgement.of(name).applies(Part.CAUTION), f"no caution for {name}"
    if "decides" in story:
        assert judgement.deciding[0].feature == story["decides"]


@pytest.mark.parametrize("story", STORIES, ids=[story["title"] for story in STORIES])
def test_story_uses_only_names_of_its_pack(story: dict[str, Any]) -> None:
    """Facts and levels of a story exist, so that no story passes by a misspelling."""
    vocabulary = library().pack(story["disease"]).vocabulary
    for name, value in story["facts"].items():
        feature = vocabulary[name]
        if feature.levels:
            assert value in feature.levels


def test_stories_cover_every_pack() -> None:
    """Each tumour group is told of at least four times."""
    told = [story["disease"] for story in STORIES]
    assert {disease for disease in told if told.count(disease) >= 4} == set(library().ids)
