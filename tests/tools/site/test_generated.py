"""The texts that programs generate for the pages."""

import re

from tools.site.generated import clone


def test_a_known_repository_address_is_shown(monkeypatch):
    monkeypatch.delenv("REPOSITORY", raising=False)
    # There is no command to type.
    assert not re.search(r"```|\$|`git|ADDRESS", clone())
    monkeypatch.setenv("REPOSITORY", "https://example.org/sprout")
    assert clone() == (
        "```console\n$ git clone https://example.org/sprout sprout\n$ cd sprout\n```"
    )
