"""The deployment files are consistent with the application and with each other."""

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
def test_a_container_runs_the_command_of_supervisord(name):
    command = PROGRAMS[name]["command"]
    # Some arguments differ, because each container has its own network and files.
    for supervisord, container in {
        "%%": "%",
        "127.0.0.1": "0.0.0.0",  # noqa: S104
        "%(ENV_SPROUT_PORT)s": "8000",
        "%(ENV_SPROUT_FLOWER_PORT)s": "5555",
        "%(ENV_SPROUT_RUN)s": "/tmp",  # noqa: S108
        '"%(ENV_SPROUT_REDIS)s"': "redis-server",
        " --port %(ENV_SPROUT_REDIS_PORT)s --bind 0.0.0.0": "",
        ' --dir "%(ENV_SPROUT_VAR)s/redis"': "",
    }.items():
        command = command.replace(supervisord, container)
    service = SERVICES[name]
    assert service.get("command", " ".join(json.loads(WEB))) == command
    seconds = PROGRAMS[name].get("stopwaitsecs", "10")
    assert service.get("stop_grace_period", "10s") == f"{seconds}s"
    signal = PROGRAMS[name].get("stopsignal", "TERM")
    assert service.get("stop_signal", "SIGTERM") == f"SIG{signal}"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_a_health_check_and_is_not_root(name):
    service = SERVICES[name]
    assert service["user"] in ("sprout", "rabbitmq", "redis", "postgres")
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    if name != "migrate":  # this service exits after the migration
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
        assert service["restart"] == "unless-stopped"
    for needed, how in service.get("depends_on", {}).items():
        ends = how["condition"] == "service_completed_successfully"
        assert ends or SERVICES[needed]["healthcheck"]
        # Services with a profile are optional, because COMPOSE_PROFILES may omit them.
        assert how.get("required", True) == ("profiles" not in SERVICES[needed])
    for port in service.get("ports", []):
        assert port.startswith("127.0.0.1:")
    for volume in service.get("volumes", []):
        assert volume.partition(":")[0] in COMPOSE["volumes"]


def test_the_compose_file_contains_no_secret():
    text = (PROJECT / "deploy" / "compose.yaml").read_text()
    secrets = re.findall(r"^ +(?:\w*(?:KEY|PASS|AUTH)\w*): (.*)$", text, re.MULTILINE)
    assert len(secrets) >= 4
    assert all("${" in secret and ":?}" in secret for secret in secrets)
    # Passwords in URLs are also variables.
    assert all("$" in word for word in re.findall(r"://\w+:([^@\s]+)@", text))


def test_the_image_and_git_ignore_env_files():
    ignored = (PROJECT / "deploy" / "Dockerfile.dockerignore").read_text().splitlines()
    # In .dockerignore, the last matching line takes precedence.
    assert ignored.index("**/*.env") > ignored.index("!drf_api")
    assert "*.env" in (PROJECT / ".gitignore").read_text().splitlines()


def test_the_head_of_compose_lists_all_required_variables():
    head, text = (PROJECT / "deploy" / "compose.yaml").read_text().split("\nname: ")
    needed = set(re.findall(r"\$\{(\w+):\?\}", text))
    assert len(needed) == 6
    assert needed <= set(re.findall(r"\w+", head))
    # production.env is for supervisord and does not set all of these variables.
    assert "production.env" not in head


def test_supervisord_waits_longer_than_tasks_and_requests_run(settings):
    waits = {name: int(it.get("stopwaitsecs", "10")) for name, it in PROGRAMS.items()}
    for name in ("worker", "slow"):
        assert waits[name] > settings.CELERY_TASK_TIME_LIMIT
    assert waits["web"] > Config().graceful_timeout
    assert sum(waits.values()) < up.STOP_LIMIT


@pytest.mark.parametrize("name", ["worker", "slow"])
def test_supervisord_restarts_a_worker_that_a_task_kills(name, settings):
    assert int(PROGRAMS[name]["startretries"]) > settings.TASK_TRIES


def test_a_container_has_enough_memory_for_its_pool_processes(settings):
    (processes,) = re.findall(r" -c (\d+)", SERVICES["worker"]["command"])
    kept = int(processes) * settings.CELERY_WORKER_MAX_MEMORY_PER_CHILD * 1024  # bytes
    assert SERVICES["worker"]["mem_limit"] == "1g"
    assert kept < 0.8 * 2**30  # the remaining memory is for the main process


def test_env_declares_every_variable_of_compose():
    assert set(COMPOSE["x-application"]["environment"]) <= {row[0] for row in rows()}


def test_the_last_user_of_the_image_is_not_root():
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)[-1] == "sprout"
    copied = re.findall(r"^COPY (\S+)", DOCKERFILE, re.MULTILINE)
    assert copied == ["requirements/api.txt", "drf_api"]
    assert all((PROJECT.parent / path).exists() for path in copied)


def test_the_schema_of_the_compose_specification_holds():
    # check-jsonschema contains the schema, so the test needs no network.
    jsonschema.validate(COMPOSE, get_builtin_schema("vendor.compose-spec"))


def test_the_lock_of_the_image_is_a_subset_of_the_full_lock():
    def pins(name):
        text = (PROJECT.parent / "requirements" / name).read_text()
        return set(re.findall(r"^([\w.-]+(?:\[\w+\])?==\S+)", text, re.MULTILINE))

    assert pins("api.txt") <= pins("all.txt")
