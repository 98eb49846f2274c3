"""up.py starts the whole application, and stops every process when it exits."""

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
from tests.support.processes import has_ended
from tests.support.proxy import proxy
from tools.waiting import until

pytestmark = pytest.mark.stack


@pytest.fixture
def up(tmp_path):
    """Return a function that runs up.py with all files in the test's folder."""
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


def test_a_second_start_is_rejected(up, tmp_path):
    (tmp_path / "var").mkdir()
    with (tmp_path / "var" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process, output, _ = up()
        assert process.wait(30) != 0
    message = "The application is already running in another terminal. "
    assert output.read_text() == message + "Stop it there with Ctrl-C.\n"


def test_relative_folders_begin_in_drf_api(tmp_path):
    code = (
        "import up, taskrunner.settings as s; print(up.VAR, s.BACKUP_DIR, sep=chr(10))"
    )
    env = {"SPROUT_VAR": "mine", "BACKUP_DIR": "copies", "PYTHONPATH": str(PROJECT)}
    printed = subprocess.check_output(
        ["python", "-c", code], cwd=tmp_path, env=environment(env), text=True
    )
    assert printed.splitlines() == [str(PROJECT / "mine"), str(PROJECT / "copies")]


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


def test_the_error_names_the_failed_program(tmp_path, monkeypatch, capsys):
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


def test_the_output_of_a_failed_supervisord_is_shown(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("up.LOGS", tmp_path)
    with Process(["echo", "no such option"]) as process:
        process.wait(20)
        with pytest.raises(SystemExit, match="Some processes did not start"):
            wait_until_healthy(process, {})
    assert "--- supervisord\nno such option\n" in capsys.readouterr().out


def test_ctrl_c_during_the_migration_ends_silently(up, tmp_path):
    shutil.copy(PROJECT / "up.py", tmp_path)
    migrate = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    (tmp_path / "manage.py").write_text(migrate)
    process, output, _ = up(tmp_path / "up.py")
    pid = int(until(output.read_text))
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does on Ctrl-C
    assert process.wait(30) == 130
    assert output.read_text() == f"{pid}\n"
    assert has_ended(pid)


@pytest.fixture
def handlers():
    """Restore pytest's signal handlers after a test."""
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


def test_ctrl_c_ends_every_process_even_if_repeated(tmp_path, monkeypatch, handlers):
    before = set(psutil.Process().children(recursive=True))  # the tests' broker
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


def test_the_error_names_a_port_in_use(up):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        process, output, _ = up(PORT=str(other.getsockname()[1]))
        assert process.wait(30) != 0
    assert "PORT=" in output.read_text()


def test_two_programs_cannot_have_the_same_port(tmp_path, monkeypatch):
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://127.0.0.1:1/0")
    port = str(free_port())
    monkeypatch.setenv("PORT", port)
    monkeypatch.setenv("FLOWER_PORT", port)
    with pytest.raises(SystemExit, match=f"^FLOWER_PORT={port} .* in use"):
        choose(tmp_path)
    monkeypatch.setenv("PORT", "5555")
    monkeypatch.delenv("FLOWER_PORT")
    monkeypatch.setattr("up.in_use", lambda number: False)
    assert choose(tmp_path)["SPROUT_FLOWER_PORT"] != "5555"


# Variables of other projects that once prevented up.py from starting.
SHELL = {
    "BROKER_URL": "redis://127.0.0.1:1/0",
    "CELERY_CONFIG_MODULE": "nowhere",
    "DJANGO_SETTINGS_MODULE": "mysite.settings",
    "FLOWER_URL_PREFIX": "flower",
    "GUNICORN_CMD_ARGS": "--chdir /nowhere",
}


def test_it_starts_behind_a_proxy_and_its_printed_command_works(up):
    with proxy() as found:
        process, output, _ = up(**SHELL, **found.variables)
        until(
            lambda: "Now the logs" in output.read_text() or process.poll() is not None,
            120,
        )
        printed = output.read_text()
        assert "Now the logs" in printed
        # The command must work in drf_api, with .venv activated.
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
