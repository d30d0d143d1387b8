"""Which actions are mere looks: on a screen, of people who may, with nothing changed or taken away.

A full disk must not take the cases away from a board that sits before them. So the line of a look
may be written when there is room again; until then it waits in memory, and the log names the
action. Whatever changes something, leaves the program, shows identifiers or opens another team's
papers is not on this list: where it cannot be written down, it does not happen.
"""

from __future__ import annotations

LOOKS = frozenset({
    "agenda.days", "agenda.read", "ballots.read", "board.alike", "board.observed", "board.opened",
    "board.ranked", "board.sites", "bundle.asked", "bundle.described", "bundle.opened",
    "bundle.waiting", "calibration.read", "case.compared", "case.gate", "case.history",
    "case.judged", "case.patient", "case.read", "case.timeline", "cases.checked", "cases.counted",
    "cases.listed", "cohort.asked", "cohort.described", "cohort.filters", "cohort.opened",
    "cohort.overlap", "cohorts.listed", "concordance.asked", "concordance.replays",
    "decision.read", "decision.tool_taken", "decision.verified", "evidence.age",
    "evidence.filters", "evidence.listed", "evidence.newest", "evidence.searched",
    "follow_up.begun", "follow_up.listed", "follow_up.read", "follow_up.scored", "landmark.scope",
    "landmark.so_far", "meeting.followed", "meeting.read", "model.checked", "models.asked",
    "models.shown", "pack.opened", "packs.listed", "patient.benefits", "patient.checked",
    "patient.concordance", "patient.concordance.explained", "patient.evidence",
    "patient.forecast", "patient.guidelines", "patient.items", "patient.judged",
    "patient.origins", "patient.scored", "patient.similar", "patient.what_if", "report.asked",
    "samples.listed", "scenarios.listed", "score.computed", "scores.listed",
})  # fmt: skip
