"""The newcomer's two commands: `python3 run.py` starts Concord, `python3 run.py test` tests it.

Needs Python 3.11 or newer and nothing else; the work is done by the modules of launcher/. This file
keeps to what older Pythons can read, so that they answer with a sentence and not a syntax error.
"""

import shutil
import sys

OLDEST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")


def too_old(major: int, minor: int) -> str:
    """What to tell somebody whose Python is too old."""
    here = [name for name in NEWER if shutil.which(name)]
    cure = f"A newer one is here: {here[0]} run.py" if here else "Install a newer Python first."
    return f"Concord needs Python 3.11 or newer, and this is Python {major}.{minor}. {cure}"


if __name__ == "__main__":
    if sys.version_info < OLDEST:
        sys.stderr.write(too_old(*sys.version_info[:2]) + "\n")
        sys.exit(2)
    from launcher.main import main

    sys.exit(main(sys.argv[1:]))
