"""What the site makes from the package itself: commands, public names, and no page left out."""

import inspect
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from typer.core import TyperArgument, TyperGroup, TyperOption
from typer.main import get_command

#: The page that lists all others.
ROOT = "docs/index"
#: A page whose name stands in a toctree.
_LISTED = re.compile(r"^(?:[^\n<]*<)?/?([\w./-]+)>?$", re.MULTILINE)
_MARKUP = re.compile(r"\[/?[a-z]*\]")


class Commands(SphinxDirective):
    """Every command of `auditkit` with its arguments and options, read from the command itself."""

    def run(self) -> list[nodes.Node]:
        """Return one section for each command."""
        from auditkit.cli import app

        whole = get_command(app)
        assert isinstance(whole, TyperGroup)
        text = "\n".join(_sections(whole, "auditkit"))
        return self.parse_text_to_nodes(text, allow_section_headings=True)


def _sections(group: TyperGroup, path: str) -> Iterator[str]:
    """Yield Markdown of the commands in *group*, in the order of the help."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _sections(command, f"{path} {name}")
            continue
        arguments = [p for p in command.params if isinstance(p, TyperArgument)]
        options = [p for p in command.params if isinstance(p, TyperOption)]
        usage = " ".join([path, name, *map(_argument, arguments), *["[options]"] * bool(options)])
        yield f"## {path} {name}\n\n{_clean(command.help)}\n\n```text\n{usage}\n```\n"
        rows = [(_argument(p), p.help) for p in arguments]
        rows += [(", ".join((*p.opts, *p.secondary_opts)), p.help) for p in options]
        if rows:
            table = [f"| `{label}` | {_clean(said)} |" for label, said in rows]
            yield "\n".join(["| argument or option | |", "|---|---|", *table, ""])


def _argument(argument: TyperArgument) -> str:
    name = str(argument.name).upper()
    return f"{name}…" if argument.nargs == -1 else name


class PublicNames(SphinxDirective):
    """The documentation of public names of `auditkit`: those given, or with `*` all others.

    `parts stats` gives every public name of the part `auditkit.stats`.
    """

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return what autodoc makes of each name."""
        import auditkit

        wanted = self.arguments[0].split()
        given = self.env.temp_data.setdefault("public_names", set())
        if wanted == ["*"]:
            whole = set(auditkit.__all__) - set(auditkit._PARTS) - {"__version__"}
            wanted = sorted(whole - given)
        given.update(wanted)
        owner = "auditkit"
        if wanted[:1] == ["parts"]:
            part = wanted[1]
            owner = auditkit._PARTS[part]
            names = set(getattr(auditkit, part).__all__) - set(auditkit.__all__)
            wanted = sorted(names, key=str.lower)
        text = "\n".join(_autodoc(owner, name) for name in wanted)
        return self.parse_text_to_nodes(f"```{{eval-rst}}\n{text}\n```")


def _autodoc(owner: str, name: str) -> str:
    """Return the autodoc directive of one name."""
    thing = getattr(import_module(owner), name)
    if inspect.ismodule(thing):
        thing = getattr(thing, name)
    if f"{owner}.{name}" in sys.modules and not inspect.ismodule(thing):
        owner = f"{owner}.{name}"  # a module of the same name hides the name from autodoc
    if inspect.isclass(thing):
        kind = "exception" if issubclass(thing, Exception) else "class"
        return f".. auto{kind}:: {owner}.{name}\n   :members:\n"
    return f".. auto{'function' if callable(thing) else 'data'}:: {owner}.{name}\n"


def _clean(text: str | None) -> str:
    return _MARKUP.sub("", " ".join((text or "").split())).replace("|", "\\|")


def list_the_rest(app: Sphinx, page: str, source: list[str]) -> None:
    """Add pages that no list of the front page names, so that none is out of reach."""
    if page != ROOT:
        return
    listed = set(_LISTED.findall(source[0]))
    pages = {Path(p).name for p in app.env.found_docs if Path(p).parent == Path("docs")}
    rest = sorted(pages - listed - {"index"})
    if rest:
        source[0] += "\n```{toctree}\n:caption: Further pages\n:hidden:\n\n"
        source[0] += "\n".join(rest) + "\n```\n"


def keep_sentences_whole(
    _app: Sphinx, what: str, _name: str, _thing: object, _options: object, lines: list[str]
) -> None:
    """Keep "One row: what it holds" of a property from being read as a type and a remark."""
    if what == "property" and lines:
        lines[0] = lines[0].replace(": ", " – ")


def begin_at_the_front(app: Sphinx, _error: Exception | None) -> None:
    """Write `index.html` at the top of the site, which leads to the front page."""
    if app.builder.format != "html":
        return
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>auditkit</title>'
        '<meta http-equiv="refresh" content="0; url=docs/index.html">'
        '<p><a href="docs/index.html">auditkit: documentation</a></p></html>\n'
    )
    (Path(app.outdir) / "index.html").write_text(page, encoding="utf-8")


#: What the theme leaves out for readers who use a keyboard or a screen reader, and what stands in.
_ACCESSIBLE = (
    ('<p class="caption" role="heading">', '<p class="caption" role="heading" aria-level="2">'),
    ('<aside class="sidebar-drawer">', '<aside class="sidebar-drawer" aria-label="Pages">'),
    ('<aside class="toc-drawer">', '<aside class="toc-drawer" aria-label="On this page">'),
    ("<pre>", '<pre tabindex="0">'),
)


def make_accessible(app: Sphinx, _error: Exception | None) -> None:
    """Mend what an accessibility checker finds in the theme's pages."""
    if app.builder.format != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for old, new in _ACCESSIBLE:
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx what this extension adds."""
    app.add_directive("commands", Commands)
    app.add_directive("public-names", PublicNames)
    app.connect("source-read", list_the_rest)
    app.connect("autodoc-process-docstring", keep_sentences_whole, priority=1)
    app.connect("build-finished", begin_at_the_front)
    app.connect("build-finished", make_accessible)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
