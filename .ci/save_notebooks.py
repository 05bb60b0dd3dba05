"""Execute the notebooks, and save them with the outputs that mean something without a kernel.

usage: python .ci/save_notebooks.py [NOTEBOOK ...]

Widgets live only as long as their kernel, so their views are taken out; what a reader sees of
them is their text and table. Addresses that change with each run are taken out too.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
VIEW = "application/vnd.jupyter.widget-view+json"
LOCAL = re.compile(r"127\.0\.0\.1:\d+")


def main() -> None:
    paths = [Path(name) for name in sys.argv[1:]] or sorted(NOTEBOOKS.glob("*.ipynb"))
    for path in paths:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder, path.name)
            copy.write_bytes(path.read_bytes())
            command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "notebook"]
            subprocess.run([*command, "--execute", "--inplace", str(copy)], check=True)
            notebook = json.loads(copy.read_text(encoding="utf-8"))
        path.write_text(
            json.dumps(cleaned(notebook), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )


def cleaned(notebook: dict) -> dict:
    notebook["metadata"].pop("widgets", None)
    notebook["metadata"]["language_info"] = {"name": "python"}
    for cell in notebook["cells"]:
        cell["metadata"].pop("execution", None)
        if cell["cell_type"] != "code":
            continue
        outputs = []
        for output in cell["outputs"]:
            data = output.get("data", {})
            # A progress bar is a view with nothing to see behind it.
            bare = data.pop(VIEW, None) is not None and "text/html" not in data
            if LOCAL.search(json.dumps(data.get("text/html", ""))):
                del data["text/html"]
            if not bare and not LOCAL.search(json.dumps(output)):
                outputs.append(output)
        cell["outputs"] = outputs
    return notebook


if __name__ == "__main__":
    main()
