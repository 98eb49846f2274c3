"""The application in production with supervisord, RabbitMQ, PostgreSQL and nginx.

The application runs from a copy of its folder, with only the packages of its own lock,
and with a completed production.env.example. The tests also run the health checks of
compose.yaml against this application.
"""

import contextlib
import http.cookiejar
import importlib.metadata
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
import venv
from pathlib import Path

import psutil
import pytest
import yaml

from sprout.broker import free_port
from sprout.loopback import urlopen
from sprout.process import Process, environment
from tests.support.application import PROJECT
from tools.servers.nginx import Nginx, find_nginx
from tools.servers.postgresql import PostgreSQL, find_postgresql
from tools.servers.rabbitmq import SCRIPT, find_rabbitmq
from tools.waiting import until

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(
        not find_nginx(), reason="nginx is missing. Run `apt-get install nginx`."
    ),
    pytest.mark.skipif(
        not find_postgresql(),
        reason="PostgreSQL is missing. Run `apt-get install postgresql`.",
    ),
    pytest.mark.skipif(
        not find_rabbitmq(),
        reason="RabbitMQ is missing. Run `apt-get install rabbitmq-server`.",
    ),
    pytest.mark.timeout(300),
]
NAME = "sprout.example"
PASSWORD = "a-Long-pass-1"
DOCKERFILE = (PROJECT / "deploy" / "Dockerfile").read_text().replace("\\\n", " ")
COMPOSE_TEXT = (PROJECT / "deploy" / "compose.yaml").read_text()
COMPOSE = yaml.safe_load(COMPOSE_TEXT)


def install(lock: Path, folder: Path) -> None:
    """Create a venv with a lock's packages, as links to installed packages."""
    venv.create(folder, symlinks=True)
    (target,) = folder.glob("lib/python*/site-packages")
    for name in re.findall(r"^([\w.-]+)(?:\[\w+\])?==", lock.read_text(), re.MULTILINE):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            # Packages that are not installed are for other platforms.
            found = importlib.metadata.distribution(name)
            for top in {file.parts[0] for file in found.files or []} - {".."}:
                if not (link := target / top).exists():
                    link.symlink_to(found.locate_file(top))
            for file in found.files or []:
                if file.parent.name == "bin" and file.parts[0] == "..":
                    text = Path(found.locate_file(file)).read_text()
                    script = folder / "bin" / file.name
                    script.write_text(text.replace(sys.prefix, str(folder)))
                    script.chmod(0o755)


class Production:
    """The application, started with the commands of production.env.example."""

    def __init__(self, folder: Path, rabbitmq, postgresql) -> None:
        root = folder / "sprout"
        self.app = root / "drf_api"
        shutil.copytree(
            PROJECT,
            self.app,
            ignore=shutil.ignore_patterns(
                "var", "db.sqlite3*", "staticfiles", "__pycache__"
            ),
        )
        self.port, self.flower = free_port(), free_port()
        text = (PROJECT / "deploy" / "production.env.example").read_text()
        # The test's folder replaces the system's folders, and the current user replaces
        # sprout.
        text = re.sub("(?=/(?:run|var/lib|var/backups)/sprout)", str(folder), text)
        text = text.replace("-o sprout ", f"-o {os.getuid()} ")
        for name, value in {
            "SECRET_KEY": "for-this-test-only-" + "abcdefghijklmnopqrstuvwxyz" * 2,
            "DATABASE_URL": postgresql.url,
            "CELERY_BROKER_URL": rabbitmq.url,
            "FLOWER_BASIC_AUTH": f"sprout:{PASSWORD}",
            "SPROUT_PORT": self.port,
            "SPROUT_FLOWER_PORT": self.flower,
        }.items():
            text = re.sub(rf"^{name}=.*", f"{name}='{value}'", text, flags=re.MULTILINE)
        (self.app / "deploy" / "production.env").write_text(text)
        commands = re.findall("^#   (.*)$", text, re.MULTILINE)
        packages, folders, self.read, self.prepare, self.admin, start = commands
        venv, lock = re.search(r"venv (\S+) .* -r (\S+)$", packages).groups()
        install(PROJECT.parent / lock, root / venv)
        self.env = {"PATH": "/usr/bin:/bin"}
        for command in (folders, self.prepare):
            done = self.run(command)
            assert done.returncode == 0, done.stderr
        self.folder, self.logs = folder, folder / "var" / "lib" / "sprout" / "log"
        self.supervisord = Process(
            ["sh", "-c", f"{self.read}; exec {start}"],
            cwd=self.app,
            env=self.env,
            grace=60,
        )

    def run(self, command: str, **env: str) -> subprocess.CompletedProcess:
        """Run a shell command with the variables of production.env."""
        return subprocess.run(
            ["sh", "-c", f"{self.read}; {command}"],
            cwd=self.app,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            timeout=120,
        )

    def answers(self, path: str) -> bool:
        """Return whether gunicorn responds to a path successfully."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"Host": NAME}
        )
        try:
            with urlopen(request, timeout=20):
                return True
        except OSError:
            return False

    def log(self) -> str:
        return "\n".join(path.read_text() for path in self.logs.glob("*.log"))


@pytest.fixture(scope="module")
def production(rabbitmq, tmp_path_factory):
    folder = tmp_path_factory.mktemp("production")
    with PostgreSQL() as postgresql:
        found = Production(folder, rabbitmq, postgresql)
        found.postgresql, found.rabbitmq = postgresql, rabbitmq
        (first_admin,) = re.findall(r"^#     web (.*)$", COMPOSE_TEXT, re.MULTILINE)
        assert found.admin.endswith(f" {first_admin}")
        done = found.run(
            found.admin.replace("=NAME", "=ada").replace("=PASSWORD", f"={PASSWORD}")
        )
        assert done.returncode == 0, done.stderr
        with found.supervisord:
            until(lambda: found.answers("/readyz"), 120)
            yield found


@pytest.fixture(scope="module")
def browser(production):
    """Return a function that sends requests through nginx, with cookies.

    The function returns the status and the body.
    """
    with Nginx(production.port) as nginx:
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=nginx.tls),
            urllib.request.HTTPCookieProcessor(cookies := http.cookiejar.CookieJar()),
        )
        site = f"https://127.0.0.1:{nginx.port}"

        def ask(path, data=None, **headers):
            headers = {key.replace("_", "-"): value for key, value in headers.items()}
            headers |= {"Host": NAME, "Referer": f"https://{NAME}/"}
            request = urllib.request.Request(site + path, data, headers)
            try:
                with opener.open(request, timeout=10) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.read().decode()

        ask.cookies = cookies
        yield ask


def test_a_run_with_a_token(production, browser):
    data = {"testcase": "ESG-TC02", "job_data": {"div": [4, 2], "mul": [3]}}
    body = json.dumps(data).encode()
    kind = {"Content_Type": "application/json"}
    assert browser("/api/runs/", body, **kind)[0] == 401
    done = production.run("python manage.py drf_create_token ada")
    token = done.stdout.split()[2]
    kind |= {"Authorization": f"Token {token}", "Idempotency_Key": "once"}
    status, text = browser("/api/runs/", body, **kind)
    assert status == 202, text
    run = json.loads(text)
    assert json.loads(browser("/api/runs/", body, **kind)[1])["id"] == run["id"]
    assert run["links"]["self"].startswith(f"https://{NAME}/")

    def finished():
        text = browser(f"/api/runs/{run['id']}/", **kind)[1]
        return (found := json.loads(text))["finished_at"] and found

    assert until(finished, 60)["state"] == "succeeded"


def test_a_user_logs_in_and_gets_the_page_with_its_styles(browser):
    status, page = browser("/runs/")
    assert 'name="password"' in page  # redirected to the login page
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)[1]
    form = {"csrfmiddlewaretoken": token, "username": "ada", "password": PASSWORD}
    status, page = browser("/login/?next=/runs/", urllib.parse.urlencode(form).encode())
    assert status == 200
    assert "ESG-TC02" in page
    assert all(cookie.secure for cookie in browser.cookies)
    styles = re.findall(r'href="(/static/[^"]+\.css)"', page)
    assert styles
    for style in styles:
        assert re.search(r"\.[0-9a-f]{12}\.css$", style)
        assert browser(style)[0] == 200


def test_flower_requires_its_password(production):
    site = f"http://127.0.0.1:{production.flower}/api/workers"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urlopen(site, timeout=10)
    assert refused.value.code == 401
    refused.value.close()
    flower = f"exec celery -A taskrunner flower --port={free_port()}"
    done = production.run(f"unset FLOWER_BASIC_AUTH; {flower}")
    assert done.returncode == 1
    assert "FLOWER_BASIC_AUTH must be set with DEBUG=0." in done.stderr


HEALTH = {
    name: service["healthcheck"]["test"]
    for name, service in COMPOSE["services"].items()
    if "healthcheck" in service
}


def check(production, name, redis_port, postgresql_port, node):
    """Run a service's health check, adapted to the test. Return the exit code."""
    kind, *words = HEALTH[name]
    command = words[0] if kind == "CMD-SHELL" else shlex.join(words)
    redis_cli = shutil.which("redis-cli", path=environment()["PATH"]) or ""
    for container, test in {
        "$$": "$",
        "8000": str(production.port),
        "5555": str(production.flower),
        "/tmp/": "$SPROUT_RUN/",  # noqa: S108, in the container
        "redis-cli": f"{shlex.quote(redis_cli)} -p {redis_port}",
    }.items():
        command = command.replace(container, test)
    env = {"PGPORT": str(postgresql_port)}
    if name == "rabbitmq":
        env |= production.rabbitmq._node.env
        env |= {"PATH": f"{SCRIPT.parent}:/usr/bin:/bin", "RABBITMQ_NODENAME": node}
    return production.run(command, **env).returncode


@pytest.mark.parametrize("name", HEALTH)
def test_a_health_check_passes(production, redis, name):
    node = production.rabbitmq._node.env["RABBITMQ_NODENAME"]
    assert check(production, name, redis.port, production.postgresql.port, node) == 0


def test_the_logs_have_no_errors_and_no_process_remains(production):
    family = psutil.Process(production.supervisord._leash.pid).children(recursive=True)
    assert len(family) > 10
    production.supervisord.stop()
    _, alive = psutil.wait_procs(family, timeout=20)
    assert not alive
    assert list((production.folder / "run" / "sprout").iterdir()) == []
    assert "Traceback" not in production.log()
    # The checks must fail if the processes are missing or the servers use other ports.
    # The check of `slow` is the worker's check with another name.
    assert HEALTH["slow"] == [it.replace("worker@", "slow@") for it in HEALTH["worker"]]
    for name in HEALTH.keys() - {"slow"}:
        assert check(production, name, free_port(), free_port(), "none@localhost") != 0


def test_the_image_gets_its_static_files(production):
    (collect,) = re.findall(r"^RUN (DEBUG=0 .*)$", DOCKERFILE, re.MULTILINE)
    # Run the Dockerfile's `collectstatic` with only the variables on the same line. A
    # real run takes too long, so add --dry-run.
    assert collect.partition(" python ")[2] in production.prepare
    collect += " --dry-run"
    done = subprocess.run(
        ["sh", "-c", collect],
        cwd=production.app,
        env={"PATH": f"{production.app.parent}/.venv/bin:/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert f"'{production.app}/staticfiles'" in done.stdout
