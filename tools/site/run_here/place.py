"""The buttons that run the code of a page: `{{ run day0 }}`, `{{ run practice }}`."""

import html
import json
from pathlib import Path
from typing import Any

from sprout import SproutError
from sprout.days import ROOT
from tools.site.listings import sources
from tools.site.run_here.build import megabytes, version

CLIENT = "client.py"
PRACTICE = "practice"  # the folder of the exercises
TERMINAL = "start/"  # the page that explains the terminal
NOT_BUILT = (
    "The code of this page can run in your browser, but this site was built without "
    "Node.js. Install Node.js and npm, then build the site again with "
    "<code>make docs</code>."
)
NO_SCRIPT = "To run the code of this page in your browser, enable JavaScript."


class PlaceError(SproutError):
    """A folder has no client, so a page cannot run its files."""


def order(name: str) -> tuple[int, int, str]:
    """Return the position of a file among the tabs: client, top modules, others."""
    return name != CLIENT, name.count("/"), name


def application(folder: Path) -> str:
    """Return the module name of the app in a folder. In recipes, the name is shop."""
    shop = (folder / "shop.py").is_file() or (folder / "shop").is_dir()
    return "shop" if shop else "taskrunner"


def files(folder: Path) -> dict[str, str]:
    """Return the Python files of a folder by name, in the order of the bench's tabs."""
    names = sorted(sources(folder), key=order)
    return {name: (folder / name).read_text(encoding="utf-8") for name in names}


def show_run(name: str) -> str:
    """Return the button that opens a folder's files, or the exercises, in the bench.

    Raises PlaceError if the folder has no client.
    """
    folder = ROOT / name
    if name == PRACTICE:
        return show_practice()
    if not (folder / CLIENT).is_file():
        raise PlaceError(f"{name} has no {CLIENT}, so a page cannot run its files.")
    built = version()
    if built is None:
        return f'<p class="run-here">{NOT_BUILT}</p>'
    given = {
        "folder": name,
        "app": application(folder),
        "client": CLIENT,
        "files": files(folder),
        # The page has the same depth in the site as `folder` in the repository.
        "limits": {"terminal": "../" * len(Path(name).parts) + TERMINAL},
    }
    words = f"with the files of <code>{html.escape(name)}</code>"
    return place("run-here", "Run it here", words, built, given)


def show_practice() -> str:
    """Return the button that opens the exercises."""
    built = version()
    if built is None:
        return f'<p class="run-here">{NOT_BUILT}</p>'
    words = "which checks your answers"
    return place("run-here exercises", "Solve an exercise here", words, built, {})


def place(kind: str, button: str, words: str, built: str, given: dict[str, Any]) -> str:
    """Return a button with its description and the data for the page's scripts."""
    size = megabytes(built)
    given |= {"version": built, "size": size}
    # Escape `<`, so that the text cannot end the script element.
    data = json.dumps(given).replace("<", "\\u003c")
    return (
        f'<div class="{kind}">'
        '<button type="button" class="md-button md-button--primary">'
        f"{button}</button>"
        f" <span>This button starts Celery in the page, {words}. "
        f"The first time, the page loads {size} MB.</span>"
        f"<noscript>{NO_SCRIPT}</noscript>"
        f'<script type="application/json">{data}</script></div>'
    )
