"""FHIR, C-CDA and attachments under random and hostile input: read or refused, without leaks."""

import json
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from auditkit import read_claims
from auditkit.documentation.sources import read_record
from auditkit.documentation.sources.assembly import merging
from auditkit.documentation.sources.attachments import plain
from auditkit.errors import AuditkitError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "unit"))
from fhir_builder import (
    bundle,
    concept,
    encounter,
    eob,
    item,
    note,
    people,
    procedure,
)

CANARY = "QuixoteZebulon"
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**40), 10**40), st.floats(allow_nan=False),
    st.text(max_size=8), st.sampled_from([CANARY, "2024-03", "#x", "Patient/pat-M1", "\ud800"[:0]]),
)  # fmt: skip
anything = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["coding", "code", "system", "value", "reference", "start", "text"]),
            inner, max_size=3,
        ),
    ),
    max_leaves=6,
)  # fmt: skip

RESOURCES = [
    *people(),
    eob(items=[item(modifier=[concept("x", "25")], diagnosisSequence=[1])]),
    encounter(),
    note("PROCEDURE: Shave biopsy of the left arm."),
    procedure(site="Left arm"),
    {
        "resourceType": "DiagnosticReport",
        "id": "d",
        "status": "final",
        "category": [concept("x", "SP")],
        "encounter": {"reference": "Encounter/V1"},
        "conclusion": "nevus",
    },
]


def paths(value, at=()):
    """Yield the place of everything within a JSON value."""
    for key, each in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*at, key)
        if isinstance(each, dict | list):
            yield from paths(each, (*at, key))


def changed(resources, place, value):
    """Return a copy of *resources* with the value at *place* replaced."""
    copy = json.loads(json.dumps(resources))
    holder = copy
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value
    return copy


PLACES = [place for place in paths(RESOURCES) if len(place) > 1 and place[-1] != "resourceType"]


def outcome(work):
    """Return the words that a reading says: its listed problems, or its refusal."""
    try:
        return work()
    except AuditkitError as error:
        return str(error)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(PLACES), anything), min_size=1, max_size=3))
@example([((4, "item", 0, "sequence"), 10**40)])
@example([((4, "item", 0, "net", "value"), 1e300)])
@example([((4, "item", 0, "servicedDate"), f"2024-03-05{CANARY}")])
@example([((5, "period", "start"), "2024-13-45")])
@example([((6, "content", 0, "attachment", "data"), "####")])
def test_any_element_may_be_anything(tmp_path, changes):
    """Whatever stands in an element, claims and records are read or refused in words."""
    resources = RESOURCES
    for place, value in changes:
        try:
            resources = changed(resources, place, value)
        except (KeyError, IndexError, TypeError):
            continue
    path = tmp_path / "b.json"
    path.write_text(json.dumps(bundle(resources)), encoding="utf-8")

    def claims():
        account = read_claims(path).attrs["auditkit"]
        return " ".join([*account["listed"], *account["notes"]])

    def record():
        sources = read_record([path])
        list(merging(sources, b""))
        return " ".join([*map(str, sources.problems), *sources.counts])

    assert CANARY not in outcome(claims)
    assert CANARY not in outcome(record)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.binary(max_size=200), st.integers(0, 5_000), st.integers(0, 400))
def test_damage_to_the_bytes_is_listed_or_refused(tmp_path, damage, at, cut):
    """Bytes put in and cut out of NDJSON: the other lines are read, or the file is refused."""
    text = "\n".join(json.dumps(each) for each in RESOURCES).encode()
    path = tmp_path / "r.ndjson"
    path.write_bytes(text[:at] + damage + text[at + cut :])
    outcome(lambda: " ".join(read_claims(path).attrs["auditkit"]["listed"]))
    outcome(lambda: " ".join(map(str, read_record([path]).problems)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.text(alphabet="<>/!-?&; ab\"'=", max_size=300))
def test_any_markup_is_text_or_refused(tmp_path, markup):
    """HTML of any damage gives text; XML of any damage is a document or is listed."""
    assert isinstance(plain(markup), str)
    path = tmp_path / "d.xml"
    path.write_text("<" + markup, encoding="utf-8")
    sources = read_record([path])

    assert sources.problems or sources.accounts


@pytest.mark.parametrize(
    "hostile",
    ["<!--" * 200_000, "<a b=\"" * 100_000, "<" * 500_000, "<a " * 200_000, "<![" * 200_000,
     "</" * 200_000, "&" * 500_000, "<script>" * 100_000, "<a>" * 200_000 + ">"],
)  # fmt: skip
def test_hostile_html_costs_little(hostile):
    """No text makes the reading of HTML slower than its length."""
    began = time.process_time()
    plain(hostile)

    assert time.process_time() - began < 8


@pytest.mark.parametrize(
    "hostile",
    [
        '{"resourceType":"Claim","a":' + "[" * 200_000,
        '{"resourceType":"Claim","a":' + '{"a":' * 200_000,
        '{"resourceType":"Claim","a":' + "9" * 100_000 + "}",
        '{"resourceType":"Claim","item":[{"net":{"value":1e999999999}}]}',
        '{"resourceType":"Bundle","entry":[{"resource":' * 50 + "null" + "}]}" * 50,
    ],
)
def test_hostile_json_is_listed(tmp_path, hostile):
    """Deep nesting, endless numbers and bundles within bundles neither crash nor cost time."""
    path = tmp_path / "r.ndjson"
    path.write_text("\n".join([*(json.dumps(each) for each in RESOURCES), hostile]))
    began = time.process_time()
    found = read_claims(path)
    sources = read_record([path])

    assert 1 == len(found)
    assert 1 == len(sources.notes)
    assert time.process_time() - began < 8
