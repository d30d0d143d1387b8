"""The tier of evidence between a molecular change and a regimen, by the rules of ESCAT.

Only what a pack holds is used: trials in this tumour whose population asks for the change. So I-A,
I-B and II-B can be told; tiers that need retrospective studies, other tumours or the laboratory are
not made up. Whether a benefit is clinically meaningful is judged by no number here except where the
scale itself names one. It is a computation from the pack, never the assignment of a society.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dashboard.knowledge.evidence import Arm
from dashboard.knowledge.matching import ArmMatch, Fit, criteria_of
from dashboard.knowledge.rules import Answer, Facts, Rule, Value
from dashboard.knowledge.schema import DiseasePack, Source, Verified

TIERS = ("I-A", "I-B", "II-B")
SOURCE = Source(
    text="Mateo J et al. Ann Oncol 2018;29:1895 (ESCAT); one-arm trials as ESMO-MCBS 1.1",
    reference="10.1093/annonc/mdy263",
    verified=Verified.MEMORY,
    note="The rules are recalled; neither paper was re-read.",
)
LEAST_RESPONSE, LEAST_PFS = 60.0, 6.0  # percent, months: a one-arm trial's meaningful benefit

# Changes of the tumour or inherited that a drug may be matched to, each with the value of those who
# have none. What is measured as an amount (PD-L1, receptors, mutational burden) is no such change.
ALTERATIONS: Mapping[str, Value] = {
    "akt_pathway_altered": False,
    "alk_fusion": False,
    "braf_v600": "none",
    "braf_v600e": False,
    "egfr_mutation": "none",
    "egfr_t790m": False,
    "erbb2_mutation": False,
    "esr1_mutation": False,
    "gbrca_mutation": False,
    "her2_status": "low",
    "kit_mutation": False,
    "kras_g12c": False,
    "kras_mutation": "none",
    "met_exon14_skipping": False,
    "msi_status": "mss",
    "nras_mutation": False,
    "ntrk_fusion": False,
    "pik3ca_mutation": False,
    "ret_fusion": False,
    "ros1_fusion": False,
}
_ONLY: Mapping[str, Sequence[Value]] = {"her2_status": ("positive",)}


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier with the change it is about, the rule that gave it and the trial it rests on."""

    name: str
    change: str  # the trial's criterion, in English
    rule: str
    trial: str


def tier_of(facts: Facts, pack: DiseasePack, matches: Sequence[ArmMatch]) -> Tier | None:
    """The highest tier between a change the patient has and one regimen; None where none is told.

    Args:
        facts: of the patient.
        pack: of the tumour.
        matches: the arms of the regimen, as they were matched to the patient.
    """
    found = [tier for match in matches for tier in _of_arm(match, facts, pack)]
    return min(found, key=lambda tier: TIERS.index(tier.name), default=None)


def _of_arm(match: ArmMatch, facts: Facts, pack: DiseasePack) -> Iterator[Tier]:
    arm = match.arm
    if not isinstance(arm, Arm):
        return
    rule = _rule(arm, pack)
    if rule is None:
        return
    for criterion in criteria_of(arm, pack.vocabulary):
        if _asks_for_a_change(criterion, facts):
            name, why = rule
            if match.fit is Fit.DOES_NOT_FIT:
                why = f"{why}; the patient does not fit this trial otherwise"
            yield Tier(name, criterion.english(pack.vocabulary), why, arm.trial)


def _asks_for_a_change(criterion: Rule, facts: Facts) -> bool:
    """Whether a criterion asks for one change, which the patient has and others have not."""
    if len(criterion.names) != 1:
        return False
    (name,) = criterion.names
    if name not in ALTERATIONS or facts.get(name) not in _ONLY.get(name, (facts.get(name),)):
        return False
    without = criterion.judge({name: ALTERATIONS[name]}).answer
    return without is Answer.NO and criterion.judge(facts).answer is Answer.YES


def _rule(arm: Arm, pack: DiseasePack) -> tuple[str, str] | None:
    """The tier that one trial's figures give, with the rule in words."""
    beside = {
        each.regimen_id
        for each in pack.arms
        if (each.nct_id or each.trial) == (arm.nct_id or arm.trial)
    }
    if arm.os_hr is not None or arm.pfs_hr is not None:
        return _randomised(arm)
    return _alone(arm) if beside == {arm.regimen_id} else None


def _randomised(arm: Arm) -> tuple[str, str] | None:
    """I-A: against a control, a survival endpoint is better beyond chance."""
    for label, value, low, high in (
        ("OS", arm.os_hr, arm.os_hr_low, arm.os_hr_high),
        ("PFS", arm.pfs_hr, arm.pfs_hr_low, arm.pfs_hr_high),
    ):
        if value is not None and low is not None and high is not None and high < 1:
            told = f"{label} hazard ratio {value:g} ({low:g} to {high:g})"
            return "I-A", f"a randomised trial in patients with the change: {told}"
    return None


def _alone(arm: Arm) -> tuple[str, str] | None:
    """I-B or II-B: a trial of this regimen alone, by response and PFS."""
    whom = "a trial without control in patients with the change"
    response, pfs = arm.orr_pct, arm.pfs_median_months
    if response is not None and response >= LEAST_RESPONSE:
        return "I-B", f"{whom}: response in {response:g}%, {LEAST_RESPONSE:g}% or more"
    if pfs is not None and pfs >= LEAST_PFS:
        return "I-B", f"{whom}: median PFS {pfs:g} months, {LEAST_PFS:g} or more"
    if response is not None and pfs is None:
        return "II-B", f"{whom}: response in {response:g}%, and no survival known"
    return None
