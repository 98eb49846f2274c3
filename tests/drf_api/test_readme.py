"""drf_api/README.md is complete."""

import re

from drf_spectacular.generators import SchemaGenerator

from tests.support.application import LINES, PROJECT
from tools.site.generated import in_readme

README = (PROJECT / "README.md").read_text(encoding="utf-8")


def test_the_table_of_settings_is_generated():
    generated = PROJECT.parent / "docs" / "generated" / "settings.txt"
    table = generated.read_text(encoding="utf-8").rstrip()
    assert in_readme("settings", table) == README, (
        "The table of the README is outdated. Run `make transcripts`."
    )


def test_the_readme_lists_every_operation():
    paths = SchemaGenerator().get_schema(public=True)["paths"]
    for path, operations in paths.items():
        for method in operations:
            assert f"`{method.upper()} {path}`" in README


def test_the_readme_contains_the_tested_curl_example():
    assert f"-d 'job_data={LINES['ESG-TC02']}' -X POST" in README


def test_the_readme_lists_every_folder():
    apps = {path.parent.name for path in PROJECT.glob("*/__init__.py")}
    assert apps == set(re.findall(r"^\| \[(\w+)\]", README, re.MULTILINE))
