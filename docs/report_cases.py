"""Draw the unusual reports: `uv run python docs/report_cases.py FOLDER [CASE[/DOCUMENT] …]`.

Each case is an audit that strains the look of a document: no findings or very many, five charts,
no chart at all, long names, names in other alphabets, one provider, three hundred. Every kind of
document is made of it as an audit makes it, then drawn as a desk screen, a telephone and paper show
it. FOLDER gets one sheet or more for each case, document and size, to be looked at by a person.
Needs the development dependencies (playwright), Chromium and `pdftoppm`.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count, islice
from pathlib import Path

import pandas as pd
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from reporting_audit import build

from auditkit.audit import Audit
from auditkit.files import write_json, write_text
from auditkit.lock import alone
from auditkit.pipeline import run
from auditkit.places import templates
from auditkit.reporting.factory import run_jobs
from auditkit.reporting.jobs import provider_jobs
from auditkit.reporting.kinds import DOCUMENTS, document_jobs, index_job
from auditkit.reporting.pdf import write_pdf
from auditkit.setup import start_demo

EARLIER, LATER = "2024-q2", "2024-q3"
#: Widths of the screens, each with what is cut off at both sides in the sheets.
SCREENS = {"screen": (1280, 200), "phone": (400, 0)}
DOTS = 60
#: Height of a column and number of columns in a sheet of screens; pages in a sheet of paper.
COLUMN, COLUMNS, PAGES, ACROSS = 1400, 4, 6, 3
_BETWEEN = 12
_GREY = "#9aa5b1"

_LONG = "Dr. Maximiliana-Alexandrina " * 6 + "von und zu Beispielhausen-Musterstadt"
_LETTERS = [
    "Άλκηστις Παπαδοπούλου-Κωνσταντινίδου",
    "山田 太郎 皮膚科",
    "د. ليلى الحسن",
    "Żółć Łęcka",
]

_PAPERS = """
[papers]
authority = "the compliance plan of the practice"
source_system = "the billing system"
extracted_on = 2024-10-01
billing_identifiers = "NPI 1000000000"
size_rationale = "enough to see a rate of one in ten"
reviewed_by = "two certified coders, each blind to the codes billed"
statistician = "A. Sample"
qualifications = "MS"
approved_on = 2024-10-06
"""


def built(**options: object) -> Callable[[Path], None]:
    """Return a function that builds two quarters of an audit made by hand."""

    def quarters(root: Path) -> None:
        for number, name in enumerate((EARLIER, LATER)):
            made = build(root / name, seed=7 + number, **options)  # type: ignore[arg-type]
            frame = pd.read_csv(made / "frame.csv", dtype="str")
            frame["month"] = [f"2024-{int(m[-2:]) - 3 * (1 - number):02d}" for m in frame["month"]]
            frame.to_csv(made / "frame.csv", index=False)
            plan = (made / "plan.toml").read_text("utf-8")
            objective = 'objective = "Are the codes supported?"\n[strata]'
            write_text(made / "plan.toml", plan.replace("[strata]", objective) + _PAPERS)
            ran = {"at": "2024-10-07", "read": {}, "made": {}}
            write_json(made / "run.json", {"draws": 1, "stages": {"frame": ran}})
        (root / "education.csv").write_text(
            "npi,on,topic,given_by\n1000000000,2024-07-01,E/M levels,Compliance\n"
        )

    return quarters


def sample(missing: bool) -> Callable[[Path], None]:
    """Return a function that audits the sample practice; the earlier quarter has no charts."""

    def quarters(root: Path) -> None:
        both = ((EARLIER, ("04-01", "06-30")), (LATER, ("07-01", "09-30")))
        for name, months in both if missing else both[1:]:
            folder = start_demo(root / name)
            said = (folder / "audit.toml").read_text("utf-8")
            said = said.replace("2024-07-01", f"2024-{months[0]}")
            said = said.replace("2024-09-30", f"2024-{months[1]}")
            if missing:
                kept = [line for line in said.splitlines() if not line.startswith("documentation")]
                said = "\n".join(kept).replace('"refuse"', '"missing"')
                said = said.replace('reason = ""', 'reason = "the practice sent no chart"')
            write_text(folder / "audit.toml", said)
            run(folder)

    return quarters


CASES: dict[str, Callable[[Path], None]] = {
    "sample": sample(missing=False),
    "none": built(error_share=0.0),
    "many": built(per_provider=120, error_share=0.95),
    "five": built(per_provider=5),
    "missing": sample(missing=True),
    "long": built(names=[_LONG] * 3, practice="The Very Long Name of Dermatology and Surgery " * 5),
    "letters": built(providers=4, names=_LETTERS, practice="Δερματολογία 皮膚科クリニック"),
    "one": built(providers=1, per_provider=30),
    "p300": built(providers=300, per_provider=10),
}


#: The documents drawn: one provider's report, one of each other kind, and the page to open first.
DRAWN = ("provider", *DOCUMENTS, "index")


def make(folder: Path, only: str = "") -> dict[str, Path]:
    """Make the documents, or one of them, and return their pages by name, each with its PDF."""
    audit = Audit(folder)
    jobs = {"index": index_job(audit)}
    for name in DRAWN:
        if name == "provider" and only in ("", name):
            notebook = templates() / "provider_report.ipynb"
            first = audit.providers["provider_id"].iloc[0]
            jobs[name] = provider_jobs(audit, [first], notebook, pdf=True)[0]
        elif name == "trend" and not (folder.parent / EARLIER).exists():
            continue
        elif name in DOCUMENTS and only in ("", name):
            jobs[name] = document_jobs(audit, name, pdf=True)[0]
    with alone(audit.folder):
        run_jobs(audit, list(jobs.values()))
    write_pdf(jobs["index"].html)
    return {name: Path(job.html) for name, job in jobs.items() if only in ("", name)}


@contextmanager
def browser() -> Iterator[Browser]:
    """Yield the machine's Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise SystemExit("Chromium is not on this machine; no picture was made.")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


def on_screen(opened: Browser, page: Path, size: str, place: Path) -> list[Image.Image]:
    """Return the page as a screen of one size shows it, in columns from the top down."""
    width, cut = SCREENS[size]
    tab = opened.new_page(viewport={"width": width, "height": 900})
    tab.goto(page.resolve().as_uri())
    wide = tab.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        print(f"{page}: {wide} px wide on a screen of {width}")
    tab.screenshot(path=place / "page.png", full_page=True)
    tab.close()
    with Image.open(place / "page.png") as read:
        whole = read.convert("RGB").crop((cut, 0, read.width - cut, read.height))
    tops = range(0, whole.height, COLUMN)
    return [whole.crop((0, t, whole.width, min(t + COLUMN, whole.height))) for t in tops]


def on_paper(page: Path, place: Path) -> list[Image.Image]:
    """Return the printed pages."""
    command = ["pdftoppm", "-r", str(DOTS), "-png", str(page.with_suffix(".pdf")), str(place / "p")]
    subprocess.run(command, check=True, timeout=300)  # noqa: S603 - our own page
    pages = []
    for path in sorted(place.glob("p-*.png")):
        with Image.open(path) as read:
            pages.append(read.convert("RGB"))
        path.unlink()
    return pages


def store(pictures: Iterable[Image.Image], each: int, across: int, path: Path) -> None:
    """Store the pictures on as many sheets as they need, numbered after *path*."""
    left = iter(pictures)
    for number in count(1):
        taken = list(islice(left, each))
        if not taken:
            return
        columns = min(across, len(taken))
        rows = -(-len(taken) // columns)
        wide, high = max(p.width for p in taken), max(p.height for p in taken)
        size = columns * (wide + _BETWEEN) - _BETWEEN, rows * (high + _BETWEEN) - _BETWEEN
        sheet = Image.new("RGB", size, _GREY)
        for place, picture in enumerate(taken):
            at = place % columns * (wide + _BETWEEN), place // columns * (high + _BETWEEN)
            sheet.paste(picture, at)
        sheet.save(path.with_name(f"{path.name}-{number}.png"))


def main(arguments: list[str]) -> int:
    """Make and draw the cases named, or all of them."""
    wanted = [each.partition("/")[::2] for each in arguments[1:] or CASES]
    known = all(case in CASES and only in ("", *DRAWN) for case, only in wanted)
    if not arguments or not known:
        print(f"{__doc__}\nCases: {', '.join(CASES)}. Documents: {', '.join(DRAWN)}.")
        return 2
    target = Path(arguments[0])
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, browser() as opened:
        place = Path(name)
        for case, only in wanted:
            root = target / "audits" / case
            if not root.exists():
                begun = root.with_name(f"{case}.begun")
                shutil.rmtree(begun, ignore_errors=True)
                CASES[case](begun)
                begun.rename(root)
            for document, page in make(root / LATER, only).items():
                named = target / f"{case}-{document}"
                for old in target.glob(f"{named.name}-*.png"):
                    old.unlink()
                for size in SCREENS:
                    columns = on_screen(opened, page, size, place)
                    store(columns, COLUMNS, COLUMNS, Path(f"{named}-{size}"))
                store(on_paper(page, place), PAGES, ACROSS, Path(f"{named}-print"))
            print(f"{case}: drawn")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
