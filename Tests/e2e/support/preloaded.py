"""Libraries that are loaded before all others, and let system calls wait or fail when a test says so."""

import shutil
import subprocess
from pathlib import Path


def build_library(name: str, directory: Path) -> Path:
    """Compiles support/NAME.c to a shared library in the directory."""
    compiler = shutil.which("cc")
    assert compiler, f"there is no C compiler 'cc' for {name}.c: scripts/install-dependencies --tests installs gcc"
    library = directory / f"{name}.so"
    source = Path(__file__).with_name(f"{name}.c")
    options = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror"]
    subprocess.run([compiler, *options, "-o", library, source, "-ldl"], check=True)
    return library


def put_whole(path: Path, content: str) -> None:
    """Writes a file that others look for: they find it with all of its content or not at all."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(content)
    new.rename(path)
