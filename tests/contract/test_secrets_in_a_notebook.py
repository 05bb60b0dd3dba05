"""A notebook is saved with all that it showed, and often published: no secret may be in it."""

from __future__ import annotations

import hashlib

import pytest
from contract.showing import assert_hidden

from yotokit.emulator import Fault
from yotokit.emulator.wire import base64url

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

pytestmark = [
    pytest.mark.kernel,
    # Of the client library's own sockets and loops, not of ours.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]

CELLS = [
    "%xmode Verbose\nimport logging\nlogging.basicConfig(level=logging.DEBUG)",
    "import hashlib, pathlib\nimport yotokit as yk\nyoto = yk.YotoClient.login()\nyoto",
    "session = yk.Session('Notebook', yoto)\njobs = session.submit({folder!r})\nsession",
    "report = session.finalize()",
    "[job.error for job in jobs]",
    "path = jobs[0].path\ndata = path.read_bytes()",
    "how = {'size_bytes': len(data), 'content_type': 'audio/wav', 'filename': 'x.wav'}",
    "yoto.upload(path, sha256=hashlib.sha256(data).hexdigest(), **how)",
    "yoto.upload(path, sha256='0' * 64, **how)",
    "slot = yoto.upload_slot('0' * 64, 'x.wav')\nslot, slot.url, vars(yoto), vars(yoto._http)",
    "slot.url / 1",
    "yoto._http.put_file(slot.url, path, sha256='0' * 64, size_bytes=1, content_type='x')",
    "import pickle\npickle.dumps(yoto)",
    "report = session.finalize()\nreport",
    "session",
    "session.close()\nyoto.close()",
]
FAIL = {3, 7, 8, 10, 11, 12}  # the cells that are meant to


@pytest.fixture
def nothing_is_left_behind():
    """The kernel is a child process, and its client keeps sockets for the process."""


def test_an_executed_notebook_with_verbose_errors_shows_no_secret(
    witness, emulator, tones, tmp_path, monkeypatch
):
    monkeypatch.setenv("YOTOKIT_TOKEN", emulator.token)
    monkeypatch.setenv("YOTOKIT_API_URL", emulator.url)
    first, *_ = tones(3)
    digest = base64url(hashlib.sha256(first.read_bytes()).digest())
    emulator.faults += [
        Fault("PUT", f"/uploads/{digest}", kind="signature", times=99),
        Fault("PUT", "/uploads/", kind="signature", times=2),  # the session gets over it
        Fault("POST", "/content", status=403),
    ]
    sources = [cell.replace("{folder!r}", repr(str(first.parent))) for cell in CELLS]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in sources]
    )
    client = nbclient.NotebookClient(
        notebook,
        timeout=120,
        allow_errors=True,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    )
    client.execute()
    saved = nbformat.writes(notebook)
    failed = {
        number
        for number, cell in enumerate(notebook.cells)
        if any(output.output_type == "error" for output in cell.outputs)
    }

    assert failed == FAIL
    assert "HTTP Request: PUT" in saved
    assert emulator.token in witness.secrets
    assert len(witness.secrets) > 5
    assert_hidden(witness.secrets, {"notebook": saved})
