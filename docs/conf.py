"""Settings of the documentation: pages written by hand, and a reference made from declarations.

sphinx-build -W -n docs build/docs
"""

import sys
from pathlib import Path

from sphinx.application import Sphinx

DOCS = Path(__file__).parent
sys.path[:0] = [str(DOCS), str(DOCS.parent)]

project = "Offtake"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "Offtake"
html_show_copyright = False
exclude_patterns = ["build"]
# Headings can be linked to, as on the pages of a repository.
myst_heading_anchors = 3


def write_reference(app: Sphinx) -> None:
    """Write the reference's pages before the sources are looked for."""
    from reference import write

    write(DOCS / "reference")


def setup(app: Sphinx) -> None:
    """Let Sphinx call what this project adds."""
    app.connect("builder-inited", write_reference)
