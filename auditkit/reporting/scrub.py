"""Executed notebooks without what identifies the run: no paths, times, names or machine."""

from nbformat import NotebookNode

_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
_KEPT_CELL_METADATA = ("tags", "alt", "title")


def scrub(notebook: NotebookNode, made_from: str = "") -> NotebookNode:
    """Return a copy of *notebook* that can be handed on, the same bytes for the same content.

    Taken out: papermill's parameters, paths and times, widget state, the kernel's name and
    version, random cell ids, and whatever was written to standard error.

    Args:
        notebook: an executed notebook.
        made_from: the hash of what it was made from, kept so that a later run recognises it.
    """
    cells = [_cell(cell, number) for number, cell in enumerate(notebook.cells, start=1)]
    metadata = NotebookNode(
        kernelspec=NotebookNode(_KERNEL), language_info=NotebookNode(name="python")
    )
    if made_from:
        metadata["auditkit"] = NotebookNode(made_from=made_from)
    return NotebookNode(cells=cells, metadata=metadata, nbformat=4, nbformat_minor=5)


def _cell(cell: NotebookNode, number: int) -> NotebookNode:
    """Return one cell without what papermill and the front end noted on it."""
    kept = {k: v for k, v in cell.metadata.items() if k in _KEPT_CELL_METADATA}
    if "injected-parameters" in kept.get("tags", []):
        identity = "injected"
    else:
        identity = str(cell.get("id") or f"cell-{number}")
    new = NotebookNode(
        id=identity, cell_type=cell.cell_type, metadata=NotebookNode(kept), source=cell.source
    )
    if cell.cell_type == "code":
        new["execution_count"] = cell.get("execution_count")
        new["outputs"] = [o for o in cell.outputs if not _is_standard_error(o)]
    return new


def _is_standard_error(output: NotebookNode) -> bool:
    return bool(output.output_type == "stream" and output.name == "stderr")
