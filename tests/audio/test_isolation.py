from __future__ import annotations

import dataclasses
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import psutil
import pytest
from sound import write_tone

from yotokit.audio import digest, measure, render
from yotokit.audio.isolation import measure_isolated, process, render_isolated
from yotokit.errors import (
    AudioError,
    AudioLimitError,
    DecoderCrashedError,
    DecoderTimeoutError,
    IsolationError,
    MissingFileError,
    NotAFileError,
    SettingError,
    UnreadableAudioError,
)

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds to the limit")

PROGRAM = """
import json, sys
request = json.load(sys.stdin)
sys.path[:] = request["sys_path"]
from yotokit.audio.isolation import child
def work(path, *arguments, **options):
    {body}
child.WORK = dict.fromkeys(child.WORK, work)
child.serve(request)
"""
HANG = "import time; time.sleep(600)"
SEGFAULT = "import ctypes; ctypes.string_at(0)"


@pytest.fixture
def decoder(monkeypatch):
    """Return a function that puts a line of code in the decoder's place, in the process alone."""

    def use(body: str) -> None:
        monkeypatch.setattr(process, "_PROGRAM", PROGRAM.format(body=body))

    return use


@pytest.fixture
def tone(tmp_path):
    return write_tone(tmp_path / "tone.wav", duration_s=4.0, channels=2)


def assert_same(one, other):
    for field in dataclasses.fields(one):
        ours, theirs = getattr(one, field.name), getattr(other, field.name)
        assert type(ours) is type(theirs), field.name
        if isinstance(ours, np.ndarray):
            assert ours.dtype == theirs.dtype
            np.testing.assert_array_equal(ours, theirs)
        else:
            assert ours == theirs, field.name


def test_a_good_file_measures_as_it_does_in_this_process(tone):
    assert_same(measure_isolated(tone), measure(tone))
    assert_same(measure_isolated(str(tone), dual_mono=True), measure(tone, dual_mono=True))


def test_numbers_without_a_limit_and_names_of_any_bytes_survive_the_way_back(tmp_path):
    path = tmp_path / os.fsdecode(b"not \xff UTF-8.wav")
    write_tone(tmp_path / "short.wav", duration_s=0.2).rename(path)

    assert_same(measure_isolated(path), measure(path))
    assert measure_isolated(path).integrated_lufs == -np.inf


def test_a_file_renders_to_the_same_bytes_as_in_this_process(tone, tmp_path):
    here = render(tone, tmp_path / "here.flac", 3.0)
    there = render_isolated(tone, tmp_path / "there.flac", 3.0)

    assert there.path == tmp_path / "there.flac"
    assert_same(there, dataclasses.replace(here, path=there.path))
    assert there.path.read_bytes() == here.path.read_bytes()
    assert_same(render_isolated(tone, tmp_path / "no.flac", 0.0), render(tone, "no.flac", 0.0))


def test_progress_is_told_in_this_process_and_only_rises(tone):
    heard = []
    measure_isolated(tone, progress=lambda share: heard.append((os.getpid(), share)))

    shares = [share for _, share in heard]
    assert {pid for pid, _ in heard} == {os.getpid()}
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] == 1.0


def missing(folder):
    return folder / "gone.mp3", MissingFileError


def folder_itself(folder):
    return folder, NotAFileError


def text(folder):
    (folder / "text.mp3").write_text("Once upon a time.\n" * 99)
    return folder / "text.mp3", UnreadableAudioError


@pytest.mark.parametrize("make", [missing, folder_itself, text])
def test_an_error_comes_back_as_itself(tmp_path, make):
    path, kind = make(tmp_path)
    with pytest.raises(kind) as there:
        measure_isolated(path)
    with pytest.raises(kind) as here:
        measure(path)
    assert type(there.value) is type(here.value)
    assert str(there.value) == str(here.value)
    assert there.value.path == path


@pytest.mark.parametrize("body", [SEGFAULT, "import os; os.abort()", "import os; os._exit(0)"])
def test_a_decoder_that_crashes_costs_one_file(tone, decoder, body):
    decoder(body)
    with pytest.raises(DecoderCrashedError, match=r"tone\.wav: crashes the decoder") as caught:
        measure_isolated(tone)
    assert caught.value.path == tone


@pytest.mark.parametrize("body", [HANG, "\n    while True: pass"])
def test_a_decoder_that_hangs_is_ended_when_its_time_is_over(tone, decoder, body):
    decoder(body)
    begin = time.monotonic()
    with pytest.raises(DecoderTimeoutError, match=r"tone\.wav: took longer"):
        measure_isolated(tone, deadline_s=1.0)
    assert time.monotonic() - begin < 30.0


@on_linux
@pytest.mark.parametrize("body", ["bytearray(1 << 31)", "import numpy; numpy.ones(1 << 28)"])
def test_a_decoder_that_wants_too_much_memory_does_not_get_it(tone, decoder, body):
    decoder(body)
    with pytest.raises(AudioLimitError, match=r"tone\.wav: needs more memory"):
        measure_isolated(tone)


@on_linux
def test_memory_that_the_caller_forbids_is_missed_in_a_typed_error(tone, monkeypatch):
    monkeypatch.setattr("yotokit.audio.isolation.calls.LEAST_MEMORY_BYTES", 1)
    with pytest.raises(AudioError):
        measure_isolated(tone, memory_bytes=1 << 20)


@pytest.mark.parametrize(
    "limits",
    [
        {"memory_bytes": 0},
        {"memory_bytes": "x"},
        {"deadline_s": "x"},
        {"deadline_s": None},
        {"deadline_s": -1},
        {"deadline_s": float("nan")},
    ],
)
def test_limits_that_make_no_sense_are_refused(tone, limits):
    with pytest.raises(SettingError, match=next(iter(limits))):
        measure_isolated(tone, **limits)


def test_what_a_library_prints_is_no_answer(tone, decoder):
    decoder("import os; os.write(1, b'{}\\n' * 9); print('{}'); raise ValueError('the end')")
    with pytest.raises(IsolationError, match=r"ValueError: the end"):
        measure_isolated(tone)


def test_a_bug_is_told_with_its_name(tone, decoder):
    decoder("1 / 0")
    with pytest.raises(IsolationError, match=r"ZeroDivisionError: division by zero"):
        measure_isolated(tone)


def test_an_option_that_there_is_not_is_told(tone):
    with pytest.raises(IsolationError, match=r"TypeError.*no_such_option"):
        measure_isolated(tone, no_such_option=1)


@dataclasses.dataclass
class Bomb:
    path: str

    def __reduce__(self):
        return os.mkdir, (self.path,)


def result_with(**changes):
    packed = {"dtype": "float64", "shape": [1], "base64": "AAAAAAAAAAA="}
    spoilt = {"path": {"path": "a"}, "step_power": packed, "notes": []} | changes
    return json.dumps({"result": spoilt}).encode()


HOSTILE = {
    "text": b"hello",
    "a list": b"[]",
    "a pickle": pickle.dumps(Bomb("exploded")),
    "a progress that is no number": b'{"progress": "half"}',
    "a result without fields": b'{"result": {}}',
    "a result that is none": b'{"result": 3}',
    "a number that is text": result_with(integrated_lufs="<script>"),
    "an array of objects": result_with(step_power={"dtype": "object", "shape": 1, "base64": ""}),
    "an array without bytes": result_with(
        step_power={"dtype": "float64", "shape": [10**12], "base64": ""}
    ),
    "a tower of brackets": b"[" * 100_000,
    "an error that is none": b'{"error": "annotations", "problem": "x"}',
    "an error that is no file's": b'{"error": "FinalizeError", "problem": "x"}',
    "a long error": b'{"error": "x", "problem": "%s"}' % (b"x" * 10_000_000),
}


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE)
def test_what_a_decoder_that_was_taken_over_answers_does_no_harm(
    tone, tmp_path, monkeypatch, answer
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hostile").write_bytes(answer + b"\n")
    program = "import sys; sys.stdout.buffer.write(open('hostile', 'rb').read())"
    monkeypatch.setattr(process, "_PROGRAM", program)

    with pytest.raises(IsolationError) as caught:
        measure_isolated(tone)
    assert len(str(caught.value)) < 5000
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("line", ["x" * 999, '{"progress": 0}' + " " * 9_999 + "\n"])
def test_an_answer_without_end_ends(tone, monkeypatch, line):
    program = f"import sys\nwhile True: sys.stdout.write({line!r})"
    monkeypatch.setattr(process, "_PROGRAM", program)
    with pytest.raises(IsolationError, match="nonsense"):
        measure_isolated(tone, deadline_s=60.0)


def test_progress_that_is_out_of_bounds_is_brought_back(tone, monkeypatch):
    wild = [-5, 1e99, float("nan"), 10**4000, True]
    lines = "".join(json.dumps({"progress": value}) + "\n" for value in wild)
    monkeypatch.setattr(process, "_PROGRAM", f"import sys; sys.stdout.write({lines!r})")
    heard = []
    with pytest.raises(DecoderCrashedError):
        measure_isolated(tone, progress=heard.append)
    assert heard == [0.0, 1.0, 0.0, 1.0, 1.0]


@pytest.mark.parametrize("kind", [KeyboardInterrupt, RuntimeError])
def test_what_progress_raises_ends_the_process(tone, decoder, kind):
    decoder(HANG)

    def stop(_share):
        assert psutil.Process().children()
        raise kind

    with pytest.raises(kind):
        measure_isolated(tone, progress=stop)
    assert not psutil.Process().children()


def test_ctrl_c_while_waiting_ends_the_process(tone, decoder):
    decoder(HANG)
    timers = []

    def press_soon(_share):
        timers.append(threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)))
        timers[0].start()

    with pytest.raises(KeyboardInterrupt):
        measure_isolated(tone, progress=press_soon)
    timers[0].join()
    assert not psutil.Process().children()


def test_ctrl_c_in_a_terminal_does_not_reach_the_process_itself(tone, decoder):
    decoder(HANG)
    sessions = []

    def look(_share):
        sessions.extend(os.getsid(child.pid) for child in psutil.Process().children())
        raise InterruptedError

    with pytest.raises(InterruptedError):
        measure_isolated(tone, progress=look)
    assert sessions
    assert os.getsid(0) not in sessions


def test_a_render_that_is_killed_leaves_no_output(tone, tmp_path, decoder):
    decoder(f"open(arguments[0] + '.part', 'wb').write(b'half'); {SEGFAULT}")
    with pytest.raises(DecoderCrashedError):
        render_isolated(tone, tmp_path / "out.flac", 3.0)
    assert [path.name for path in tmp_path.iterdir()] == [tone.name]


def test_a_render_that_never_began_to_write_removes_nothing(tmp_path, tone, decoder):
    output = tmp_path / "out.flac"
    output.write_text("of another day")
    with pytest.raises(MissingFileError):
        render_isolated(tmp_path / "gone.wav", output, 3.0)
    decoder(SEGFAULT)
    with pytest.raises(DecoderCrashedError):
        render_isolated(tone, output, 3.0)
    assert output.read_text() == "of another day"


def test_the_process_gets_no_token_and_the_same_places_to_import_from(tone, decoder, monkeypatch):
    monkeypatch.setenv("YOTOKIT_TOKEN", "secret")
    monkeypatch.syspath_prepend("/added by hand")
    decoder("import os; raise ValueError(os.environ.get('YOTOKIT_TOKEN'), sys.path[0])")
    with pytest.raises(IsolationError, match=r"\(None, '/added by hand'\)"):
        measure_isolated(tone)


@on_linux
def test_the_process_dumps_no_core_and_ends_by_itself_when_it_is_orphaned(tone, decoder):
    decoder(
        "import resource, signal; raise ValueError(resource.getrlimit(resource.RLIMIT_CORE), "
        "round(signal.getitimer(signal.ITIMER_REAL)[0]))"
    )
    with pytest.raises(IsolationError, match=r"\(\(0, 0\), 4[0-9]\)"):
        measure_isolated(tone, deadline_s=42.0)


@pytest.mark.parametrize(
    ("name", "value"), [("_PROGRAM", "import a_module_that_is_missing"), ("sys.executable", "/no")]
)
def test_a_process_that_does_not_start_is_told_from_a_crash(tone, monkeypatch, name, value):
    monkeypatch.setattr(f"yotokit.audio.isolation.process.{name}", value)
    with pytest.raises(IsolationError, match="could be started") as caught:
        measure_isolated(tone)
    assert type(caught.value) is IsolationError


def test_a_script_without_a_guard_is_not_run_again(tone, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from yotokit.audio.isolation import render_isolated\n"
        f"print(render_isolated({str(tone)!r}, {str(tmp_path / 'o.flac')!r}, 3.0).size_bytes > 0)\n"
    )
    answer = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert answer.stdout == "True\n"


def test_several_threads_at_once_get_their_own_answers(tmp_path):
    paths = [write_tone(tmp_path / f"{n}.wav", peak_dbfs=-10.0 - n) for n in range(6)]

    def work(path):
        return render_isolated(path, path.with_suffix(".flac"), 3.0)

    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(work, paths))
    assert [result.path.stem for result in results] == [path.stem for path in paths]
    assert len({result.sha256 for result in results}) == len(paths)


def forged(tone, tmp_path, **changes):
    """Return a program that answers as a decoder would that a file has taken over."""
    answer = {
        "path": {"path": str(tmp_path / "out.flac")},
        "sha256": "0" * 64,
        "size_bytes": 1,
        "content_type": "audio/flac",
        "untouched": False,
        "integrated_lufs": None,
        "limiter_gain_db": None,
        "notes": [],
    } | changes
    return f"import sys; sys.stdout.write({json.dumps({'result': answer})!r} + chr(10))"


@pytest.mark.parametrize(
    "changes",
    [
        {"path": {"path": "/etc/passwd"}},
        {"untouched": True},
        {"size_bytes": True},
        {"integrated_lufs": float("nan")},
        {"notes": [1]},
        {"limiter_gain_db": "none"},
        {"content_type": None},
    ],
)
def test_a_forged_answer_is_not_believed(tone, tmp_path, monkeypatch, changes):
    monkeypatch.setattr(process, "_PROGRAM", forged(tone, tmp_path, **changes))

    with pytest.raises(IsolationError, match="nonsense"):
        render_isolated(tone, tmp_path / "out.flac", 3.0)


def test_digest_and_size_are_looked_at_here(tone, tmp_path, monkeypatch):
    answer = {"path": {"path": str(tone)}, "untouched": True, "content_type": "audio/wav"}
    monkeypatch.setattr(process, "_PROGRAM", forged(tone, tmp_path, **answer))
    result = render_isolated(tone, tmp_path / "out.flac", 0.0)

    assert result.sha256 == digest(tone)
    assert result.size_bytes == tone.stat().st_size


def test_an_isolated_result_takes_the_place_of_an_older_one(tone, tmp_path):
    (tmp_path / "out.flac").write_text("of another day")
    result = render_isolated(tone, tmp_path / "out.flac", 3.0)

    assert result.path == tmp_path / "out.flac"
    assert result.sha256 == render(tone, tmp_path / "here.flac", 3.0).sha256
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here.flac", "out.flac", tone.name]
