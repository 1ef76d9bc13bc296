"""The review widget in a real browser against a running JupyterLab, without network."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

pytest.importorskip("anywidget", reason="the review widget needs anywidget")
sync_api = pytest.importorskip("playwright.sync_api", reason="browser tests need playwright")

UNIT = Path(__file__).resolve().parents[1] / "unit"
sys.path.insert(0, str(UNIT))

from review_practice import Clock, practice, request  # noqa: E402

from auditkit.review.session import Review  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
#: How long JupyterLab may take to start, in seconds; on a machine busy with other tests, minutes.
PATIENCE = 300
NOTE = "Exam: 0.6 cm papule, left cheek. <b>Plan</b>: frozen."

CELL = """
import json
from pathlib import Path
import pandas as pd
from auditkit.review import Review
from auditkit.review.desk import Desk
from auditkit.review.widget import ReviewWidget
here = Path({folder!r})
text = ["billed_code", "billed_modifiers", "agreed_code", "agreed_modifiers"]
results = pd.read_csv(here / "line_results.csv", dtype=dict.fromkeys(text, "str"))
diagnosis = (results["encounter_id"] == "E6") & (results["line"] == 2)
results.loc[diagnosis, ["verdict", "direction", "category"]] = ["wrong_code", "none", "other"]
findings = pd.DataFrame([dict(encounter_id="E2", line=1, rule_id="EM-1", why="Low risk only.",
    would_support="The drug managed.", citation="CPT E/M guidelines")])
quote = dict(source="note_reader", start=6, end=12, quote="0.6 cm")
elements = dict(E1=dict(record=dict(present=True), lesions=[dict(lesion_id="A", diameter_cm=0.6,
    site=None, evidence=dict(diameter_cm=quote))]))
desk = Desk(Review(here), "rob", results, findings, dict(E1={note!r}, E2={note!r}), elements)
ReviewWidget(desk)
"""


def notebook(folder: Path) -> None:
    source = CELL.format(folder=str(folder), note=NOTE)
    cell = {
        "cell_type": "code",
        "execution_count": None,
        "id": "one",
        "metadata": {},
        "outputs": [],
        "source": source,
    }
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = {
        "cells": [cell],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (folder / "review.ipynb").write_text(json.dumps(book))


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab on a free port, with a review of six charts beside its notebook."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    folder = tmp_path_factory.mktemp("lab")
    review = practice(folder)
    request(review)
    notebook(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", f"--port={port}"]
    command += ["--IdentityProvider.token=", f"--ServerApp.root_dir={folder}", "--allow-root"]
    log = tmp_path_factory.mktemp("log") / "lab.txt"
    with log.open("wb") as out:
        told = {"stdout": out, "stderr": subprocess.STDOUT}
        server = subprocess.Popen(command, env={**os.environ, "JUPYTER_NO_CONFIG": "1"}, **told)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(server, address, log)
        yield folder, address
    finally:
        server.terminate()
        try:
            server.wait(timeout=60)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_for(server: subprocess.Popen, address: str, log: Path) -> None:
    """Wait until JupyterLab serves its page; say what it wrote when it does not."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/lab", timeout=10).close()
        except OSError:
            time.sleep(0.5)
        else:
            return
    pytest.fail(f"JupyterLab did not start:\n{log.read_text(errors='replace')[-2000:]}")


@pytest.fixture(scope="module")
def page(lab):
    """The notebook, run, in a browser that may reach this machine alone."""
    _, address = lab
    with sync_api.sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        page = browser.new_page(viewport={"width": 1500, "height": 1000})
        page.reached = []
        page.on("request", lambda asked: page.reached.append(asked.url))
        page.goto(f"{address}/lab/tree/review.ipynb?reset", timeout=180_000)
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=180_000)
        run(page)
        yield page
        browser.close()


def run(page) -> None:
    """Run the cell until its widget shows; JupyterLab drops a run before its kernel answers."""
    for _ in range(10):
        page.click(".jp-Notebook .jp-CodeCell .cm-content")
        page.keyboard.press("Control+Enter")
        try:
            page.wait_for_selector(".auditkit-review .ak-bar", timeout=20_000)
        except sync_api.TimeoutError:
            continue
        page.wait_for_timeout(1000)
        return
    pytest.fail("the widget did not show")


def press(page, *keys: str) -> None:
    """Press keys on the widget itself, as somebody does who has clicked into it."""
    for key in keys:
        page.focus(".auditkit-review")
        page.keyboard.press(key)
        page.wait_for_timeout(300)


def chart(page, number: int) -> None:
    """Go to a chart by keyboard, from wherever the page stands."""
    press(page, *["["] * 6)
    press(page, *["]"] * (number - 1))
    page.wait_for_function(
        f"document.querySelector('.ak-bar').innerText.includes('Chart {number} ')"
    )


def said(page) -> str:
    return page.inner_text(".auditkit-review")


def test_a_chart_is_coded_and_judged_by_keyboard_alone(lab, page):
    """Blind first, then both sides; judgements land in the log; nothing is fetched from outside."""
    folder, address = lab
    chart(page, 1)
    assert "99214" not in said(page)
    assert page.inner_text(".auditkit-review mark") == "0.6 cm"
    assert "<b>Plan</b>" in page.inner_text(".auditkit-review .ak-note")
    shots = os.environ.get("AUDITKIT_SCREENSHOTS")
    if shots:
        page.screenshot(path=str(Path(shots) / "widget-blind.png"))

    chart(page, 2)
    page.focus(".auditkit-review [name=codes]")
    page.keyboard.type("99213-25; 11102")
    page.keyboard.press("Enter")
    page.wait_for_selector(".auditkit-review .ak-lines")
    assert "code differs" in said(page)
    assert "Low risk only." in said(page)
    if shots:
        page.screenshot(path=str(Path(shots) / "widget-compare.png"))

    press(page, "a", "Enter")
    page.wait_for_function("document.querySelector('.ak-bar').innerText.includes('1 of 9')")
    press(page, "n", "Enter")
    page.wait_for_selector(".auditkit-review .ak-lacking")
    assert "needs its reason, because it overrules the engine" in said(page)
    press(page, "n")
    assert page.evaluate("document.activeElement.name") == "remark"
    page.keyboard.type("No shave is described.")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.ak-bar').innerText.includes('2 of 9')")
    if shots:
        page.screenshot(path=str(Path(shots) / "widget-judged.png"))

    page.click(".auditkit-review summary")
    page.fill(".auditkit-review [name=found]", "11200")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.ak-bar').innerText.includes('3 of 9')")

    state = Review(folder, clock=Clock()).state
    assert ("E2", "+11200") in state.first
    assert [x.code for x in state.blind[("E2", "rob")].event.lines] == ["99213", "11102"]
    assert state.first[("E2", "1")].event.with_engine
    assert state.first[("E2", "+11301")].event.verdict == "not_supported"
    assert state.first[("E2", "+11301")].event.remark == "No shave is described."
    assert all(url.startswith((address, "data:", "blob:")) for url in page.reached)
    assert page.locator(".jp-Notebook .jp-Cell").count() == 1


def test_what_is_lacking_is_said_beside_the_form(page):
    """A verdict without its lines is not saved, and the page says what it needs."""
    chart(page, 4)
    page.fill(".auditkit-review [name=codes]", "99213")
    page.keyboard.press("Enter")
    page.wait_for_selector(".auditkit-review .ak-lines")
    press(page, "u", "Enter")
    page.wait_for_selector(".auditkit-review .ak-lacking")

    assert "needs the lines that should have been billed" in said(page)
    assert page.input_value(".auditkit-review [name=judgement]:checked") == "undercoded"


def test_an_element_leads_to_its_words_and_keys_are_told(page):
    """An element with evidence leads to its words; keys, focus and status serve a keyboard."""
    chart(page, 1)
    page.click(".auditkit-review .ak-elements button:has-text('0.6')")
    assert page.inner_text(".auditkit-review mark.ak-shown") == "0.6 cm"

    press(page, "?")
    assert "next chart that is not finished" in said(page)
    assert page.get_attribute(".auditkit-review .ak-keys", "aria-expanded") == "true"
    press(page, "?")
    assert page.locator(".auditkit-review .ak-help").count() == 0

    page.focus(".auditkit-review .ak-bar button:has-text('Next')")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.ak-bar').innerText.includes('Chart 2')")


def test_a_verdict_asks_for_what_it_needs_and_no_more(page):
    """Agreeing asks for nothing; a wrong code for its lines, category, direction and rule."""
    chart(page, 5)
    page.fill(".auditkit-review [name=codes]", "17003 x3")
    page.keyboard.press("Enter")
    page.wait_for_selector(".auditkit-review .ak-lines")

    def asked():
        fields = page.locator(".auditkit-review .ak-work > div > .ak-form .ak-field:visible")
        return [text.split("\n")[0] for text in fields.all_inner_texts()]

    remark = "Reason or remark (stands in the report)"
    press(page, "a")
    assert asked() == [remark]
    press(page, "w")
    assert [each.split(" ")[0] for each in asked()] == [
        "Should", "Category", "Direction", "Rule", "Reason",
    ]  # fmt: skip
    assert page.evaluate("document.activeElement.name") == "lines"

    press(page, "a", "Enter")
    page.wait_for_selector(".auditkit-review .ak-done")
    assert "This chart is finished" in said(page)
    assert page.evaluate("document.activeElement.className").find("auditkit-review") >= 0


def test_a_line_that_is_right_but_for_its_diagnosis_points_to_the_reason(page):
    """Where code, modifiers and units are the same and the verdict is an error, the row says so."""
    chart(page, 6)
    page.fill(".auditkit-review [name=codes]", "99203; 11102")
    page.keyboard.press("Enter")
    page.wait_for_selector(".auditkit-review .ak-lines")

    cells = page.locator(".auditkit-review .ak-lines .ak-diff").all_inner_texts()
    assert cells == ["same", "same line; see why"]


def test_the_page_is_legible_in_a_dark_jupyterlab_and_on_a_narrow_screen(page):
    """The dark theme changes ink and paper; nothing is wider than a narrow window."""
    page.evaluate("document.body.setAttribute('data-jp-theme-light', 'false')")
    paper = page.evaluate(
        "getComputedStyle(document.querySelector('.auditkit-review')).backgroundColor"
    )
    assert paper == "rgb(27, 29, 32)"

    page.set_viewport_size({"width": 640, "height": 900})
    page.wait_for_timeout(500)
    wide, shown = page.evaluate(
        "[document.querySelector('.auditkit-review').scrollWidth,"
        " document.querySelector('.auditkit-review').clientWidth]"
    )
    assert wide <= shown
