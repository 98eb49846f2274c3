"""Day 3: tasks discovered in folders."""

import importlib.util
import keyword
import shutil
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sprout.days import DAYS, ROOT
from sprout.process import Process
from sprout.worker import Worker, WorkerError
from tests.support.days import copy_day, lesson, registered
from tools.waiting import until

pytestmark = pytest.mark.stack

FOUND = [
    "taskrunner.tasks.addition.sums.add",
    "taskrunner.tasks.addition.sums.sub",
    "taskrunner.tasks.multiplication.products.mul",
    "taskrunner.tasks.multiplication.quotients.div",
]


@pytest.fixture(scope="module")
def day3(urls):
    yield from lesson("day3", urls)


@pytest.fixture
def copy(tmp_path):
    """A copy of the day for tests that change files."""
    return copy_day("day3", tmp_path)


def test_the_client_calls_tasks_in_nested_packages(day3):
    client = day3.run("python", "client.py")
    assert client.stderr == ""
    assert client.stdout.splitlines() == [
        "found:",
        "  taskrunner.tasks.addition.sums",
        "  taskrunner.tasks.multiplication.products",
        "  taskrunner.tasks.multiplication.quotients",
        "taskrunner.tasks.addition.sums.add(4, 2) = 6",
        "taskrunner.tasks.addition.sums.sub(4, 2) = 2",
        "taskrunner.tasks.multiplication.products.mul(4, 2) = 8",
        "taskrunner.tasks.multiplication.quotients.div(4, 2) = 2.0",
    ]


def test_the_worker_discovers_nested_tasks(day3):
    assert registered(day3.worker.log()) == FOUND


def test_a_new_file_is_discovered_without_other_edits(copy, redis):
    new = copy / "taskrunner" / "tasks" / "deep" / "down" / "powers.py"
    new.parent.mkdir(parents=True)
    new.write_text(
        "from celery import shared_task\n\n\n"
        "@shared_task\ndef power(x, y):\n    return x**y\n"
    )
    url = redis.url(1)
    with Worker(copy, url) as worker:
        name = "taskrunner.tasks.deep.down.powers.power"
        assert registered(worker.log()) == sorted([*FOUND, name])
        send = (
            "from taskrunner.celery import app\n"
            f"print(app.send_task({name!r}, [2, 3]).get(timeout=30))"
        )
        command = ["python", "-c", send]
        with Process(command, cwd=copy, env=worker.urls) as client:
            assert client.wait(60) == 0
            assert client.log() == "8\n"


@pytest.mark.parametrize("app_first", [True, False])
def test_the_worker_starts_from_another_directory(app_first, tmp_path, redis):
    options = ["-A", "taskrunner"], ["--workdir", str(ROOT / "day3")]
    first, second = options if app_first else options[::-1]
    command = ["celery", *first, *second, "worker", "-l", "info"]
    env = {"CELERY_BROKER_URL": redis.url(1), "CELERY_RESULT_BACKEND": redis.url(1)}
    with Process(command, cwd=tmp_path, env=env) as worker:
        until(lambda: " ready." in worker.log() or not worker.running)
        assert registered(worker.log()) == FOUND


@pytest.mark.parametrize("day", [day.name for day in DAYS[3:]])
def test_a_missing_tasks_folder_is_an_error(day, tmp_path, redis):
    copy = copy_day(day, tmp_path)
    shutil.rmtree(copy / "taskrunner" / "tasks")
    with pytest.raises(WorkerError, match="no task modules") as caught:
        Worker(copy, redis.url(1)).start()
    assert str(copy / "taskrunner" / "tasks") in str(caught.value)


# The tests below call `find_tasks` without a worker.


def load_detector(day):
    path = ROOT / day / "taskrunner" / "detector.py"
    spec = importlib.util.spec_from_file_location(f"{day}_detector", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


find_tasks = load_detector("day3").find_tasks

names = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True).filter(
    lambda name: not keyword.iskeyword(name) and name != "__init__"
)
modules = st.lists(names, min_size=1, max_size=4).map(tuple)
others = st.tuples(names, st.sampled_from([".txt", ".pyc", ".py~", ".ipynb", ""]))


def write(root: Path, *files: str) -> None:
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")


def fresh(folder: Path) -> Path:
    """Delete the previous example's files, and return the path of the package."""
    shutil.rmtree(folder, ignore_errors=True)
    return folder / "taskrunner"


def without_prefixes(paths):
    """Drop each path that is also the folder of another path."""
    return {
        path
        for path in paths
        if not any(other != path and other[: len(path)] == path for other in paths)
    }


@given(st.sets(modules, min_size=1, max_size=6), st.sets(others, max_size=4))
def test_exactly_the_modules_are_discovered(tmp_path_factory, paths, noise):
    package = fresh(tmp_path_factory.getbasetemp() / "names")
    paths = without_prefixes(paths)
    write(package / "tasks", *("/".join(path) + ".py" for path in paths))
    for name, suffix in noise:
        target = package / "tasks" / f"{name}{suffix}"
        if not target.exists():
            target.write_text("")
    expected = sorted("taskrunner.tasks." + ".".join(path) for path in paths)
    assert find_tasks(package) == expected


@given(st.sets(modules, min_size=1, max_size=6))
def test_init_files_are_optional(tmp_path_factory, paths):
    package = fresh(tmp_path_factory.getbasetemp() / "inits")
    paths = without_prefixes(paths)
    write(package / "tasks", *("/".join(path) + ".py" for path in paths))
    without = find_tasks(package)
    folders = {PurePosixPath(*path).parent for path in paths}
    write(package / "tasks", *(f"{folder}/__init__.py" for folder in folders))
    assert find_tasks(package) == without


@given(st.sets(modules, min_size=1, max_size=5), names)
def test_hidden_files_and_folders_are_ignored(tmp_path_factory, paths, hidden):
    package = fresh(tmp_path_factory.getbasetemp() / "hidden")
    paths = without_prefixes(paths)
    write(package / "tasks", *("/".join(path) + ".py" for path in paths))
    before = find_tasks(package)
    write(package / "tasks", f".{hidden}.py", f".{hidden}s/copy.py")
    assert find_tasks(package) == before


def test_a_folder_named_like_a_module_is_a_package(tmp_path):
    write(tmp_path / "taskrunner" / "tasks", "a.py/b.py", "c.py")
    # The worker fails when it imports b, because the name "a.py" contains a dot.
    assert find_tasks(tmp_path / "taskrunner") == [
        "taskrunner.tasks.a.py.b",
        "taskrunner.tasks.c",
    ]


@pytest.mark.parametrize("day", [day.name for day in DAYS[3:]])
def test_later_days_discover_tasks_in_the_same_way(day, tmp_path):
    later = load_detector(day).find_tasks
    package = tmp_path / "taskrunner"
    write(package / "tasks", "addition/__init__.py")
    with pytest.raises(RuntimeError, match="no task modules"):
        later(package)
    write(package / "tasks", "addition/sums.py", "others.py")
    assert later(package) == find_tasks(package)


def test_the_modules_do_not_depend_on_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_tasks() == sorted({name.rpartition(".")[0] for name in FOUND})
