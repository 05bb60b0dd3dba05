"""A notebook with a result of each kind, executed once and saved as the project's own are."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from unittest import mock

NASTY = 'Songs <b>&"'
SET_UP = """
from pathlib import Path
import numpy as np, soundfile
import yotokit as yk

random = np.random.default_rng(1)

def write(name, level_db):
    time_s = np.arange(8 * 16_000) / 16_000
    swell = np.clip(np.sin(4 * time_s) + 0.4, 0.02, 1.0)
    sound = 10 ** (level_db / 20) * random.standard_normal(len(time_s)) * swell * 0.2
    soundfile.write(Path("songs", name), np.clip(sound, -0.9, 0.9), 16_000)

Path("songs").mkdir()
write("01 moon.wav", 0)
write('02 <b>&"star.wav', -14)
soundfile.write("songs/03 silent.wav", np.zeros(64_000), 16_000)
Path("songs/04 broken.wav").write_bytes(b"RIFF")
emulator = yk.YotoEmulator(transcode_s=(0.0, 0.1)).start()
yoto = emulator.client()
kept = []
def keep(result):
    kept.append(result)
    return result
"""
CELLS = {
    "set up": SET_UP,
    "loudness": "keep(yk.measure('songs/01 moon.wav'))",
    "silence": "keep(yk.measure('songs/03 silent.wav'))",
    "comparison": "keep(yk.compare('songs'))",
    "session": f"session = yk.Session({NASTY!r}, yoto)\n"
    "session.submit('songs'); session.wait()\nsession",
    "diff": "keep(session.diff())",
    "report": "report = keep(session.finalize())\nreport",
    "card": "keep(report.card)",
    "verification": "keep(report.verify(isolate=False))",
    "icons": "keep(yoto.icons.find('night'))",
    "icon": "keep(yoto.icons.find('moon')[0])",
    "backups": "session.remove(session.jobs[0]); session.finalize(); keep(yk.backups())",
    "the same again": "[result._repr_html_() == result._repr_html_() for result in kept]",
    "end": "session.close(); yoto.close(); emulator.stop()",
}
SHOWN = tuple(name for name in CELLS if name not in ("set up", "the same again", "end"))


def executed(folder):
    """Execute the notebook in a folder, and return it as it is saved."""
    import nbclient
    from nbformat import v4

    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = v4.new_notebook(
        cells=[v4.new_code_cell(code) for code in CELLS.values()],
        metadata={"kernelspec": kernel},
    )
    own = {"YOTOKIT_STATE_DIR": str(folder / "state"), "IPYTHONDIR": str(folder / "ipython")}
    with mock.patch.dict(os.environ, own):
        about = {"metadata": {"path": str(folder)}}
        nbclient.NotebookClient(notebook, timeout=120, resources=about).execute()
    return _saved(json.loads(json.dumps(notebook)))


def outputs(notebook):
    """Return what each cell shows, by the cell's name: its texts by their kind."""
    shown = {}
    for name, cell in zip(CELLS, notebook["cells"], strict=True):
        for output in cell["outputs"]:
            if output["output_type"] == "execute_result":
                data = output["data"].items()
                shown[name] = {kind: "".join(text) for kind, text in data}
    return shown


def _saved(notebook):
    path = Path(__file__).parents[1] / ".ci" / "save_notebooks.py"
    spec = importlib.util.spec_from_file_location("save_notebooks", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.cleaned(notebook)
