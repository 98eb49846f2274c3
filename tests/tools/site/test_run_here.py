"""Celery in a page: the lock files, the build without npm, and the markup."""

import json
import re
import shutil
import zipfile

import pytest

from sprout.days import ROOT
from tools.site.run_here import build, exercises, place

MODULES = ROOT / "tools" / "site" / "run_here" / "package-lock.json"


def test_wheels_have_the_locked_versions_and_hashes():
    lock = build.LOCK.read_text(encoding="utf-8")
    wanted = build.pinned(lock)
    for name in build.PACKAGES:
        assert re.search(rf"(?m)^{name}==[\w.]+ \\$", wanted), name
    hashes = re.findall(r"--hash=sha256:[0-9a-f]{64}", wanted)
    assert set(hashes) < set(re.findall(r"--hash=\S+", lock))
    assert len(hashes) >= 2 * len(build.PACKAGES)
    # The lock restricts tzdata to Windows, but the page also needs tzdata.
    assert "win32" not in wanted


def test_an_unpinned_package_is_an_error():
    with pytest.raises(build.BuildError, match=r"base\.txt does not pin numpy"):
        build.pinned(build.LOCK.read_text(encoding="utf-8"), ["celery", "numpy"])


def test_the_npm_lock_contains_hashes_and_no_address():
    lock = json.loads(MODULES.read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert "node_modules/pyodide" in packages
    for name, entry in packages.items():
        assert entry["integrity"].startswith("sha512-"), name
        assert "resolved" not in entry, name
    assert "://registry" not in MODULES.read_text(encoding="utf-8")


def test_modules_in_the_page_import_only_each_other(tmp_path):
    build.archive(tmp_path / "sprout.zip", build.sprout_files())
    names = zipfile.ZipFile(tmp_path / "sprout.zip").namelist()
    packed = {
        re.sub(r"(/__init__)?\.py$", "", name).replace("/", ".") for name in names
    }
    for _, content in build.sprout_files():
        for module in re.findall(rb"(?m)^from (sprout[\w.]*) import", content):
            assert module.decode() in packed


def test_an_archive_is_reproducible(tmp_path):
    files = build.sprout_files()
    for name in ("one.zip", "two.zip"):
        build.archive(tmp_path / name, files)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_packages_are_fetched_only_once(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "CACHE", tmp_path)
    fetched = []
    for content in ("a", "a", "b"):
        build.cached("kind", content, lambda folder: fetched.append(folder))
    assert len(fetched) == 2

    def broken(folder):
        (folder / "half").touch()
        raise build.BuildError("no network")

    with pytest.raises(build.BuildError):
        build.cached("kind", "c", broken)
    assert not list(build.cached("kind", "c", lambda _: None).iterdir())


def test_the_site_builds_without_npm(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(build, "LIB", tmp_path / "lib")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert build.main() == 0
    assert capsys.readouterr().out.strip() == build.NO_NPM
    monkeypatch.setattr(place, "version", lambda: build.version())
    shown = place.show_run("day0")
    assert "Install Node.js and npm" in shown
    assert "<button" not in shown


def test_a_page_contains_the_files_of_its_day(monkeypatch):
    monkeypatch.setattr(place, "version", lambda: "0123")
    monkeypatch.setattr(place, "megabytes", lambda _: 9)
    shown = place.show_run("day4")
    given = json.loads(re.search(r"<script.*?>(.*)</script>", shown)[1])
    assert next(iter(given["files"])) == "client.py"
    for name, text in given["files"].items():
        assert text == (ROOT / "day4" / name).read_text(encoding="utf-8")
    assert "taskrunner/celery.py" in given["files"]
    assert given["version"] == "0123"


def test_a_page_has_each_exercise_with_its_files_and_its_check():
    given = {each["name"]: each for each in json.loads(exercises.exercises())}
    folder = ROOT / "practice"
    on_disk = {
        path.parent.relative_to(folder) for path in folder.glob("day*/*/check.py")
    }
    assert set(given) == {path.as_posix() for path in on_disk}
    for name, each in given.items():
        assert next(iter(each["files"])) == "exercise.py"
        for file, text in (each["files"] | {"check.py": each["check"]}).items():
            assert text == (folder / name / file).read_text("utf-8")
    found = set(given["day3/find"]["files"]) - {"exercise.py", "store/__init__.py"}
    assert {name.removeprefix("store/tasks/") for name in found} == {
        "orders.py",
        "letters/__init__.py",
        "letters/bills.py",
        "letters/prices.csv",
    }
    assert '<a href="../day4/#the-code">day4</a>' in given["day4/fan_in"]["hints"][1]


def test_a_file_cannot_end_its_script_element(tmp_path, monkeypatch):
    (tmp_path / "client.py").write_text('print("</script><b>")\n', encoding="utf-8")
    monkeypatch.setattr(place, "ROOT", tmp_path.parent)
    monkeypatch.setattr(place, "version", lambda: "0123")
    monkeypatch.setattr(place, "megabytes", lambda _: 9)
    shown = place.show_run(tmp_path.name)
    assert shown.count("</script>") == 1
    assert "<b>" not in shown


def test_a_folder_without_a_client_is_an_error():
    with pytest.raises(place.PlaceError, match=r"docs has no client\.py"):
        place.show_run("docs")
