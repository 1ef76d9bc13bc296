"""The set-up says one thing in all its files."""

import re
import tomllib

import yaml

# conda-forge names a few packages differently.
CONDA_NAMES = {"duckdb": "python-duckdb", "playwright": "playwright-python"}


def names(requirements):
    """Return {name: version bound} of requirement strings."""
    found = {}
    for requirement in requirements:
        name, bound = re.fullmatch(r"([A-Za-z0-9_.-]+)\s*(.*)", requirement).groups()
        found[name] = bound
    return found


def test_environment_yml_equals_pyproject(repository):
    """conda users get the same packages with the same bounds as uv users."""
    project = tomllib.loads((repository / "pyproject.toml").read_text())
    wanted = names(project["project"]["dependencies"] + project["dependency-groups"]["dev"])
    wanted = {CONDA_NAMES.get(name, name): bound for name, bound in wanted.items()}
    listed = yaml.safe_load((repository / "environment.yml").read_text())["dependencies"]
    conda = names(entry for entry in listed if isinstance(entry, str))
    pip = next(entry["pip"] for entry in listed if isinstance(entry, dict))

    assert pip == ["-e ."]
    assert conda.pop("python") == project["project"]["requires-python"]
    assert conda.pop("pip") == ""
    assert wanted == conda


def test_top_level_has_the_promised_shape(repository):
    """The folders that users were promised are there."""
    for name in ("auditkit", "notebooks", "templates", "sample_data", "reports", "tests"):
        assert (repository / name).is_dir(), name
    assert (repository / "environment.yml").is_file()


def test_readme_commands_are_those_of_ci(repository):
    """The test command that the README names is the one that CI runs."""
    readme = (repository / "README.md").read_text()
    ci = (repository / ".ci" / "run").read_text()

    assert "pip install uv && uv run auditkit demo" in readme
    assert re.search(r"^uv run pytest$", readme, re.MULTILINE)
    assert re.search(r"^uv run pytest$", ci, re.MULTILINE)


def test_every_locked_file_has_its_hash(repository):
    """Each package of the lock comes from PyPI, and each of its files is named with a SHA-256.

    `uv sync --locked` refuses a file with another hash, so nobody can slip another one in.
    """
    packages = tomllib.loads((repository / "uv.lock").read_text())["package"]
    outside = [p for p in packages if p["source"] != {"editable": "."}]

    assert len(packages) - len(outside) == 1
    for package in outside:
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        assert package["source"] == {"registry": "https://pypi.org/simple"}, package["name"]
        assert files, package["name"]
        for file in files:
            assert re.fullmatch(r"sha256:[0-9a-f]{64}", file["hash"]), package["name"]
            assert file["url"].startswith("https://files.pythonhosted.org/"), package["name"]


def test_ci_installs_what_the_lock_names(repository):
    """CI installs from the lock and fails where the lock does not fit the project."""
    assert "uv sync --locked" in (repository / ".ci" / "run").read_text()
