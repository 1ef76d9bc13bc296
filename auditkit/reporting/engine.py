"""The papermill engine `auditkit`: one forked child per notebook, cells run without a kernel.

Starting a kernel and importing the scientific stack takes most of a short notebook's time. Here
the child inherits both from a process that has them already, and is thrown away afterwards, so
that nothing of one notebook reaches the next. Only a process without other Python threads can be
forked soundly; anywhere else the stock engine does the work.
"""

import json
import os
import select
import signal
import struct
import threading
import time
from typing import Any, BinaryIO

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.engines import Engine, NBClientEngine, NotebookExecutionManager, papermill_engines

NAME = "auditkit"
_LENGTH = struct.Struct("!Q")


class WarmForkEngine(Engine):
    """Runs a notebook in a child forked from this process; registered as ``auditkit``."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        execution_timeout: float | None = None,
        **kwargs: Any,
    ) -> None:
        """Run the notebook of *nb_man*, filling in its outputs.

        Args:
            nb_man: papermill's manager, which holds the notebook.
            kernel_name: used only when the stock engine takes over.
            execution_timeout: seconds that one cell may take; None for no limit.
            kwargs: passed to the stock engine when it takes over.

        Raises:
            CellTimeoutError: a cell took longer than *execution_timeout*.
            DeadKernelError: the child ended before its last cell did.
        """
        if not can_fork():
            NBClientEngine.execute_managed_notebook(
                nb_man, kernel_name, execution_timeout=execution_timeout, **kwargs
            )
            return
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            _child(nb_man.nb, writer)
        os.close(writer)
        with os.fdopen(reader, "rb", buffering=0) as stream:
            try:
                _collect(nb_man, stream, execution_timeout)
            finally:
                _end(child)


def can_fork() -> bool:
    """Return whether this process can be forked soundly: POSIX, and no other Python thread."""
    return hasattr(os, "fork") and threading.active_count() == 1


def register() -> None:
    """Make the engine known to papermill under its name."""
    papermill_engines.register(NAME, WarmForkEngine)


def _child(nb: NotebookNode, descriptor: int) -> None:
    """Run every code cell until one fails, writing messages to *descriptor*; never return."""
    code = 1
    try:
        from jupyter_client.jsonutil import json_default

        from auditkit.reporting.shell import CellRunner, make_shell

        def send(kind: str, content: dict[str, Any]) -> None:
            body = json.dumps([kind, content], default=json_default).encode()
            _write_all(descriptor, _LENGTH.pack(len(body)) + body)

        runner = CellRunner(make_shell(), send)
        for cell in nb.cells:
            if not _runs(cell):
                continue
            reply = runner.run(cell.source)
            send("execute_reply", reply)
            if reply["status"] == "error" and not _may_fail(cell):
                break
        code = 0
    finally:
        os._exit(code)  # the parent's exit handlers are not the child's to run


def _collect(nb_man: NotebookExecutionManager, stream: BinaryIO, timeout: float | None) -> None:
    """Read the child's messages into the notebook's cells until the last cell or an error."""
    client = NotebookClient(nb_man.nb)
    for index, cell in enumerate(nb_man.nb.cells):
        nb_man.cell_start(cell, index)
        try:
            if _runs(cell):
                cell.outputs = []
                client.clear_before_next_output = False
                reply = _cell_messages(client, cell, index, stream, timeout)
                cell.execution_count = reply["execution_count"]
                if reply["status"] == "error" and not _may_fail(cell):
                    error = CellExecutionError.from_cell_and_msg(cell, reply)
                    nb_man.cell_exception(cell, cell_index=index, exception=error)
                    return
        finally:
            nb_man.cell_complete(cell, cell_index=index)


def _cell_messages(
    client: NotebookClient,
    cell: NotebookNode,
    index: int,
    stream: BinaryIO,
    timeout: float | None,
) -> dict[str, Any]:
    """Hand one cell's messages to nbclient's own bookkeeping; return the reply that ends it."""
    deadline = None if timeout is None else time.monotonic() + timeout
    while True:
        message = _read(stream, deadline)
        if message is None:
            raise DeadKernelError("The process that ran the notebook ended before the cell did.")
        if message == "late":
            raise CellTimeoutError.error_from_timeout_and_cell(
                "Cell execution timed out", int(timeout or 0), cell
            )
        kind, content = message
        if kind == "execute_reply":
            return dict(content)
        header = {"msg_type": kind}
        client.process_message(
            {"msg_type": kind, "header": header, "parent_header": {}, "content": _node(content)},
            cell,
            index,
        )


def _node(content: dict[str, Any]) -> dict[str, Any]:
    """Return *content* with the parts that become an output as notebook nodes."""
    for part in ("data", "metadata"):
        if isinstance(content.get(part), dict):
            content[part] = NotebookNode(content[part])
    return content


def _runs(cell: NotebookNode) -> bool:
    """Return whether the cell is executed: code, not blank, not tagged to be skipped."""
    tags = cell.metadata.get("tags", [])
    return cell.cell_type == "code" and bool(cell.source.strip()) and "skip-execution" not in tags


def _may_fail(cell: NotebookNode) -> bool:
    """Return whether an error in the cell is part of the notebook."""
    return "raises-exception" in cell.metadata.get("tags", [])


def _read(stream: BinaryIO, deadline: float | None) -> Any:
    """Return the next message, None at the end of the stream, or "late" after *deadline*."""
    head = _read_exactly(stream, _LENGTH.size, deadline)
    if not isinstance(head, bytes):
        return head
    body = _read_exactly(stream, _LENGTH.unpack(head)[0], deadline)
    return json.loads(body) if isinstance(body, bytes) else body


def _read_exactly(stream: BinaryIO, size: int, deadline: float | None) -> bytes | str | None:
    """Return *size* bytes, None at the end of the stream, or "late" after *deadline*."""
    parts: list[bytes] = []
    while size:
        if deadline is not None:
            left = max(0.0, deadline - time.monotonic())
            if not select.select([stream], [], [], left)[0]:
                return "late"
        part = stream.read(size)
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _write_all(descriptor: int, data: bytes) -> None:
    """Write all of *data* to the pipe."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _end(child: int) -> None:
    """Make sure that *child* has ended, and take its exit status."""
    if os.waitpid(child, os.WNOHANG)[0] == 0:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
