"""The exporter tolerates an unreachable broker. Alerts use only exported metrics."""

import re
import shutil
import subprocess
import time
import urllib.error

import pytest
import yaml

from sprout import loopback
from sprout.broker import free_port
from sprout.days import ROOT
from sprout.process import SCRIPTS, Process, environment
from sprout.redis_server import find_server
from tests.support.recipes import worker

FOLDER = ROOT / "recipes" / "metrics"


def scrape(port, pattern):
    """Return the exporter's page once one of its lines matches `pattern`."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with loopback.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
                page = answer.read().decode()
        except urllib.error.URLError:
            page = ""
        if re.search(pattern, page, re.MULTILINE):
            return page
        assert time.monotonic() < deadline, page
        time.sleep(0.1)


@pytest.mark.stack
def test_the_exporter_connects_to_a_broker_that_starts_later():
    port, redis_port = free_port(), free_port()
    env = {"CELERY_BROKER_URL": f"redis://127.0.0.1:{redis_port}/0"}
    env["CELERY_RESULT_BACKEND"] = env["CELERY_BROKER_URL"]
    redis = [find_server(SCRIPTS), "--port", str(redis_port), "--bind", "127.0.0.1"]
    with Process(["python", "exporter.py", str(port)], cwd=FOLDER, env=env):
        scrape(port, r"^shop_broker_up 0\.0$")
        with Process([*redis, "--save", ""]):
            scrape(port, r"^shop_broker_up 1\.0$")
            with worker("shop", FOLDER, env, "-E"):
                page = scrape(port, r"^shop_workers 1\.0$")
                subprocess.run(
                    ["python", "client.py"],
                    cwd=FOLDER,
                    env=environment(env),
                    check=True,
                )
                page = scrape(port, r'^shop_tasks_total{state="failed".* 1\.0$')
    named = set(re.findall(r"\bshop_\w+", (FOLDER / "alerts.yml").read_text("utf-8")))
    exported = set(re.findall(r"^(shop_\w+)", page, re.MULTILINE))
    assert named <= exported


@pytest.mark.command
def test_every_alert_rule_has_a_test():
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    tested = yaml.safe_load((FOLDER / "alerts_test.yml").read_text("utf-8"))["tests"]
    names = {case["alertname"] for test in tested for case in test["alert_rule_test"]}
    assert {rule["alert"] for rule in rules} == names
    for rule in rules:
        assert set(rule) == {"alert", "expr", "for", "annotations"}
    if shutil.which("promtool"):  # from Debian's package prometheus
        promtool = ["promtool", "test", "rules", "alerts_test.yml"]
        subprocess.run(promtool, cwd=FOLDER, check=True)
