"""What it costs to check ten thousand patients with forty facts each.

Run `python -m benchmarks.checking`. Three cohorts of lung cancer are checked: of plausible values,
of values drawn blindly from every level (most then contradict themselves), and of nonsense.
Printed is the processor time, and its ratio to a loop over all values that does nothing, measured
in the same run because machines differ. The figure to reach with the first two: 2 s.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from datetime import date

from dashboard.knowledge.library import Library, load_library
from dashboard.knowledge.schema import DiseasePack, Feature, Kind
from dashboard.records.amounts import is_count
from dashboard.records.checks import check_patients
from dashboard.records.patient import Origin, Patient, Value

PATIENTS, FACTS = 10_000, 40
MOST_SECONDS = 2.0
_TODAY = date(2026, 6, 1)


def plausible(feature: Feature, draw: random.Random) -> Value:
    """A value most patients could have; alterations and metastases are rare."""
    if feature.kind is Kind.NUMBER:
        usual = feature.plausible
        digits = 0 if is_count(feature) else 2
        return round(draw.uniform(usual.low, usual.high), digits) if usual else 1.0
    if feature.kind is Kind.FLAG:
        return False
    return feature.levels[0]


def blind(feature: Feature, draw: random.Random) -> Value:
    """Any value the feature can have, whatever the others are."""
    if feature.kind is Kind.FLAG:
        return draw.random() < 0.2  # noqa: PLR2004
    if feature.kind is Kind.NUMBER:
        return plausible(feature, draw)
    return draw.choice(feature.levels)


def nonsense(feature: Feature, draw: random.Random) -> Value:
    """A value the feature cannot have."""
    return draw.choice((1e300, float("nan"), -5.0)) if feature.kind is Kind.NUMBER else "what"


def cohort(pack: DiseasePack, value: Callable[[Feature, random.Random], Value]) -> list[Patient]:
    """Ten thousand patients with forty values each."""
    draw = random.Random(1)  # noqa: S311 - test data
    features = [feature for feature in pack.features if feature.id != "line"][:FACTS]
    origins = {feature.id: Origin("cohort.csv", 2, feature.id) for feature in features}
    return [
        Patient(
            f"P{number}",
            pack.id,
            {feature.id: value(feature, draw) for feature in features},
            line=draw.randint(1, 3),
            origins=origins,
        )
        for number in range(PATIENTS)
    ]


def bare_loop(patients: list[Patient]) -> float:
    """Seconds of a loop over all values that does nothing."""
    start = time.process_time()
    for patient in patients:
        for _name, _value in patient.values.items():
            pass
    return time.process_time() - start


def measure(patients: list[Patient], library: Library) -> tuple[float, float, int]:
    """Seconds to check them, seconds of the bare loop, findings."""
    bare = min(bare_loop(patients) for _ in range(3))
    start = time.process_time()
    findings = check_patients(patients, library, _TODAY)
    return time.process_time() - start, bare, len(findings)


def main() -> int:
    """Print the table; 0 when the figure is reached by the cohorts that could be real."""
    library = load_library()
    pack = library.pack("nsclc")
    check_patients(cohort(pack, plausible)[:1], library, _TODAY)  # rules are parsed once
    reached = True
    for name, value in (("plausible", plausible), ("blind", blind), ("nonsense", nonsense)):
        spent, bare, findings = measure(cohort(pack, value), library)
        reached = reached and (spent <= MOST_SECONDS or value is nonsense)
        print(
            f"{name:<10} {PATIENTS:,} patients x {FACTS} facts: {spent:.2f} s of processor time, "
            f"{spent / bare:.0f} times the bare loop ({bare * 1000:.1f} ms), {findings:,} findings"
        )
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
