"""How the documentation site is built: `uv run --group docs sphinx-build -W -c docs . site`.

The source folder is the repository itself, so that the guided notebooks, the glossary and the
changelog are pages without being copied, and links between files work here and in the checkout.
The pages carry everything that they need: no fonts, scripts or styles come from elsewhere.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "extensions"))

from auditkit import __version__

project = "auditkit"
release = version = __version__
project_copyright = "the auditkit maintainers; Apache-2.0"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "site_pages",
]
root_doc = "docs/index"
include_patterns = [
    "docs/**",
    "notebooks/*.ipynb",
    "CHANGELOG.md",
    "DECISIONS.md",
    "GLOSSARY.md",
]
exclude_patterns = ["docs/images/**", ".venv", "reports", "**/.ipynb_checkpoints"]

html_theme = "furo"
html_title = f"auditkit {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "navigation_with_keys": True,
    "light_css_variables": {"color-brand-primary": "#0b4f8a", "color-brand-content": "#0b4f8a"},
}

myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # a skipped level of headings breaks nothing
myst_enable_extensions = ["deflist"]

nb_execution_mode = "force"
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_ipywidgets_js = {}  # the default fetches scripts from elsewhere
nb_merge_streams = True

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # signatures have them
autodoc_preserve_defaults = True
default_role = "code"  # docstrings write `names` with single backticks
