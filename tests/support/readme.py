"""The blocks of README.md."""

import re

from sprout.days import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    """Return the fenced blocks of README.md in this language, as lists of lines."""
    found = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return [block.splitlines() for block in found]
