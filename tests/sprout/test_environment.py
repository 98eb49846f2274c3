"""Shell variables for other projects do not reach Sprout's child processes."""

import os
import subprocess
import urllib.request

import pytest
from celery.bin.celery import celery

from sprout.environment import KEPT, REMOVED, clean
from sprout.process import SCRIPTS, environment
from tests.support.processes import copy_of_sprout, plain_environment

# Each of these variables alone broke the tour: the worker did not start, used the wrong
# broker, or could not find its package.
HOSTILE = {
    "BROKER_URL": "redis://127.0.0.1:1/0",
    "CELERY_BROKER_READ_URL": "redis://127.0.0.1:1/0",
    "CELERY_BROKER_WRITE_URL": "redis://127.0.0.1:1/0",
    "CELERY_CONFIG_MODULE": "nowhere",
    "CELERY_LOADER": "nowhere.Loader",
    "CELERY_WORKER_POOL": "nowhere",
    "CELERY_WORKER_QUEUES": "other",
    "CONFIG_MODULE": "nowhere",
    "LOADER": "nowhere.Loader",
    "PYTHONINSPECT": "1",
    "PYTHONSAFEPATH": "1",
    "PYTHONWARNINGS": "error",
    "RESULT_BACKEND": "redis://127.0.0.1:1/0",
}
# These variables do not break day 0, but they change other programs of Sprout.
OTHERS = {
    "APP": "other",
    "C_FORCE_ROOT": "1",
    "DJANGO_SETTINGS_MODULE": "mysite.settings",
    "FLOWER_URL_PREFIX": "flower",
    "PICKLE_PROTOCOL": "2",
    "GUNICORN_CMD_ARGS": "--bind 127.0.0.1:1",
    "PYTEST_ADDOPTS": "--durations=0",
    "PYTHONSTARTUP": "/nowhere.py",
    "REMAP_SIGTERM": "SIGQUIT",
}
LEGITIMATE = {
    "CELERY_BROKER_URL": "amqp://guest@127.0.0.1:5672//",
    "CELERY_RESULT_BACKEND": "redis://127.0.0.1:6379/0",
    "DJANGO_SUPERUSER_PASSWORD": "a-Long-pass-1",
    "FLOWER_BASIC_AUTH": "ada:word",
    "HOME": "/home/ada",
    "PIP_CACHE_DIR": "/cache",
    "PIP_CERT": "/ca.pem",
    "PIP_CONFIG_FILE": "/pip.conf",
    "PIP_INDEX_URL": "https://packages.example/simple",
    "SSL_CERT_FILE": "/ca.pem",
    "UV_INDEX_MINE_PASSWORD": "word",
}


@pytest.mark.stack
def test_the_tour_runs_with_any_shell_variables(tmp_path):
    folder = copy_of_sprout(tmp_path / "sprout")
    # make starts the `sprout` command without the PYTHON* variables.
    ours = {k: v for k, v in HOSTILE.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        [SCRIPTS / "python", "-m", "sprout", "tour", "day0"],
        cwd=folder,
        env=plain_environment() | ours | OTHERS,
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.stack
def test_make_hides_python_variables(tmp_path):
    makefile = SCRIPTS.parent.parent / "Makefile"
    show = "include {}\nshow: ; @env; $(PYTHON) -c ''; echo '$(PYTHON) is chosen'\n"
    (tmp_path / "python3").write_text("#!/bin/sh\nexit 1\n")  # a Python that is too old
    (tmp_path / "python3").chmod(0o755)
    (tmp_path / "python3.14").symlink_to(SCRIPTS / "python")
    path = f"{tmp_path}:{os.environ['PATH']}"
    (tmp_path / "Makefile").write_text(show.format(str(makefile).replace(" ", "\\ ")))
    shell = {"PYTHONHOME": "/nowhere", "PYTHONPATH": "/nowhere", "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        ["make", "-s", "show"],
        cwd=tmp_path,
        env=plain_environment(PATH=path, PYTEST_PLUGINS="nowhere", LEFT="1") | shell,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "LEFT=1" in done.stdout
    assert "python3.14 is chosen" in done.stdout
    assert "nowhere" not in done.stdout
    assert "PYTHONSAFEPATH" not in done.stdout


@pytest.mark.parametrize("name", [*HOSTILE, *OTHERS])
def test_a_variable_of_another_project_is_removed(monkeypatch, name):
    monkeypatch.setenv(name, (HOSTILE | OTHERS)[name])
    assert name not in environment()


def test_documented_variables_are_kept():
    cleaned = dict(LEGITIMATE)
    clean(cleaned)
    assert cleaned == LEGITIMATE


def test_every_variable_of_the_celery_command_is_covered():
    # Celery lists the variables in its options. A new version can add variables.
    names = {
        name
        for command in (celery, *celery.commands.values())
        for option in command.params
        for name in ([option.envvar] if isinstance(option.envvar, str) else [])
    }
    assert "BROKER_URL" in names
    assert names <= REMOVED | {"NO_COLOR"} | {
        name for name in names if name.startswith(tuple(KEPT))
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"http_proxy": "http://proxy.example:1"}, "127.0.0.1,localhost"),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": "a.b"}, "a.b,127.0.0.1,localhost"),
        ({"http_proxy": "http://p:1", "no_proxy": "localhost"}, "localhost,127.0.0.1"),
        ({"http_proxy": "http://p:1", "no_proxy": "*"}, "*"),
        ({"no_proxy": "a.b"}, "a.b"),
        ({}, None),
    ],
)
def test_this_machine_is_excluded_from_the_proxy(monkeypatch, before, after):
    cleaned = dict(before)
    clean(cleaned)
    assert cleaned.get("no_proxy") == after
    for name, value in cleaned.items():
        monkeypatch.setenv(name, value)
    if before.keys() - {"no_proxy"}:
        assert urllib.request.proxy_bypass("127.0.0.1:8000")
        assert urllib.request.proxy_bypass("localhost:8000")
