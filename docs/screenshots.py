"""Make the pictures in `docs/images`: `uv run python docs/screenshots.py`.

The demonstration audit is made anew in a temporary folder, its documents are opened in Chromium as
a reader would see them, and each picture is stored with few colours, so that the checkout stays
small. Needs the development dependencies (playwright), Chromium, and LibreOffice with `pdftoppm`
for the workbook's page; what is not there is named and left out.
"""

import io
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from auditkit.audit import Audit
from auditkit.pipeline import run
from auditkit.reporting import documents, report
from auditkit.review import Review, desk, desk_of, events, request_charts, request_policy
from auditkit.setup import start_demo

IMAGES = Path(__file__).resolve().parent / "images"
LARGEST = 150_000
COLOURS = 64

BRAND = """
privilege = "Privileged and confidential. Prepared at the direction of counsel."
[consultant]
name = "Northlight Coding Advisers"
contact = "audit@northlight.example"
[client]
name = "Sample Dermatology Group (synthetic)"
attention = "Compliance committee"
[look]
colour = "#5b2a86"
"""


@dataclass(frozen=True)
class Shot:
    """One picture: its name, the page, and the section shown, or the head of the page."""

    name: str
    page: str
    section: str = ""
    width: int = 960
    height: int = 720


SHOTS = (
    Shot("index", "index.html", height=820),
    Shot("practice-report", "practice_report.html", height=480),
    Shot("practice-result", "practice_report.html", "result", height=506),
    Shot("providers", "practice_report.html", "providers", height=1040),
    Shot("provider-evidence", "P02.html", "evidence", height=548),
    Shot("sampling-plan", "sampling_plan.html", "verdicts", height=520),
)
#: Taken last, under a brand of its own.
BRANDED = Shot("client-report", "client_report.html", height=640)


def main() -> int:
    """Make every picture, and say how large each is."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("Chromium is not on this machine; no picture was made.")
        return 1
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        folder = start_demo(Path(place) / "demo")
        run(folder)
        report(folder)
        documents(folder, ["plan"])
        workbook(folder / "findings.xlsx", Path(place))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for shot in SHOTS:
                store(shot.name, take(browser, folder, shot))
            store("review-widget", widget(browser, Path(place)))
            (folder / "brand.toml").write_text(BRAND, encoding="utf-8")
            documents(folder, ["client"])
            store(BRANDED.name, take(browser, folder, BRANDED))
            browser.close()
    return 0


def take(browser: Browser, folder: Path, shot: Shot) -> bytes:
    """Return the PNG of one shot, at one and a half times the size of the screen."""
    page = browser.new_page(
        viewport={"width": shot.width, "height": shot.height}, device_scale_factor=1.5
    )
    page.goto((folder / shot.page).resolve().as_uri())
    top = 0.0
    if shot.section:
        box = page.locator(f"#{shot.section}").bounding_box()
        assert box is not None, f"{shot.page} has no section {shot.section}"
        top = box["y"]
    clip = {"x": 0.0, "y": top, "width": float(shot.width), "height": float(shot.height)}
    made = page.screenshot(full_page=True, clip=clip)
    page.close()
    return made


def widget(browser: Browser, place: Path) -> bytes:
    """Return the PNG of the review widget: one chart, coded blind, its first line to be judged."""
    folder = start_demo(place / "review")
    settings = folder / "audit.toml"
    notes = (IMAGES.parents[1] / "sample_data" / "notes.jsonl").as_posix()
    named = f'[inputs]\nnotes = "{notes}"'
    settings.write_text(settings.read_text("utf-8").replace("[inputs]", named, 1), "utf-8")
    run(folder, until="code")
    audit, review = Audit(folder), Review(folder)
    review.open("demo", by="max", seed=audit.plan.seed.value)
    people = {"rob": "reader", "pia": "preparer"}
    review.record(
        [events.Appointed(person=p, in_role=r) for p, r in people.items()], "max", "manager"
    )
    found = audit.engine_results.query("rule_id == 'BX-HIERARCHY'")["encounter_id"].iloc[0]
    first = [
        events.Assigned(encounter_id=found, reader="rob"),
        *request_charts(review.work(), review.state, date.today(), request_policy()),
        events.ChartReceived(encounter_id=found),
    ]
    review.record(first, "pia", "preparer")
    view = desk_of(audit, "rob").enter(0, {"do": "blind", "codes": "11104; 11103", "seen": 0})
    page = browser.new_page(viewport={"width": 1120, "height": 760}, device_scale_factor=1.5)
    page.set_content(f"<style>{read('widget.css')}</style><div id='here'></div>")
    script = read("widget.js").replace("export default { render };", "")
    page.evaluate(
        f"(view) => {{ {script}; render({{ el: document.getElementById('here'),"
        " model: { get: () => view, send() {}, on() {}, off() {} } }) }",
        {**view, "message": "", "saved": True},
    )
    page.focus("#here")
    for key in ("j", "a"):
        page.keyboard.press(key)
    made = page.locator("#here").screenshot()
    page.close()
    return made


def read(name: str) -> str:
    """Return a file of the review widget."""
    return (Path(desk.__file__).parent / name).read_text("utf-8")


def workbook(path: Path, place: Path) -> None:
    """Store the second sheet of the workbook, as LibreOffice prints it."""
    office, pages = shutil.which("soffice"), shutil.which("pdftoppm")
    if office is None or pages is None:
        print("LibreOffice or pdftoppm is not on this machine; the workbook's picture is left out.")
        return
    profile = f"-env:UserInstallation={(place / 'office').as_uri()}"
    convert = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(place)]
    subprocess.run(  # noqa: S603
        [*convert, str(path)], check=True, capture_output=True, timeout=180
    )
    pdf = place / f"{path.stem}.pdf"
    number = next(n for n in range(1, 9) if "Billed less supported" in _text(pdf, n))
    command = [pages, "-r", "140", "-f", str(number), "-l", str(number), "-png", str(pdf)]
    done = subprocess.run(command, check=True, capture_output=True, timeout=60)  # noqa: S603
    made = done.stdout
    with Image.open(io.BytesIO(made)) as whole:
        part = whole.crop((0, 0, whole.width, int(whole.height * 0.5)))
        stream = io.BytesIO()
        part.save(stream, "PNG")
    store("workbook", stream.getvalue())


def _text(pdf: Path, number: int) -> str:
    command = ["pdftotext", "-f", str(number), "-l", str(number), str(pdf), "-"]
    done = subprocess.run(command, check=True, capture_output=True, timeout=60)  # noqa: S603
    return done.stdout.decode()


def store(name: str, png: bytes) -> None:
    """Store a picture with few colours; refuse one that is still too large."""
    with Image.open(io.BytesIO(png)) as whole:
        few = whole.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        path = IMAGES / f"{name}.png"
        few.save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path.name}: {size:,} bytes")
    if size > LARGEST:
        raise ValueError(f"{path.name} has {size:,} bytes; {LARGEST:,} at most are stored.")


if __name__ == "__main__":
    sys.exit(main())
