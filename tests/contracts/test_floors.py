"""The floors of the house: kept, and each contract notices when it is broken."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts.sources import ROOT

LINT_IMPORTS = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the import contracts in a folder."""
    return subprocess.run(
        [*LINT_IMPORTS, "--no-logo", "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_floors_are_kept() -> None:
    """Every module imports only from floors beneath its own."""
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """The bare rooms, with the project's own contracts."""
    shutil.copy(ROOT / ".importlinter", tmp_path)
    rooms = [
        "dashboard/shell", "dashboard/services", "dashboard/reporting", "dashboard/vault",
        "dashboard/meeting", "dashboard/insight", "dashboard/learning", "dashboard/cohort",
        "dashboard/answers",
        "dashboard/records", "dashboard/knowledge", "dashboard/foundation", "dashboard",
        "components/widgets", "components/charts", "components", "pages",
    ]  # fmt: skip
    for room in rooms:
        (tmp_path / room).mkdir(parents=True, exist_ok=True)
        (tmp_path / room / "__init__.py").touch()
    for module in ("dashboard/app", "dashboard/cli", "dashboard/__main__"):
        (tmp_path / f"{module}.py").touch()
    for door, package in {
        "dashboard/shell/main": "streamlit",
        "components/widgets/patient": "streamlit",
        "components/charts/survival": "plotly",
        "dashboard/learning/response": "lightgbm",
        "dashboard/vault/tables": "sqlalchemy",
        "dashboard/services/intake": "dataclasses",
    }.items():
        (tmp_path / f"{door}.py").write_text(f"import {package}\n")
    (tmp_path / "pages" / "intake.py").write_text("import dashboard.shell.main\n")
    (tmp_path / "pages" / "board.py").write_text("import dashboard.services.intake\n")
    return tmp_path


def test_floors_allow_the_house_as_it_is_meant(house: Path) -> None:
    """Each package comes in through its one door, and the contracts are content."""
    (house / "dashboard/app.py").write_text("import dashboard.shell.main\n")
    (house / "dashboard/__main__.py").write_text("import dashboard.cli\n")
    (house / "dashboard/cli.py").write_text("import dashboard.services.intake\n")
    (house / "dashboard/shell/page.py").write_text("import components.widgets.patient\n")
    done = lint(house)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("module", "imported", "contract"),
    [
        ("dashboard/records/x", "dashboard.services.intake", "each floor may only use"),
        ("dashboard/knowledge/x", "dashboard.records", "each floor may only use"),
        ("dashboard/services/x", "components.charts.survival", ""),
        ("dashboard/meeting/x", "dashboard.vault.tables", "each floor may only use"),
        ("dashboard/meeting/x", "dashboard.insight", ""),
        ("components/charts/x", "dashboard.services.intake", "each floor may only use"),
        ("dashboard/attic/x", "json", "Every room of dashboard/"),
        ("components/attic/x", "json", "Every room of components/"),
        ("dashboard/services/x", "streamlit", "Streamlit lives upstairs"),
        ("dashboard/records/x", "streamlit", "Streamlit lives upstairs"),
        ("dashboard/cli", "components.widgets.patient", "Streamlit lives upstairs"),
        ("dashboard/cli", "dashboard.shell.main", "each floor may only use"),
        ("dashboard/__main__", "dashboard.shell.main", "each floor may only use"),
        ("components/charts/x", "streamlit", "Streamlit lives upstairs"),
        ("pages/x", "plotly", "Plotly has one door"),
        ("dashboard/shell/x", "plotly.graph_objects", "Plotly has one door"),
        ("components/widgets/x", "plotly", "Plotly has one door"),
        ("dashboard/services/x", "sqlalchemy", "SQL has one door"),
        ("dashboard/records/x", "sqlite3", "SQL has one door"),
        ("dashboard/services/x", "lightgbm", "LightGBM has one door"),
        ("dashboard/labs/x", "lightgbm", "LightGBM has one door"),
        ("pages/x", "pages.board", "Pages never import each other"),
        ("components/charts/x", "dashboard.learning.response", "know no engine"),
        ("components/charts/x", "shap", "know no engine"),
    ],
)
def test_floors_notice_a_wrong_import(
    house: Path, module: str, imported: str, contract: str
) -> None:
    """One import in the wrong place breaks exactly the contract that forbids it."""
    path = house / f"{module}.py"
    path.parent.mkdir(exist_ok=True)
    (path.parent / "__init__.py").touch()
    path.write_text(f"import {imported}\n")
    done = lint(house)
    broken = [line for line in done.stdout.splitlines() if " BROKEN" in line]
    assert any(contract in line for line in broken) if contract else broken == [], done.stdout


def test_floors_notice_a_circle(house: Path) -> None:
    """Two rooms of one floor that import each other are one room."""
    (house / "dashboard/services/a.py").write_text("import dashboard.services.b\n")
    (house / "dashboard/services/b.py").write_text("import dashboard.services.a\n")
    assert "No import cycles between siblings BROKEN" in lint(house).stdout
