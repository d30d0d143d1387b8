"""Writes a cohort folder: `cohort.toml` and `patients.csv`.

The mirror of `folder`: what is written here is read back as the same cohort, with times in months
and every feature described, so that the folder stands by itself without a pack. The simulator
writes its cohorts through this.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from dashboard.cohort.columns import RECIST, CohortData, CohortFeature, Floats
from dashboard.cohort.folder import TOXICITY


def write_cohort(data: CohortData, folder: Path) -> None:
    """Write a cohort so that `read_cohort` gives the same cohort back."""
    folder.mkdir(parents=True, exist_ok=True)
    columns: dict[str, Sequence[str]] = {"id": data.ids}
    toml = [
        f"id = {_quoted(data.id)}",
        f"label = {_quoted(data.label)}",
        f"disease = {_quoted(data.disease)}",
        'time_unit = "months"',
        f"source = {_quoted(data.source)}",
        f"synthetic = {'true' if data.synthetic else 'false'}",
        *("", "[columns.id]", 'role = "id"'),
    ]
    _write_roles(data, columns, toml)
    for position, feature in enumerate(data.features):
        columns[feature.id] = _feature_texts(feature, data.values[:, position])
        toml += ["", f"[columns.{feature.id}]", *_feature_lines(feature)]
    _write_outcomes(data, columns, toml)
    for regimen, classes in data.classes.items():
        listed = ", ".join(map(_quoted, classes))
        toml += ["", f"[regimens.{_quoted(regimen)}]", f"classes = [{listed}]"]
    (folder / "cohort.toml").write_text("\n".join(toml) + "\n", encoding="utf-8")
    with (folder / "patients.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'


def _write_roles(data: CohortData, columns: dict[str, Sequence[str]], toml: list[str]) -> None:
    texts: dict[str, Sequence[str] | None] = {
        "regimen": None if data.regimen is None else [data.regimens[r] for r in data.regimen],
        "line": None if data.line is None else _plain(data.line),
        "site": data.site,
        "group": data.group,
        "weight": None if data.weight is None else _plain(data.weight),
    }
    for role, given in texts.items():
        if given is not None:
            name = f"role_{role}"
            columns[name] = given
            toml += ["", f"[columns.{name}]", f'role = "{role}"']


def _feature_lines(feature: CohortFeature) -> list[str]:
    lines = [
        f'feature = "{feature.id}"',
        f'kind = "{feature.kind}"',
        f"label = {_quoted(feature.label)}",
    ]
    if feature.unit:
        lines.append(f"unit = {_quoted(feature.unit)}")
    if feature.levels:
        pairs = ", ".join(f"{_quoted(level)} = {_quoted(level)}" for level in feature.levels)
        lines.append(f"levels = {{ {pairs} }}")
    if feature.hard:
        lines.append(f"hard_range = [{float(feature.hard[0])!r}, {float(feature.hard[1])!r}]")
    if feature.monotone_response or feature.monotone_hazard:
        directions = f"response = {feature.monotone_response}, hazard = {feature.monotone_hazard}"
        lines.append(f"monotone = {{ {directions} }}")
    return lines


def _feature_texts(feature: CohortFeature, values: Floats) -> list[str]:
    if feature.levels:
        return ["" if v != v else feature.levels[int(v)] for v in values.tolist()]  # noqa: PLR0124
    return _plain(values)


def _plain(values: Floats) -> list[str]:
    return ["" if v != v else f"{v:.10g}" for v in values.tolist()]  # noqa: PLR0124


def _write_outcomes(data: CohortData, columns: dict[str, Sequence[str]], toml: list[str]) -> None:
    if data.response is not None:
        levels = RECIST if data.response.levels == RECIST else ("0", "1")
        columns["response"] = [
            "" if code != code else levels[int(code)]  # noqa: PLR0124
            for code in data.response.codes.tolist()
        ]
        toml += ["", "[outcomes.response]", 'column = "response"']
        if data.response.months is not None:
            columns["response_months"] = _plain(data.response.months)
            toml.append('time = "response_months"')
    for name, timed in data.timed.items():
        columns[f"{name}_months"] = _plain(timed.months)
        known = timed.known
        columns[f"{name}_event"] = [
            str(int(e)) if k else "" for e, k in zip(timed.event, known, strict=True)
        ]
        toml += ["", f"[outcomes.{name}]", f'time = "{name}_months"', f'event = "{name}_event"']
    for name, answers in data.toxicities.items():
        columns[f"toxicity_{name}"] = _plain(answers)
        toml += ["", f'[outcomes."{TOXICITY}{name}"]', f'column = "toxicity_{name}"']
