"""The entry: `streamlit run dashboard/app.py`, or `python3 run.py` which calls it.

The server imports this file once and serves `app`; for every visitor Streamlit then executes it as
`__main__`. The pages are imported only there, so that the server answers before they are loaded.
The project's root comes first on the path, and this folder last, where a file here shadows no
library. It stands there for good: Streamlit would put it on the path and take it off again for each
visitor, and an import that another visitor is waiting for would miss a folder meanwhile. One
patient's matrices are small: more threads of the linear algebra cost several times what they spare,
so there is one unless somebody says otherwise.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if __name__ != "__main__":  # while nobody else imports anything
    OWN = str(Path(__file__).absolute().parent)  # as Streamlit writes it
    others = [p for p in sys.path if Path(p).resolve() not in {ROOT, ROOT / "dashboard"}]
    sys.path[:] = [str(ROOT), *others, OWN]

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read once, when numpy is first imported
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # looking for them takes 0.1 s

from streamlit.starlette import App

from dashboard.shell import server

if __name__ == "__main__":
    from dashboard.shell import main

    main.main()
else:
    server.prepare()
    app = App(
        __file__,
        lifespan=server.lifespan,
        middleware=server.middleware(),
        on_script_error=server.report_bug,
    )
