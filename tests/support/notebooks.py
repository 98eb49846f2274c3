"""The committed notebooks."""

import nbformat
import pytest

from sprout.days import DAYS, ROOT

NOTEBOOKS = ROOT / "notebooks"
NAMES = [*(day.name for day in DAYS), "drf_api"]
EVERY = pytest.mark.parametrize("name", NAMES)


def read(name):
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
