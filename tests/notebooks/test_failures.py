"""A notebook reports a failure in one sentence that says what to do."""

import os
import re
import signal
import time
import uuid
from pathlib import Path

import pytest

from tests.support.kernel import kernel
from tests.support.notebooks import EVERY, read
from tools.processes import MARK, marked
from tools.waiting import until

pytestmark = pytest.mark.notebook

START = 'from sprout.notebook import start; day = start("day4")'
STARTS = re.compile(r"^\w+ = start(_application)?\(", re.MULTILINE)
SEND = "from taskrunner.tasks.addition.sums import add; result = add.delay(2, 2)"


@pytest.fixture(scope="module")
def shared():
    with kernel() as running:
        yield running


@pytest.fixture
def cells(shared):
    """A kernel in which day 4 is running and the task `add` is imported."""
    shared.run(f"if 'day' not in globals() or not day.running:\n    {START}")
    assert shared.run("from taskrunner.tasks.addition.sums import add") == ""
    return shared


def one_sentence(seen):
    assert seen
    assert "Traceback" not in seen
    assert "---" not in seen
    return "\n" not in seen


def processes(mark):
    return [process for process in marked(mark) if process.is_running()]


@pytest.fixture(scope="module")
def bare():
    """A kernel without a broker or a worker."""
    with kernel() as running:
        running.run("import sprout.broker; sprout.broker.find_server = lambda _: None")
        yield running


@EVERY
def test_a_cell_run_out_of_order_shows_which_cell_to_run_first(bare, name):
    answers = []
    for cell in read(name).cells:
        if cell.cell_type == "code" and not STARTS.search(cell.source):
            bare.run("%reset -f")
            answers.append(bare.run(cell.source))
    assert answers[-1].startswith("name ")
    for seen in answers:
        assert "Traceback" not in seen
        assert "---" not in seen
        if seen.startswith(("name", "No module")):
            assert one_sentence(seen)
            assert "Run" in seen


@EVERY
def test_without_redis_server_the_error_explains_the_installation(bare, name):
    start = next(cell for cell in read(name).cells if STARTS.search(cell.source))
    bare.run("from sprout.notebook import start")
    seen = bare.run(start.source)
    assert "Traceback" not in seen
    assert "There is no redis-server here" in seen
    assert "apt-get install redis-server" in seen
    # Importing the day's app must fail, so that no task reaches a different broker.
    assert "Run the cell that starts" in bare.run("from taskrunner import app")


def test_without_widgets_the_form_refers_to_the_next_cell(bare):
    form = next(cell for cell in read("day7").cells if "IntSlider" in cell.source)
    code = form.source.replace("import ipywidgets", "import no_such_widgets")
    assert bare.run(code) == "There are no widgets here: use the next cell."


def test_an_unknown_day_is_an_error(cells):
    seen = cells.run('from sprout.notebook import start; start("day9")')
    assert seen == "There is no day9. The days are day0 to day7."


def test_an_interrupted_cell_leaves_the_worker_usable(cells):
    cells.run("result = add.apply_async((2, 2), countdown=30)")
    request = cells.send("print('waits', flush=True); result.get()")
    time.sleep(1)  # wait until the cell is in get(); an earlier interrupt also works
    cells.manager.interrupt_kernel()
    seen = cells.see(request)
    assert one_sentence(seen.removeprefix("waits").strip())
    assert "Interrupted" in seen
    assert cells.run(f"{SEND}; print(result.get(timeout=30))") == "4"


def test_starting_twice_leaves_one_worker_and_one_broker(cells):
    cells.run("before = day; waits = add.apply_async((2, 2), countdown=30)")
    cells.run("try: waits.get(timeout=0.1)\nexcept Exception: pass")
    assert "The worker is ready." in cells.run(START)
    assert cells.run("print(before.running, day.running)") == "False True"
    # Deleting a result of the first day must not contact the first broker.
    again = f"{SEND}; gc.collect(); print(result.get(timeout=30))"
    assert cells.run("del waits; import gc; gc.collect(); print('quiet')") == "quiet"
    assert cells.run(again) == "4"


def test_a_dead_worker_is_reported_and_can_be_restarted(cells):
    cells.run(f"{SEND}; leash = day.worker._process._leash")
    cells.run("import psutil; child, = psutil.Process(leash.pid).children()")
    cells.run("[p.kill() for p in [*child.children(recursive=True), child]]")
    cells.run("leash.wait(20)")
    for code in ("add.delay(1, 1).get(timeout=0.5)", "day.timeline(result)"):
        seen = cells.run(code)
        assert one_sentence(seen)
        assert "The worker has stopped" in seen
    assert "The worker is ready." in cells.run("day.start_worker()")
    assert cells.run("print(add.delay(3, 3).get(timeout=30))") == "6"


def test_without_its_broker_a_cell_shows_which_cell_to_run(cells):
    cells.run("day.broker.stop()")
    for code in ("add.delay(1, 1)", "day.start_worker()"):
        seen = cells.run(code)
        assert one_sentence(seen)
        assert "Run the cell that starts" in seen
    assert "The worker is ready." in cells.run(START)
    assert cells.run(f"{SEND}; print(result.get(timeout=30))") == "4"


def test_other_errors_keep_their_traceback(cells):
    seen = cells.run("[][1]")
    assert "Traceback" in seen
    assert "IndexError" in seen


@pytest.mark.parametrize("end", ["restart", "kill"])
def test_a_killed_or_restarted_kernel_leaves_nothing_running(end):
    mark = uuid.uuid4().hex
    with kernel({MARK: mark}) as cells:
        assert "The worker is ready." in cells.run(START)
        cells.run(f"{SEND}; folder = day.scratch(); (folder / 'file').touch()")
        folder = Path(cells.run("print(folder)"))
        assert folder.is_dir()
        assert len(processes(mark)) > 4
        if end == "kill":
            os.kill(cells.manager.provisioner.pid, signal.SIGKILL)
        else:
            cells.manager.restart_kernel()
            cells.client.wait_for_ready(timeout=60)
        left = 0 if end == "kill" else 1
        until(lambda: len(processes(mark)) <= left, 30)
        until(lambda: not folder.exists())
    assert not processes(mark)
