"""The files for production, as far as they can be held against the application here."""

import configparser
import json
import re

import jsonschema
import pytest
import up
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema
from gunicorn.config import Config

from taskrunner.env import rows
from tests.support.application import PROJECT

COMPOSE = yaml.safe_load((PROJECT / "deploy" / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
DOCKERFILE = (PROJECT / "deploy" / "Dockerfile").read_text().replace("\\\n", " ")


CONF = configparser.RawConfigParser(inline_comment_prefixes=[";"])
CONF.read(PROJECT / "deploy" / "supervisord.conf")
PROGRAMS = {
    section.partition(":")[2]: CONF[section]
    for section in CONF.sections()
    if section.startswith("program:")
}
(WEB,) = re.findall(r"^CMD (.*)$", DOCKERFILE, re.MULTILINE)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_container_runs_what_supervisord_does(name):
    command = PROGRAMS[name]["command"]
    # In a container of its own, so at every address, and with files of its own.
    for ours, theirs in {
        "%%": "%",
        "127.0.0.1": "0.0.0.0",  # noqa: S104
        "%(ENV_SPROUT_PORT)s": "8000",
        "%(ENV_SPROUT_FLOWER_PORT)s": "5555",
        "%(ENV_SPROUT_RUN)s": "/tmp",  # noqa: S108
        '"%(ENV_SPROUT_REDIS)s"': "redis-server",
        " --port %(ENV_SPROUT_REDIS_PORT)s --bind 0.0.0.0": "",
        ' --dir "%(ENV_SPROUT_VAR)s/redis"': "",
    }.items():
        command = command.replace(ours, theirs)
    service = SERVICES[name]
    assert service.get("command", " ".join(json.loads(WEB))) == command
    # And is given as long to end.
    seconds = PROGRAMS[name].get("stopwaitsecs", "10")
    assert service.get("stop_grace_period", "10s") == f"{seconds}s"
    signal = PROGRAMS[name].get("stopsignal", "TERM")
    assert service.get("stop_signal", "SIGTERM") == f"SIG{signal}"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_healthy_or_not_and_never_root(name):
    service = SERVICES[name]
    assert service["user"] in ("sprout", "rabbitmq", "redis", "postgres")
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    if name != "migrate":  # which ends
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
        assert service["restart"] == "unless-stopped"
    for needed, how in service.get("depends_on", {}).items():
        ends = how["condition"] == "service_completed_successfully"
        assert ends or SERVICES[needed]["healthcheck"]
        # One that COMPOSE_PROFILES leaves out is not waited for.
        assert how.get("required", True) == ("profiles" not in SERVICES[needed])
    for port in service.get("ports", []):
        assert port.startswith("127.0.0.1:")
    for volume in service.get("volumes", []):
        assert volume.partition(":")[0] in COMPOSE["volumes"]


def test_no_secret_stands_in_the_file():
    text = (PROJECT / "deploy" / "compose.yaml").read_text()
    secrets = re.findall(r"^ +(?:\w*(?:KEY|PASS|AUTH)\w*): (.*)$", text, re.MULTILINE)
    assert len(secrets) >= 4
    assert all("${" in secret and ":?}" in secret for secret in secrets)
    # Also the passwords inside addresses.
    assert all("$" in word for word in re.findall(r"://\w+:([^@\s]+)@", text))


def test_neither_the_image_nor_git_takes_secrets_along():
    ignored = (PROJECT / "deploy" / "Dockerfile.dockerignore").read_text().splitlines()
    # The last line that fits decides.
    assert ignored.index("**/*.env") > ignored.index("!drf_api")
    assert "*.env" in (PROJECT / ".gitignore").read_text().splitlines()


def test_the_head_of_compose_names_all_that_it_needs():
    head, text = (PROJECT / "deploy" / "compose.yaml").read_text().split("\nname: ")
    needed = set(re.findall(r"\$\{(\w+):\?\}", text))
    assert len(needed) == 6
    assert needed <= set(re.findall(r"\w+", head))
    # That one is for supervisord, and lacks some of these.
    assert "production.env" not in head


def test_supervisord_waits_longer_than_a_task_or_a_request_may_take(settings):
    waits = {name: int(it.get("stopwaitsecs", "10")) for name, it in PROGRAMS.items()}
    for name in ("worker", "slow"):
        assert waits[name] > settings.CELERY_TASK_TIME_LIMIT
    assert waits["web"] > Config().graceful_timeout
    # It stops one program after the other; up.py must not kill it before: its programs
    # would be left.
    assert sum(waits.values()) < up.GRACE


@pytest.mark.parametrize("name", ["worker", "slow"])
def test_supervisord_goes_on_longer_than_a_task_may_kill_its_worker(name, settings):
    assert int(PROGRAMS[name]["startretries"]) > settings.TASK_TRIES


def test_a_worker_has_room_for_what_its_processes_may_keep(settings):
    (processes,) = re.findall(r" -c (\d+)", SERVICES["worker"]["command"])
    kept = int(processes) * settings.CELERY_WORKER_MAX_MEMORY_PER_CHILD * 1024  # bytes
    assert SERVICES["worker"]["mem_limit"] == "1g"
    assert kept < 0.8 * 2**30  # and for the one that starts them


def test_settings_know_every_variable():
    assert set(COMPOSE["x-application"]["environment"]) <= {row[0] for row in rows()}


def test_the_last_user_of_the_image_is_not_root():
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)[-1] == "sprout"
    copied = re.findall(r"^COPY (\S+)", DOCKERFILE, re.MULTILINE)
    assert copied == ["requirements/api.txt", "drf_api"]
    assert all((PROJECT.parent / path).exists() for path in copied)


def test_the_schema_of_the_compose_specification_holds():
    # Every key and every value's type; check-jsonschema brings the schema along.
    jsonschema.validate(COMPOSE, get_builtin_schema("vendor.compose-spec"))


def test_the_lock_of_the_image_is_a_part_of_the_whole_one():
    def pins(name):
        text = (PROJECT.parent / "requirements" / name).read_text()
        return set(re.findall(r"^([\w.-]+(?:\[\w+\])?==\S+)", text, re.MULTILINE))

    assert pins("api.txt") <= pins("all.txt")
