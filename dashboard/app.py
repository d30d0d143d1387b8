"""The entry: `streamlit run dashboard/app.py`, or `python3 run.py` which calls it.

The server imports this file once and serves `app`; for every visitor Streamlit then executes it as
`__main__`. The pages are imported only there, so that the server answers before they are loaded.
The project's root must come first on the path and this folder must not be on it, or a file here
could shadow a library. One patient's matrices are small: more threads of the linear algebra cost
several times what they spare, so there is one unless somebody says otherwise.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:] = [
    str(ROOT),
    *(p for p in sys.path if Path(p).resolve() not in {ROOT, ROOT / "dashboard"}),
]

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
