"""Examine an app as `sprout doctor -A` does, in a separate process.

The process is forked from a server that has imported Celery. Celery is therefore
imported only once, and no app remains in the test process.
"""

import multiprocessing
import os
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from sprout.doctor.application import CHECKS, Application, check_loading
from sprout.doctor.checks import Status, run

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["sprout.doctor.application"])

Found = tuple[str, str, str]  # the status, the id and the message of a finding


def examine(
    name: str, folder: Path, env: Mapping[str, str], ask_workers: bool = False
) -> list[Found]:
    """Return the findings of an app's checks, except findings with the status OK."""
    with ProcessPoolExecutor(1, mp_context=FORKS) as pool:
        found = pool.submit(_examine, name, folder, dict(env), ask_workers).result(60)
    return [finding for finding in found if finding[0] != Status.OK]


def _examine(
    name: str, folder: Path, env: dict[str, str], ask_workers: bool
) -> list[Found]:
    os.chdir(folder)
    for variable in [each for each in os.environ if each.startswith("CELERY_")]:
        del os.environ[variable]
    os.environ.update(env)
    time.tzset()
    subject = Application(name, folder, ask_workers)
    findings = list(run([check_loading], subject))
    if not subject.error:
        findings += run(CHECKS, subject)
    return [(str(each.status), each.id, each.message) for each in findings]
