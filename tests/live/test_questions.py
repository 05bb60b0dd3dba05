"""The questions to the real service can be asked: an emulator answers as it is set up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

QUESTIONS = Path(__file__).parent / "questions.py"


def test_an_emulator_answers_every_question_as_it_is_set_up(tmp_path):
    ran = subprocess.run(
        [sys.executable, str(QUESTIONS), "--seed", "a seed"],
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
    )
    text = ran.stdout
    assert "no answer" not in text
    assert text.count("## ") == 9
    assert "hex: **known**" in text
    assert "base64url: **known**" in text
    assert "without metadata: **erased**" in text
    assert "without content: **refused" in text
    assert "title of 140 letters: **taken**" in text
    assert "bytes of another digest: **HTTP 400**" in text
    assert "was not held; it is now" in text
    levels = [line for line in text.splitlines() if line.startswith("- noise of")]
    assert len(levels) == 2
    assert all("-16." in line or "-15.9" in line for line in levels), levels
