"""Backups are complete, limited in number, not concurrent, and can be restored."""

import sqlite3
import stat
import subprocess
from contextlib import closing

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection

from backups import dump, tasks
from people.users import make_users
from sprout.process import environment
from tests.support.application import PROJECT
from tests.support.drf_api import PROGRAMS

User = get_user_model()
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.BACKUP_DIR = tmp_path / "backups"
    return settings.BACKUP_DIR


def test_a_backup_is_restored(capsys):
    make_users(50, seed="a")
    names = set(User.objects.values_list("username", flat=True))
    call_command("backup")
    path = capsys.readouterr().out.strip()
    User.objects.all().delete()
    make_users(50, seed="b")
    call_command("restore", path, "--yes")
    assert set(User.objects.values_list("username", flat=True)) == names
    assert "Restored" in capsys.readouterr().out


def test_a_backup_is_intact_and_readable_only_by_its_owner(folder):
    make_users(50, seed="a")
    path = dump.backup()
    assert path.parent == folder
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    with closing(sqlite3.connect(path)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT count(*) FROM auth_user").fetchone() == (50,)


def test_only_the_newest_backups_are_kept(settings):
    settings.BACKUPS_KEPT = 3
    written = [dump.backup() for _ in range(5)]
    assert dump.backups() == written[:1:-1]


def test_a_failed_backup_leaves_no_file(monkeypatch, folder):
    def half(database, target):
        target.write_bytes(b"half")
        raise OSError("disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(dump, "copy_sqlite", half)
        with pytest.raises(CommandError, match="disk is full"):
            call_command("backup")
    assert {entry.name for entry in folder.iterdir()} == {"lock"}
    path = dump.backup()  # the next backup succeeds
    assert {entry.name for entry in folder.iterdir()} == {"lock", path.name}


def test_a_folder_that_cannot_be_created_is_a_clear_error(folder):
    folder.write_text("a file")
    with pytest.raises(CommandError, match=r"^No backup was written: .*File exists"):
        call_command("backup")


@pytest.mark.parametrize("exists", [False, True])
def test_a_database_without_tables_has_no_backup(tmp_path, folder, exists):
    path = tmp_path / "db.sqlite3"
    if exists:
        path.touch()
    folder.mkdir()
    with pytest.raises(dump.BackupError, match=r"has no tables|unable to open"):
        dump.copy_sqlite({"NAME": str(path)}, folder / "copy")
    assert path.exists() == exists


def test_partial_files_of_a_killed_backup_are_deleted(folder):
    good = dump.backup()
    for name in ("sprout-9.sqlite3.partial", "sprout-9.sqlite3.partial-journal"):
        (folder / name).touch()
    assert dump.backups() == [good]
    better = dump.backup()
    assert {entry.name for entry in folder.iterdir()} == {
        "lock",
        good.name,
        better.name,
    }


@pytest.mark.stack
def test_the_last_backup_survives_a_full_disk(folder):
    make_users(50, seed="a")
    good = dump.backup()
    # SQLite treats a file size limit as a full disk. tools/faults/disk.py tests a real
    # full disk with SQLite and pg_dump.
    env = {
        "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
        "BACKUP_DIR": str(folder),
    }
    done = subprocess.run(
        ["python", PROGRAMS / "backup_without_room.py"],
        cwd=PROJECT,
        env=environment(env)
        | {"DJANGO_SETTINGS_MODULE": "taskrunner.settings", "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: ")
    assert "was not written" in done.stderr
    assert "Traceback" not in done.stderr
    assert {entry.name for entry in folder.iterdir()} == {"lock", good.name}
    dump.backup()  # succeeds without the limit
    assert len(dump.backups()) == 2


def test_concurrent_backups_are_rejected(folder):
    dump.backup()
    with dump.exclusive_lock(folder):
        with pytest.raises(CommandError, match="Another backup is running"):
            call_command("backup")
        assert tasks.backup() == "Another backup is running."
    assert len(dump.backups()) == 1
    assert tasks.backup() == dump.backups()[0].name


def test_the_task_has_a_longer_limit_and_acknowledges_early(settings):
    assert tasks.backup.time_limit > tasks.backup.soft_time_limit
    assert tasks.backup.soft_time_limit > 10 * settings.CELERY_TASK_TIME_LIMIT
    # With late acknowledgement, Redis would redeliver the message of a long backup.
    assert tasks.backup.time_limit > settings.VISIBILITY_TIMEOUT
    assert not tasks.backup.acks_late


@pytest.mark.parametrize("content", [b"", b"not a database" * 1000])
def test_an_invalid_backup_is_rejected_and_changes_nothing(tmp_path, content):
    make_users(50, seed="a")
    wrong = tmp_path / "wrong.sqlite3"
    wrong.write_bytes(content)
    with pytest.raises(CommandError, match=r"wrong\.sqlite3"):
        call_command("restore", str(wrong), "--yes")
    assert User.objects.count() == 50


@pytest.mark.parametrize("answer", ["", "no", EOFError, KeyboardInterrupt])
def test_without_confirmation_nothing_changes(monkeypatch, answer):
    def ask(question):
        if isinstance(answer, str):
            return answer
        raise answer

    path = dump.backup()
    make_users(50, seed="a")
    monkeypatch.setattr("builtins.input", ask)
    with pytest.raises(CommandError, match=r"Nothing was changed\."):
        call_command("restore", str(path))
    assert User.objects.count() == 50


def test_restore_lists_the_backups_and_accepts_latest(capsys, folder):
    call_command("restore")
    assert "There are no backups." in capsys.readouterr().out
    with pytest.raises(CommandError, match="There are no backups"):
        call_command("restore", "latest")
    older, newer = dump.backup(), dump.backup()
    call_command("restore")
    assert capsys.readouterr().out.split() == [str(newer), str(older)]
    for _ in range(2):  # restoring does not create files in the folder
        call_command("restore", "latest", "--yes")
        assert f"Restored {newer}." in capsys.readouterr().out
        assert {each.name for each in folder.iterdir()} == {
            "lock",
            older.name,
            newer.name,
        }
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as restored:
        assert restored.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_journal_files_of_sqlite_are_not_backups(folder):
    good = dump.backup()
    for end in ("-wal", "-shm"):
        good.with_name(good.name + end).touch()
    assert dump.backups() == [good]
