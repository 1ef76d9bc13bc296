"""Public names of the statistics and of the sampling."""

import inspect
import pkgutil
import types

import pytest

import auditkit.sampling
import auditkit.stats


@pytest.mark.parametrize("name", auditkit.stats.__all__)
def test_statistics_load_and_are_documented(name):
    """Each is a function or class, not a module of the same name, and says what it does."""
    found = getattr(auditkit.stats, name)

    assert inspect.isfunction(found) or inspect.isclass(found)
    assert inspect.getdoc(found)


@pytest.mark.parametrize("name", auditkit.sampling.__all__)
def test_sampling_loads_and_is_documented(name):
    """The same for what draws, simulates and replicates."""
    found = getattr(auditkit.sampling, name)

    assert inspect.isfunction(found) or inspect.isclass(found)
    assert inspect.getdoc(found)


@pytest.mark.parametrize("package", [auditkit.stats, auditkit.sampling])
def test_no_module_hides_a_public_name(package):
    """A module of the same name would take its place as soon as it is imported."""
    modules = {each.name for each in pkgutil.iter_modules(package.__path__)}

    assert not modules & set(package.__all__)


@pytest.mark.parametrize("package", [auditkit.stats, auditkit.sampling])
def test_unknown_name_is_an_attribute_error(package):
    """A name that does not exist is not imported from somewhere."""
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        package.nothing  # noqa: B018


def test_catalogue_lists_every_function_once():
    """Each public function has its part and one sentence, in the order of an audit."""
    table = auditkit.stats.methods()
    functions = {
        name
        for name in auditkit.stats.__all__
        if isinstance(getattr(auditkit.stats, name), types.FunctionType)
    }

    assert set(table["name"]) == functions - {"methods"}
    assert table["name"].is_unique
    assert table["does"].str.endswith(".").all()
    assert not table["does"].str.contains(":func:").any()
    assert table["part"].iloc[0] == "attribute sample sizes"
    appraisals = table[table["part"].str.contains("appraisals")]
    assert (appraisals["source"] != "").sum() >= len(appraisals) - 2
