"""Run the commands of the systemd units, and compare them with the other manifests."""

import json
import shlex
import shutil
import subprocess

import pytest
import yaml

from sprout.days import ROOT
from sprout.process import SCRIPTS, Process, environment
from tests.support.recipes import wait_for

FOLDER = ROOT / "recipes" / "deploy"


def unit(name):
    """Return a unit's settings. If a name is repeated, the last value applies."""
    lines = (FOLDER / f"shop-{name}.service").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def start_line(name):
    """Return the unit's command with this machine's paths."""
    line = unit(name)["ExecStart"].replace("%%", "%")
    return [part.replace("/srv/shop/.venv/bin", str(SCRIPTS)) for part in line.split()]


def manifests():
    text = (FOLDER / "kubernetes.yaml").read_text("utf-8")
    return {item["metadata"]["name"]: item["spec"] for item in yaml.safe_load_all(text)}


@pytest.mark.stack
def test_the_worker_unit_answers_the_probe_and_finishes_its_task_after_sigterm(redis):
    env = {"CELERY_BROKER_URL": redis.url(8), "CELERY_RESULT_BACKEND": redis.url(8)}
    [container] = manifests()["shop-worker"]["template"]["spec"]["containers"]
    probe = container["startupProbe"]["exec"]["command"]

    def probe_status():
        done = subprocess.run(
            probe, cwd=FOLDER, env=environment(env), capture_output=True, timeout=60
        )
        return done.returncode

    def python(code):
        return subprocess.run(
            ["python", "-c", f"from shop import *; {code}"],
            cwd=FOLDER,
            env=environment(env),
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()

    with Process(start_line("worker"), cwd=FOLDER, env=env, grace=60) as worker:
        wait_for(" ready.", worker)
        assert probe_status() == 0
        python("render_catalogue.apply_async([4], task_id='four')")
        wait_for("four] received", worker)
        worker.end()  # sends SIGTERM
        worker.wait(60)
        log = worker.log()
    assert log.index("Warm shutdown") < log.index("four] succeeded")
    assert python("print(app.AsyncResult('four').get(timeout=20))") == "4 pages"
    assert probe_status() != 0


@pytest.mark.stack
def test_the_beat_unit_starts_beat(redis, tmp_path):
    line = start_line("beat")
    line[-1] = str(tmp_path / "schedule")
    env = {"CELERY_BROKER_URL": redis.url(8)}
    with Process(line, cwd=FOLDER, env=env) as beat:
        wait_for("beat: Starting...", beat)


def test_systemd_docker_and_kubernetes_run_the_same_worker_and_one_beat():
    worker = shlex.split(unit("worker")["ExecStart"].replace("%%", "%"))[1:]
    dockerfile = (FOLDER / "Dockerfile").read_text("utf-8")
    assert json.loads(dockerfile.split("\nCMD ")[1])[1:] == worker
    beat = manifests()["shop-beat"]
    assert (beat["replicas"], beat["strategy"]) == (1, {"type": "Recreate"})
    [container] = beat["template"]["spec"]["containers"]
    assert container["command"][1:6] == unit("beat")["ExecStart"].split()[1:6]
    pod = manifests()["shop-worker"]["template"]["spec"]
    seconds = pod["terminationGracePeriodSeconds"]
    assert int(unit("worker")["TimeoutStopSec"]) == seconds
    assert all(
        set(container)
        <= {"name", "image", "command", "envFrom", "startupProbe"}
        | {"livenessProbe", "resources"}
        for container in pod["containers"]
    )


@pytest.mark.command
def test_systemd_accepts_the_units(tmp_path):
    if not shutil.which("systemd-analyze"):  # not available on every system
        return
    scripts = tmp_path / "bin"  # no spaces, because systemd splits commands at spaces
    scripts.symlink_to(SCRIPTS)
    for name in ("worker", "beat"):
        path = tmp_path / f"shop-{name}.service"
        text = (FOLDER / path.name).read_text("utf-8")
        text = text.replace("/srv/shop/.venv/bin", str(scripts))
        path.write_text(text.replace("User=shop", "User=root"))
        done = subprocess.run(
            ["systemd-analyze", "verify", "--recursive-errors=no", path],
            capture_output=True,
            text=True,
        )
        assert path.name not in done.stderr, done.stderr
