"""Which part of the package may import which."""

import ast
import json

import pytest

import auditkit


def imported(path):
    """Return the dotted names that a Python file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name for name in found if name.split(".")[0] == "auditkit"}


def modules(repository, part):
    """Return the Python files of a part of the package."""
    place = repository / "auditkit" / part
    return [place] if place.is_file() else sorted(place.rglob("*.py"))


def test_statistics_import_nothing_of_ours(repository):
    """The statistics are pure: they can be lifted out and checked on their own."""
    paths = modules(repository, "stats")

    assert paths
    for path in paths:
        assert not {n for n in imported(path) if not n.startswith("auditkit.stats")}, path.name


@pytest.mark.parametrize("part", ["coding", "edits", "findings.py", "scoring"])
def test_rules_never_import_readers_review_or_reports(repository, part):
    """Rules see values, never files of claims, people's decisions or documents."""
    forbidden = ("auditkit.claims", "auditkit.review", "auditkit.reporting", "auditkit.cli")
    paths = modules(repository, part)

    assert paths
    for path in paths:
        assert not {n for n in imported(path) if n.startswith(forbidden)}, path.name


def notebook_paths(repository):
    """Return every notebook that users open."""
    return sorted((repository / "notebooks").glob("*.ipynb"))


def test_notebooks_use_public_names_only(repository):
    """A notebook imports auditkit and uses its public names; it reaches into no module."""
    for path in notebook_paths(repository):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
        tree = ast.parse(code)
        used = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "auditkit"
        }

        assert "from auditkit." not in code, path.name
        assert used <= set(auditkit.__all__), (path.name, used - set(auditkit.__all__))


def test_no_public_name_is_hidden_by_a_module(repository):
    """Importing a module of the same name would put it in the name's place."""
    package = repository / "auditkit"
    modules = {path.stem for path in package.iterdir() if not path.name.startswith("_")}

    assert not modules & (set(auditkit.__all__) - set(auditkit._PARTS))


def test_notebooks_are_short(repository):
    """Notebooks hold fifteen cells or so, and none carries old output."""
    paths = notebook_paths(repository)

    assert len(paths) >= 6
    for path in paths:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        assert len(cells) <= 16, path.name
        assert not any(cell.get("outputs") for cell in cells), path.name


def test_every_public_name_exists():
    """Each name that auditkit promises can be used."""
    for name in auditkit.__all__:
        assert getattr(auditkit, name) is not None


def test_an_unknown_name_is_an_attribute_error():
    """A name that auditkit does not have says so."""
    with pytest.raises(AttributeError, match="no attribute 'audit_everything'"):
        _ = auditkit.audit_everything
