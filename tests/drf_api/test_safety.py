"""The security of the application without DEBUG: login, HTTPS, tokens and logs."""

import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from sprout.process import environment
from tests.support.drf_api import program

FOLDER = Path(settings.BASE_DIR)
SAFE = {
    "DEBUG": "0",
    "SECRET_KEY": "for this test only: " + "abcdefghijklmnopqrstuvwxyz" * 2,
    "ALLOWED_HOSTS": "sprout.example",
    "DATABASE_URL": "sqlite:///:memory:",
}


def manage(*arguments, **env):
    return subprocess.run(
        ["python", "manage.py", *arguments],
        cwd=FOLDER,
        env=environment(env),
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.stack
def test_without_debug_the_deployment_checks_pass():
    done = manage("check", "--deploy", "--fail-level", "WARNING", **SAFE)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.stack
def test_without_debug_errors_are_logged():
    done = manage("shell", "-v", "0", "-c", program("no_session_table.py"), **SAFE)
    assert done.stdout == "500\n"
    assert "Internal Server Error: /api/runs/" in done.stderr
    assert "no such table: django_session" in done.stderr


def test_flower_listens_on_localhost_only():
    for path in ("README.md", "drf_api/README.md", "drf_api/deploy/supervisord.conf"):
        text = (FOLDER.parent / path).read_text(encoding="utf-8")
        (rest,) = re.findall("taskrunner flower(.*)", text)
        assert rest.startswith(" --address=127.0.0.1")


@pytest.mark.stack
def test_an_exported_result_backend_has_no_effect():
    code = "from taskrunner.celery import app; print(type(app.backend).__name__)"
    exported = {"CELERY_RESULT_BACKEND": "redis://localhost:6379/0"}
    done = manage("shell", "-v0", "-c", code, **exported)
    assert done.stdout == "FinalResults\n", done.stderr


def test_the_readme_shows_how_to_create_a_token(owner, login_required, api, capsys):
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert "$ python manage.py drf_create_token ada" in readme
    assert "-H 'Authorization: Token " in readme

    def token(*options):
        call_command("drf_create_token", *options, "owner")
        return capsys.readouterr().out.split()[2]

    def status(token):
        headers = {"Authorization": f"Token {token}"}
        return api.get("/api/runs/", headers=headers).status_code

    first = token()
    assert (status(first), token()) == (200, first)
    assert "`drf_create_token -r ada`" in readme
    second = token("-r")
    assert (status(first), status(second)) == (401, 200)


@pytest.mark.stack
def test_without_debug_login_and_https_are_required():
    done = manage("shell", "-v0", "-c", program("without_debug.py"), **SAFE)
    assert done.stdout.splitlines() == [
        "301 https://sprout.example/",
        "/ 302",
        "/runs/ 302",
        "/api/ 302",
        "/login/ 200",
        "/admin/login/ 200",
        "/api/runs/ 401",
        "/api/workflows/ 401",
        "/api/schema/ 401",
        "max-age=31536000; includeSubDomains; preload",
    ], done.stderr
