"""Is a file saved wholly or not at all, whatever ends the command, and nothing left behind?

Oracle: what was in the folder before. What ends a command, and calls to the system that fail, are
in test_killed.py.
"""

from __future__ import annotations

import fcntl
import os
import resource
import stat
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command import Command

from workbook.saving import ExistsError, NotWrittenError, target

OLD, NEW = b"old " * 5, b"new " * 7
NAME = "acme.xlsx"
#: Groups and users that need not exist.
OTHER, NOBODY = 12345, 65534

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only a superuser changes owners")


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file of a user's."""
    made = tmp_path / NAME
    made.write_bytes(OLD)
    return made


def refusal(file: Path, replace: bool = True) -> str:
    """Return why a file is refused before anything is done, which leaves the folder as it was."""
    before = {each: each.lstat() for each in file.parent.iterdir()}
    with pytest.raises(NotWrittenError) as refused:
        target(file, replace=replace)
    assert {each: each.lstat() for each in file.parent.iterdir()} == before
    return str(refused.value)


def test_without_hard_links_no_file_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    found = target(tmp_path / NAME, replace=True)
    (tmp_path / NAME).write_bytes(OLD)
    monkeypatch.setattr(Path, "hardlink_to", none)
    with pytest.raises(ExistsError):
        found.save(NEW)
    assert {f.name: f.read_bytes() for f in tmp_path.iterdir()} == {NAME: OLD}


def test_a_write_that_is_cut_short_leaves_nothing(file: Path) -> None:
    """The system takes a part of the file, and no more."""
    found, most = target(file, replace=True), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(NEW) // 2, most[1]))
    try:
        with pytest.raises(NotWrittenError, match=rf"{NAME}.* cannot be written: File too large\."):
            found.replace(NEW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, most)
    assert file.read_bytes() == OLD
    assert names(file.parent) == {NAME}


# What is refused ---------------------------------------------------------------------------------


def test_a_file_that_exists_is_not_replaced_unasked(file: Path) -> None:
    assert refusal(file, replace=False) == f"{file} already exists; use --force to replace it."


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.xlsx").mkdir()
    os.mkfifo(tmp_path / "pipe.xlsx")
    for name, why in (
        ("folder.xlsx", "it is a folder"),
        ("pipe.xlsx", "it is a device or a pipe"),
        (f"no/{NAME}", f"{tmp_path / 'no'} is not a folder"),
        (f"{'a' * 251}.xlsx", "File name too long"),
    ):
        if not name.startswith("no/"):
            assert refusal(tmp_path / name) == f"{tmp_path / name} cannot be written: {why}."
        else:
            with pytest.raises(NotWrittenError, match=f"cannot be written: {why}."):
                target(tmp_path / name, replace=True)


def test_a_name_may_be_as_long_as_the_system_takes(tmp_path: Path) -> None:
    file = tmp_path / f"{'a' * 250}.xlsx"
    target(file, replace=False).save(OLD)
    with pytest.raises(NotWrittenError, match=r"a\.xlsx\.bak cannot be written: File name too"):
        target(file, replace=True).replace(NEW)
    assert {f.name: f.read_bytes() for f in tmp_path.iterdir()} == {file.name: OLD}


@pytest.mark.parametrize("mode", [0o444, 0o400, 0o000])
def test_a_read_only_file_is_refused_whoever_asks(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert refusal(file) == f"{file} cannot be written: it is read-only."


@pytest.mark.parametrize("lock", [f"~${NAME}", f".~lock.{NAME}#"])
def test_a_file_that_is_open_in_a_spreadsheet_is_refused(file: Path, lock: str) -> None:
    file.with_name(lock).touch()
    sentence = (
        f"cannot be written: it is open in a spreadsheet, as {lock} says; close it there, or "
        "delete that file if nobody has it open."
    )
    assert refusal(file) == f"{file} {sentence}"
    # Also by another name, whose own lock there is none.
    link = file.parent / "link.xlsx"
    link.symlink_to(file)
    assert refusal(link) == f"{link} {sentence}"


@contextmanager
def as_user(user: int) -> Iterator[None]:
    """Act as another user, who is in no further group."""
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(user)
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def open_to_all(folder: Path) -> None:
    folder.chmod(0o777)
    # Another user need only pass those above; how many there are depends on the number of workers.
    for each in folder.parents:
        if not each.stat().st_mode & 0o001:
            each.chmod(each.stat().st_mode | 0o011)


@needs_root
def test_what_a_user_may_not_write_is_refused(file: Path) -> None:
    open_to_all(file.parent)
    file.chmod(0o644)
    with as_user(NOBODY):
        assert refusal(file) == f"{file} cannot be written: Permission denied."
    file.chmod(0o666)
    file.parent.chmod(0o755)
    with as_user(NOBODY):
        assert refusal(file) == f"{file} cannot be written: Permission denied."
        new = file.with_name("new.xlsx")
        assert refusal(new) == f"{new} cannot be written: Permission denied."


@pytest.mark.parametrize("how", ["save", "replace"])
def test_what_has_been_changed_meanwhile_is_not_replaced(file: Path, how: str) -> None:
    """Such as by a user who has the workbook open, and saves it."""
    for change in (lambda: file.write_bytes(b"typed"), file.unlink):
        found = target(file, replace=True)
        change()
        with pytest.raises(NotWrittenError, match="it has been changed while the command ran"):
            getattr(found, how)(NEW)
        assert [f.read_bytes() for f in file.parent.iterdir()] == [b"typed"] * file.exists()


def test_a_file_that_appears_meanwhile_is_left(tmp_path: Path) -> None:
    for how in ("save", "replace"):
        found = target(tmp_path / how, replace=True)
        (tmp_path / how).write_bytes(b"mine")
        with pytest.raises(ExistsError):
            getattr(found, how)(NEW)
        assert (tmp_path / how).read_bytes() == b"mine"
    assert names(tmp_path) == {"save", "replace"}


# What stays --------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755, 0o200])
def test_the_mode_stays_and_so_does_that_of_the_copy(file: Path, mode: int) -> None:
    file.chmod(mode)
    kept = target(file, replace=True).replace(NEW)
    assert kept == file.with_name(f"{NAME}.bak")
    for each, content in ((file, NEW), (kept, OLD)):
        assert each.stat().st_mode & 0o777 == mode
        assert each.read_bytes() == content


@pytest.mark.parametrize("mask", [0o022, 0o027, 0o077])
def test_a_new_file_is_as_others_write_them(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        target(tmp_path / NAME, replace=False).save(NEW)
    finally:
        os.umask(before)
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o666 & ~mask


@needs_root
def test_owner_and_group_stay(file: Path) -> None:
    os.chown(file, OTHER, OTHER + 1)
    kept = target(file, replace=True).replace(NEW)
    assert kept
    for each in (file, kept):
        assert (each.stat().st_uid, each.stat().st_gid) == (OTHER, OTHER + 1)


@needs_root
@pytest.mark.parametrize(
    ("mode", "left"),
    # What the group might do and others not, or others and the group not, nobody may do now.
    [(0o666, 0o666), (0o626, 0o622), (0o646, 0o644), (0o606, 0o600)],
)
def test_without_the_right_to_give_the_group_nobody_else_can_read_it(
    file: Path, mode: int, left: int
) -> None:
    open_to_all(file.parent)
    os.chown(file, OTHER, OTHER)
    file.chmod(mode)
    with as_user(NOBODY):
        target(file, replace=True).save(NEW)
    found = file.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (NOBODY, NOBODY, left)


#: An access list as Linux keeps it: another user may read the file, the group and others may not.
ACCESS = struct.pack(
    "<I" + "HHI" * 5, 2,
    *(0x01, 6, 2**32 - 1), *(0x02, 4, OTHER), *(0x04, 0, 2**32 - 1),
    *(0x10, 4, 2**32 - 1), *(0x20, 0, 2**32 - 1),
)  # fmt: skip


def with_attribute(file: Path, name: str, value: bytes) -> None:
    try:
        os.setxattr(file, name, value)
    except (AttributeError, OSError):
        pytest.skip(f"no {name} here")


def test_an_access_list_and_attributes_stay(file: Path) -> None:
    with_attribute(file, "user.comment", b"mine")
    with_attribute(file, "system.posix_acl_access", ACCESS)
    kept = target(file, replace=True).replace(NEW)
    assert kept
    for each in (file, kept):
        assert os.getxattr(each, "user.comment") == b"mine"
        assert os.getxattr(each, "system.posix_acl_access") == ACCESS
        assert each.stat().st_mode & 0o777 == 0o640


def test_a_folder_gives_no_access_to_a_file_that_had_none(file: Path) -> None:
    """A new file in such a folder may be read by others, but this one might not."""
    file.chmod(0o640)
    with_attribute(file.parent, "system.posix_acl_default", ACCESS)
    target(file, replace=True).save(NEW)
    assert os.listxattr(file) == []
    assert file.stat().st_mode & 0o777 == 0o640
    new = file.with_name("new.xlsx")
    target(new, replace=False).save(NEW)
    assert os.getxattr(new, "system.posix_acl_access") == ACCESS


def test_without_its_access_list_the_group_cannot_read_it(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mode of such a file shows for the group what the others on the list may do."""
    with_attribute(file, "system.posix_acl_access", ACCESS)

    def denied(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "setxattr", denied)
    target(file, replace=True).save(NEW)
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (NEW, 0o600)


def test_a_link_stays_and_what_it_stands_for_is_replaced(file: Path) -> None:
    folder = file.parent / "links"
    folder.mkdir()
    (folder / "first.xlsx").symlink_to("second.xlsx")
    (folder / "second.xlsx").symlink_to(f"../{NAME}")
    kept = target(folder / "first.xlsx", replace=True).replace(NEW)
    assert kept == file.with_name(f"{NAME}.bak").resolve()
    assert (file.read_bytes(), kept.read_bytes()) == (NEW, OLD)
    assert [str((folder / f"{n}.xlsx").readlink()) for n in ("first", "second")] == [
        "second.xlsx", f"../{NAME}",
    ]  # fmt: skip
    assert names(folder) == {"first.xlsx", "second.xlsx"}


@pytest.mark.parametrize("replace", [False, True])
def test_a_link_that_leads_nowhere_is_refused(tmp_path: Path, replace: bool) -> None:
    link, loop = tmp_path / "link.xlsx", tmp_path / "loop.xlsx"
    link.symlink_to("gone.xlsx")
    loop.symlink_to(loop.name)
    assert refusal(link, replace) == (
        f"{link} cannot be written: it is a link to gone.xlsx, which does not exist."
    )
    assert refusal(loop, replace) == (
        f"{loop} cannot be written: Too many levels of symbolic links."
    )


def test_another_name_of_the_same_file_keeps_what_it_had(file: Path) -> None:
    other = file.with_name("other.xlsx")
    other.hardlink_to(file)
    target(file, replace=True).save(NEW)
    assert (file.read_bytes(), other.read_bytes()) == (NEW, OLD)


def test_copies_are_numbered_and_none_is_replaced(file: Path) -> None:
    for number, content in enumerate([b"1", b"2", b"3"], 1):
        kept = target(file, replace=True).replace(content)
        assert kept == file.with_name(f"{NAME}.bak{number if number > 1 else ''}")
    # The same contents again: there is nothing to keep.
    assert target(file, replace=True).replace(b"3") is None
    held = {f.name: f.read_bytes() for f in file.parent.iterdir()}
    assert held == {NAME: b"3", f"{NAME}.bak": OLD, f"{NAME}.bak2": b"1", f"{NAME}.bak3": b"2"}


# What is swept -----------------------------------------------------------------------------------


def test_only_what_is_ours_and_nobody_writes_is_swept(file: Path) -> None:
    folder = file.parent
    left, locked, link, sub = (folder / f".offtake-{c * 16}.tmp" for c in "0123")
    others = [".offtake-0.tmp", ".offtake-000000000000000G.tmp", "a.offtake-0000000000000000.tmp"]
    for each in (left, locked, *(folder / name for name in others)):
        each.write_bytes(b"half")
    link.symlink_to(file)
    sub.mkdir()
    with locked.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        target(file, replace=True).save(NEW)
        assert names(folder) == {NAME, locked.name, link.name, sub.name, *others}
    target(file, replace=True).save(OLD)
    assert names(folder) == {NAME, link.name, sub.name, *others}
    assert (file.read_bytes(), link.is_symlink()) == (OLD, True)


def test_saves_into_one_folder_at_a_time_leave_each_other_alone(tmp_path: Path) -> None:
    failed: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for number in range(40):
                target(tmp_path / name, replace=True).save(f"{name}{number}".encode())
        except BaseException as problem:
            failed.append(problem)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failed == []
    assert {f.name: f.read_bytes() for f in tmp_path.iterdir()} == {
        name: f"{name}39".encode() for name in "abc"
    }


# The commands ------------------------------------------------------------------------------------


def test_the_commands_refuse_before_they_work(offtake: Command, finished: bytes) -> None:
    folder = offtake.folder
    (folder / NAME).write_bytes(finished)
    (folder / "acme.toml").write_text("no case\n")
    (folder / NAME).chmod(0o444)
    (folder / ".~lock.acme.toml#").touch()
    before = names(folder)
    for command in (
        ["recalc", NAME], ["build", "--from", NAME], ["build", "-o", NAME, "--force"],
    ):  # fmt: skip
        run = offtake(*command)
        assert (run.code, run.sentence) == (2, f"{NAME} cannot be written: it is read-only.")
    run = offtake("pull", NAME, "--into", "acme.toml")
    assert (run.code, run.sentence.partition(",")[0]) == (
        2, "acme.toml cannot be written: it is open in a spreadsheet",
    )  # fmt: skip
    assert names(folder) == before
    assert (folder / NAME).read_bytes() == finished
    assert stat.S_IMODE((folder / NAME).stat().st_mode) == 0o444
