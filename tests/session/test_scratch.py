"""The folder for rendered files: gone when its session is, and never before."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import filelock
import pytest

import yotokit as yk
from yotokit.engine import Engine
from yotokit.errors import SettingError, YotokitError
from yotokit.session import stages
from yotokit.session.scratch import Scratch

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


def folders(place):
    return sorted(place.glob("yotokit-session-*"))


def age(folder):
    os.utime(folder, (time.time() - 86_400,) * 2)


def is_held(folder):
    try:
        with filelock.FileLock(folder / ".lock").acquire(timeout=0):
            return False
    except filelock.Timeout:
        return True


@pytest.fixture
def place(own_surroundings):
    return own_surroundings


@pytest.fixture
def scratch():
    scratch = Scratch()
    yield scratch
    scratch.close()


LIVING = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from yotokit.session.scratch import Scratch
scratch = Scratch()
scratch.path("1.flac").write_bytes(b"sound")
print(scratch.path("1.flac"), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def another(place):
    """Return a function that starts a process with a folder of its own; it gives both."""
    processes = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "-c", LIVING, str(place)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process, Path(process.stdout.readline().strip())

    yield start
    for process in processes:
        process.kill()
        process.communicate()
    for folder in folders(place):
        shutil.rmtree(folder)


def test_a_folder_is_there_for_its_session_and_gone_after_it(place):
    scratch = Scratch()
    (folder,) = folders(place)
    scratch.path("1.flac").write_bytes(b"sound")
    assert scratch.path("1.flac").parent == folder
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in folder.iterdir() if path.name != ".lock"] == ["1.flac"]
    scratch.remove(scratch.path("1.flac"))
    scratch.remove(scratch.path("1.flac"))
    assert not scratch.path("1.flac").exists()
    scratch.close()
    scratch.close()

    assert folders(place) == []


def test_a_folder_that_nobody_closes_is_gone_with_its_session(place):
    scratch = Scratch()
    assert len(folders(place)) == 1
    del scratch
    gc.collect()

    assert folders(place) == []


def test_what_is_written_after_the_end_is_removed_as_well(place):
    scratch = Scratch()
    late = scratch.path("1.flac")
    scratch.close()
    late.parent.mkdir()
    late.write_bytes(b"sound")
    assert not scratch.path("2.flac").exists()
    scratch.remove(late)

    assert folders(place) == []


def test_the_folder_of_a_killed_process_is_removed_by_the_next_once_it_is_old_enough(
    place, another
):
    process, file = another()
    process.kill()
    process.wait()
    Scratch().close()
    assert file.read_bytes() == b"sound"
    age(file.parent)
    Scratch().close()

    assert folders(place) == []


@pytest.mark.parametrize("stopped", [False, True])
def test_the_folder_of_a_living_process_is_left_alone_however_old_it_is(another, stopped):
    process, file = another()
    if stopped:
        process.send_signal(signal.SIGSTOP)
    age(file.parent)
    Scratch().close()

    assert file.read_bytes() == b"sound"
    assert is_held(file.parent)


def test_the_next_session_removes_the_folder_of_a_session_that_was_killed(
    place, another, yoto, threads
):
    process, file = another()
    process.kill()
    process.wait()
    age(file.parent)
    with yk.Session("Next", yoto, engine=threads):
        assert len(folders(place)) == 1
        assert not file.exists()


def test_what_only_looks_like_a_folder_of_a_dead_session_is_left_alone(place, tmp_path):
    (tmp_path / "precious").write_bytes(b"")
    link, file = place / "yotokit-session-link", place / "yotokit-session-file"
    link.symlink_to(tmp_path)
    file.write_bytes(b"")
    age(tmp_path)
    age(file)
    Scratch().close()

    assert [path.name for path in tmp_path.glob("*")] == ["precious"]
    assert not (tmp_path / ".lock").exists()
    assert file.exists()
    link.unlink()
    file.unlink()


@pytest.mark.parametrize("also_the_folder", [True, False])
def test_after_a_cleaner_was_here_the_folder_is_made_again_and_is_held_again(
    place, scratch, also_the_folder
):
    first = scratch.path("1.flac")
    if also_the_folder:
        shutil.rmtree(first.parent)
    else:
        (first.parent / ".lock").unlink()
    scratch.path("2.flac").write_bytes(b"sound")
    age(first.parent)
    assert is_held(first.parent)
    Scratch().close()
    assert scratch.path("2.flac").read_bytes() == b"sound"
    scratch.close()

    assert folders(place) == []


def test_threads_that_find_the_folder_gone_at_the_same_time_make_it_once(place, scratch):
    gate, failed = threading.Barrier(8), []

    def work(number):
        try:
            for turn in range(30):
                if gate.wait(30) == 0:
                    shutil.rmtree(scratch._folder)
                gate.wait(30)
                scratch.path(f"{number} {turn}").write_bytes(b"sound")
                gate.wait(30)
        except BaseException as error:
            failed.append(error)
            gate.abort()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert is_held(scratch._folder)


def test_a_cleaner_in_the_middle_of_a_run_costs_no_file(tones, yoto, emulator, engine, place):
    with yk.Session("Cleaned", yoto, engine=engine) as session:
        session.submit(tones(3))
        assert session.wait(60)
        for folder in folders(place):
            shutil.rmtree(folder)
        session.submit(tones(3, folder="more"))
        report = session.finalize()

    assert len(report.done) == 6
    assert len(emulator.cards) == 1
    assert folders(place) == []


def test_a_file_that_a_cleaner_took_between_rendering_and_sending_is_rendered_again(
    tones, yoto, engine, place, monkeypatch
):
    render, rendered = stages.render, []

    def and_clean(*arguments, **options):
        rendered.append(render(*arguments, **options))
        if len(rendered) == 1:
            for folder in folders(place):
                shutil.rmtree(folder, ignore_errors=True)  # others may write there meanwhile
        return rendered[-1]

    monkeypatch.setattr(stages, "render", and_clean)
    with yk.Session("Cleaned", yoto, engine=engine) as session:
        session.submit(tones(1))
        report = session.finalize()
    assert len(report.done) == 1
    assert len(rendered) == 2


FORKED = """
import os, signal, sys, tempfile, warnings
tempfile.tempdir = sys.argv[1]
warnings.simplefilter("error")
from pathlib import Path
from yotokit.session.scratch import Scratch

scratch = Scratch()
file = scratch.path("1.flac")
file.write_bytes(b"sound")
for how in ("exit", "close", "remove", "delete", "kill", "its own"):
    child = os.fork()
    if not child:
        signal.alarm(30)
        if how == "close":
            scratch.close()
        elif how == "remove":
            scratch.close()
            scratch.remove(file)
        elif how == "delete":
            del scratch
        elif how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif how == "its own":
            own = Scratch()
            assert own.path("1.flac") != file
            own.path("1.flac").write_bytes(b"noise")
            own.close()
            assert not own.path("1.flac").exists()
        sys.exit(7)  # with all that an interpreter does at its end
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == (-9 if how == "kill" else 7), (how, status)
    assert file.read_bytes() == b"sound", how
    os.utime(file.parent, (0, 0))
    other = os.fork()
    if not other:
        os.execv(sys.executable, [sys.executable, "-c", sys.argv[2], sys.argv[1]])
    assert os.waitpid(other, 0)[1] == 0
    assert file.read_bytes() == b"sound", f"{how}: the lock was released"
scratch.close()
assert not file.parent.exists()
print("all well")
"""

SWEEPING = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from yotokit.session.scratch import Scratch
Scratch().close()
"""


@forks
def test_a_forked_child_neither_removes_its_parents_folder_nor_lets_go_of_its_lock(place):
    process = subprocess.run(
        [sys.executable, "-c", FORKED, str(place), SWEEPING],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert process.stderr == ""
    assert process.stdout == "all well\n"
    assert folders(place) == []


@forks
def test_a_folder_whose_process_was_killed_is_free_although_its_forked_child_lives(place):
    script = """
import os, sys, tempfile
tempfile.tempdir = sys.argv[1]
from yotokit.session.scratch import Scratch
scratch = Scratch()
parent = os.getpid()
if not os.fork():
    os.kill(parent, 9)
    print(os.getpid(), flush=True)
    sys.stdin.read()
    os._exit(0)
os.waitpid(-1, 0)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script, str(place)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        child = int(process.stdout.readline())
        process.wait(30)
        (folder,) = folders(place)
        age(folder)
        os.kill(child, 0)
        Scratch().close()

    assert folders(place) == []


# A place that cannot be used.


@pytest.fixture
def full_disk(tmp_path):
    folder = tmp_path / "full"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=40k", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this user cannot mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True, timeout=30)  # noqa: S607


def test_a_full_disk_is_told_of_before_there_is_work(full_disk, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(full_disk))
    with pytest.raises(SettingError, match=r"TMPDIR.*No space left.*set TMPDIR"):
        Scratch()

    assert folders(full_disk) == []


@pytest.mark.parametrize("make", ["nowhere", "a file", "below a file"])
def test_a_place_that_cannot_be_written_is_told_of_when_the_session_is_made(
    tmp_path, yoto, monkeypatch, make
):
    (tmp_path / "file").write_bytes(b"")
    path = {
        "nowhere": tmp_path / "nowhere",
        "a file": tmp_path / "file",
        "below a file": tmp_path / "file" / "tmp",
    }[make]
    monkeypatch.setattr(tempfile, "tempdir", str(path))
    engine = Engine(cpu_workers=1, net_workers=1)
    with pytest.raises(YotokitError, match="TMPDIR") as caught:
        yk.Session("Nowhere", yoto, engine=engine)
    engine.close()

    assert isinstance(caught.value, SettingError)
    assert str(path) in str(caught.value)
    assert isinstance(caught.value.__cause__, OSError)


def test_a_machine_without_any_place_for_temporary_files_is_told_of(monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/proc/nowhere"])
    with pytest.raises(SettingError, match=r"TMPDIR.*No usable temporary directory"):
        Scratch()


def test_a_place_that_cannot_hold_locks_is_told_of_and_left_clean(place, monkeypatch):
    def refuse(*_, **__):
        raise OSError(37, "No locks available")

    with monkeypatch.context() as patch:
        patch.setattr(filelock.FileLock, "acquire", refuse)
        with pytest.raises(SettingError, match="No locks available"):
            Scratch()

    assert folders(place) == []
