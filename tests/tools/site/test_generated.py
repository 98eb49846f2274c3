"""The text that programs generate for the pages."""

import re

from tools.site.generated import clone


def test_a_known_repository_address_is_shown(monkeypatch):
    monkeypatch.delenv("REPOSITORY", raising=False)
    # Without an address, the text contains no command.
    assert not re.search(r"```|\$|`git|ADDRESS", clone())
    monkeypatch.setenv("REPOSITORY", "https://example.org/sprout")
    assert clone() == (
        "```console\n$ git clone https://example.org/sprout sprout\n$ cd sprout\n```"
    )
