"""The files for production, as far as they can be held against the application here."""

import json
import re
import subprocess

import pytest
import up
import yaml

from sprout.process import environment
from tests.drf_api.stack import PROJECT

COMPOSE = yaml.safe_load((PROJECT / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
OURS = ["migrate", "web", "worker", "slow", "beat", "camera", "flower"]
DOCKERFILE = (PROJECT / "Dockerfile").read_text().replace("\\\n", " ")


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


def test_neither_the_image_nor_git_takes_secrets_along():
    ignored = (PROJECT / "Dockerfile.dockerignore").read_text().splitlines()
    # The last line that fits decides.
    assert ignored.index("**/*.env") > ignored.index("!drf_api")
    assert "*.env" in (PROJECT / ".gitignore").read_text().splitlines()


def test_the_head_of_compose_names_all_that_it_needs():
    head, text = (PROJECT / "compose.yaml").read_text().split("\nname: ")
    needed = set(re.findall(r"\$\{(\w+):\?\}", text))
    assert len(needed) == 5
    assert needed <= set(re.findall(r"\w+", head))
    # That one is for supervisord, and lacks some of these.
    assert "production.env" not in head


def test_supervisord_waits_longer_than_a_task_may_take(settings):
    conf = (PROJECT / "supervisord.conf").read_text()
    waits = re.findall(r"^stopwaitsecs = (\d+)", conf, re.MULTILINE)
    assert len(waits) == 2
    assert all(int(wait) > settings.CELERY_TASK_TIME_LIMIT for wait in waits)
    # It stops one program after the other, each with ten seconds if nothing is said;
    # up.py must not kill it before: its programs would be left.
    programs = conf.count("\n[program:")
    assert sum(map(int, waits)) + 10 * (programs - len(waits)) < up.GRACE


def test_settings_know_every_variable():
    documented = (PROJECT / "taskrunner" / "settings.py").read_text().split('"""')[1]
    for name in COMPOSE["x-application"]["environment"]:
        assert f"| {name} " in documented


def test_the_last_user_of_the_image_is_not_root():
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)[-1] == "sprout"
    copied = re.findall(r"^COPY (\S+)", DOCKERFILE, re.MULTILINE)
    assert copied == ["requirements/api.txt", "drf_api"]
    assert all((PROJECT.parent / path).exists() for path in copied)


def test_the_schema_of_the_compose_specification_holds():
    # Every key and every value's type; check-jsonschema brings the schema along.
    schema = ["--builtin-schema", "vendor.compose-spec"]
    command = ["check-jsonschema", *schema, str(PROJECT / "compose.yaml")]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_image_s_web_server_is_supervisor_s():
    (command,) = re.findall(r"^CMD (.*)$", DOCKERFILE, re.MULTILINE)
    conf = (PROJECT / "supervisord.conf").read_text()
    (other,) = re.findall(r"program:web\]\ncommand = (.*)", conf)
    options = {"--workers 2", "--threads 4", "--access-logfile -"}
    options.add("--no-control-socket")  # a file, and nothing can be written there
    for line in (" ".join(json.loads(command)), other):
        assert line.startswith("gunicorn taskrunner.wsgi --bind ")
        assert all(option in line for option in options)


def test_the_lock_of_the_image_is_a_part_of_the_whole_one():
    def pins(name):
        text = (PROJECT.parent / "requirements" / name).read_text()
        return set(re.findall(r"^([\w.-]+(?:\[\w+\])?==\S+)", text, re.MULTILINE))

    assert pins("api.txt") <= pins("all.txt")
