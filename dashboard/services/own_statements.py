"""What a hospital's own guideline tables and CIViC items say of one patient.

Rows were read and checked when they were added (`own_evidence`). Here each statement of a guideline
is judged for the patient, by the newest version of each guideline alone; and of CIViC's items those
are found that speak of a change the patient has, in this tumour, and what could not be judged is
named. Nothing is pooled or ranked, and neither says what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from dashboard.answers.evidence import CIVIC, GUIDELINE, Citation, Document
from dashboard.answers.own_evidence import (
    AGAINST,
    CONSISTENT,
    EXACT,
    NOT_CONSISTENT,
    NOT_COVERED,
    OPEN,
    OTHER,
    SUPPORTS,
    WIDER,
    CivicItems,
    EvidenceItem,
    GuidelineVerdict,
    Statement,
)
from dashboard.foundation.errors import RuleError
from dashboard.knowledge.rules import Answer, ClauseVerdict, Facts, parse
from dashboard.knowledge.schema import DiseasePack
from dashboard.records.civic_rows import DOES_NOT, SUBMITTED, TERMS
from dashboard.records.civic_rows import SUPPORTS as CIVIC_SUPPORTS
from dashboard.records.patient import Patient
from dashboard.records.treatments import drug_set, regimens_of
from dashboard.services.civic_profiles import UNREAD, match
from dashboard.services.context import Context, Permission
from dashboard.services.guideline_versions import newest_of
from dashboard.vault.own_evidence import OwnEvidence

OLD_AFTER = timedelta(days=366)
_HELD = (EXACT, WIDER)
_RESPONSE = ("Sensitivity/Response",)
_WORSE = ("Resistance", "Reduced Sensitivity", "Adverse Response")


def guidelines(
    context: Context, patient: Patient, regimens: Sequence[str] = ()
) -> dict[str, tuple[GuidelineVerdict, ...]]:
    """By regimen, what each of the hospital's guideline tables of this tumour says.

    Args:
        context: who asks.
        patient: for whom.
        regimens: which; all of the pack when none are named.
    """
    context.require(Permission.PATIENT_READ)
    pack = context.library.pack(patient.disease)
    rows = [
        document.details
        for document in _rows(context, GUIDELINE)
        if document.details.get("disease") == pack.id
    ]
    context.record("patient.guidelines", patient.id, rows=len(rows))
    today = context.clock().date()
    names = tuple(dict.fromkeys(row["guideline"] for row in rows))
    judged = {name: _Table([row for row in rows if row["guideline"] == name]) for name in names}
    return {
        regimen: tuple(judged[name].verdict(patient.facts, pack, regimen, today) for name in names)
        for regimen in regimens or tuple(pack.regimens_by_id)
    }


def items(context: Context, patient: Patient) -> CivicItems:
    """CIViC's items about changes the patient has, in this tumour, the surest first.

    Items that were only submitted are searched, not told; of one without a status that is said.
    """
    context.require(Permission.PATIENT_READ)
    pack = context.library.pack(patient.disease)
    held = [
        document
        for document in _rows(context, CIVIC)
        if document.details.get("pack") == pack.id
        and document.details.get("evidence_status", "") != SUBMITTED
    ]
    profiles = {document.details["molecular_profile"] for document in held}
    matched = {name: match(name, pack, patient.facts) for name in profiles}
    unread = tuple(sorted(name for name, how in matched.items() if how == UNREAD))
    about = [each for each in held if matched[each.details["molecular_profile"]] in _HELD]
    regimens = {drugs: _regimens(*drugs, pack) for drugs in map(_drugs, about)}
    found = [
        _item(each, matched[each.details["molecular_profile"]], regimens[_drugs(each)])
        for each in about
    ]
    context.record("patient.items", patient.id, items=len(found))
    found.sort(key=lambda each: (each.level, each.match != EXACT, each.profile))
    return CivicItems(tuple(found), unread)


def _rows(context: Context, kind: str) -> tuple[Document, ...]:
    folder = context.settings.data_dir / "evidence"
    held = _documents(folder, OwnEvidence(folder).stamp)
    return tuple(document for document in held if document.facets.get("kind") == (kind,))


@lru_cache(maxsize=2)
def _documents(folder: Path, stamp: tuple[tuple[str, int], ...]) -> tuple[Document, ...]:
    del stamp
    return OwnEvidence(folder).documents()


# -- guidelines ------------------------------------------------------------------------------------


class _Table:
    """The newest version of one guideline, in one tumour; several where none is the newest."""

    def __init__(self, rows: Sequence[Mapping[str, str]]) -> None:
        dated = sorted({(row["date"], row["version"]) for row in rows})
        newest = newest_of(dated)
        self.rows = [row for row in rows if (row["date"], row["version"]) in newest]
        self.older = tuple(_dated(each) for each in dated if each not in newest)
        self.tied = tuple(map(_dated, newest)) if len(newest) > 1 else ()

    def verdict(
        self, facts: Facts, pack: DiseasePack, regimen: str, today: date
    ) -> GuidelineVerdict:
        """Whether the regimen is among those that the table names for such a patient."""
        first = self.rows[0]
        if self.tied:
            return self._undecided(today)
        own = [row for row in self.rows if row["regimen"] == regimen]
        said = tuple(_statement(row, facts, pack) for row in own)
        text = f"{first['guideline']}, version {first['version']}, {first['date']}"
        references = "; ".join(dict.fromkeys(r["reference"] for r in own if r.get("reference")))
        return GuidelineVerdict(
            first["guideline"], first["version"], first["date"],
            _verdict(said), said, _is_old(first["date"], today), self.older,
            first["terms"], Citation(text, references),
        )  # fmt: skip

    def _undecided(self, today: date) -> GuidelineVerdict:
        """Nothing is told by versions that cannot be put in order."""
        first, told = self.rows[0], " or ".join(self.tied)
        old = all(_is_old(row["date"], today) for row in self.rows)
        return GuidelineVerdict(
            first["guideline"], told, "", OPEN, (), old, self.older, first["terms"],
            Citation(f"{first['guideline']}, version {told}"), self.tied,
        )  # fmt: skip


def _dated(version: tuple[str, str]) -> str:
    return f"{version[1]} ({version[0]})"


def _verdict(said: Sequence[Statement]) -> str:
    answers = {each.answer for each in said}
    if not answers:
        return NOT_COVERED
    if Answer.YES in answers:
        return CONSISTENT
    return OPEN if Answer.UNKNOWN in answers else NOT_CONSISTENT


def _statement(row: Mapping[str, str], facts: Facts, pack: DiseasePack) -> Statement:
    told = row.get("strength", ""), row.get("escat", ""), row.get("note", "")
    try:
        rule = parse(row.get("criteria", ""), pack.vocabulary)
    except RuleError:
        # The pack was changed after the table was added: what it asked for is not there any more.
        why = ("what the pack does not know any more; add the table again",)
        return Statement(row.get("criteria", ""), Answer.UNKNOWN, why, (), *told)
    judged = rule.judge(facts)
    failed: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    if judged.answer is Answer.NO:
        texts = [c.text for c in judged.clauses if c.verdict is ClauseVerdict.NOT_MET]
        failed = tuple(parse(text, pack.vocabulary).english(pack.vocabulary) for text in texts)
    if judged.answer is Answer.UNKNOWN:
        names = sorted(rule.names - facts.keys())
        lacking = tuple(pack.feature(name).label for name in names)
    english = rule.english(pack.vocabulary)
    return Statement(english, judged.answer, lacking, failed, *told)


def _is_old(text: str, today: date) -> bool:
    """Whether a day, month or year ended more than twelve months ago."""
    year, month, day = (*(int(part) for part in text.split("-")), 0, 0)[:3]
    last = date(year, month or 12, day or 28)
    return today - last > OLD_AFTER


# -- items of CIViC --------------------------------------------------------------------------------


def _drugs(document: Document) -> tuple[str, str]:
    """The drugs of an item, and how they were given together."""
    held = document.details
    return held.get("therapies", ""), held.get("therapy_interaction_type", "")


def _item(document: Document, match: str, regimens: tuple[str, ...]) -> EvidenceItem:
    held = document.details
    return EvidenceItem(
        held["evidence_id"], held["molecular_profile"], match, held.get("disease", ""),
        held.get("therapies", ""), regimens, held.get("evidence_type", "").lower(),
        held["evidence_level"], held.get("evidence_direction", ""), held.get("significance", ""),
        _bearing(held), held.get("evidence_statement", ""), held.get("rating", ""),
        held.get("evidence_status", ""), held.get("is_flagged", "").lower() == "true",
        held.get("last_review_date", ""), document.source, TERMS,
    )  # fmt: skip


def _regimens(therapies: str, together: str, pack: DiseasePack) -> tuple[str, ...]:
    """The regimens of just these drugs; of drugs that may stand for each other, of each alone."""
    names = [name.strip() for name in therapies.split(",") if name.strip()]
    if together == "Sequential" or not names:
        return ()
    sets = [names] if together == "Combination" else [[n] for n in names]
    found = [r for drugs in sets for r in regimens_of(drug_set(" + ".join(drugs)), pack)]
    return tuple(dict.fromkeys(found))


def _bearing(held: Mapping[str, str]) -> str:
    """Which way a predictive item points; what else there is, says something else."""
    way, what = held.get("evidence_direction"), held.get("significance", "")
    if held.get("evidence_type") != "Predictive":
        return OTHER
    if what in _RESPONSE:
        return {CIVIC_SUPPORTS: SUPPORTS, DOES_NOT: AGAINST}.get(way or "", OTHER)
    return AGAINST if what in _WORSE and way == CIVIC_SUPPORTS else OTHER
