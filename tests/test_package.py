"""What a user gets: the wheel in an empty environment, and a program that starts at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import valuestream

ROOT = Path(__file__).resolve().parents[1]
HEAVY = {"duckdb", "numpy", "pydantic", "numba", "pyarrow", "rich", "ruamel", "holidays", "pandas"}

SMALL = """item,time,state
A,2024-01-01T09:00:00Z,todo
A,2024-01-02T09:00:00Z,dev
A,2024-01-04T09:00:00Z,done
B,2024-01-01T10:00:00Z,todo
B,2024-01-03T10:00:00Z,dev
B,2024-01-05T10:00:00Z,done
"""


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Standard output of a command that must succeed, away from this checkout and its PYTHONPATH."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VSM_", "VIRTUAL"))}
    ran = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**clean, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode == 0, f"{command} left with {ran.returncode}\n{ran.stdout[-3000:]}\n{ran.stderr[-3000:]}"
    return ran.stdout


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an empty environment in which the built wheel is installed."""
    here = tmp_path_factory.mktemp("package")
    pip = ("-m", "pip", "--disable-pip-version-check", "--no-input")
    run(sys.executable, *pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", here / "dist", ROOT)
    [wheel] = (here / "dist").glob("valuestream-*.whl")
    venv.create(here / "venv", with_pip=True)
    bin_dir = here / "venv" / ("Scripts" if os.name == "nt" else "bin")
    install = (bin_dir / "python", *pip, "install", "--quiet")
    run(*install, "--require-hashes", "-r", ROOT / "requirements.lock")
    run(*install, "--no-deps", wheel)
    return bin_dir


@pytest.mark.slow
@pytest.mark.xdist_group("package")
class TestAnInstalledWheel:
    def test_says_its_version(self, scripts: Path) -> None:
        assert valuestream.__version__ in run(scripts / "vsm", "--version")
        assert run(scripts / "python", "-m", "valuestream", "--version") == run(scripts / "vsm", "--version")

    def test_has_all_it_depends_on(self, scripts: Path) -> None:
        assert "No broken requirements" in run(scripts / "python", "-m", "pip", "check")

    def test_carries_its_types_and_the_schemas_of_its_documents(self, scripts: Path, tmp_path: Path) -> None:
        files = "import importlib.resources as r; p = r.files('valuestream'); print(*(f.name for f in p.iterdir()))"
        names = run(scripts / "python", "-c", files, cwd=tmp_path).split()
        assert {"py.typed", "schemas"} <= set(names)

    def test_draws_the_demo(self, scripts: Path, tmp_path: Path) -> None:
        assert run(scripts / "vsm", "demo", "--svg", "demo.svg", cwd=tmp_path).strip()
        assert (tmp_path / "demo.svg").read_text(encoding="utf-8").lstrip().startswith(("<svg", "<?xml"))

    def test_maps_a_file_of_two_items(self, scripts: Path, tmp_path: Path) -> None:
        (tmp_path / "small.csv").write_text(SMALL, encoding="utf-8")
        assert "dev" in run(scripts / "vsm", "map", "small.csv", cwd=tmp_path).lower()
        document = json.loads(run(scripts / "vsm", "map", "small.csv", "--json", cwd=tmp_path))
        # A took 3 days, B took 4
        assert document["items"]["finished"] == 2
        assert document["totals"]["lead_time_s"]["mean"] == 3.5 * 86_400


@pytest.mark.parametrize(
    "code",
    [
        "import valuestream",
        "import sys; sys.argv = ['vsm', '--help']; from valuestream.cli.main import main; main()",
        "import sys; sys.argv = ['vsm', 'map', '--help']; from valuestream.cli.main import main; main()",
        "import sys; sys.argv = ['vsm', '--version']; from valuestream.cli.main import main; main()",
    ],
    ids=["import", "help", "help of a command", "version"],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(code: str) -> None:
    watched = f"import atexit, sys; atexit.register(lambda: print('LOADED', *sorted(sys.modules))); {code}"
    ran = subprocess.run([sys.executable, "-c", watched], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    loaded = set(ran.stdout.rpartition("LOADED ")[2].split())
    assert "valuestream" in loaded
    assert not HEAVY & loaded
