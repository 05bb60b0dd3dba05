"""The rules of the house, as far as a test can hold them."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import yotokit

ROOT = Path(yotokit.__file__).parent
REPOSITORY = ROOT.parent
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages([str(ROOT)], "yotokit.")
    if not module.name.endswith("__main__")
)
PUBLIC = {
    "Card",
    "CardLintError",
    "CardMaker",
    "Chapter",
    "Dashboard",
    "Diff",
    "Engine",
    "Icon",
    "Job",
    "Limits",
    "Loudness",
    "Report",
    "Session",
    "SignInView",
    "Target",
    "Track",
    "Verification",
    "YotoClient",
    "YotoEmulator",
    "YotokitError",
    "backups",
    "compare",
    "measure",
    "normalize",
    "sessions",
}


def test_the_public_names_are_these_and_no_others():
    assert set(yotokit.__all__) == PUBLIC


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_public_name_loads_and_is_documented(name):
    assert getattr(yotokit, name).__doc__.strip()


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_exports_and_documents_it(name):
    module = importlib.import_module(name)

    assert module.__doc__
    assert module.__all__ == sorted(module.__all__, key=_isort_key)
    for exported in module.__all__:
        value = getattr(module, exported)
        if isinstance(value, type) or inspect.isfunction(value):
            assert value.__doc__, f"{name}.{exported} has no docstring"


def _isort_key(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions, as ruff sorts ``__all__``."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
    return kind, name


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Sesion'"):
        _ = yotokit.Sesion


def test_importing_the_package_loads_none_of_the_heavy_libraries():
    code = "import json, sys, yotokit; print(json.dumps(sorted(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = {name.split(".")[0] for name in json.loads(answer.stdout)}

    heavy = {"matplotlib", "scipy", "pyloudnorm", "uvicorn", "starlette", "ipywidgets", "httpx"}
    assert not loaded & (heavy | {"numpy", "soundfile", "IPython"})


def test_an_emulator_loads_neither_numbers_nor_the_clients_http():
    code = "import json, sys, yotokit; yotokit.YotoEmulator; print(json.dumps(sorted(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = {name.split(".")[0] for name in json.loads(answer.stdout)}

    assert "yotokit" in loaded
    assert not loaded & {"numpy", "soundfile", "httpx", "uvicorn", "starlette"}


def test_an_emulator_documents_its_parameters_where_people_look_for_them():
    assert "transcode_s : " in yotokit.YotoEmulator.__doc__


def test_measuring_and_a_session_load_neither_widgets_nor_servers_nor_plots():
    code = (
        "import json, sys, yotokit; yotokit.measure; from yotokit.session import Session; "
        "print(json.dumps(sorted(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = {name.split(".")[0] for name in json.loads(answer.stdout)}

    assert not loaded & {"matplotlib", "uvicorn", "starlette", "ipywidgets", "IPython", "scipy"}


def test_no_module_is_longer_than_300_lines():
    long = {
        str(path.relative_to(ROOT)): count
        for path in ROOT.rglob("*.py")
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 300
    }
    assert not long


def test_nothing_prints_or_displays_but_the_emulators_command():
    talkers = [
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        if re.search(r"^\s*(print|display)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert talkers == []


def test_the_readme_names_commands_that_exist():
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")

    assert "notebooks/01-quickstart.ipynb" in readme
    assert (REPOSITORY / "notebooks/01-quickstart.ipynb").exists()


def test_links_between_the_documents_lead_somewhere():
    broken = []
    for document in [REPOSITORY / "README.md", *(REPOSITORY / "docs").rglob("*.md")]:
        targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text("utf-8"))
        broken += [
            f"{document.relative_to(REPOSITORY)}: {target}"
            for target in targets
            if "://" not in target and not (document.parent / target).exists()
        ]
    assert not broken


@pytest.mark.parametrize("error", sorted(importlib.import_module("yotokit.errors").__all__))
def test_the_drawn_tree_of_errors_holds_every_error(error):
    assert error in importlib.import_module("yotokit.errors").__doc__


def test_all_loggers_of_the_package_are_those_whose_records_name_their_job():
    own = {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        if 'getLogger("yotokit' in path.read_text(encoding="utf-8")
    }
    assert not own
