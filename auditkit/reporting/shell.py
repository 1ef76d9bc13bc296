"""An IPython shell without a kernel: cells run in this process, their outputs are handed on.

The shell is ipykernel's own, with a session that hands each message to a function instead of a
socket. What a notebook displays is therefore built by the same code as in a stock kernel.
"""

import builtins
import os
import random
import sys
import tempfile
from collections.abc import Callable
from io import TextIOBase
from typing import Any

from ipykernel.compiler import XCachingCompiler
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.error import StdinNotImplementedError
from jupyter_client.session import Session
from traitlets.config import Config

#: Takes the kind of a message ("stream", "display_data", "error", ...) and its content.
Send = Callable[[str, dict[str, Any]], None]

INLINE = "module://matplotlib_inline.backend_inline"
_NO_INPUT = (
    "raw_input was called, but this frontend does not support input requests."  # as ipykernel says
)


class _HandOver(Session):
    """A session that hands messages to `hand_to`; nothing leaves the process."""

    hand_to: Send

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, *_: Any, **__: Any) -> None:
        """Hand one message over."""
        if isinstance(msg_or_type, str):
            self.hand_to(msg_or_type, content or {})
        else:
            self.hand_to(msg_or_type["msg_type"], msg_or_type["content"])


class _Stream(TextIOBase):
    """Standard output or error of a cell, sent when flushed, as a kernel does."""

    encoding = "UTF-8"

    def __init__(self, name: str, send: Send, descriptor: int) -> None:
        self.name = f"<{name}>"
        self._kind = name
        self._send = send
        self._descriptor = descriptor
        self._parts: list[str] = []

    def write(self, text: str) -> int:
        """Keep *text* until the next flush."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self._parts.append(text)
        return len(text)

    def flush(self) -> None:
        """Send what was written since the last flush."""
        if text := "".join(self._parts):
            self._parts.clear()
            self._send("stream", {"name": self._kind, "text": text})

    def writable(self) -> bool:
        """Return True."""
        return True

    def fileno(self) -> int:
        """Return the descriptor that subprocesses write to."""
        return self._descriptor


class _Descriptors:
    """What is written to file descriptors 1 and 2 past Python: by C code or subprocesses."""

    def __init__(self) -> None:
        # They live as long as the process, which is thrown away after its notebook.
        self._files = [tempfile.TemporaryFile(), tempfile.TemporaryFile()]  # noqa: SIM115
        self._taken = [0, 0]
        for number, file in enumerate(self._files, start=1):
            os.dup2(file.fileno(), number)

    def take(self) -> tuple[str, str]:
        """Return what was written to standard output and error since the last call."""
        texts = []
        for which, file in enumerate(self._files):
            size = os.fstat(file.fileno()).st_size - self._taken[which]
            new = os.pread(file.fileno(), size, self._taken[which]) if size else b""
            self._taken[which] += len(new)
            texts.append(new.decode("utf-8", "replace"))
        return texts[0], texts[1]


def make_shell() -> ZMQInteractiveShell:
    """Return this process's shell, with inline figures, ready to run its first cell.

    It may be made before a fork, to save the time in each child: no cell has run in it yet.
    """
    os.environ.setdefault("MPLBACKEND", INLINE)
    config = Config()
    config.HistoryManager.enabled = False
    config.Completer.use_jedi = False
    shell = ZMQInteractiveShell.instance(config=config, compiler_class=XCachingCompiler)
    session = _HandOver(key=b"")
    session.hand_to = lambda kind, content: None
    shell.display_pub.session = session
    shell.displayhook.session = session
    shell.displayhook.pub_socket = shell.display_pub.pub_socket = object()
    shell.displayhook.topic = b"execute_result"
    _inline_figures(shell)
    return shell


def _inline_figures(shell: ZMQInteractiveShell) -> None:
    """Show figures as outputs, also where matplotlib was imported before there was a shell."""
    if os.environ["MPLBACKEND"] != INLINE or "matplotlib" not in sys.modules:
        return
    from IPython.core.pylabtools import activate_matplotlib
    from matplotlib_inline import backend_inline

    activate_matplotlib(INLINE)
    backend_inline.configure_inline_support(shell, INLINE)


class CellRunner:
    """Runs cells one after another in a process that will be thrown away afterwards.

    Making one takes over standard output, standard error and standard input of the process.
    """

    def __init__(self, shell: ZMQInteractiveShell, send: Send) -> None:
        self._shell = shell
        self._send = send
        self._descriptors = _Descriptors()
        shell.displayhook.session.hand_to = send
        sys.stdout = self._out = _Stream("stdout", send, 1)
        sys.stderr = self._err = _Stream("stderr", send, 2)
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123
        builtins.input = _no_input
        _fresh_randomness()

    def run(self, source: str) -> dict[str, Any]:
        """Run one cell; return the kernel's reply: status, and the error's name and text.

        Outputs are sent while the cell runs.
        """
        result = self._shell.run_cell(source, store_history=True)
        out, err = self._descriptors.take()
        self._out.write(out)
        self._err.write(err)
        self._out.flush()
        self._err.flush()
        error = result.error_before_exec or result.error_in_exec
        formatting = getattr(self._shell, "_last_traceback_during_displayhook", False)
        reply = {"status": "ok", "execution_count": self._shell.execution_count - 1}
        if not result.success or formatting:
            reply |= {
                "status": "error",
                "ename": type(error).__name__,
                "evalue": str(error),
                "traceback": self._shell._last_traceback or [],
            }
        return reply


def _no_input(prompt: object = "") -> str:
    """Refuse to ask a question that nobody can answer."""
    raise StdinNotImplementedError(_NO_INPUT)


def _fresh_randomness() -> None:
    """Seed the global generators anew; a forked child would otherwise repeat its siblings'."""
    random.seed()
    if "numpy" in sys.modules:
        import numpy as np

        np.random.seed()
