"""up: the whole application by one command, and its end without a trace."""

import fcntl
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
from contextlib import suppress

import psutil
import pytest
from up import choose, main, wait_until_healthy

from sprout.broker import free_port
from sprout.process import Process, environment
from tests.support.application import PROJECT
from tests.support.processes import gone
from tests.support.proxy import proxy
from tools.waiting import until

pytestmark = pytest.mark.stack


@pytest.fixture
def up(tmp_path):
    """Return a function that runs up.py with all it writes in a folder of the test."""
    started = []

    def start(program=PROJECT / "up.py", **env):
        port = free_port()
        variables = environment(
            {
                "PORT": str(port),
                "FLOWER_PORT": str(free_port()),
                "REDIS_PORT": str(free_port()),
                "SPROUT_VAR": str(tmp_path / "var"),
                "BACKUP_DIR": str(tmp_path / "backups"),
                "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
                "STEP_SECONDS": "0.1",
                **env,
            }
        )
        variables.pop("CELERY_BROKER_URL", None)
        output = tmp_path / f"{len(started)}.out"
        with output.open("wb") as file:
            process = subprocess.Popen(
                ["python", program],
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started.append(process)
        return process, output, f"http://127.0.0.1:{port}"

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(60)


def test_a_second_one_is_refused(up, tmp_path):
    (tmp_path / "var").mkdir()
    with (tmp_path / "var" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process, output, _ = up()
        assert process.wait(30) != 0
    said = "The application is already running in another terminal.\n"
    assert output.read_text() == said


def test_relative_folders_are_in_drf_api_from_wherever_it_is_started(tmp_path):
    code = (
        "import up, taskrunner.settings as s; print(up.VAR, s.BACKUP_DIR, sep=chr(10))"
    )
    env = {"SPROUT_VAR": "mine", "BACKUP_DIR": "copies", "PYTHONPATH": str(PROJECT)}
    said = subprocess.check_output(
        ["python", "-c", code], cwd=tmp_path, env=environment(env), text=True
    )
    assert said.splitlines() == [str(PROJECT / "mine"), str(PROJECT / "copies")]


CONF = """\
[supervisord]
nodaemon = true
logfile = %(here)s/supervisord.log
pidfile = %(here)s/supervisord.pid

[unix_http_server]
file = %(here)s/supervisor.sock

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[program:worker]
command = sleep 60

[program:web]
command = sh -c "echo --no-such-option; exit 2"
startretries = 1
stdout_logfile = %(here)s/web.log
redirect_stderr = true
"""


def test_what_does_not_come_up_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("up.HERE", tmp_path)
    monkeypatch.setattr("up.LOGS", tmp_path)
    (tmp_path / "supervisord.conf").write_text(CONF)
    command = ["supervisord", "-c", tmp_path / "supervisord.conf"]
    with (
        Process(command, cwd=tmp_path) as process,
        pytest.raises(SystemExit, match="Some processes did not start"),
    ):
        wait_until_healthy(
            process, {"SPROUT_OWN_REDIS": "false", "SPROUT_RUN": str(tmp_path)}
        )
    _, program, *log = capsys.readouterr().out.splitlines()
    assert (program, set(log)) == ("--- web", {"--no-such-option"})


def test_a_supervisord_that_ends_before_it_is_asked_is_shown(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("up.LOGS", tmp_path)
    with Process(["echo", "no such option"]) as process:
        process.wait(20)
        with pytest.raises(SystemExit, match="Some processes did not start"):
            wait_until_healthy(process, {})
    assert "--- supervisord\nno such option\n" in capsys.readouterr().out


def test_ctrl_c_while_it_migrates_ends_that_without_a_word(up, tmp_path):
    shutil.copy(PROJECT / "up.py", tmp_path)
    migrate = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    (tmp_path / "manage.py").write_text(migrate)
    process, output, _ = up(tmp_path / "up.py")
    pid = int(until(output.read_text))
    os.killpg(process.pid, signal.SIGINT)  # as the terminal does it
    assert process.wait(30) == 130
    assert output.read_text() == f"{pid}\n"
    assert gone(pid)


@pytest.fixture
def handlers():
    """What pytest does at a signal, put back after a test."""
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


def test_ctrl_c_ends_every_process_even_if_pressed_again(
    tmp_path, monkeypatch, handlers
):
    before = set(psutil.Process().children(recursive=True))  # the broker of the tests
    family = []

    def children():
        return set(psutil.Process().children(recursive=True)) - before

    def sleeps():
        with suppress(psutil.NoSuchProcess):
            return any(child.name() == "sleep" for child in children())

    def started(process, variables):
        until(sleeps)
        family.extend(children())
        raise KeyboardInterrupt

    def say(text, **options):
        assert "Stopping everything" in text
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("up.HERE", tmp_path)
    monkeypatch.setattr("up.VAR", tmp_path)
    monkeypatch.setattr("up.LOGS", tmp_path)
    monkeypatch.setattr("up.choose", lambda run: {})
    monkeypatch.setattr("up.prepare", lambda variables: None)
    monkeypatch.setattr("up.wait_until_healthy", started)
    monkeypatch.setattr("up.print", say, raising=False)
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "supervisord.conf").write_text(CONF)
    main()
    assert len(family) >= 3  # the leash, supervisord, sleep
    assert psutil.wait_procs(family, timeout=20)[1] == []


def test_a_port_that_is_taken_is_refused_by_name(up):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        process, output, _ = up(PORT=str(other.getsockname()[1]))
        assert process.wait(30) != 0
    assert "PORT=" in output.read_text()


def test_a_port_is_given_to_one_program_only(tmp_path, monkeypatch):
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://127.0.0.1:1/0")
    port = str(free_port())
    monkeypatch.setenv("PORT", port)
    monkeypatch.setenv("FLOWER_PORT", port)
    with pytest.raises(SystemExit, match=f"^FLOWER_PORT={port} .* taken"):
        choose(tmp_path)
    monkeypatch.setenv("PORT", "5555")
    monkeypatch.delenv("FLOWER_PORT")
    monkeypatch.setattr("up.taken", lambda number: False)
    assert choose(tmp_path)["SPROUT_FLOWER_PORT"] != "5555"


# What other projects' shells set, and what stopped the application from coming up.
SHELL = {
    "BROKER_URL": "redis://127.0.0.1:1/0",
    "CELERY_CONFIG_MODULE": "nowhere",
    "DJANGO_SETTINGS_MODULE": "mysite.settings",
    "FLOWER_URL_PREFIX": "flower",
    "GUNICORN_CMD_ARGS": "--chdir /nowhere",
}


def test_it_comes_up_behind_a_proxy_and_its_command_works_as_printed(up):
    with proxy() as found:
        process, output, _ = up(**SHELL, **found.variables)
        until(
            lambda: "Now the logs" in output.read_text() or process.poll() is not None,
            120,
        )
        printed = output.read_text()
        assert "Now the logs" in printed
        # In drf_api, with .venv activated.
        (command,) = re.findall(r"the processes +(.*)", printed)
        done = subprocess.run(
            shlex.split(command),
            cwd=PROJECT,
            env=environment(),
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        running = dict(line.split()[:2] for line in done.stdout.splitlines())
        assert {"web", "worker", "slow", "beat", "camera", "flower"} <= set(running)
        assert set(running.values()) == {"RUNNING"}
        process.send_signal(signal.SIGTERM)
        process.wait(90)
