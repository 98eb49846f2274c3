"""Named pieces of files, and the differences between two days."""

import pytest

from sprout.days import DAYS, ROOT
from tools.site.listings import ListingError, changes, listing, pieces, sources


def test_a_listing_is_found_by_name():
    assert listing("day0/taskrunner.py", ["add"]).splitlines() == [
        "@app.task",
        "def add(x: float, y: float) -> float:",
        "    time.sleep(5)",
        "    return x + y",
    ]
    assert listing("day7/taskrunner/base.py", ["NamedResults.__call__"]).startswith(
        "    def __call__(self, *args"
    )
    coroutine = listing("docs/symptoms/shop.py", ["send_mail"])
    assert coroutine.startswith("@app.task\nasync def send_mail")
    assert list(pieces(ROOT / "day0/client.py")) == [
        "imports",
        "first",
        "second",
        "script",
    ]
    for file, names in (("day0/none.py", []), ("day0/client.py", ["third"])):
        with pytest.raises(ListingError, match=names[0] if names else "none.py"):
            listing(file, names)


def test_the_pieces_of_a_file_form_the_whole_file():
    for day in DAYS:
        for file in sources(day.folder):
            source = (day.folder / file).read_text()
            found = {k: v for k, v in pieces(day.folder / file).items() if "." not in k}
            assert sorted("".join(found.values()).split()) == sorted(source.split())


def test_changes_are_listed_by_file():
    diff = dict(changes("day1", "day2"))
    assert "taskrunner/tasks.py" in diff
    assert (
        '+    include=["taskrunner.sums", "taskrunner.products"],'
        in diff["taskrunner/celery.py"].splitlines()
    )
