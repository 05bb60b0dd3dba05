"""The bar in a terminal: real pseudo-terminals, pipes, and streams that break."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import re
import signal
import struct
import subprocess
import sys
import threading
import time
import unicodedata
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

import yotokit as yk
from yotokit.errors import SettingError
from yotokit.session import terminal
from yotokit.session.terminal import Bar, progress_bar
from yotokit.session.wording import words

SCRIPT = """
import asyncio, sys
from pathlib import Path
BEGIN
import yotokit as yk
with yk.YotoClient.login() as yoto, yk.Session("Bedtime {stories}", yoto, **OPTIONS) as session:
    session.submit(sys.argv[1])
    sys.stdout.write("going\\n")  # in one go, for a log may come in between
    sys.stdout.flush()
    WAIT
END
"""
# Ctrl-C is sent to who has the terminal for its own.
OWN_TERMINAL = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)"
END = 'print("came to an end,", session.snapshot().settled, "files")'
PERCENT = re.compile(r"(\d+) % \|")


def script(*, begin="", wait="session.finalize()", end=END, **options) -> str:
    parts = {"BEGIN": begin, "WAIT": wait, "END": end, "OPTIONS": repr(options)}
    return re.sub("BEGIN|WAIT|END|OPTIONS", lambda found: parts[found[0]], SCRIPT)


class Screen:
    """What a person sees of what was written to a terminal, for what a bar and a log write."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.lines: list[list[str]] = [[]]
        self.row = self.column = 0
        self.left_over = ""

    def write(self, text: str) -> None:
        text = self.left_over + text
        self.left_over = ""
        for part in re.split(r"(\x1b\[A|\r|\n)", text):
            if part == "\x1b[A":
                self.row -= 1
            elif part == "\r":
                self.column = 0
            elif part == "\n":
                self.row += 1
                if self.row == len(self.lines):
                    self.lines.append([])
            else:
                assert "\x1b" not in part
                self._put(part)

    def _put(self, text: str) -> None:
        for char in text:
            if self.column >= self.columns:
                self.row, self.column = self.row + 1, 0
                if self.row == len(self.lines):
                    self.lines.append([])
            line = self.lines[self.row]
            line.extend(" " * (self.column + 1 - len(line)))
            line[self.column] = char
            wide = unicodedata.east_asian_width(char) in "WF"
            self.column += 1 + wide

    @property
    def text(self) -> list[str]:
        return ["".join(line).rstrip() for line in self.lines]


class Terminal:
    """A child process in a pseudo-terminal, and all that it wrote there."""

    def __init__(self, master: int, child: subprocess.Popen, columns: int) -> None:
        self.master, self.child, self.columns = master, child, columns
        self.written = ""

    def read_until(self, wanted: str | re.Pattern[str] | None, within_s: float = 60.0) -> None:
        """Read until something has come, or all there is."""
        import select

        end = time.monotonic() + within_s
        while wanted is None or not re.search(wanted, self.written):
            assert time.monotonic() < end, self.written
            if not select.select([self.master], [], [], 0.1)[0]:
                continue
            try:
                data = os.read(self.master, 1 << 16)
            except OSError:  # the other end is closed
                data = b""
            if not data:
                assert wanted is None, self.written
                return
            self.written += data.decode("utf-8", "replace")

    def hang_up(self) -> None:
        if self.master is not None:
            os.close(self.master)
        self.master = None

    @property
    def screen(self) -> list[str]:
        screen = Screen(self.columns)
        screen.write(self.written)
        return screen.text

    @property
    def percents(self) -> list[int]:
        return [int(percent) for percent in PERCENT.findall(self.written)]


@pytest.fixture
def account(monkeypatch, emulator):
    for name in ("TOKEN", "API_URL", "AUTH_URL"):
        value = emulator.token if name == "TOKEN" else emulator.url
        monkeypatch.setenv(f"YOTOKIT_{name}", value)
    for name in ("YOTOKIT_PROGRESS", "YOTOKIT_LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    emulator._transcode_s = (0.6, 0.9)
    return emulator


@pytest.fixture
def in_terminal(account, tones):
    """Return what runs a script in a terminal of its own."""
    pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")
    import fcntl
    import termios

    folder = tones(4)[0].parent

    @contextmanager
    def run(code: str, *, rows: int = 30, columns: int = 100, **environment: str):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(folder)],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env={**os.environ, **environment},
        )  # fmt: skip
        os.close(slave)
        terminal = Terminal(master, child, columns)
        try:
            yield terminal
        finally:
            child.kill()
            child.wait(20)
            terminal.hang_up()

    return run


@pytest.fixture
def in_pipes(account, tones):
    """Return what runs a script with pipes for stdout and stderr."""
    folder = tones(4)[0].parent

    def run(code: str, **environment: str):
        return subprocess.run(
            [sys.executable, "-c", code, str(folder)],
            capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, **environment},
        )  # fmt: skip

    return run


@pytest.mark.parametrize(
    "wait",
    ["session.finalize()", "assert session.wait()", "asyncio.run(session.finalize_async())"],
    ids=["finalize", "wait", "finalize_async"],
)
def test_the_bar_moves_and_ends_at_100_percent_with_the_cursor_below_it(in_terminal, wait):
    with in_terminal(script(wait=wait)) as terminal:
        terminal.read_until(None)

    assert terminal.percents == sorted(terminal.percents)
    assert len(set(terminal.percents)) > 2
    assert terminal.percents[-1] == 100
    going, bar, over = [line for line in terminal.screen if line]
    assert going == "going"
    assert re.fullmatch(r"Bedtime \{stories\}: 100 % \|█+\| 4 of 4 files, 0:\d\d", bar)
    assert over == "came to an end, 4 files"


def test_a_terminal_that_gets_narrower_gets_a_narrower_bar(in_terminal, account):
    import fcntl
    import termios

    account._transcode_s = (3.0, 3.0)
    with in_terminal(script(), columns=120) as terminal:
        terminal.read_until(PERCENT)
        size = struct.pack("HHHH", 30, 40, 0, 0)
        fcntl.ioctl(terminal.master, termios.TIOCSWINSZ, size)
        before = len(terminal.written)
        terminal.read_until(None)

    lines = re.split(r"[\r\n]+", terminal.written[before:])
    assert max(len(line.rstrip()) for line in lines[2:] if PERCENT.search(line)) < 40


@pytest.mark.parametrize(("rows", "columns"), [(0, 0), (2, 80)], ids=["no size", "two rows"])
def test_a_terminal_of_an_odd_size_has_the_bar_too(in_terminal, rows, columns):
    with in_terminal(script(), rows=rows, columns=columns) as terminal:
        terminal.read_until(None)

    assert terminal.percents[-1] == 100
    assert "4 of 4 files" in terminal.written


def test_the_last_word_of_a_bar_is_what_failed(in_terminal, tones):
    (tones(1)[0].parent / "99 no sound.wav").write_bytes(b"nothing that anybody could hear")
    with in_terminal(script()) as terminal:
        terminal.read_until(None)

    assert "| 4 of 5 files, 1 failed, 0:0" in "\n".join(terminal.screen)


def test_ctrl_c_ends_the_waiting_at_once_and_leaves_the_terminal_in_order(in_terminal, account):
    import termios

    account._transcode_s = (60.0, 60.0)
    with in_terminal(script(begin=OWN_TERMINAL)) as terminal:
        before = termios.tcgetattr(terminal.master)
        terminal.read_until(PERCENT)
        begin = time.monotonic()
        os.write(terminal.master, b"\x03")
        terminal.read_until("KeyboardInterrupt: stopped waiting")
        assert time.monotonic() - begin < 5.0
        terminal.read_until(None)
        assert termios.tcgetattr(terminal.master) == before
        assert terminal.child.wait(20) == -signal.SIGINT

    bars = [line for line in terminal.screen if PERCENT.search(line)]
    assert len(bars) == 1
    assert "Traceback" not in bars[0]
    assert terminal.screen[terminal.screen.index(bars[0]) + 1].startswith("Traceback")


def test_a_line_of_the_log_is_above_the_bar_and_whole(in_terminal):
    with in_terminal(script(), YOTOKIT_LOG_LEVEL="INFO", columns=120) as terminal:
        terminal.read_until(None)

    lines = [line for line in terminal.screen if line]
    logged = [line for line in lines if " INFO " in line]
    assert sum("done: tone" in line for line in logged) == 4
    bars = [line for line in lines if PERCENT.search(line)]
    assert len(bars) == 1
    assert lines.index(bars[0]) > lines.index([line for line in logged if "done: tone" in line][-1])
    assert all(
        re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO yotokit", line) for line in logged
    )
    known = {*logged, *bars, "going", lines[-1]}
    # What is longer than the terminal is wide goes on in the next line.
    assert all(line in known or lines[place - 1] in logged for place, line in enumerate(lines))


def test_a_narrow_terminal_gets_a_short_bar_in_one_line(in_terminal):
    with in_terminal(script(), columns=30) as terminal:
        terminal.read_until(None)

    bars = [line for line in terminal.screen if PERCENT.search(line)]
    assert bars == ["100 % |████| 4 of 4 files"]


def test_a_terminal_that_knows_ascii_alone_gets_a_bar_of_that(in_terminal):
    code = script().replace("Bedtime", "Schlaf, Bär")
    with in_terminal(code, PYTHONIOENCODING="ascii:strict", columns=120) as terminal:
        terminal.read_until(None)

    assert any("Schlaf, B?r {stories}: 100 % |###" in line for line in terminal.screen)
    assert terminal.screen[-2].startswith("came to an end, 4 files")


def test_a_terminal_that_goes_away_does_not_stop_the_session(in_terminal, account, tmp_path):
    account._transcode_s = (1.2, 1.5)
    end = f"Path({str(tmp_path / 'end')!r}).write_text(str(session.snapshot().settled))"
    with in_terminal(script(end=end)) as terminal:
        terminal.read_until(PERCENT)
        terminal.hang_up()
        terminal.child.wait(60)

    assert (tmp_path / "end").read_text() == "4"


def test_a_pipe_that_nobody_reads_does_not_stop_the_session(account, tones, monkeypatch):
    account._transcode_s = (1.2, 1.5)
    with subprocess.Popen(
        [sys.executable, "-c", script(progress="bar"), str(tones(4)[0].parent)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as child:  # fmt: skip
        assert child.stderr.read(1)
        child.stderr.close()
        assert child.stdout.read().endswith(b"came to an end, 4 files\n")


def test_pipes_get_no_bar_and_load_nothing_for_one(in_pipes):
    loaded = 'print("tqdm" in sys.modules)'
    answer = in_pipes(script(end=loaded))

    assert (answer.stderr, answer.stdout) == ("", "going\nFalse\n")


def test_a_bar_can_be_had_in_a_pipe(in_pipes):
    answer = in_pipes(script(), YOTOKIT_PROGRESS="bar")

    assert PERCENT.findall(answer.stderr)[-1] == "100"
    assert answer.stderr.endswith("\n")


def test_a_terminal_can_be_left_without_a_bar_and_the_argument_wins(in_terminal):
    with in_terminal(script(progress="off"), YOTOKIT_PROGRESS="bar") as terminal:
        terminal.read_until(None)

    assert [line for line in terminal.screen if line] == ["going", "came to an end, 4 files"]


@pytest.mark.parametrize("value", ["yes", True, ""])
def test_another_word_for_it_is_refused(yoto, value):
    with pytest.raises(SettingError, match='give "auto", "bar" or "off"'):
        yk.Session("Odd", yoto, progress=value)


def test_another_word_in_the_environment_is_refused(yoto, monkeypatch):
    monkeypatch.setenv("YOTOKIT_PROGRESS", "always")
    with pytest.raises(SettingError, match="YOTOKIT_PROGRESS='always'"):
        yk.Session("Odd", yoto)


def test_a_session_with_a_bar_works_on_any_engine(tones, yoto, engine, emulator, monkeypatch):
    emulator._transcode_s = (0.6, 0.9)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with yk.Session("Any", yoto, engine=engine, progress="bar") as session:
        session.submit(tones(3))
        assert session.wait()
        assert len(session.finalize().done) == 3


def test_a_wait_with_a_bar_ends_in_time(tones, yoto, engine, emulator, monkeypatch):
    emulator._transcode_s = (600.0, 600.0)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with yk.Session("Long", yoto, engine=engine, progress="bar") as session:
        session.submit(tones(1))
        begin_s = engine.clock.now_s()
        assert not session.wait(1.0)
        assert 0.9 < engine.clock.now_s() - begin_s < 30.0


def test_a_wait_for_what_will_never_move_ends_on_an_engine_without_threads(
    tones, yoto, monkeypatch
):
    from yotokit.engine import InlineEngine

    monkeypatch.setattr(sys, "stderr", io.StringIO())
    engine = InlineEngine()
    with yk.Session("Paused", yoto, engine=engine, progress="bar") as session:
        session.pause()
        session.submit(tones(1))
        assert not session.wait()
    engine.close()


def test_who_stops_awaiting_leaves_an_end_of_the_line_and_no_error_behind(
    tones, yoto, threads, emulator, monkeypatch
):
    emulator._transcode_s = (30.0, 30.0)
    monkeypatch.setattr(sys, "stderr", io.StringIO())

    async def main(session):
        lost = []
        asyncio.get_running_loop().set_exception_handler(lambda _, what: lost.append(what))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(session.finalize_async(), 1.5)
        session.cancel()
        await asyncio.sleep(0.1)
        return lost

    with yk.Session("Given up", yoto, engine=threads, progress="bar") as session:
        session.submit(tones(2))
        assert asyncio.run(main(session)) == []

    assert sys.stderr.getvalue().endswith("\n")


def test_one_process_has_one_bar_at_a_time(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress_bar(lambda: None, "bar") as one:
        with progress_bar(lambda: None, "bar") as two:
            assert two is None
        assert one is not None
    with progress_bar(lambda: None, "bar") as three:
        assert three is not None


def test_a_process_without_stderr_gets_no_bar(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    for choice in ("auto", "bar"):
        with progress_bar(lambda: None, choice) as bar:
            assert bar is None


def test_a_stderr_that_is_closed_is_no_terminal(monkeypatch):
    stream = io.StringIO()
    stream.close()
    monkeypatch.setattr(sys, "stderr", stream)
    with progress_bar(lambda: None, "auto") as bar:
        assert bar is None


class Stream(io.StringIO):
    """A stream that breaks when it is told to."""

    error: BaseException | None = None

    def write(self, text):
        if self.error is not None:
            raise self.error
        return super().write(text)


@pytest.fixture
def hasty(monkeypatch):
    """Have bars appear at once, and be painted as often as they are told to."""
    monkeypatch.setattr(terminal, "_PATIENT_S", 0.0)
    monkeypatch.setattr(terminal, "SLICE_S", 0.0)


@pytest.fixture
def session(yoto, threads, tones):
    with yk.Session("Painted", yoto, engine=threads) as session:
        session.pause()
        session.submit(tones(2))
        yield session


@pytest.fixture
def logged(monkeypatch):
    """Return a stream that the package's log and a bar share."""
    stream = Stream()
    # Not the real one's place: pytest takes it between a test's set-up and the test.
    monkeypatch.setattr(terminal, "sys", SimpleNamespace(stderr=stream, stdout=sys.stdout))
    handler = logging.StreamHandler(stream)
    logging.getLogger("yotokit").addHandler(handler)
    yield SimpleNamespace(stream=stream, handler=handler)
    logging.getLogger("yotokit").removeHandler(handler)


def another_thread_may_paint() -> bool:
    free, painting = [], terminal._line_class().get_lock()

    def paint() -> None:
        free.append(painting.acquire(timeout=5.0))
        painting.release()

    other = threading.Thread(target=paint)
    other.start()
    other.join()
    return free[0]


def test_what_is_over_at_once_is_not_painted(session, logged):
    bar = Bar(session.snapshot, logged.stream)
    bar.paint()
    bar.paint(last=True)
    bar.close()

    assert logged.stream.getvalue() == ""


def test_a_bar_starts_no_thread(session, logged, hasty):
    before = threading.enumerate()
    bar = Bar(session.snapshot, logged.stream)
    bar.paint()
    bar.paint()
    assert threading.enumerate() == before
    assert not [one for one in before if type(one).__module__.startswith("tqdm")]
    bar.close()

    assert "0 of 2 files, paused" in logged.stream.getvalue()


def test_a_title_gives_no_orders_to_the_terminal(session, logged, hasty):
    from dataclasses import replace

    bar = Bar(lambda: replace(session.snapshot(), title="a\x1b[2Jb\nc {d}"), logged.stream)
    bar.paint()
    bar.close()

    assert "\x1b" not in logged.stream.getvalue()
    assert logged.stream.getvalue().count("\n") == 1
    assert "a\ufffd[2Jb\ufffdc {d}: " in logged.stream.getvalue()


@pytest.mark.parametrize(
    "error", [BrokenPipeError(32, "gone"), OSError(5, "gone"), ValueError("?")]
)
def test_a_stream_that_breaks_ends_the_bar_and_nothing_else(session, logged, hasty, error):
    bar = Bar(session.snapshot, logged.stream)
    bar.paint()
    assert logged.handler.stream is not logged.stream
    logged.stream.error = error
    bar.paint()
    bar.paint(last=True)
    bar.close()
    logged.stream.error = None

    assert logged.handler.stream is logged.stream
    logging.getLogger("yotokit").warning("goes on")
    assert logged.stream.getvalue().endswith("goes on\n")
    assert another_thread_may_paint()


def test_a_snapshot_that_cannot_be_had_ends_the_bar_and_nothing_else(logged, hasty):
    bar = Bar(lambda: 1 / 0, logged.stream)
    bar.paint()
    bar.close()

    assert logged.stream.getvalue() == ""


def test_an_interrupt_in_the_middle_of_painting_strikes_and_leaves_nothing_behind(
    session, logged, hasty
):
    def strike() -> None:
        with progress_bar(session.snapshot, "bar") as bar:
            bar.paint()
            logged.stream.error = KeyboardInterrupt()
            try:
                bar.paint()
            finally:
                logged.stream.error = None

    with pytest.raises(KeyboardInterrupt):
        strike()

    assert another_thread_may_paint()
    assert logged.handler.stream is logged.stream
    assert logged.stream.getvalue().endswith("\n")
    with progress_bar(session.snapshot, "bar") as bar:
        assert bar is not None


def test_a_handler_that_got_another_stream_meanwhile_keeps_it(session, logged, hasty):
    other = io.StringIO()
    bar = Bar(session.snapshot, logged.stream)
    bar.paint()
    logged.handler.setStream(other)
    bar.close()

    assert logged.handler.stream is other


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_forked_child_may_log_and_have_a_bar_though_its_parent_was_painting(
    session, logged, hasty
):
    with progress_bar(session.snapshot, "bar") as bar:
        bar.paint()
        held, done = threading.Event(), threading.Event()

        def paint() -> None:
            with terminal._line_class().get_lock():
                held.set()
                done.wait(30)

        other = threading.Thread(target=paint)
        other.start()
        held.wait(30)
        child = os.fork()
        if child == 0:
            signal.alarm(20)
            logging.getLogger("yotokit").warning("from the child")
            with progress_bar(session.snapshot, "bar") as own:
                os._exit(7 if own is not None else 1)
        _, status = os.waitpid(child, 0)
        done.set()
        other.join()

    assert os.waitstatus_to_exitcode(status) == 7


def test_a_line_says_what_a_session_waits_for(session):
    from dataclasses import replace

    from yotokit.session import JobState, Progress

    now = session.snapshot()
    progress = Progress(0.5, 100.0, 0.0, 0.0)
    going = replace(now, queue=replace(now.queue, paused=False))
    troubled = replace(going, jobs=(replace(now.jobs[0], trouble="waiting: no way"), now.jobs[1]))
    ends = (JobState.FAILED, JobState.CANCELLED)
    ended = tuple(replace(job, state=state) for job, state in zip(now.jobs, ends, strict=True))

    assert words(now, progress, None) == ("0 of 2 files", "paused")
    assert words(going, progress, None) == ("0 of 2 files", "about 2 min left")
    assert words(troubled, progress, None) == ("0 of 2 files", "waiting for the service")
    assert words(replace(going, jobs=ended, finalizing=True), progress, None) == (
        "0 of 2 files", "1 failed", "1 cancelled", "writing the card",
    )  # fmt: skip
    assert words(replace(going, jobs=ended), progress, 61.0)[-1] == "1:01"


def test_one_module_of_the_session_floor_knows_the_bars_library():
    folder = Path(terminal.__file__).parent
    users = {
        path.name
        for path in folder.glob("*.py")
        if re.search(r"import tqdm|from tqdm", path.read_text(encoding="utf-8"))
    }
    assert users == {"terminal.py"}
