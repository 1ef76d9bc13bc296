"""Damaged files of every kind: only our own errors come out, and the store stays whole."""

import io
import random
import zipfile

import edition_files as files
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditkit.errors import AuditkitError
from auditkit.reference import Store

WRITERS = {
    "ptp": lambda folder: files.write_ptp(folder, zipped=False),
    "ptp zip": files.write_ptp,
    "mue": lambda folder: [files.write_mue(folder)],
    "addon": lambda folder: [files.write_addon(folder)],
    "addon workbook": lambda folder: [files.write_addon_workbook(folder)],
    "pfs": lambda folder: [files.write_pfs(folder)],
    "gpci": lambda folder: [files.write_gpci(folder)],
    "icd10": lambda folder: [files.write_icd10(folder)],
    "tabular": lambda folder: [files.write_tabular(folder)],
    "hcpcs": lambda folder: [files.write_hcpcs(folder)],
    "hcpcs records": lambda folder: [files.write_hcpcs(folder, name="HCPC2024_JUL_ANWEB.txt")],
    "coverage": lambda folder: [files.write_coverage(folder)],
    "coverage list": lambda folder: [files.write_coverage_list(folder)],
    "nppes": lambda folder: [files.write_nppes(folder)],
    "taxonomy": lambda folder: [files.write_taxonomy(folder)],
    "utilisation": lambda folder: [files.write_utilisation(folder)],
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return the whole files of each kind."""
    made = {}
    for name, write in WRITERS.items():
        folder = tmp_path_factory.mktemp("whole")
        made[name] = [(path.name, path.read_bytes()) for path in write(folder)]
    return made


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**32 - 1),
    kind=st.sampled_from(["flip", "cut", "insert", "swap", "repeat"]),
)
def test_one_damaged_file_of_a_folder_does_not_stop_the_others(whole, tmp_path_factory, seed, kind):
    """Whichever file is damaged and however: nothing is raised, every whole edition is stored,
    and the store verifies."""
    rng = random.Random(seed)
    folder = tmp_path_factory.mktemp("folder")
    chosen = ["mue", "addon", "gpci", "icd10", "hcpcs", "coverage", "taxonomy"]
    victim = rng.choice(chosen)
    for name in chosen:
        for file, content in whole[name]:
            hurt = name == victim
            (folder / file).write_bytes(damaged(content, kind, rng) if hurt else content)
    store = Store(tmp_path_factory.mktemp("store") / "s")

    store.add_each([folder])

    assert set(chosen) - {victim} <= {one.kind for one in store.editions()}
    assert all(check.holds for check in store.verify())


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32 - 1),
    kind=st.sampled_from(["flip", "cut", "insert", "swap", "repeat"]),
)
def test_only_our_errors_come_out_of_a_damaged_file(whole, tmp_path_factory, name, seed, kind):
    """Bytes flipped, cut, inserted, lines swapped or repeated: it is read or refused by us."""
    rng = random.Random(seed)
    folder = tmp_path_factory.mktemp("fuzz")
    paths = []
    victim = rng.randrange(len(whole[name]))
    for at, (file, content) in enumerate(whole[name]):
        path = folder / file
        path.write_bytes(damaged(content, kind, rng) if at == victim else content)
        paths.append(path)
    store = Store(folder / "store")

    try:
        store.add(paths)
    except AuditkitError as error:
        assert str(error)
        assert store.editions() == ()
    else:
        assert store.editions()
    assert all(check.holds for check in store.verify())


def damaged(content: bytes, kind: str, rng: random.Random) -> bytes:
    """Return *content* with one kind of damage in a place that *rng* picks."""
    at = rng.randrange(len(content))
    if kind == "flip":
        changed = bytearray(content)
        for _ in range(rng.randrange(1, 6)):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        return bytes(changed)
    if kind == "cut":
        return content[:at]
    if kind == "insert":
        noise = rng.choice([b'"', b"\x00", b"\xff\xfe", b"\n\n", b"\t" * 40, b"9" * 400, b"\xe9"])
        return content[:at] + noise + content[at:]
    lines = content.splitlines(keepends=True)
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    if kind == "swap":
        lines[one], lines[other] = lines[other], lines[one]
    else:
        lines[one:one] = [lines[other]] * rng.randrange(1, 50)
    return b"".join(lines)


@settings(max_examples=40)
@given(
    content=st.binary(max_size=3_000),
    name=st.sampled_from(
        [
            "x.csv",
            "x.txt",
            "x.zip",
            "x.xlsx",
            "x.xml",
            "icd10cm_order_2024.txt",
            "MCR_MUE_PractitionerServices_Eff_07-01-2024.csv",
        ]
    ),
)
def test_noise_is_refused(tmp_path_factory, content, name):
    """Arbitrary bytes under any name are refused by us."""
    folder = tmp_path_factory.mktemp("noise")
    (folder / name).write_bytes(content)

    with pytest.raises(AuditkitError):
        Store(folder / "store").add(folder / name)


@settings(max_examples=25)
@given(
    content=st.binary(max_size=400),
    member=st.sampled_from(["a.csv", "a.txt", "b.zip", "a.xlsx", "c.xml"]),
)
def test_noise_inside_an_archive_is_refused(tmp_path_factory, content, member):
    """Arbitrary bytes in a zip file are refused by us."""
    folder = tmp_path_factory.mktemp("noise")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(member, content)
    (folder / "x.zip").write_bytes(buffer.getvalue())

    with pytest.raises(AuditkitError):
        Store(folder / "store").add(folder / "x.zip")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("mue", b"MUE Adjudication Indicator,", b"MUE Adjudication Indicator of,"),
        ("nppes", b"GIVEN", b"\x8f\x90\xe9"),
        ("utilisation", b"Dermatology", b"\x8fDerm"),
        ("tabular", b'encoding="utf-8"', b'encoding="uqf-8"'),
    ],
)
def test_damage_found_before_stays_ours(whole, tmp_path, name, old, new):
    """What longer runs of the damage above once let through: read, or refused by us."""
    ((file, content),) = whole[name]
    (tmp_path / file).write_bytes(content.replace(old, new))
    store = Store(tmp_path / "store")

    try:
        store.add(tmp_path / file)
    except AuditkitError:
        assert store.editions() == ()
    else:
        assert name == store.editions()[0].kind
