"""Public names of the statistics."""

import inspect

import pytest

import auditkit.stats


@pytest.mark.parametrize("name", auditkit.stats.__all__)
def test_public_name_loads_and_is_documented(name):
    """Each is a function or class, not a module of the same name, and says what it does."""
    found = getattr(auditkit.stats, name)

    assert inspect.isfunction(found) or inspect.isclass(found)
    assert inspect.getdoc(found)


def test_unknown_name_is_an_attribute_error():
    """A name that does not exist is not imported from somewhere."""
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        auditkit.stats.nothing  # noqa: B018
