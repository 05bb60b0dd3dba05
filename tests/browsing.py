"""A browser for the tests, and what it looks at: JupyterLab, Voilà, and what axe-core finds."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
AXE = Path(__file__).parents[1] / "build" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_KEPT = (
    "IPYTHONDIR",
    "JUPYTERLAB_SETTINGS_DIR",
    "JUPYTERLAB_WORKSPACES_DIR",
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_RUNTIME_DIR",
    "YOTOKIT_STATE_DIR",
)
_BEGUN = (
    "() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]"
    ".some(e => /\\[[*0-9]/.test(e.textContent))"
)
_AT_REST = (
    "count => { const all = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]"
    ".map(e => e.textContent); const first = count === null ? all : all.slice(0, count);"
    " return first.length > 0 && first.every(text => /\\[[0-9]+\\]/.test(text)); }"
)
_AXE = (
    "async ([selector, rules]) => (await axe.run(selector, {resultTypes: ['violations'],"
    " rules})).violations.map(v => ({id: v.id, impact: v.impact, help: v.help,"
    " nodes: v.nodes.map(n => `${n.target.join(' ')}: ${n.html}`)}))"
)


def watch(page, faults):
    """Add to a list what the page complains of, and what it asks of other machines."""
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: (faults.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda r: None if _is_local(r.url) else faults.append(r.url))
    page.on("websocket", lambda w: None if _is_local(w.url) else faults.append(w.url))


def _is_local(url):
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", None)


def axe_script():
    """Return axe-core, where `.ci/run` or a contributor has installed it, or None."""
    return AXE.read_text(encoding="utf-8") if AXE.exists() else None


def violations(page, selector, script, without=()):
    """Return what axe-core finds serious or critical inside of an element, a line each."""
    # As an expression: a page's content policy may forbid script elements.
    page.evaluate(f"() => {{ {script} }}")
    rules = {name: {"enabled": False} for name in without}
    found = page.evaluate(_AXE, [selector, rules])
    return [
        f"{v['impact']}: {v['id']}: {v['help']}: {node}"
        for v in found
        if v["impact"] in ("serious", "critical")
        for node in v["nodes"]
    ]


def write_notebook(path, cells):
    """Write a notebook of code cells, or a copy of one without what was saved in it."""
    if isinstance(cells, Path):
        notebook = json.loads(cells.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell.update(outputs=[], execution_count=None)
    else:
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        about = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
        notebook = {
            "cells": [about | {"id": f"c{n}", "source": cell} for n, cell in enumerate(cells)],
            "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    path.write_text(json.dumps(notebook), encoding="utf-8")


class Server:
    """A Jupyter program on a loopback port, with a folder of its own, until it is stopped.

    Parameters
    ----------
    folder : Path
        Where it keeps everything; its notebooks are in a folder there.
    arguments : list of str
        What follows ``python -m``.
    alive : str
        Path of what it answers when it is there.
    """

    def __init__(self, folder, arguments, alive):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.notebooks = folder / "notebooks"
        self.settings = folder / "jupyterlab_settings_dir"
        self._log = folder / "server.log"
        kept = {name: folder / name.lower() for name in _KEPT}
        for place in (self.notebooks, *kept.values()):
            place.mkdir(parents=True, exist_ok=True)
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *arguments, f"--port={port}"],
                stdout=log,
                stderr=log,
                cwd=self.notebooks,
                env=os.environ | {name: str(place) for name, place in kept.items()},
            )
        try:
            self._await(alive)
        except BaseException:
            self.stop()
            raise

    def stop(self):
        """End the program, and what it started."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(20)

    def log(self):
        """Return the end of what it printed."""
        return self._log.read_text(errors="replace")[-4000:]

    def ask(self, method, path):
        """Ask it for JSON."""
        request = Request(self.url + path, method=method)
        with urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or "null")

    def _await(self, alive):
        end = time.monotonic() + 60
        while time.monotonic() < end and self._process.poll() is None:
            try:
                urlopen(self.url + alive, timeout=5).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"the server does not answer: {self.log()}")


class Lab(Server):
    """JupyterLab over a folder of notebooks."""

    def __init__(self, folder):
        super().__init__(
            folder,
            [
                "jupyter",
                "lab",
                "--no-browser",
                "--allow-root",
                "--ServerApp.ip=127.0.0.1",
                "--ServerApp.port_retries=0",
                "--ServerApp.disable_check_xsrf=True",
                "--IdentityProvider.token=",
                "--ServerApp.root_dir=.",
                "--LabApp.expose_app_in_browser=True",
                "--LabApp.extension_manager=readonly",
            ],
            "/api",
        )
        self.override("apputils-extension/notification", fetchNews="false")
        # Otherwise only the cells in view are in the page, and running all scrolls to the last.
        self.override("notebook-extension/tracker", windowingMode="none")

    def override(self, name, **settings):
        """Set what pages that are opened from now on find in their settings."""
        path = self.settings / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings))

    def open(self, page, cells, *, dark=False, name="notebook.ipynb"):
        """Open a notebook, made of a list of cells or the copy of a path, with its kernel idle."""
        write_notebook(self.notebooks / name, cells)
        theme = "JupyterLab Dark" if dark else "JupyterLab Light"
        self.override("apputils-extension/themes", theme=theme)
        self.visit(page, name)
        page.get_by_text("(ipykernel) | Idle").wait_for(timeout=60_000)
        page.wait_for_function(
            "light => document.body.dataset.jpThemeLight === light", arg=str(not dark).lower()
        )

    def visit(self, page, name):
        """Go to a notebook, as it is."""
        url = f"{self.url}/lab/tree/{name}?reset"
        page.goto(url, wait_until="domcontentloaded", timeout=60_000)
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)

    def run(self, page, command="runmenu:run-all"):
        """Have all cells run, and return when the first one has begun."""
        # The command does nothing before the notebook is wholly there, which no element tells.
        for _ in range(60):
            page.evaluate("name => { window.jupyterapp.commands.execute(name); }", command)
            page.wait_for_timeout(500)
            if page.evaluate(_BEGUN):
                return
        raise AssertionError("the notebook does not begin to run")

    def await_cells(self, page, count=None, *, within_s=60.0):
        """Wait until the first so many cells have run, all of them if none is said."""
        page.wait_for_function(_AT_REST, arg=count, timeout=within_s * 1000)

    def run_cell(self, page, number):
        """Run one cell, counted from 0, and return at once."""
        page.locator(".jp-CodeCell").nth(number).locator(".jp-InputArea-editor").click()
        page.keyboard.press("Control+Enter")

    def end_kernels(self):
        """End all kernels, as a test ends."""
        for session in self.ask("GET", "/api/sessions"):
            self.ask("DELETE", f"/api/sessions/{session['id']}")


class Voila(Server):
    """Voilà over one notebook; each visit of its address executes it anew."""

    def __init__(self, folder, cells, *options, dark=False):
        (folder / "notebooks").mkdir(parents=True, exist_ok=True)
        write_notebook(folder / "notebooks" / "app.ipynb", cells)
        super().__init__(
            folder,
            [
                "voila",
                "app.ipynb",
                "--no-browser",
                "--Voila.ip=127.0.0.1",
                "--Voila.port_retries=0",
                f"--theme={'dark' if dark else 'light'}",
                "--show_tracebacks=True",
                *options,
            ],
            "/voila/static/voila.js",
        )
