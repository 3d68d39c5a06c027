"""Backups: consistent while everything runs, whole or not at all, and back again."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import subprocess
import threading
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from connector import chores
from connector.backup import restoring
from connector.backup.archive import Manifest, Packing
from connector.backup.making import back_up, make_backup, nightly_backup, prune
from connector.backup.tables import lines_of, tables
from connector.db import Database
from connector.schema import is_current
from connector.service import Service
from connector.settings import load_settings
from connector.timetable import CHORES
from tests.cli.cli_world import Cli, Office
from tests.postgres import a_database

KEY = "a-backup-key-for-tests-only"
CITY = 'inherits = "template"\nname = { da = "Prøveby", en = "Trial town" }\n'


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """A programme of a city of its own, with a person in it."""
    folder = tmp_path / "here" / "programmes"
    (folder / "lyngby").mkdir(parents=True)
    (folder / "notes").mkdir()
    (folder / "notes" / "read me.txt").write_text("Husk æøå", "utf-8")
    made = Office(tmp_path / "here")
    made.env |= {
        "VIDENSBRO_PROGRAMMES": str(folder),
        "BACKUP_DIR": str(tmp_path / "kept"),
        "SECRET_KEY": "a-secret-key-for-tests-only",
    }
    made.service = Service.open(load_settings(made.env))
    made.open()
    made.mentee()
    made.mentor()
    return made


def elsewhere(office: Office, tmp_path: Path, **more: str) -> Cli:
    """An empty machine with the same settings."""
    there = tmp_path / "there"
    return Cli(
        {
            **office.env,
            "DATA_DIR": str(there / "var"),
            "VIDENSBRO_PROGRAMMES": str(there / "programmes"),
            **more,
        }
    )


def rows(database: Database) -> dict[str, list[bytes]]:
    """Return every row; what a restore itself changes is left out."""
    found = {}
    with database.engine.execution_options(reads_only=True).connect() as connection:
        for table in tables():
            if table.name not in {"form_watch", "connection"}:
                found[table.name] = list(lines_of(connection, table))
    return found


def database_of(cli: Cli) -> Database:
    return Database(load_settings(cli.env).database_url)


def test_all_of_it_comes_back(office: Office, tmp_path: Path) -> None:
    told = office("backup").output
    (file,) = (tmp_path / "kept").iterdir()
    assert str(file) in told
    assert "SECRET_KEY and the other settings are not in it" in told
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    there = elsewhere(office, tmp_path, BACKUP_DIR="")
    told = there("restore", file).output
    assert "Set then and not now: BACKUP_DIR" in told
    assert rows(database_of(there)) == rows(office.service.database)
    assert is_current(database_of(there))
    folder = tmp_path / "there" / "programmes"
    assert (folder / "notes" / "read me.txt").read_text("utf-8") == "Husk æøå"
    assert not list((tmp_path / "there").rglob("*.restoring*"))
    assert there.json("kpi", "show") == office.json("kpi", "show")


def test_the_archive_names_settings_and_holds_no_secret(
    office: Office, tmp_path: Path
) -> None:
    file = tmp_path / "one.backup"
    office("backup", file)
    with zipfile.ZipFile(file) as held:
        manifest = json.loads(held.read("manifest.json"))
        content = b"".join(held.read(name) for name in held.namelist())
    assert {"SECRET_KEY", "TYPEFORM_SECRETS", "PROGRAMMES"} <= set(manifest["settings"])
    assert b"a-secret" not in content
    assert b"anna@people.example" in content


def test_it_can_be_seen_how_old_the_newest_is(office: Office, tmp_path: Path) -> None:
    office("backup", tmp_path / "one.backup")
    with office.service.database.reading() as session:
        (run,) = [r for r in chores.runs(session, "lyngby") if r.chore == "backup"]
    assert run.succeeded_at is not None
    assert run.problem == ""


def test_nothing_is_overwritten(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    office("backup", file)
    before = file.read_bytes()
    told = office("backup", file, code=1).output
    assert "is there already; nothing was overwritten" in told
    assert file.read_bytes() == before
    told = office("restore", file, code=1).output
    assert "A database stands in" in told
    assert "mv " in told


def test_what_is_moved_aside_loses_nothing(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    office("backup", file)
    path = Path(str(office.service.database.engine.url.database))
    before = rows(office.service.database)  # it is open: the newest is in the -wal
    told = office("restore", file, code=1).output
    (command,) = re.findall(r"aside: (.+)", told)
    main, *more = command.split(" && ")
    subprocess.run(["sh", "-c", main], check=True)
    told = office("restore", file, code=1).output
    assert f"{path}-wal holds the newest" in told
    subprocess.run(["sh", "-c", " && ".join(more)], check=True)
    office("restore", file)
    assert rows(Database(f"sqlite:///{path}.before")) == before


# --- sealed --------------------------------------------------------------------------
def test_a_sealed_one_says_nothing_without_its_key(
    office: Office, tmp_path: Path
) -> None:
    office.env["BACKUP_KEY"] = KEY
    file = tmp_path / "sealed.backup"
    office("backup", file)
    assert b"anna@people.example" not in file.read_bytes()
    assert not zipfile.is_zipfile(file)
    no_key = elsewhere(office, tmp_path, BACKUP_KEY="")
    assert "BACKUP_KEY is not set" in no_key("restore", file, code=1).output
    other = elsewhere(office, tmp_path, BACKUP_KEY="another-key-for-tests-only")
    assert "BACKUP_KEY is not the one" in other("restore", file, code=1).output
    assert not (tmp_path / "there").exists()
    there = elsewhere(office, tmp_path)
    there("restore", file)
    assert rows(database_of(there)) == rows(office.service.database)


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.99, 1.0])
def test_one_byte_changed_is_found_before_anything_is_written(
    office: Office, tmp_path: Path, share: float, sealed: bool
) -> None:
    if sealed:
        office.env["BACKUP_KEY"] = KEY
    file = tmp_path / "one.backup"
    office("backup", file)
    data = bytearray(file.read_bytes())
    data[int(share * (len(data) - 1))] ^= 1
    file.write_bytes(data)
    there = elsewhere(office, tmp_path)
    result = there.runner.invoke(
        __import__("connector.cli.root", fromlist=["root"]).root,
        ["restore", str(file)], env=there.env,
    )  # fmt: skip
    if result.exit_code == 0:  # a byte of the zip's own that says nothing of content
        assert not sealed
        assert rows(database_of(there)) == rows(office.service.database)
        return
    assert result.exit_code == 1, result.output
    assert result.output.startswith("Error: ")
    assert "othing was restored" in result.output
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize("sealed", [True, False])
def test_one_that_was_cut_off_is_refused(
    office: Office, tmp_path: Path, sealed: bool
) -> None:
    if sealed:
        office.env["BACKUP_KEY"] = KEY
    notes = tmp_path / "here" / "programmes" / "notes"
    (notes / "photo").write_bytes(os.urandom(200_000))  # more than one chunk
    file = tmp_path / "one.backup"
    office("backup", file)
    data = file.read_bytes()
    there = elsewhere(office, tmp_path)
    for end in (0, 10, 40, 60, len(data) // 2, 64 * 1024 + 58, len(data) - 1):
        file.write_bytes(data[:end])
        assert "othing was restored" in there("restore", file, code=1).output
    assert not (tmp_path / "there").exists()


# --- another place, another version --------------------------------------------------
def test_mapping_files_that_stand_there_are_left_alone(
    office: Office, tmp_path: Path
) -> None:
    file = tmp_path / "one.backup"
    office("backup", file)
    there = elsewhere(office, tmp_path)
    city = tmp_path / "there" / "programmes" / "lyngby"
    city.mkdir(parents=True)
    (city / "programme.toml").write_text(CITY, "utf-8")
    told = there("restore", file, code=1).output
    assert "Other mapping files stand in" in told
    assert (city / "programme.toml").read_text("utf-8") == CITY
    (city / "programme.toml").unlink()
    nowhere = elsewhere(office, tmp_path, VIDENSBRO_PROGRAMMES="")
    told = nowhere("restore", file, code=1).output
    assert "VIDENSBRO_PROGRAMMES does not say" in told
    there("restore", file)


def test_the_folder_of_mapping_files_stays_with_what_is_in_it(
    office: Office, tmp_path: Path
) -> None:
    file = tmp_path / "one.backup"
    office("backup", file)
    there = elsewhere(office, tmp_path)
    volume = tmp_path / "volume"
    (volume / ".git").mkdir(parents=True)
    (volume / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (volume / ".restoring").mkdir()  # a crash left it
    (volume / ".restoring" / "file").write_text("half")
    (volume / "notes").mkdir()
    (volume / "notes" / "read me.txt").write_text("Husk æøå", "utf-8")  # and this
    folder = tmp_path / "there" / "programmes"
    folder.parent.mkdir()
    folder.symlink_to(volume)  # neither it nor a mounted volume can be moved away
    there("restore", file)
    assert folder.is_symlink()
    assert (volume / ".git" / "HEAD").exists()
    assert sorted(path.name for path in volume.iterdir()) == [".git", "notes"]
    (found,) = (volume / "notes").iterdir()
    assert found.read_text("utf-8") == "Husk æøå"


def test_a_restore_that_was_cut_off_is_done_again(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "one.backup"
    office("backup", file)
    there = elsewhere(office, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(restoring, "put_back", power_goes)
        there("restore", file, code=1)
    data = tmp_path / "there" / "var"
    assert not (data / "vidensbro.db").exists()
    (data / "vidensbro.db").touch()  # what a web side that found none leaves there
    (data / "vidensbro.db.restoring").write_text("half")
    there("restore", file)
    assert rows(database_of(there)) == rows(office.service.database)


def power_goes(*_: object) -> int:
    raise KeyboardInterrupt


def test_a_disk_that_fills_up_while_it_is_restored_is_a_sentence(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "one.backup"
    office("backup", file)
    there = elsewhere(office, tmp_path)

    def small(url: str) -> Database:
        made = Database(url)
        event.listen(
            made.engine, "connect", lambda c, _: c.execute("PRAGMA max_page_count=9")
        )
        return made

    with monkeypatch.context() as patch:
        patch.setattr(restoring, "Database", small)
        told = there("restore", file, code=1).output
    assert "could not be put back (database or disk is full)" in told
    assert "The backup itself is untouched" in told
    assert list((tmp_path / "there" / "var").iterdir()) == []
    there("restore", file)
    assert rows(database_of(there)) == rows(office.service.database)


def test_a_place_that_cannot_be_restored_to_is_a_sentence(
    office: Office, tmp_path: Path
) -> None:
    file = tmp_path / "one.backup"
    office("backup", file)
    (tmp_path / "there").touch()
    told = elsewhere(office, tmp_path)("restore", file, code=1).output
    assert "could not be put back (Not a directory)" in told
    away = "postgresql+psycopg://nobody:secret@127.0.0.1:9/none"
    told = elsewhere(office, tmp_path, DATABASE_URL=away)(
        "restore", file, code=1
    ).output
    assert "could not be put back (connection failed" in told
    assert "secret" not in told


def test_rows_that_do_not_fit_are_a_sentence_without_a_value(
    office: Office, tmp_path: Path
) -> None:
    parts = {"tables/programme.jsonl": [*PROGRAMME, PROGRAMME[1]]}
    file = packed(tmp_path / "twice.backup", manifest(), parts)
    told = elsewhere(office, tmp_path)("restore", file, code=1).output
    assert "could not be put back (IntegrityError)" in told
    assert "Gammel" not in told
    assert list((tmp_path / "there" / "var").iterdir()) == []


def packed(path: Path, manifest: Manifest, parts: dict[str, list[bytes]]) -> Path:
    with path.open("wb") as out:
        packing = Packing(out, "")
        for name, pieces in parts.items():
            packing.add(name, pieces)
        packing.finish(manifest)
    return path


@dataclass(frozen=True)
class Later(Manifest):
    """What a later version may write."""

    word: str = ""


def manifest(**more: Any) -> Manifest:
    return (Later if "word" in more else Manifest)(
        **{
            "version": "9.9", "schema": "0002", "made_at": "2026-11-24T03:00:00+00:00",
            "demo": False, "programmes": ["lyngby"], "settings": [], **more,
        }
    )  # fmt: skip


PROGRAMME = [
    b'{"table":"programme","columns":{"programme":"text","name":"text",'
    b'"locale":"text","zone":"text","funder":"text","demo":"boolean"}}\n',
    b'["lyngby","Gammel","da","Europe/Copenhagen","",false]\n',
]


def test_one_of_an_older_schema_is_brought_up_to_date(
    office: Office, tmp_path: Path
) -> None:
    parts = {"tables/programme.jsonl": PROGRAMME}
    file = packed(tmp_path / "old.backup", manifest(), parts)
    there = elsewhere(office, tmp_path)
    there("restore", file)
    assert is_current(database_of(there))


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"schema": "9999"}, "newer version (9.9"),
        ({"format": 2}, "newer version (9.9"),
        ({"format": 2, "word": "of that version"}, "newer version (9.9"),
        ({"demo": True}, "the demo"),
        ({"programmes": ["lyngby", "aarhus"]}, "does not name aarhus"),
    ],
)
def test_what_does_not_belong_here_is_refused(
    office: Office, tmp_path: Path, wrong: dict[str, Any], word: str
) -> None:
    file = packed(tmp_path / "wrong.backup", manifest(**wrong), {})
    assert word in elsewhere(office, tmp_path)("restore", file, code=1).output
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize(
    "name", ["mappings/../../evil.toml", "/etc/evil", "mappings/..\\evil", "evil"]
)
def test_no_file_leaves_its_folder(office: Office, tmp_path: Path, name: str) -> None:
    file = packed(tmp_path / "evil.backup", manifest(), {name: [b"evil"]})
    told = elsewhere(office, tmp_path)("restore", file, code=1).output
    assert "is damaged" in told
    assert not list(tmp_path.rglob("*evil*toml"))


@pytest.mark.parametrize("content", [b"", b"PK", b"not a backup at all", b"{}"])
def test_what_is_no_backup_is_said_to_be_none(
    office: Office, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "letter.txt"
    file.write_bytes(content)
    there = elsewhere(office, tmp_path)
    assert "is no backup" in there("restore", file, code=1).output
    assert "cannot be read" in there("restore", tmp_path / "gone", code=1).output


def test_from_sqlite_to_postgresql_and_back(
    office: Office,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "one.backup"
    office("backup", file)
    server = elsewhere(office, tmp_path, DATABASE_URL=a_database(request))
    with monkeypatch.context() as patch:
        patch.setattr(restoring, "put_back", power_goes)
        server("restore", file, code=1)
    server("restore", file)
    assert rows(database_of(server)) == rows(office.service.database)
    assert "holds tables already" in server("restore", file, code=1).output
    service = Service.open(load_settings(server.env))
    with service.database.writing() as session:  # numbers go on above the highest
        session.execute(
            text(
                "INSERT INTO watermark (programme, tool, stream, at) "
                "VALUES ('x', 'y', 'z', now())"
            )
        )
        session.rollback()
    again = back_up(service, tmp_path / "two.backup")
    service.database.engine.dispose()
    back = elsewhere(office, tmp_path / "third")
    back("restore", again)
    assert rows(database_of(back)) == rows(office.service.database)


# --- while everything runs -----------------------------------------------------------
def test_it_is_of_one_moment_while_answers_arrive(
    office: Office, tmp_path: Path
) -> None:
    stop, arrived = threading.Event(), []

    def people_answer() -> None:
        while not stop.is_set():
            number = len(arrived)
            arrived.append(office.mentee(email=f"mentee{number}@people.example"))

    answering = threading.Thread(target=people_answer)
    answering.start()
    files = []
    try:
        while len(arrived) < 40:
            before = len(arrived)
            path = tmp_path / f"{len(files)}.backup"
            make_backup(
                office.service.settings, Database(office.service.database.url), path
            )
            files.append((before, path))
    finally:
        stop.set()
        answering.join()
    before, file = files[len(files) // 2]
    there = elsewhere(office, tmp_path)
    there("restore", file)
    with database_of(there).engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        held = connection.scalar(text("SELECT count(*) FROM delivery"))
        done = connection.scalar(text("SELECT count(DISTINCT delivery_id) FROM claim"))
    assert before <= held <= len(arrived) + 2
    assert held - 1 <= done <= held  # one may have been stored and not yet read


# --- every night ---------------------------------------------------------------------
def test_every_night_when_there_is_a_place_for_it(
    office: Office, tmp_path: Path
) -> None:
    only = {"backup": CHORES["backup"]}
    assert chores.tend(office.service, only) == [("lyngby", "backup")]
    assert len(list((tmp_path / "kept").iterdir())) == 1
    assert chores.tend(office.service, only) == []
    off = Service.open(load_settings({**office.env, "BACKUP_DIR": ""}))
    with off.database.writing() as session:
        session.execute(text("DELETE FROM chore_run"))
    assert chores.tend(off, only) == []
    assert (
        "BACKUP_DIR is not set"
        in Cli({**office.env, "BACKUP_DIR": ""})("backup", code=2).output
    )


def test_the_oldest_of_its_own_go_and_nothing_else(tmp_path: Path) -> None:
    ours = [f"vidensbro-2026-11-{day:02}T030000Z.backup" for day in range(1, 6)]
    others = ["vidensbro-2020-01-01.backup", "holiday.jpg", "vidensbro-old.backup",
              "x-vidensbro-2026-11-01T030000Z.backup"]  # fmt: skip
    for name in (*ours, *others):
        (tmp_path / name).touch()
    assert [path.name for path in prune(tmp_path, 2)] == ours[:3]
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {*others, *ours[3:]}


def test_old_ones_that_cannot_be_deleted_do_not_fill_the_disk(
    office: Office, tmp_path: Path
) -> None:
    stuck = tmp_path / "kept" / "vidensbro-2026-11-01T030000Z.backup"
    stuck.mkdir(parents=True)  # what no unlink takes away
    settings = replace(office.service.settings, backups_kept=1)
    service = replace(office.service, settings=settings)
    for _ in range(3):
        problem = nightly_backup(service, "lyngby")
        assert f"{stuck} is older than BACKUPS_KEPT asks for" in problem
        assert len(list(stuck.parent.iterdir())) == 2
    stuck.rmdir()
    (made,) = stuck.parent.iterdir()
    made.rename(stuck)
    assert nightly_backup(service, "lyngby") == ""
    (newest,) = stuck.parent.iterdir()
    assert newest != stuck


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("os.fsync", full),
        (
            "connector.backup.making._private",
            lambda _: os.open("/dev/full", os.O_WRONLY),
        ),
        ("connector.backup.making._private", full),
    ],
)
@pytest.mark.parametrize("key", ["", KEY])
def test_a_full_disk_is_a_sentence_and_leaves_nothing_behind(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    name: str, instead: Any, key: str,
) -> None:  # fmt: skip
    older = tmp_path / "kept" / "vidensbro-2026-11-01T030000Z.backup"
    older.parent.mkdir()
    older.touch()
    settings = replace(office.service.settings, backup_key=key)
    monkeypatch.setattr(name, instead)
    problem = nightly_backup(replace(office.service, settings=settings), "lyngby")
    assert problem.startswith(f"The disk of {tmp_path / 'kept'} is full.")
    assert list((tmp_path / "kept").iterdir()) == [older]


@pytest.mark.parametrize("key", ["", KEY])
def test_one_that_is_killed_leaves_nothing_that_looks_whole(
    office: Office, tmp_path: Path, key: str
) -> None:
    kept = tmp_path / "kept"
    office.service.database.engine.dispose()
    if not (child := os.fork()):
        Packing.finish = lambda *_: os._exit(9)  # type: ignore[assignment,method-assign]
        settings = replace(office.service.settings, backup_key=key)
        back_up(replace(office.service, settings=settings))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    (left,) = kept.iterdir()
    assert left.name.endswith(".part")
    there = elsewhere(office, tmp_path, BACKUP_KEY=key)
    assert "othing was restored" in there("restore", left, code=1).output
    office("backup")
    assert left.exists(), "it may be another one that is being made"
    os.utime(left, (0, 0))
    (kept / ".letter.0a1b2c3d.part").touch()  # not ours
    os.utime(kept / ".letter.0a1b2c3d.part", (0, 0))
    make_backup(office.service.settings, office.service.database, kept / "x.backup")
    assert not left.exists()
    assert (kept / ".letter.0a1b2c3d.part").exists()


def test_what_cannot_be_read_is_a_sentence(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    torn = tmp_path / "here" / "programmes" / "torn.toml"
    torn.symlink_to("/proc/self/mem")
    told = office("backup", file, code=1).output
    assert f"{torn} cannot be read" in told
    torn.unlink()
    with office.service.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE claim RENAME TO gone")
    told = office("backup", file, code=1).output
    assert "The database could not be read, so no backup was made" in told
    assert not [path for path in tmp_path.iterdir() if "backup" in path.name]


def test_a_backup_that_cannot_be_noted_is_one_all_the_same(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr("connector.backup.making.note", locked)
    told = office("backup", tmp_path / "one.backup").output
    assert "The backup stands in" in told


def test_a_place_that_cannot_be_written_to_is_a_sentence(
    office: Office, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    told = office("backup", tmp_path / "file" / "x.backup", code=1).output
    assert "cannot be written to" in told


def test_a_place_that_systemd_keeps_shut_says_how_to_open_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shut(*_: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("connector.backup.making._private", shut)
    told = office("backup", code=1).output
    assert "ReadWritePaths= has to name it" in told
    assert "The older backups are untouched" in told
