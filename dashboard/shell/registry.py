"""Every page there is, in one table.

A page is added by a row here, a script in `pages/` whose file stem is the slug, a test file, and a
line in docs/reference/pages.md; tests/contracts/test_pages.py holds the four together. The slug is
the address as well, because Streamlit falls back silently to the first page when they differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dashboard.services.context import Permission

FOLDER = Path(__file__).resolve().parents[2] / "pages"
GROUPS = {  # the headings of the menu, by the group of a page
    "start": "Start",
    "patient": "One patient",
    "meeting": "Meeting",
    "population": "Populations and models",
    "operate": "This installation",
}


@dataclass(frozen=True, slots=True)
class PageSpec:
    """One page: its address, name and place in the menu, who may open it, what it answers."""

    slug: str
    title: str
    icon: str
    group: str
    permission: Permission
    summary: str
    full_screen: bool = False  # nothing around it: for a wall, not for a desk
    heading: str = ""  # where the page's own title is another than its name in the menu

    @property
    def address(self) -> str:
        """Where a browser finds it; Streamlit serves the first page at the root alone."""
        return "/" if self == PAGES[0] else f"/{self.slug}"

    @property
    def script(self) -> Path:
        """The file Streamlit executes."""
        return FOLDER / f"{self.slug}.py"


PAGES: tuple[PageSpec, ...] = (
    PageSpec(
        "welcome",
        "Welcome",
        ":material/home:",
        "start",
        Permission.SAMPLE_READ,
        "What Concord is, and a sample patient in one click.",
        heading="Concord",
    ),
    PageSpec(
        "intake",
        "New patient",
        ":material/upload_file:",
        "start",
        Permission.PATIENT_WRITE,
        "Read a patient from a file or type one in; see and mend every finding.",
    ),
    PageSpec(
        "patient",
        "Patient",
        ":material/clinical_notes:",
        "patient",
        Permission.PATIENT_READ,
        "One patient: which regimens are open and why, what is missing, each value's origin.",
    ),
    PageSpec(
        "board",
        "Board",
        ":material/table_chart:",
        "patient",
        Permission.PATIENT_READ,
        "Regimens side by side: response, survival, progression, toxicity, burden, verdict.",
    ),
    PageSpec(
        "response",
        "Response",
        ":material/donut_large:",
        "patient",
        Permission.PATIENT_READ,
        "The chance of response under each regimen, as bars and people, and how good it is.",
    ),
    PageSpec(
        "survival",
        "Survival",
        ":material/show_chart:",
        "patient",
        Permission.PATIENT_READ,
        "Overall and progression-free survival under each regimen, and what follows.",
    ),
    PageSpec(
        "progression",
        "Progression",
        ":material/trending_up:",
        "patient",
        Permission.PATIENT_READ,
        "Progression and death before it under each regimen, the hazard over time, and the sites.",
    ),
    PageSpec(
        "toxicity",
        "Toxicity",
        ":material/healing:",
        "patient",
        Permission.PATIENT_READ,
        "Severe toxicity by organ beside benefit, forecast and published, and what organs say.",
    ),
    PageSpec(
        "why",
        "Why",
        ":material/troubleshoot:",
        "patient",
        Permission.PATIENT_READ,
        "Why a forecast is what it is: what each fact adds, and why one regimen and not another.",
    ),
    PageSpec(
        "what_if",
        "What if",
        ":material/alt_route:",
        "patient",
        Permission.PATIENT_READ,
        "What would change a forecast: facts changed, what moves it most, where the order flips.",
    ),
    PageSpec(
        "similar",
        "Similar patients",
        ":material/diversity_3:",
        "patient",
        Permission.COHORT_READ,
        "The patients most like this one: what they received and how they fared, and its limits.",
    ),
    PageSpec(
        "evidence",
        "Evidence and scores",
        ":material/library_books:",
        "patient",
        Permission.KNOWLEDGE_READ,
        "What is published for each regimen in this patient, the published scores, and a search.",
    ),
    PageSpec(
        "concordance",
        "Concordance",
        ":material/balance:",
        "patient",
        Permission.PATIENT_READ,
        "The model beside trials, scores and similar patients, and where it disagrees with them.",
    ),
    PageSpec(
        "report",
        "Report",
        ":material/picture_as_pdf:",
        "patient",
        Permission.PATIENT_EXPORT,
        "The report of this patient for the board: PDF, slides, web page or data.",
    ),
    PageSpec(
        "cases",
        "Cases",
        ":material/view_kanban:",
        "meeting",
        Permission.CASE_READ,
        "The board's cases by how far they are, the agenda of a day, and the meetings in numbers.",
    ),
    PageSpec(
        "case",
        "Case",
        ":material/assignment_ind:",
        "meeting",
        Permission.CASE_READ,
        "One case prepared: questions, wishes, what is missing and what it would change, ballots.",
    ),
    PageSpec(
        "presentation",
        "Presentation",
        ":material/co_present:",
        "meeting",
        Permission.CASE_READ,
        "One case on one screen in large type, for a room; several screens follow one presenter.",
        full_screen=True,
    ),
    PageSpec(
        "decision",
        "Decision",
        ":material/gavel:",
        "meeting",
        Permission.CASE_READ,
        "What was weighed, decided and why, beside what the tool showed; closed with a hash.",
    ),
    PageSpec(
        "follow_up",
        "Follow-up",
        ":material/event_repeat:",
        "meeting",
        Permission.CASE_READ,
        "What became of decisions: what is due, what was done, and how good estimates were.",
    ),
    PageSpec(
        "cohort",
        "Cohort",
        ":material/groups:",
        "population",
        Permission.COHORT_READ,
        "Who is in a cohort, what is missing, and how they fared by regimen.",
    ),
    PageSpec(
        "calibration",
        "Calibration",
        ":material/straighten:",
        "population",
        Permission.COHORT_READ,
        "Every published figure beside the simulated one, with sources, misfits and conflicts.",
    ),
    PageSpec(
        "methods",
        "Methods",
        ":material/model_training:",
        "population",
        Permission.COHORT_READ,
        "The model described: what it learnt from, how good it is, what it uses, where it ends.",
    ),
    PageSpec(
        "audit",
        "Audit",
        ":material/receipt_long:",
        "operate",
        Permission.AUDIT_READ,
        "Who did what: search the log, check its chain, take it away.",
    ),
    PageSpec(
        "administration",
        "Administration",
        ":material/admin_panel_settings:",
        "operate",
        Permission.PEOPLE_MANAGE,
        "People and roles, consent and objection, erasing a patient, models, copies of all kept.",
    ),
)


def page(slug: str) -> PageSpec:
    """The page of this slug; KeyError when there is none."""
    return {spec.slug: spec for spec in PAGES}[slug]
