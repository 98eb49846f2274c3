"""Environment variables: valid values, and the errors for invalid values."""

import shlex
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from sprout.process import environment
from taskrunner import env
from tests.support.drf_api import program
from tests.support.tls import Tls

FOLDER = Path(settings.BASE_DIR)
PASSWORD = "p-secret-w"
SAFE = {
    "DEBUG": "0",
    "SECRET_KEY": "for this test only: " + "abcdefghijklmnopqrstuvwxyz" * 2,
    "ALLOWED_HOSTS": "sprout.example",
    "DATABASE_URL": "sqlite:///:memory:",
}
ENCODED = "must be a URL whose special characters are percent-encoded"


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    """Unset all variables of the application."""
    for name in env.Environment().fields:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def refusal(monkeypatch, capsys):
    """Return a function that sets variables and returns the lines of the error."""

    def refused(**variables: str) -> list[str]:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as stopped:
            env.read()
        assert stopped.value.code == 3
        return capsys.readouterr().err.splitlines()

    return refused


@pytest.fixture
def read(monkeypatch):
    """Return a function that sets and reads variables."""

    def found(**variables: str) -> dict:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return env.read()

    return found


# Numbers, flags, lists


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("DEBUG", "perhaps", "1 or 0"),
        ("BEHIND_PROXY", "2", "1 or 0"),
        ("STEP_SECONDS", "nan", "a number of seconds from 0 to 604800"),
        ("STEP_SECONDS", "-1", "a number of seconds from 0 to 604800"),
        ("STEP_SECONDS", "9", "at most 8, because a job takes five times STEP_SECONDS"),
        ("STUCK_AFTER", "inf", "a number of seconds from 2 to 604800"),
        ("STUCK_AFTER", "20", "longer than RESCUE_EVERY, 20 seconds"),
        ("TASK_TIME_LIMIT", "0", "a whole number of seconds from 1 to 604800"),
        ("TASK_TIME_LIMIT", "50.5", "a whole number of seconds from 1 to 604800"),
        ("TASK_TIME_LIMIT", "a minute", "a whole number of seconds from 1 to 604800"),
        ("TASK_TIME_LIMIT", "604801", "a whole number of seconds from 1 to 604800"),
        ("VISIBILITY_TIMEOUT", "-1", "a whole number of seconds from 2 to 604800"),
        ("VISIBILITY_TIMEOUT", "50", "longer than TASK_TIME_LIMIT, 50 seconds"),
        ("RESCUE_EVERY", "0", "a whole number of seconds from 1 to 604800"),
        ("THROTTLE_START", "many", "a number per second, minute, hour or day, such"),
        ("THROTTLE_START", "0/min", "a number per second, minute, hour or day"),
        ("THROTTLE_CHANGE", "60/fortnight", "a number per second, minute, hour or day"),
        ("ALLOWED_HOSTS", "https://sprout.example", "comma-separated host names"),
        ("ALLOWED_HOSTS", "sprout.example:8000", "comma-separated host names"),
        ("CSRF_TRUSTED_ORIGINS", "sprout.example", "comma-separated origins such as"),
        ("CSRF_TRUSTED_ORIGINS", "https://a.example/", "comma-separated origins"),
    ],
)
def test_a_wrong_value_is_shown_with_the_allowed_values(refusal, name, value, wanted):
    (line,) = refusal(**{name: value})
    assert line.startswith(f"{name} must be {wanted}")
    assert line.endswith(f", not {value!r}.")


def test_each_wrong_variable_has_a_line(refusal):
    lines = refusal(DEBUG="perhaps", RESCUE_EVERY="0")
    assert [line.split()[0] for line in lines] == ["DEBUG", "RESCUE_EVERY"]


def test_limits_depend_on_each_other(read):
    assert read(VISIBILITY_TIMEOUT="40", TASK_TIME_LIMIT="39")
    assert read(STEP_SECONDS="6.24", TASK_TIME_LIMIT="39")["STEP_SECONDS"] == 6.24


def test_a_limit_is_compared_with_the_default_of_another(refusal):
    assert refusal(TASK_TIME_LIMIT="60") == [
        "VISIBILITY_TIMEOUT must be longer than TASK_TIME_LIMIT, 60 seconds."
    ]


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_variable_counts_as_unset(read, empty):
    defaults = read()
    others = set(env.Environment().fields) - {"DEBUG"}
    assert read(**dict.fromkeys(others, empty)) == defaults


def test_an_empty_debug_is_off(refusal):
    assert len(refusal(DEBUG="")) == 3


def test_spaces_around_values_and_words_are_ignored(read):
    found = read(RESCUE_EVERY=" 5 ", ALLOWED_HOSTS=" a.example , ,.b.example ")
    assert found["RESCUE_EVERY"] == 5
    assert found["ALLOWED_HOSTS"] == ["a.example", ".b.example"]


# Without DEBUG


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL"])
@pytest.mark.parametrize("value", ["", " ", None])
def test_without_debug_three_variables_are_required(refusal, missing, value):
    variables = {**SAFE, missing: value}
    given = {name: value for name, value in variables.items() if value is not None}
    assert refusal(**given) == [f"{missing} must be set with DEBUG=0."]


def test_without_debug_valid_variables_are_accepted(read):
    found = read(**SAFE)
    assert found["DEBUG"] is False
    assert found["SECRET_KEY"] == SAFE["SECRET_KEY"]
    assert found["ALLOWED_HOSTS"] == ["sprout.example"]


# The URL of the broker


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("redis://localhost", None),
        ("redis://:word@[::1]:6379/3", None),
        (f"redis://sprout:{PASSWORD}%23%2F%5B@host:6379/15", None),
        ("rediss://host:6380/0", None),
        ("valkey://host:6379/0", "redis://host:6379/0"),
        ("valkeys://host/0", "rediss://host/0"),
        ("amqp://guest:guest@localhost:5672//", None),
        ("amqp://sprout:p%40ss@host/name", None),
        ("amqps://host:5671", None),
    ],
)
def test_supported_brokers_are_accepted(read, url, taken):
    assert read(CELERY_BROKER_URL=url)["CELERY_BROKER_URL"] == (taken or url)


@pytest.mark.parametrize(
    "scheme",
    ["sentinel", "memory", "filesystem", "sqs", "redis+socket", "pyamqp", "http"],
)
def test_the_error_names_an_unsupported_broker(refusal, scheme):
    (line,) = refusal(CELERY_BROKER_URL=f"{scheme}://u:{PASSWORD}@host:1234/0")
    assert line == (
        "CELERY_BROKER_URL must be a URL that begins with redis://, rediss://, "
        f"valkey://, valkeys://, amqp:// or amqps://, not with {scheme}://."
    )


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("amqp://sprout:p#w@host//", ENCODED),
        (f"amqp://sprout:{PASSWORD}#w@host//", ENCODED),
        (f"amqp://sprout:[{PASSWORD}@host//", ENCODED),
        (f"redis://:{PASSWORD}]w@host/0", ENCODED),
        (f"redis://:{PASSWORD}/w@host/0", ENCODED),
        (f"redis://:12/{PASSWORD}@host/0", ENCODED),
        (f"amqp://sprout:{PASSWORD}?w@host//", ENCODED),
        (f"amqp://sprout:12?{PASSWORD}@host//", ENCODED),
        (f"amqp://sprout:{PASSWORD} w@host//", ENCODED),
        (f"redis://:{PASSWORD}", "must be a URL whose port is a number from 1 to"),
        ("redis://localhost:port/0", "must be a URL whose port is a number from 1 to"),
        ("redis://localhost:65536/0", "must be a URL whose port is a number from 1 to"),
        ("redis://localhost:0/0", "must be a URL whose port is a number from 1 to"),
        ("redis://host/abc", "must be a URL that ends with a database number, such as"),
        ("redis://host/0/1", "must be a URL that ends with a database number, such as"),
        ("valkey://host/-1", "must be a URL that ends with a database number, such as"),
        ("redis:///0", "must be a URL that names a host"),
        (f"amqp://sprout:{PASSWORD}@/name", "must be a URL that names a host"),
        ("rediss://host/0?ssl_cert_reqs=none", "must be a URL without a query (?...)"),
        ("redis://a/0;redis://b/0", "must be a URL that ends with a database number"),
        ("localhost:6379", "must be a URL that begins with redis://, rediss://,"),
        (f"host:{PASSWORD}", "must be a URL that begins with redis://, rediss://,"),
        (PASSWORD, "must be a URL that begins with redis://, rediss://, valkey://,"),
    ],
)
def test_the_error_for_a_malformed_broker_hides_its_password(refusal, url, wanted):
    (line,) = refusal(CELERY_BROKER_URL=url)
    assert line.startswith(f"CELERY_BROKER_URL {wanted}")
    assert PASSWORD not in line
    assert "p#w" not in line


@pytest.mark.parametrize("name", env.REFUSED)
def test_broker_variables_of_celery_are_rejected(refusal, name, monkeypatch):
    monkeypatch.delenv(name, raising=False)
    (line,) = refusal(**{name: f"redis://:{PASSWORD}@elsewhere/0"})
    assert line == f"{name} must be unset; use CELERY_BROKER_URL."


# The URL of the database


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///:memory:",
        "sqlite:///db.sqlite3",
        "sqlite:////var/lib/sprout/db.sqlite3",
        "postgres://sprout:word@127.0.0.1:5432/sprout",
        "postgresql://sprout:p%23w@host/sprout?sslmode=require",
        "postgres:///sprout",
    ],
)
def test_supported_databases_are_accepted(read, url):
    assert read(DATABASE_URL=url)["DATABASE_URL"] == url


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        (
            "mysql://u@host/name",
            "must be a URL that begins with sqlite://, postgres://",
        ),
        ("db.sqlite3", "must be a URL that begins with sqlite://, postgres:// or"),
        (
            "sqlite://db.sqlite3",
            "must be a URL like sqlite:///file, with three slashes",
        ),
        ("sqlite:///", "must be a URL like sqlite:///file, with three slashes"),
        ("postgres://u:word@host", "must be a URL that ends with the name of a"),
        ("postgres://u:word@host:x/name", "must be a URL whose port is a number from"),
        (f"postgres://u:{PASSWORD}#@host/name", ENCODED),
        (f"postgres://u:{PASSWORD}[@host/name", ENCODED),
        (f"postgres://u:1/{PASSWORD}@host/name", ENCODED),
    ],
)
def test_the_error_for_a_malformed_database_hides_its_password(refusal, url, wanted):
    (line,) = refusal(DATABASE_URL=url)
    assert line.startswith(f"DATABASE_URL {wanted}")
    assert PASSWORD not in line


# All commands


STARTS = [
    "python manage.py check",
    "python manage.py migrate",
    "celery -A taskrunner worker -l info",
    "celery -A taskrunner beat",
    "celery -A taskrunner flower --address=127.0.0.1",
    "gunicorn --no-control-socket -b 127.0.0.1:0 taskrunner.wsgi",
]


def run(command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the application with these environment variables."""
    return subprocess.run(
        shlex.split(command),
        cwd=FOLDER,
        env=environment(variables),
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.stack
@pytest.mark.parametrize("command", STARTS)
def test_each_command_exits_with_the_error_and_without_a_traceback(command):
    done = run(command, CELERY_BROKER_URL="amqp://sprout:p#w@host//")
    assert done.returncode == 3
    assert done.stderr.count("CELERY_BROKER_URL must be a URL whose special") == 1
    assert "Traceback" not in done.stderr
    assert "p#w" not in done.stdout + done.stderr


@pytest.mark.stack
def test_flower_needs_a_login_without_debug():
    done = run("celery -A taskrunner flower --address=127.0.0.1", **SAFE)
    assert done.returncode == 1
    assert done.stderr == "FLOWER_BASIC_AUTH must be set with DEBUG=0.\n"


@pytest.mark.stack
def test_a_relative_database_is_in_the_projects_folder(tmp_path):
    code = "from django.conf import settings; print(settings.DATABASES['default'])"
    command = ["python", str(FOLDER / "manage.py"), "shell", "-v0", "-c", code]
    variables = environment({"DATABASE_URL": "sqlite:///x.sqlite3"})
    done = subprocess.run(
        command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=True
    )
    assert str(FOLDER / "x.sqlite3") in done.stdout


# Certificates


def ask(url: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Declare a queue on a broker with the application's settings."""
    command = (
        f"python manage.py shell -v0 -c {shlex.quote(program('declare_queue.py'))}"
    )
    return run(command, CELERY_BROKER_URL=url, **variables)


@pytest.fixture(params=["rediss", "amqps"])
def encrypted(request, tmp_path, redis):
    """Start a TLS server in front of a broker.

    Yields a function that maps a host name to the broker's URL, and the variables that
    make a client trust the certificate.
    """
    if request.param == "amqps":
        node = request.getfixturevalue("rabbitmq_node")
        target = int(node.url.rpartition(":")[2].rstrip("/"))
    else:
        target = redis.port
    with Tls(tmp_path, target) as server:
        yield (
            lambda host: f"{request.param}://{host}:{server.port}/",
            {"SSL_CERT_FILE": str(server.certificate)},
        )


@pytest.mark.stack
def test_the_certificate_of_the_broker_is_verified(encrypted):
    url, trust = encrypted
    done = ask(url("localhost"), **trust)
    assert done.stdout == "answered\n", done.stderr
    unknown = ask(url("localhost"))
    assert "certificate verify failed" in unknown.stderr
    another_name = ask(url("127.0.0.1"), **trust)
    assert "certificate verify failed" in another_name.stderr
    assert unknown.stdout == another_name.stdout == ""


@pytest.mark.stack
def test_a_valkey_url_connects_with_the_redis_protocol(redis):
    done = ask(f"valkey://127.0.0.1:{redis.port}/0")
    assert done.stdout == "answered\n", done.stderr
