"""Whole tables of patients are judged as each patient is, in every shipped pack."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.knowledge import eligibility_tables
from dashboard.knowledge.eligibility import judge
from dashboard.knowledge.eligibility_tables import judge_table
from dashboard.knowledge.library import load_library
from dashboard.knowledge.schema import Kind

LIBRARY = load_library()
PATIENTS = 60


def some_columns(pack, seed):
    """Random values of every feature, two thirds of them unknown."""
    chance = np.random.default_rng(seed)
    columns = {}
    for feature in pack.vocabulary.values():
        if feature.levels:
            column = chance.integers(0, len(feature.levels), PATIENTS).astype(float)
        elif feature.kind is Kind.FLAG:
            column = chance.integers(0, 2, PATIENTS).astype(float)
        else:
            column = np.round(chance.lognormal(2, 1.5, PATIENTS))
        column[chance.random(PATIENTS) < 0.65] = np.nan
        columns[feature.id] = column
    columns["line"] = chance.integers(1, 5, PATIENTS).astype(float)
    return columns


def facts_of(pack, columns, row):
    """The same row as facts."""
    facts = {}
    for name, column in columns.items():
        value, feature = column[row], pack.vocabulary[name]
        if np.isnan(value):
            continue
        if feature.levels:
            facts[name] = feature.levels[int(value)]
        else:
            facts[name] = bool(value) if feature.kind is Kind.FLAG else float(value)
    return facts


def differences(pack, columns):
    """Rows and regimens in which the two disagree."""
    judged = judge_table(columns, PATIENTS, pack)
    found = []
    for row in range(PATIENTS):
        for verdict in judge(facts_of(pack, columns, row), pack).regimens:
            truths = judged[verdict.regimen]
            answer = "yes" if truths.yes[row] else "no" if truths.no[row] else "unknown"
            if answer != str(verdict.answer):
                found.append((row, verdict.regimen, answer, str(verdict.answer)))
    return found


@pytest.mark.parametrize("disease", LIBRARY.ids)
def test_a_table_is_judged_like_its_patients(disease):
    """Yes, no and unknown agree for every regimen, what follows from known facts included."""
    pack = LIBRARY.pack(disease)
    assert differences(pack, some_columns(pack, 7)) == []


def test_a_table_without_consequences_would_be_noticed(monkeypatch):
    """Broken twin: facts that follow are not filled in."""
    pack = LIBRARY.pack("breast")
    monkeypatch.setattr(
        eligibility_tables, "with_consequences", lambda columns, _length, _pack: dict(columns)
    )
    assert differences(pack, some_columns(pack, 7))
