"""Where the shell gets its context: made once for the process, before the first visitor.

The context holds knowledge, settings and the door to the readers, and no patient. A wrong setting
or a pack with findings is a user's error: it reaches the screen as such, on every page.
"""

from __future__ import annotations

import os

import streamlit as st

from dashboard.services.context import Context
from dashboard.services.installation import open_context


@st.cache_resource(show_spinner=False)
def context() -> Context:
    """The context of this installation's owner."""
    return open_context(os.environ)
