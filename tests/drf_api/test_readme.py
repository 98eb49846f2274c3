"""drf_api/README.md leaves nothing out."""

import re

from drf_spectacular.generators import SchemaGenerator

from tests.support.application import LINES, PROJECT
from tools.site.generated import in_readme

README = (PROJECT / "README.md").read_text(encoding="utf-8")


def test_its_table_of_settings_is_the_generated_one():
    generated = PROJECT.parent / "docs" / "generated" / "settings.txt"
    table = generated.read_text(encoding="utf-8").rstrip()
    assert in_readme("settings", table) == README, (
        "If the table is right: make transcripts"
    )


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
