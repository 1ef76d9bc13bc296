"""PDF: a page as a tagged document with page numbers and bookmarks.

WeasyPrint makes PDF/UA from the page's own HTML and style. It is an extra (`auditkit[pdf]`), since
it needs the Pango library of the system; where it cannot run, an installed Chrome or Edge prints
the same page. Neither reads anything but the page itself.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from auditkit.errors import ReportError
from auditkit.files import write_bytes

Engine = Literal["auto", "weasyprint", "browser"]

#: Where browsers that print are found, besides the search path.
BROWSERS = (
    "google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chrome", "msedge",
    "microsoft-edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    r"C:\Program Files\Microsoft\Edge\Application\msedge.exe",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)  # fmt: skip

_HOW = (
    "Install WeasyPrint with `pip install 'auditkit[pdf]'` (on Windows and macOS it also needs "
    "Pango, see its installation page), or install Chrome or Edge. The HTML page is whole without "
    "it, and prints from any browser."
)
_SECONDS = 120


def write_pdf(page: Path | str, target: Path | str | None = None, engine: Engine = "auto") -> Path:
    """Write the HTML *page* as PDF and return the PDF's path.

    Args:
        page: a page that this package made.
        target: where the PDF goes; beside the page when left out.
        engine: `weasyprint`, `browser`, or `auto` for the first that can be used.

    Raises:
        ReportError: if the page is missing, or nothing on this machine can make a PDF.
    """
    source = Path(page)
    if not source.is_file():
        raise ReportError(f"{source.name} is not there; make the report first.")
    made = _engine(engine)(source)
    path = Path(target) if target else source.with_suffix(".pdf")
    write_bytes(path, made)
    return path


def _engine(engine: Engine) -> Callable[[Path], bytes]:
    """Return the function that makes the bytes of a PDF, or say what to install."""
    if engine in ("auto", "weasyprint") and _weasyprint() is not None:
        return _by_weasyprint
    if engine in ("auto", "browser") and browser() is not None:
        return _by_browser
    raise ReportError(f"Nothing on this machine can make a PDF. {_HOW}")


def _weasyprint() -> Any:
    """Return the WeasyPrint module, or None where it or its native library is missing."""
    try:
        import weasyprint
    except (ImportError, OSError):
        return None
    return weasyprint


def browser() -> str | None:
    """Return the path of an installed browser that can print, or None."""
    for name in BROWSERS:
        found = shutil.which(name) or (name if Path(name).is_file() else None)
        if found:
            return found
    return None


def _by_weasyprint(source: Path) -> bytes:
    weasyprint = _weasyprint()
    embedded_only = weasyprint.urls.URLFetcher(allowed_protocols=("data",))
    document = weasyprint.HTML(string=source.read_text("utf-8"), url_fetcher=embedded_only)
    made: bytes = document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=b"auditkit")
    return made


def _by_browser(source: Path) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "page.pdf"
        command = [
            str(browser()), "--headless", "--disable-gpu", "--no-first-run", "--disable-sync",
            "--disable-background-networking", "--disable-component-update", "--disable-quic",
            "--no-pdf-header-footer", "--generate-pdf-document-outline",
            f"--user-data-dir={folder}/profile", f"--print-to-pdf={target}",
        ]  # fmt: skip
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--no-sandbox")  # a browser's sandbox cannot be had as root
        try:
            subprocess.run(  # noqa: S603 - an installed browser, our own page
                [*command, source.resolve().as_uri()],
                capture_output=True,
                check=True,
                timeout=_SECONDS,
            )
            return target.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise ReportError(f"The browser did not print {source.name}. {_HOW}") from error
