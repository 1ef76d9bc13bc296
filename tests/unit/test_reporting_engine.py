"""The papermill engine: isolation, conformance with the stock engine, errors, time-outs."""

import os
import re
import subprocess
import sys
import threading

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from auditkit.reporting import engine

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")

KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}

EVERY_OUTPUT = (
    "print('one'); print('two')",
    "import sys; print('to error', file=sys.stderr)",
    "from IPython.display import HTML, Markdown, display\n"
    "print('before'); display(HTML('<b>x</b>')); print('after')",
    "1 + 1",
    "'suppressed';",
    "import pandas as pd; pd.DataFrame({'a': [1, 2], 'b': ['x', None]})",
    "display(Markdown('*m*'), {'text/plain': 'raw'})",
    "import matplotlib.pyplot as plt\nfig, ax = plt.subplots(figsize=(2, 1)); ax.plot([0, 1]);",
    "plt.figure(figsize=(1, 1)); plt.plot([1, 2]); print('text before the figure')",
    "plt.figure(figsize=(1, 1)); plt.show(); print('after show')",
    "h = display('first', display_id='d'); None",
    "h.update('second')",
    "from IPython.display import clear_output\nprint('gone'); clear_output(); print('kept')",
    "print('waits'); clear_output(wait=True); print('replaces')",
    "class R:\n    def _repr_mimebundle_(self, **k):\n"
    "        return {'text/html': '<i>r</i>', 'text/plain': 'r'}\nR()",
    "class P:\n    def _repr_png_(self): return b'\\x89PNG bytes'\nP()",
    "class J:\n    def _repr_json_(self): return {'b': 1, 'a': [1, 2]}\nJ()",
    "import os; os.system('echo from a subprocess'); None",
    "!echo shell magic",
    "%%time\nx = 3",
    "%%capture cap\nprint('hidden')",
    "cap.stdout",
    "import warnings; warnings.warn('careful')",
    "await __import__('asyncio').sleep(0, 'awaited')",
    "_ ; __name__, _ih[1][:5], Out[4]",
    "print('no newline', end='')",
    "print('tick', end='\\r'); print('tock')",
    "help(len)",
    "try:\n    input('question')\nexcept Exception as e:\n    print(type(e).__name__, e)",
    "get_ipython().__class__.__name__, plt.get_backend()",
    "open",
    "1 / 0",
    "def f(:",
    "undefined_name",
)


def notebook_of(*sources, tags=()):
    """Return a notebook of code cells, with a parameters cell first."""
    cells = [new_code_cell("value = 1", metadata={"tags": ["parameters"]})]
    cells += [new_code_cell(source, metadata={"tags": list(tags)}) for source in sources]
    return new_notebook(cells=cells, metadata={"kernelspec": KERNEL})


def run(notebook, tmp_path, engine_name, **kwargs):
    """Run *notebook* under an engine in a fresh process, and return the executed notebook."""
    source, target = tmp_path / "in.ipynb", tmp_path / f"{engine_name}.ipynb"
    nbformat.write(notebook, source)
    script = (
        "import sys, papermill\n"
        "from auditkit.reporting import engine\n"
        "engine.register()\n"
        f"papermill.execute_notebook({str(source)!r}, {str(target)!r}, "
        f"engine_name={engine_name!r}, progress_bar=False, **{kwargs!r})\n"
    )
    # Under pytest, ipykernel does not capture what subprocesses write.
    plain = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=plain)
    return nbformat.read(target, as_version=4), done


def comparable(notebook):
    """Return each code cell's outputs, neighbouring pieces of one stream joined."""
    found = []
    for cell in notebook.cells:
        outputs = []
        for output in cell.get("outputs", []):
            output = dict(output)
            same = outputs and output["output_type"] == "stream" == outputs[-1]["output_type"]
            if same and output["name"] == outputs[-1]["name"]:
                outputs[-1] = {**outputs[-1], "text": outputs[-1]["text"] + output["text"]}
            else:
                outputs.append(output)
        found.append((cell.get("execution_count"), outputs))
    return found


def test_every_kind_of_output_is_that_of_the_stock_engine(tmp_path):
    """Streams, displays, figures, updates, clearing, reprs and errors come out the same."""
    notebook = notebook_of(*EVERY_OUTPUT, tags=["raises-exception"])

    stock, theirs = run(notebook, tmp_path, None)
    ours, done = run(notebook, tmp_path, engine.NAME)

    # papermill itself ends with the last error, even an expected one, under either engine.
    assert theirs.returncode == done.returncode
    sources = [cell.source for cell in stock.cells]
    assert len(sources) > len(EVERY_OUTPUT)
    for source, expected, actual in zip(sources, comparable(stock), comparable(ours), strict=True):
        assert _normal(expected) == _normal(actual), source


def _normal(cell):
    """Return a cell's outputs without what no two runs share: addresses, timings, file names."""
    text = repr(cell)
    text = re.sub(r"0x[0-9a-f]+", "0x", text)
    text = re.sub(r"(CPU times|Wall time)[^\\]*", "time", text)
    return re.sub(r"/tmp/ipykernel_\d+/\d+\.py", "FILE", text)


def test_nothing_of_one_notebook_reaches_the_next(tmp_path):
    """Options, style, environment, globals, modules and working folder are each report's own."""
    spoil = notebook_of(
        "import os, sys, builtins, warnings, pandas as pd, matplotlib as mpl, numpy as np\n"
        "pd.set_option('display.max_rows', 3); mpl.rcParams['font.size'] = 99\n"
        "os.environ['LEAK'] = 'yes'; builtins.leak = 1; sys.leak = 1; leak_global = 1\n"
        "pd.DataFrame.leak = 1; np.random.seed(1); os.chdir('/'); warnings.simplefilter('error')\n"
        "sys.path.insert(0, '/leak'); import auditkit; auditkit.leak = 1"
    )
    look = notebook_of(
        "import os, sys, builtins, pandas as pd, matplotlib as mpl, numpy as np, auditkit\n"
        "print(pd.get_option('display.max_rows'), mpl.rcParams['font.size'],"
        " os.environ.get('LEAK'), hasattr(builtins, 'leak'), hasattr(sys, 'leak'),"
        " 'leak_global' in globals(),"
        " hasattr(pd.DataFrame, 'leak'), os.getcwd() == '/', '/leak' in sys.path,"
        " hasattr(auditkit, 'leak'))\nprint(np.random.random(), file=sys.stderr)"
    )
    paths = {}
    for name, notebook in (("spoil", spoil), ("look", look)):
        paths[name] = str(tmp_path / f"{name}.ipynb")
        nbformat.write(notebook, paths[name])
    script = (
        "import papermill, pandas, matplotlib.pyplot, auditkit\n"
        "from auditkit.reporting import engine, shell\n"
        "engine.register(); shell.make_shell()\n"
        f"for i, p in enumerate([{paths['look']!r}, {paths['spoil']!r}, {paths['look']!r}]):\n"
        f"    papermill.execute_notebook(p, {str(tmp_path)!r} + f'/{{i}}.ipynb', "
        "engine_name='auditkit', progress_bar=False)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)

    before, after = (nbformat.read(tmp_path / f"{i}.ipynb", 4).cells[1].outputs for i in (0, 2))

    assert before[0].text == after[0].text
    assert before[0].text.split() == ["60", "10.0", "None", *["False"] * 7]
    assert before[1].text != after[1].text, "two reports drew the same random number"


def test_an_error_stops_the_notebook_and_names_the_cell(tmp_path):
    """The first error that is not expected ends the run as papermill's own error."""
    path = tmp_path / "n.ipynb"
    nbformat.write(notebook_of("x = 1", "raise KeyError('k')", "print('never')"), path)
    script = (
        "import papermill\nfrom auditkit.reporting import engine\nengine.register()\n"
        f"papermill.execute_notebook({str(path)!r}, {str(path)!r}, engine_name='auditkit', "
        "progress_bar=False)"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert "PapermillExecutionError" in done.stderr and "KeyError" in done.stderr
    ran = nbformat.read(path, 4)
    assert [c.outputs for c in ran.cells if c.cell_type == "code"][-1] == []


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("import os; os._exit(3)", "DeadKernelError"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "DeadKernelError"),
        ("import time; time.sleep(60)", "CellTimeoutError"),
        ("import sys; sys.exit(2)", "PapermillExecutionError"),
    ],
)
def test_a_child_that_dies_or_hangs_is_an_error_not_a_wait(tmp_path, source, error):
    """A killed, hanging or exiting cell ends as an error in the caller, within the time-out."""
    notebook = notebook_of(source, "print('never')")

    _, done = run(notebook, tmp_path, engine.NAME, execution_timeout=2)

    assert error in done.stderr


def test_markdown_blank_and_skipped_cells_are_passed_over(tmp_path):
    """Only code runs; a cell tagged to be skipped does not."""
    notebook = notebook_of("", "print('ran')")
    notebook.cells += [
        new_markdown_cell("# words"),
        new_code_cell("print('skipped')", metadata={"tags": ["skip-execution"]}),
    ]

    ours, done = run(notebook, tmp_path, engine.NAME)
    stock, _ = run(notebook, tmp_path, None)

    assert done.returncode == 0
    assert [c.get("outputs") for c in stock.cells] == [c.get("outputs") for c in ours.cells]
    assert [c.get("execution_count") for c in stock.cells] == [
        c.get("execution_count") for c in ours.cells
    ]


def test_a_process_with_threads_is_not_forked():
    """Where another thread is at work the stock engine takes over."""
    release = threading.Event()
    other = threading.Thread(target=release.wait)
    other.start()
    try:
        assert not engine.can_fork()
    finally:
        release.set()
        other.join()


def test_a_large_output_comes_through_whole(tmp_path):
    """An output larger than any pipe's buffer arrives complete."""
    ours, done = run(notebook_of("print('x' * 3_000_000)"), tmp_path, engine.NAME)

    assert done.returncode == 0
    assert len(ours.cells[1].outputs[0].text) == 3_000_001
