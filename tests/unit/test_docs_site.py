"""The documentation site builds without a warning, and its pages need nothing from elsewhere."""

import importlib.util
import re
import subprocess
import sys

import pytest

needed = ("sphinx", "furo", "myst_nb")
pytestmark = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in needed),
    reason="the site's tools are in the group docs: uv sync --group docs",
)


@pytest.fixture(scope="module")
def site(repository, tmp_path_factory):
    """The built site; the notebooks are run by tests of their own and not again here."""
    out = tmp_path_factory.mktemp("site")
    command = [
        sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-D", "nb_execution_mode=off",
        "-c", "docs", ".", str(out),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, timeout=240)

    assert done.returncode == 0, done.stderr[-3000:]
    return out


def test_the_site_builds_without_a_warning(site):
    """Broken links, unknown pages and damaged docstrings would fail the build."""
    front = (site / "docs" / "index.html").read_text(encoding="utf-8")

    assert "Quick start for compliance officers" in front
    assert (site / "index.html").is_file()


def test_no_page_fetches_anything(site):
    """Styles, scripts, pictures and fonts come with the pages; only links lead elsewhere."""
    fetched = re.compile(
        r"<(?:script|img|iframe|source|video|audio)\b[^>]*\bsrc=[\"']?((?:https?:)?//[^\"' >]+)"
        r"|<link\b(?![^>]*rel=[\"']?(?:canonical|index|search|next|prev))[^>]*"
        r"\bhref=[\"']?((?:https?:)?//[^\"' >]+)"
        r"|@import\s+[\"'(]*((?:https?:)?//[^\"')]+)|url\([\"']?((?:https?:)?//[^\"')]+)"
    )
    pages = [p for p in site.rglob("*") if p.suffix in (".html", ".css")]
    found = {p.name: fetched.findall(p.read_text(encoding="utf-8")) for p in pages}

    assert len(pages) > 30
    assert {name: hits for name, hits in found.items() if hits} == {}


def test_every_command_and_public_name_is_on_the_site(site):
    """The pages made from the package hold all of it."""
    import auditkit

    commands = (site / "docs" / "cli.html").read_text(encoding="utf-8")
    names = (site / "docs" / "api.html").read_text(encoding="utf-8")
    parts = (site / "docs" / "api-parts.html").read_text(encoding="utf-8")

    for command in ("demo", "init", "seed", "draw", "verify", "reference add", "rules test"):
        assert f">auditkit {command}<" in commands
    for name in sorted(set(auditkit.__all__) - {"__version__", "charts", "sampling", "stats"}):
        assert re.search(rf'descname">(?:<span[^>]*>)*{name}<', names), name
    for name in auditkit.stats.__all__:
        assert re.search(rf'descname">(?:<span[^>]*>)*{name}<', parts), name
