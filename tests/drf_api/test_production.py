"""The whole application as production has it: supervisor, RabbitMQ, PostgreSQL, nginx.

From a copy of the folder, with the packages of its own lock and nothing else; with
production.env.example, filled in. Then compose.yaml's health checks run against it.
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
from sprout.process import SCRIPTS, Process
from sprout.site.rabbitmq import SCRIPT, find_rabbitmq
from tests.drf_api.stack import PROJECT
from tests.nginx import Nginx, find_nginx
from tests.postgresql import PostgreSQL, find_postgresql
from tests.waiting import until

pytestmark = [
    pytest.mark.skipif(not find_nginx(), reason="nginx: apt-get install nginx"),
    pytest.mark.skipif(
        not find_postgresql(), reason="PostgreSQL: apt-get install postgresql"
    ),
    pytest.mark.skipif(
        not find_rabbitmq(), reason="RabbitMQ: apt-get install rabbitmq-server"
    ),
    pytest.mark.timeout(300),
]
NAME = "sprout.example"
PASSWORD = "a-Long-pass-1"
DOCKERFILE = (PROJECT / "Dockerfile").read_text().replace("\\\n", " ")
COMPOSE = yaml.safe_load((PROJECT / "compose.yaml").read_text())


def install(lock: Path, folder: Path) -> None:
    """Make a venv with the packages of a lock, copied from our own, nothing fetched."""
    venv.create(folder, symlinks=True)
    (target,) = folder.glob("lib/python*/site-packages")
    for name in re.findall(r"^([\w.-]+)(?:\[\w+\])?==", lock.read_text(), re.MULTILINE):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            # One that is not there is for another platform, or else it will be missed.
            found = importlib.metadata.distribution(name)
            for file in found.files or []:
                copy = Path(os.path.normpath(target / file))
                copy.parent.mkdir(parents=True, exist_ok=True)
                if file.suffix != ".pyc":
                    shutil.copy(found.locate_file(file), copy)
    for script in (folder / "bin").iterdir():
        if not script.is_symlink() and script.read_bytes().startswith(b"#!"):
            text = script.read_text()
            script.write_text(text.replace(sys.prefix, str(folder)))


class Production:
    """The application, started by hand as the example says."""

    def __init__(self, folder: Path, rabbitmq, postgresql) -> None:
        self.app = folder / "app"
        shutil.copytree(
            PROJECT,
            self.app,
            ignore=shutil.ignore_patterns(
                "var", "db.sqlite3*", "staticfiles", "__pycache__"
            ),
        )
        install(PROJECT.parent / "requirements" / "api.txt", folder / "venv")
        self.port, self.flower = free_port(), free_port()
        (folder / "run").mkdir()
        (folder / "var" / "log").mkdir(parents=True)
        text = (PROJECT / "production.env.example").read_text()
        self.env = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE)) | {
            "SECRET_KEY": "for this test only: " + "abcdefghijklmnopqrstuvwxyz" * 2,
            "DATABASE_URL": postgresql.url,
            "CELERY_BROKER_URL": rabbitmq.url,
            "BACKUP_DIR": str(folder / "backups"),
            "FLOWER_BASIC_AUTH": f"sprout:{PASSWORD}",
            "SPROUT_RUN": str(folder / "run"),
            "SPROUT_VAR": str(folder / "var"),
            "SPROUT_PORT": str(self.port),
            "SPROUT_FLOWER_PORT": str(self.flower),
        }
        self.env["PATH"] = f"{folder}/venv/bin:/usr/bin:/bin"
        self.logs = folder / "var" / "log"
        self.supervisord = Process(
            ["supervisord", "-c", "supervisord.conf"],
            cwd=self.app,
            env=self.env,
            grace=60,
        )

    def run(self, command: str, **env: str) -> subprocess.CompletedProcess:
        """Run a line of shell as on that machine."""
        return subprocess.run(
            ["sh", "-c", command],
            cwd=self.app,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            timeout=120,
        )

    def answers(self, path: str) -> bool:
        """Whether the web server says 200, asked from inside."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"Host": NAME}
        )
        try:
            with urllib.request.urlopen(request, timeout=5):
                return True
        except OSError:
            return False

    def log(self) -> str:
        """Return all that the programs have printed."""
        return "\n".join(path.read_text() for path in self.logs.glob("*.log"))


@pytest.fixture(scope="module")
def production(rabbitmq, tmp_path_factory):
    folder = tmp_path_factory.mktemp("production")
    with PostgreSQL() as postgresql:
        found = Production(folder, rabbitmq, postgresql)
        found.postgresql, found.rabbitmq = postgresql, rabbitmq
        (collect,) = re.findall(r"^RUN (DEBUG=0 .*)$", DOCKERFILE, re.MULTILINE)
        # With nothing but what the line itself sets, as when the image is built.
        done = subprocess.run(
            ["sh", "-c", collect],
            cwd=found.app,
            env={"PATH": found.env["PATH"]},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        for command in ("migrate -v0", "first_admin"):
            done = found.run(
                f"python manage.py {command}",
                DJANGO_SUPERUSER_USERNAME="ada",
                DJANGO_SUPERUSER_PASSWORD=PASSWORD,
            )
            assert done.returncode == 0, done.stderr
        with found.supervisord:
            until(lambda: found.answers("/readyz"), 120)
            yield found


@pytest.fixture(scope="module")
def browser(production):
    """Ask through nginx, keeping cookies; return the status and the body."""
    with Nginx(production.port) as nginx:
        opener = urllib.request.build_opener(
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

    def over():
        text = browser(f"/api/runs/{run['id']}/", **kind)[1]
        return (found := json.loads(text))["finished_at"] and found

    assert until(over, 60)["state"] == "succeeded"


def test_a_person_logs_in_and_sees_the_page_with_its_styles(browser):
    status, page = browser("/runs/")
    assert 'name="password"' in page  # sent to the login
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


def test_flower_asks_for_its_password(production):
    site = f"http://127.0.0.1:{production.flower}/api/workers"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(site, timeout=10)
    assert refused.value.code == 401
    refused.value.close()


CHECKED = [name for name, it in COMPOSE["services"].items() if "healthcheck" in it]


def check(production, name, redis_port=0):
    """Run a service's health check, with our ports and files, and return its code."""
    kind, *words = COMPOSE["services"][name]["healthcheck"]["test"]
    command = words[0] if kind == "CMD-SHELL" else shlex.join(words)
    for theirs, ours in {
        "$$": "$",
        ":8000": f":{production.port}",
        ":5555": f":{production.flower}",
        "/tmp/": "$SPROUT_RUN/",  # noqa: S108, the container's
        "redis-cli": f"{shlex.quote(str(SCRIPTS))}/redis-cli -p {redis_port}",
    }.items():
        command = command.replace(theirs, ours)
    env = {"HOSTNAME": os.uname().nodename, "PGHOST": "127.0.0.1"}
    env["PGPORT"] = str(production.postgresql.port)
    if name == "rabbitmq":
        env |= production.rabbitmq._node.env
        env["PATH"] = f"{SCRIPT.parent}:/usr/bin:/bin"
    return production.run(command, **env).returncode


@pytest.mark.parametrize("name", CHECKED)
def test_a_health_check_passes(production, redis, name):
    assert check(production, name, redis.port) == 0


def test_nothing_went_wrong_and_the_end_leaves_nothing(production):
    family = psutil.Process(production.supervisord._leash.pid).children(recursive=True)
    assert len(family) > 10
    production.supervisord.stop()
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not alive
    assert list((production.logs.parent.parent / "run").iterdir()) == []
    assert "Traceback" not in production.log()
    # What passed before would not pass whatever happens.
    for name in ("web", "worker", "beat", "camera", "flower"):
        assert check(production, name) != 0
