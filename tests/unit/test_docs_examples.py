"""What the documentation shows runs: Python, command lines, settings and JSON."""

import contextlib
import doctest
import io
import json
import os
import re
import shlex
import tomllib
from pathlib import Path

import nbformat
import pytest
from typer.main import get_command

import auditkit
from auditkit.audit import Settings
from auditkit.cli import app
from auditkit.reporting.brand import Brand
from auditkit.sampling.plan import Plan

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "docs").rglob("*.md"))
WITH_COMMANDS = ["README.md", *PAGES, *sorted(f"notebooks/{p.name}" for p in
                 (ROOT / "notebooks").glob("*.ipynb"))]  # fmt: skip

#: Pages whose examples need files that only the reader has; these must at least compile, and the
#: names that they import must be there.
ON_READERS_FILES = {
    "docs/assisted-abstraction.md",
    "docs/editions.md",
    "docs/edits.md",
    "docs/review.md",
    "docs/start/coder.md",
}
#: Pages whose example reads the file that the page itself shows.
OWN_FILE = {"docs/overlays.md": ("toml", "acme.toml")}


def blocks(text, language):
    """Return the fenced blocks of *language* in *text*."""
    found = re.findall(r"^ *```([^\n`]*)\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE)
    return [block for said, block in found if said == language]


def read(page):
    return (ROOT / page).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def desk(scored_audit, tmp_path_factory):
    """A folder like a checkout after `auditkit demo`: `reports/demo`, `sample_data`."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "reports").mkdir()
    (folder / "reports" / "demo").symlink_to(scored_audit, target_is_directory=True)
    (folder / "sample_data").symlink_to(ROOT / "sample_data", target_is_directory=True)
    return folder


@pytest.mark.parametrize("page", [p for p in PAGES if "```python" in read(p)])
def test_the_python_of_a_page_runs(page, desk, tmp_path):
    """Blocks run in order, sharing their names; what a prompt shows is what comes out."""
    found = [re.sub(r"^ {3}", "", b, flags=re.MULTILINE) if b.startswith("   ") else b
             for b in blocks(read(page), "python")]  # fmt: skip
    if page in ON_READERS_FILES:
        for block in found:
            compile(block, page, "exec")
            for imported in re.findall(r"^(?:from|import) .*$", block, re.MULTILINE):
                exec(imported, {})
        return
    if page in OWN_FILE:
        language, name = OWN_FILE[page]
        (desk / name).write_text(blocks(read(page), language)[0], encoding="utf-8")
    names, failures = {"__name__": "page"}, []
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
    with contextlib.chdir(desk), contextlib.redirect_stdout(io.StringIO()):
        for number, block in enumerate(found, start=1):
            if ">>>" in block:
                test = doctest.DocTestParser().get_doctest(block, names, f"{number}", page, 0)
                runner.run(test, out=failures.append, clear_globs=False)
                names = test.globs
            else:
                exec(compile(block, f"{page}, block {number}", "exec"), names)

    assert found
    assert failures == []


def command_lines(text):
    """Return every command line of `auditkit` that *text* shows, without prompts and remarks."""
    found = []
    for line in re.findall(r"(?:uv run )?(?<![\w/.-])auditkit [a-z][^`\n]*", text):
        words = line.removeprefix("uv run ").split("#")[0]
        # Words in a sentence are no command line; several spaces, or a quote that was opened
        # before the command, end one.
        ends = r"\s{3,}|[…\\]|&&" if words.count('"') % 2 == 0 else r"\s{3,}|[…\"\\]|&&"
        found.append(re.split(ends, words)[0].strip(" .,;:"))
    return found


def text_of(page):
    if not page.endswith(".ipynb"):
        fenced = "\n".join(
            b for language in ("bash", "sh", "") for b in blocks(read(page), language)
        )
        return fenced + "\n" + "\n".join(re.findall(r"`(auditkit [^`\n]+)`", read(page)))
    cells = nbformat.reads(read(page), 4).cells
    inline = re.findall(r"`(auditkit [^`\n]+)`", "\n".join(c.source for c in cells))
    indented = re.findall(r"^    (auditkit .+)$", "\n".join(c.source for c in cells), re.MULTILINE)
    return "\n".join([*inline, *indented])


def all_command_lines():
    return [(page, line) for page in WITH_COMMANDS for line in command_lines(text_of(page))]


@pytest.mark.parametrize(("page", "line"), all_command_lines())
def test_a_command_line_is_one_that_auditkit_takes(page, line):
    """Commands, options and the number of arguments are those of the real parser."""
    command = get_command(app)
    words = shlex.split(re.sub(r"\[[^\]]*\]", "", line))[1:]
    context = command.make_context("auditkit", [], resilient_parsing=True)
    while hasattr(command, "commands"):
        if not words:
            return
        assert words[0] in command.commands, f"{page}: no command {words[0]}"
        command = command.commands[words.pop(0)]
        context = type(context)(command, parent=context, info_name=command.name)
    if not words:  # a command that is only named
        return
    for option in command.params:
        if getattr(option, "prompt", None):  # what is left out would be asked for
            option.prompt, option.required = None, False
    command.parse_args(context, [os.devnull if w.isupper() else w for w in words])


def fields(model, prefix=""):
    """Yield the names of every entry, section by section."""
    for name, field in model.model_fields.items():
        if hasattr(field.annotation, "model_fields"):
            yield from fields(field.annotation)
        else:
            yield field.alias or name


def test_every_setting_is_on_the_page():
    """No entry of audit.toml, plan.toml or brand.toml is left to be guessed."""
    page = read("docs/settings.md") + read("docs/howto/client-report.md")
    entries = {*fields(Settings), *fields(Plan), *fields(Brand)} - {"folder"}

    assert [each for each in sorted(entries) if not re.search(rf"\b{each}\b", page)] == []


def test_the_brand_shown_is_accepted():
    """The brand.toml of the how-to is read as it stands."""
    (brand,) = blocks(read("docs/howto/client-report.md"), "toml")

    assert (
        "Northlight Coding Advisers" == Brand.model_validate(tomllib.loads(brand)).consultant.name
    )


@pytest.mark.parametrize("page", [p for p in PAGES if "```json" in read(p)])
def test_json_shown_is_json(page):
    """Every JSON block can be read."""
    for block in blocks(read(page), "json"):
        json.loads(block)


def test_every_page_can_be_reached_from_the_front():
    """A page of ours stands in a list of the front page, and every listed page is there."""
    front = read("docs/index.md")
    listed = set(re.findall(r"^([\w/-]+)$", front, re.MULTILINE))
    for each in listed:
        path = ROOT / f"{each}.md" if each.startswith("/") else ROOT / "docs" / f"{each}.md"
        path = ROOT / f"{each[1:]}.md" if each.startswith("/") else path
        assert path.is_file(), each
    for page in PAGES:
        name = page.removeprefix("docs/").removesuffix(".md")
        assert "/" not in name or name in listed, name


def test_every_public_name_has_a_sentence():
    """The reference is made from docstrings, so each public name has one."""
    for name in auditkit.__all__:
        if name != "__version__":
            assert (getattr(auditkit, name).__doc__ or "").strip(), name
