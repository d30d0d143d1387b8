"""From the files of a pack to its parts: reading, filling in the shared vocabulary, shaping.

Reads TOML and CSV, takes from the vocabulary what a shared feature leaves out, and builds the
models. Every mistake of form becomes a finding with its line; whether the parts fit each other is
the business of the three modules of checks, and which file of which folder counts that of
`library`.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from dashboard.knowledge import toml_lines
from dashboard.knowledge.cuts import with_cuts
from dashboard.knowledge.evidence import Arm, EarlyArm, Effect, Sequence, Site, Toxicity
from dashboard.knowledge.findings import PackFinding, Place
from dashboard.knowledge.rules import near
from dashboard.knowledge.schema import AdverseGroup, DiseasePack, Feature, Implication, Regimen
from dashboard.knowledge.tables import RawRow, read_table

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

DISEASE = "disease.toml"
REGIMENS = "regimens.toml"
TABLES: Final[Mapping[str, tuple[str, type[BaseModel]]]] = {
    "arms": ("arms.csv", Arm),
    "early_arms": ("early_arms.csv", EarlyArm),
    "toxicities": ("toxicity.csv", Toxicity),
    "effects": ("effects.csv", Effect),
    "sequences": ("sequences.csv", Sequence),
    "sites": ("sites.csv", Site),
}
FILE_NAMES = (DISEASE, REGIMENS, *(name for name, _ in TABLES.values()))
# What a shared feature may not say again: it is the same in every tumour group.
FIXED_BY_VOCABULARY = ("label", "kind", "unit", "quantity", "hard", "group", "codes", "protected")

_Part = TypeVar("_Part", bound=BaseModel)
_TOML_PLACE = re.compile(r"\s*\(at line (\d+), column \d+\)$|\s*\(at end of document\)$")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What shared features and adverse groups look like in every pack."""

    features: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    adverse_groups: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class ReadPack:
    """A pack as far as it could be read, with the place of every part."""

    id: str
    disease: Place
    pack: DiseasePack | None = None
    places: dict[tuple[str, str], Place] = field(default_factory=dict)
    lines: dict[Path, dict[tuple[str, ...], int]] = field(default_factory=dict)
    findings: list[PackFinding] = field(default_factory=list)

    def place(self, part: str, name: str, key: str = "") -> Place:
        """Where a part stands; with a key, the line of that key where the file is TOML."""
        place = self.places.get((part, name), self.disease)
        if place.path not in self.lines:
            return place
        path = (part, name, key) if key else (part, name)
        return Place(place.path, toml_lines.line_of(self.lines[place.path], path))


def read_vocabulary(path: Path) -> tuple[Vocabulary, list[PackFinding]]:
    """The shared features of a vocabulary file."""
    content, _, findings = _read_toml(path)
    if findings:
        return Vocabulary(), findings
    features, groups = content.get("features", {}), content.get("adverse_groups", {})
    return Vocabulary(features, groups), []


def read_pack(pack_id: str, files: Mapping[str, Path], vocabulary: Vocabulary) -> ReadPack:
    """Read one pack from the files that count for it."""
    read = ReadPack(pack_id, Place(files.get(DISEASE, Path(pack_id) / DISEASE)))
    for name in (DISEASE, REGIMENS):
        if name not in files:
            cure = f"Write {name}; docs/how-to/add-a-cancer.md shows the least it must say."
            message = f"The pack {pack_id} has no {name}."
            read.findings.append(
                PackFinding(Place(read.disease.path.with_name(name)), message, cure)
            )
    if read.findings:
        return read
    head = _toml_of(read, files[DISEASE])
    regimens = _toml_of(read, files[REGIMENS])
    raw_tables = {part: _table_of(read, files, part) for part in TABLES}
    if head is None or regimens is None:
        return read
    _shape(read, head, regimens, raw_tables, vocabulary)
    return read


def _shape(
    read: ReadPack,
    head: dict[str, Any],
    regimens: dict[str, Any],
    raw_tables: Mapping[str, list[RawRow]],
    vocabulary: Vocabulary,
) -> None:
    """Build the models; the pack is left out when a part of it could not be built."""
    disease = read.disease.path
    regimen_file = next((p for p in read.lines if p.name == REGIMENS), disease)
    own_features = _tables(read, disease, "features", head.pop("features", {}))
    own_groups = _tables(read, disease, "adverse_groups", head.pop("adverse_groups", {}))
    own_regimens = _tables(read, regimen_file, "regimens", regimens.get("regimens", {}))
    features = _filled(read, own_features, vocabulary.features)
    groups = _filled_groups(own_groups, vocabulary.adverse_groups)
    implications = _list(read, disease, "implications", head.pop("implications", []))
    parts: dict[str, Any] = {
        "features": _named(read, "features", features, disease, Feature),
        "adverse_groups": _named(read, "adverse_groups", groups, disease, AdverseGroup),
        "regimens": _named(read, "regimens", own_regimens, regimen_file, Regimen),
        "implications": _listed(read, "implications", implications, disease, Implication),
    }
    parts["features"] = with_cuts(parts["features"], parts["regimens"])
    for part, (_, model) in TABLES.items():
        parts[part] = tuple(_rows(read, part, raw_tables[part], model))
    content = {"head": head, "features": features, "groups": groups, "regimens": regimens}
    rows = {part: [row.values for row in table] for part, table in raw_tables.items()}
    fingerprint = _fingerprint({**content, "implications": implications, "tables": rows})
    _refuse_strangers(read, disease, set(head) & {*parts, "fingerprint"})
    _refuse_strangers(read, regimen_file, set(regimens) - {"regimens"})
    read.pack = _built(
        read, DiseasePack, {**head, **parts, "fingerprint": fingerprint}, read.disease, ()
    )


def _refuse_strangers(read: ReadPack, path: Path, keys: Iterable[str]) -> None:
    """Keys that have no business in a file, such as `[arms]`, which comes from a CSV table."""
    for key in sorted(keys):
        file = TABLES[key][0] if key in TABLES else REGIMENS
        cure = f"It is read from {file}." if key in (*TABLES, "regimens") else "Leave it out."
        cure = near(key, ("regimens",)) if path.name == REGIMENS else cure
        place = _toml_place(read, path, (key,))
        read.findings.append(PackFinding(place, f"There is no table {key}.", cure))


def _tables(read: ReadPack, path: Path, part: str, given: object) -> dict[str, dict[str, Any]]:
    """The tables of a part by name; what is no table becomes a finding."""
    if not isinstance(given, dict):
        _refuse_shape(read, path, (part,), f"Write [{part}.name] and its keys beneath.")
        return {}
    sound: dict[str, dict[str, Any]] = {}
    for name, said in given.items():
        if isinstance(said, dict):
            sound[name] = said
        else:
            _refuse_shape(read, path, (part, name), f"Write [{part}.{name}] and its keys beneath.")
    return sound


def _list(read: ReadPack, path: Path, part: str, given: object) -> list[Any]:
    if isinstance(given, list):
        return given
    _refuse_shape(read, path, (part,), f"Write [[{part}]] before each entry.")
    return []


def _refuse_shape(read: ReadPack, path: Path, keys: tuple[str, ...], cure: str) -> None:
    place = _toml_place(read, path, keys)
    read.findings.append(PackFinding(place, f"{'.'.join(keys)} is no table.", cure))


def _fingerprint(content: object) -> str:
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


# -- shared vocabulary ---------------------------------------------------------------------------


def _filled(
    read: ReadPack, own: Mapping[str, Any], shared: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Each feature with what the vocabulary says of it; contradictions are findings."""
    filled: dict[str, dict[str, Any]] = {}
    for name, said in own.items():
        common = shared.get(name, {})
        for key in FIXED_BY_VOCABULARY:
            if key in common and key in said and said[key] != common[key]:
                place = _toml_place(read, read.disease.path, ("features", name, key))
                message = f"{name} has another {key} here than in the shared vocabulary."
                cure = f"Leave {key} out, or give the feature an id of its own."
                read.findings.append(PackFinding(place, message, cure))
        filled[name] = {**common, **said}
    return filled


def _filled_groups(
    own: Mapping[str, Any], shared: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    return {name: {**shared.get(name, {}), **said} for name, said in own.items()}


# -- reading files -------------------------------------------------------------------------------


def _read_text(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig")


def _read_toml(
    path: Path,
) -> tuple[dict[str, Any], dict[tuple[str, ...], int], list[PackFinding]]:
    try:
        text = _read_text(path)
        content = tomllib.loads(text)
    except UnicodeDecodeError:
        message = "This file is not UTF-8 text."
        return {}, {}, [PackFinding(Place(path), message, "Save it as UTF-8.")]
    except tomllib.TOMLDecodeError as error:
        return {}, {}, [_syntax_finding(path, str(error))]
    return content, toml_lines.positions(text), []


def _syntax_finding(path: Path, error: str) -> PackFinding:
    where = _TOML_PLACE.search(error)
    line = int(where.group(1)) if where and where.group(1) else 0
    what = _TOML_PLACE.sub("", error)
    if "twice" in what or "overwrite" in what:
        cure = "Each id and each key may stand once: rename or remove one of the two."
    else:
        cure = "Look at this line and the one before: quotes, brackets, commas, equals signs."
    return PackFinding(Place(path, line), f"This is not TOML: {what}.", cure)


def _toml_of(read: ReadPack, path: Path) -> dict[str, Any] | None:
    content, lines, findings = _read_toml(path)
    read.findings += findings
    read.lines[path] = lines
    return None if findings else content


def _table_of(read: ReadPack, files: Mapping[str, Path], part: str) -> list[RawRow]:
    name, model = TABLES[part]
    if name not in files:
        return []
    try:
        text = _read_text(files[name])
    except UnicodeDecodeError:
        message = "This file is not UTF-8 text."
        read.findings.append(PackFinding(Place(files[name]), message, "Save it as UTF-8."))
        return []
    rows, findings = read_table(files[name], text, model)
    read.findings += findings
    return [] if any(finding.place.line == 1 for finding in findings) else rows


# -- building models -----------------------------------------------------------------------------


def _named(
    read: ReadPack, part: str, tables: Mapping[str, Any], path: Path, model: type[_Part]
) -> tuple[_Part, ...]:
    found = []
    for name, values in tables.items():
        place = _toml_place(read, path, (part, name))
        read.places[part, name] = place
        built = _built(read, model, {"id": name, **values}, place, (part, name))
        if built is not None:
            found.append(built)
    return tuple(found)


def _listed(
    read: ReadPack, part: str, entries: Iterable[Any], path: Path, model: type[_Part]
) -> tuple[_Part, ...]:
    found = []
    for number, entry in enumerate(entries):
        keys = (part, str(number))
        built = _built(read, model, entry, _toml_place(read, path, keys), keys)
        if built is not None:
            found.append(built)
    return tuple(found)


def _rows(
    read: ReadPack, part: str, table: Iterable[RawRow], model: type[_Part]
) -> Iterator[_Part]:
    for row in table:
        name = str(row.values.get("id", ""))
        if (part, name) in read.places:
            first = read.places[part, name].line
            message = f"The id {name} stands twice (first on line {first})."
            read.findings.append(PackFinding(row.place, message, "Give each row its own id."))
        read.places[part, name] = row.place
        built = _built(read, model, row.values, row.place, ())
        if built is not None:
            yield built


def _built(
    read: ReadPack,
    model: type[_Part],
    values: Mapping[str, Any],
    place: Place,
    path: tuple[str, ...],
) -> _Part | None:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        for detail in error.errors():
            read.findings.append(_shape_finding(read, model, detail, place, path))
        return None


def _shape_finding(
    read: ReadPack,
    model: type[BaseModel],
    detail: ErrorDetails,
    place: Place,
    path: tuple[str, ...],
) -> PackFinding:
    keys = tuple(str(key) for key in detail["loc"] if not isinstance(key, int))
    name = ".".join(keys) or model.__name__.lower()
    where = _toml_place(read, place.path, (*path, *keys)) if place.path in read.lines else place
    match detail["type"]:
        case "extra_forbidden":
            known = tuple(model.model_fields)
            cure = near(name, known) or f"The keys are {', '.join(known)}."
            return PackFinding(where, f"There is no key {name}.", cure)
        case "missing":
            return PackFinding(where, f"{name} is missing.", f"Add {name}.")
    message = f"{name} is {detail['input']!r}."
    return PackFinding(where, message, f"{detail['msg'].rstrip('.')}.")


def _toml_place(read: ReadPack, path: Path, keys: tuple[str, ...]) -> Place:
    return Place(path, toml_lines.line_of(read.lines.get(path, {}), keys))
