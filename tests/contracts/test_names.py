"""No file of ours takes the name of somebody else's module, and no room is called after nothing.

`streamlit run` puts the folder of the entry script first on the path, so a file statistics.py in
dashboard/ would be imported in place of the standard library's; page scripts run in pages/.
"""

import importlib.metadata
import sys
from pathlib import PurePath

from tests.contracts import sources

EMPTY_WORDS = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
EXPOSED = ("dashboard", "pages")


def test_names_shadow_no_module() -> None:
    """Nothing directly in dashboard/ or pages/ is called like an installed or built-in module."""
    others = sys.stdlib_module_names | importlib.metadata.packages_distributions().keys()
    taken = {
        f"{folder}/{path.name}"
        for folder in EXPOSED
        for path in (sources.ROOT / folder).iterdir()
        if path.stem in others and not path.name.startswith(("_", "."))
    }
    assert taken == set()


def test_names_say_something() -> None:
    """No module is a drawer for odds and ends."""
    names = sources.modules(*sources.PYTHON)
    assert [name for name in names if PurePath(name).stem in EMPTY_WORDS] == []


def test_names_package_files_are_empty() -> None:
    """Imports name the module they mean, so __init__.py has nothing to say."""
    packages = [n for n in sources.modules(*sources.PYTHON) if n.endswith("__init__.py")]
    assert [name for name in packages if sources.text(name)] == []
