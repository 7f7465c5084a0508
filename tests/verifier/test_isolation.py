"""The verifier stands alone: it runs where nothing else of the project, and of other packages only
`cryptography`, can be imported.

A copy of auction/verifier is put into an empty folder and run by `python -I -S` (no site-packages,
no environment, no current folder). A small program puts onto the path: that copy, and a folder of
links to `cryptography` and what it needs itself (`cffi`, `_cffi_backend`); then it installs an
import hook that fails on any other `auction.*`, and on anything that is not of Python itself.
"""

import ast
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from verifier import forging
from verifier.forging import honest

from auction.services.bundle import Kind

PACKAGE = Path(__file__).parents[2] / "auction" / "verifier"
ALLOWED = ("cryptography", "cffi", "_cffi_backend", "pycparser")
DRIVER = """
import sys
sys.path[:0] = [{place!r}, {packages!r}]

class OnlyTheVerifier:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        alone = name == "auction" or (name + ".").startswith("auction.verifier.")
        if top in {allowed!r} or top in sys.stdlib_module_names or alone:
            return None
        raise ImportError("not in this environment: " + name)

sys.meta_path.insert(0, OnlyTheVerifier())
try:
    import auction.core
except ImportError:
    pass
else:
    raise SystemExit(99)
from auction.verifier.__main__ import main
code = main(sys.argv[1:])
ours = [m + "." for m in sys.modules if m.startswith("auction.")]
foreign = [m for m in ours if not m.startswith("auction.verifier.")]
raise SystemExit(98 if foreign else code)
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The copied verifier, the linked packages, a bundle of each kind."""
    folder = tmp_path_factory.mktemp("alone")
    (folder / "src" / "auction").mkdir(parents=True)
    (folder / "src" / "auction" / "__init__.py").write_text("")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, folder / "src" / "auction" / "verifier", ignore=ignored)
    packages = folder / "packages"
    packages.mkdir()
    for name in ALLOWED:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            continue
        origin = Path(spec.origin)
        target = origin.parent if origin.name == "__init__.py" else origin
        (packages / target.name).symlink_to(target)
    driver = DRIVER.format(place=str(folder / "src"), packages=str(packages), allowed=set(ALLOWED))
    (folder / "driver.py").write_text(driver)
    (folder / "trust.json").write_text(json.dumps(forging.trust_data(honest())))
    for kind in Kind:
        (folder / f"{kind}.zip").write_bytes(honest().bundle(kind))
    return folder


def alone(place: Path, kind: Kind) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", str(place / "driver.py"), str(place / f"{kind}.zip")]
    return subprocess.run(
        [*command, "--trust", str(place / "trust.json")],
        cwd=place,
        capture_output=True,
        encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8"},
        timeout=60,
    )


def test_it_runs_in_an_environment_that_holds_nothing_else(place: Path) -> None:
    done = alone(place, Kind.AUDITOR)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("PASS") == 13
    public = alone(place, Kind.PUBLIC)
    assert public.returncode == 2, "bidder signatures were not checked, and that is not permitted"
    assert "bidder signatures were not checked" in public.stdout


def test_it_imports_nothing_else_of_the_project() -> None:
    imported = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, file
                imported.add(node.module or "")
    foreign = {
        name
        for name in imported
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not name.startswith(("auction.verifier", "cryptography", "rfc3161_client"))
    }
    assert foreign == set()
