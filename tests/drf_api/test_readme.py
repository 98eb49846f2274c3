"""drf_api/README.md leaves nothing out."""

import re

from drf_spectacular.generators import SchemaGenerator

from taskrunner import settings
from tests.support.application import LINES, PROJECT

README = (PROJECT / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_there():
    # With what it is if nothing is said; README.md has more words for the rest.
    row = re.compile(r"^\| ([A-Z_]+) +\| (.+?) +\|", re.MULTILINE)
    declared = row.findall(settings.__doc__)
    assert declared == row.findall(README.replace("`", ""))
    # ... and every one that is read is declared.
    code = (PROJECT / "taskrunner" / "settings.py").read_text(encoding="utf-8")
    read = r"(?:flag|rate|required|seconds|words|environ\.get)\(\s*\"([A-Z_]+)\""
    assert set(re.findall(read, code)) == set(dict(declared))


def test_every_operation_of_the_api_is_there():
    paths = SchemaGenerator().get_schema(public=True)["paths"]
    for path, operations in paths.items():
        for method in operations:
            assert f"`{method.upper()} {path}`" in README


def test_the_line_of_curl_is_the_one_that_is_run():
    assert f"-d 'job_data={LINES['ESG-TC02']}' -X POST" in README


def test_every_folder_is_on_the_map():
    apps = {path.parent.name for path in PROJECT.glob("*/__init__.py")}
    assert apps == set(re.findall(r"^\| \[(\w+)\]", README, re.MULTILINE))
