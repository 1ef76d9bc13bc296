"""The review in JupyterLab: one chart at a time, by keyboard, without network.

Needs the package `anywidget`. What it saves are the same events as the workpapers'.
"""

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from auditkit.errors import AuditkitError
from auditkit.review.desk import Desk

_HERE = Path(__file__).resolve().parent


class ReviewWidget(anywidget.AnyWidget):
    """Shows the charts of one reader; make one from a :class:`auditkit.review.desk.Desk`."""

    _esm = _HERE / "widget.js"
    _css = _HERE / "widget.css"
    view = traitlets.Dict().tag(sync=True)

    def __init__(self, desk: Desk, position: int = 0) -> None:
        super().__init__()
        self._desk = desk
        self.view = {**desk.view(position), "message": "", "saved": True}
        self.on_msg(self._heard)

    def _heard(self, _widget: Any, said: Any, _buffers: Any) -> None:
        """Answer one message of the page: a move to another chart, or an entry."""
        try:
            position = int(self.view["position"])
            if said.get("do") == "go":
                step = int(said.get("by", 0))
                self.view = {**self._desk.view(position + step), "message": "", "saved": True}
            else:
                self.view = self._desk.enter(position, said)
        except (AuditkitError, ValueError, TypeError, AttributeError) as error:
            told = error if isinstance(error, AuditkitError) else "The page sent no usable entry."
            self.view = {**self.view, "message": str(told), "saved": False}
