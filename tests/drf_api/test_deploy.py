"""The files for production, as far as they can be held against the application here."""

import re
import shlex
import shutil
import subprocess

import pytest
import yaml

from sprout.process import environment
from tests.drf_api.stack import PROJECT

COMPOSE = yaml.safe_load((PROJECT / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
OURS = ["migrate", "web", "worker", "slow", "beat", "camera", "flower"]
DOCKERFILE = (PROJECT / "Dockerfile").read_text().replace("\\\n", " ")
# The compose specification's, as far as they are used here.
KEYS = {"image", "build", "user", "init", "restart", "read_only", "tmpfs", "cap_drop"}
KEYS |= {"security_opt", "environment", "depends_on", "command", "ports", "volumes"}
KEYS |= {"healthcheck", "stop_grace_period", "hostname", "profiles"}


def test_all_that_supervisord_starts_is_a_service():
    conf = (PROJECT / "supervisord.conf").read_text()
    programs = re.findall(r"^\[program:(\w+)\]", conf, re.MULTILINE)
    assert set(programs) <= SERVICES.keys()
    # With the same options, but for addresses and files.
    for name in ("worker", "slow"):
        (command,) = re.findall(rf"program:{name}\]\ncommand = (.*)", conf)
        assert SERVICES[name]["command"] == command.replace("%%", "%")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_healthy_or_not_and_never_root(name):
    service = SERVICES[name]
    assert service.keys() <= KEYS
    assert service["user"] != "root"
    if name != "migrate":  # which ends
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
        assert service["restart"] == "unless-stopped"
    for needed, how in service.get("depends_on", {}).items():
        ends = how["condition"] == "service_completed_successfully"
        assert ends or SERVICES[needed]["healthcheck"]
    for port in service.get("ports", []):
        assert port.startswith("127.0.0.1:")
    for volume in service.get("volumes", []):
        assert volume.partition(":")[0] in COMPOSE["volumes"]


def test_no_secret_stands_in_the_file():
    text = (PROJECT / "compose.yaml").read_text()
    secrets = re.findall(r"^ +(?:\w*(?:KEY|PASS|AUTH)\w*): (.*)$", text, re.MULTILINE)
    assert len(secrets) >= 4
    assert all("${" in secret and ":?}" in secret for secret in secrets)
    # Also the passwords inside addresses.
    assert all("$" in word for word in re.findall(r"://\w+:([^@\s]+)@", text))


def test_settings_know_every_variable():
    documented = (PROJECT / "taskrunner" / "settings.py").read_text().split('"""')[1]
    for name in COMPOSE["x-application"]["environment"]:
        assert f"| {name} " in documented


def test_the_last_user_of_the_image_is_not_root():
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)[-1] == "sprout"
    copied = re.findall(r"^COPY (\S+)", DOCKERFILE, re.MULTILINE)
    assert copied == ["requirements/api.txt", "drf_api"]
    assert all((PROJECT.parent / path).exists() for path in copied)


def test_the_image_s_command_collects_the_static_files(tmp_path):
    # Run from a copy, with nothing but what the line itself sets.
    copy = tmp_path / "app"
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns("var", "db.sqlite3*"))
    (line,) = re.findall(r"^RUN (DEBUG=0 .*)$", DOCKERFILE, re.MULTILINE)
    words = shlex.split(line)
    variables = dict(word.split("=", 1) for word in words if "=" in word)
    command = [word for word in words if "=" not in word]
    done = subprocess.run(
        command, cwd=copy, env=environment(variables), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (copy / "staticfiles" / "staticfiles.json").exists()


def test_the_lock_of_the_image_is_a_part_of_the_whole_one():
    def pins(name):
        text = (PROJECT.parent / "requirements" / name).read_text()
        return set(re.findall(r"^([\w.-]+(?:\[\w+\])?==\S+)", text, re.MULTILINE))

    assert pins("api.txt") <= pins("all.txt")
