"""up: the whole application by one command, and its end without a trace."""

import json
import signal
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import psutil
import pytest
from up import wait_until_healthy

from sprout.broker import free_port
from sprout.process import Process, environment
from tests.drf_api.stack import PROJECT
from tests.waiting import until


def post(address, **data):
    """Send a form and return the JSON that comes back."""
    body = urllib.parse.urlencode(data).encode()
    with urllib.request.urlopen(address, body, timeout=10) as answer:
        return json.load(answer)


@pytest.fixture
def up(tmp_path):
    """Return a function that runs up.py with all it writes in a folder of the test."""
    started = []

    def start(**env):
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
                ["python", PROJECT / "up.py"],
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


def test_all_comes_up_works_and_goes_away(up):
    process, output, site = up()
    until(lambda: "Ctrl-C stops everything" in output.read_text(), 90)
    family = psutil.Process(process.pid).children(recursive=True)
    assert len(family) > 8

    with urllib.request.urlopen(f"{site}/readyz", timeout=5) as answer:
        assert json.load(answer) == {"status": "ready"}
    ids = post(f"{site}/", testcase="ESG-TC02", job_data='{"div": [4, 2], "mul": [3]}')
    query = urllib.parse.urlencode({"task_list": json.dumps(ids)})

    def states():
        with urllib.request.urlopen(f"{site}/?{query}", timeout=5) as answer:
            return set(json.load(answer).values())

    until(lambda: states() == {"SUCCESS"})

    again, second, _ = up()
    assert again.wait(30) != 0
    assert "running already" in second.read_text()

    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not alive
    assert "Stopping everything" in output.read_text()


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
        pytest.raises(SystemExit, match="Not everything came up"),
    ):
        wait_until_healthy(
            process, {"SPROUT_OWN_REDIS": "false", "SPROUT_RUN": str(tmp_path)}
        )
    _, program, *log = capsys.readouterr().out.splitlines()
    assert (program, set(log)) == ("--- web", {"--no-such-option"})


def test_a_port_that_is_taken_is_refused_by_name(up):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        process, output, _ = up(PORT=str(other.getsockname()[1]))
        assert process.wait(30) != 0
    assert "PORT=" in output.read_text()
