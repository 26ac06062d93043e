"""The recipes of docs/reading.md."""

import re
from pathlib import Path

_PAGE = Path(__file__).parents[3] / "docs/reading.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def recipes() -> dict[str, list[tuple[str, str]]]:
    """The fenced blocks under each heading, each with its language."""
    sections = _PAGE.read_text().split("\n## ")[1:]
    blocks = {section.partition("\n")[0]: _BLOCK.findall(section) for section in sections}
    return {heading: found for heading, found in blocks.items() if found}


def recipe(heading: str, server) -> list[str]:
    """The blocks under a heading, for a server that listens elsewhere."""
    return [text.replace("localhost:6562", f"127.0.0.1:{server.port}") for _, text in recipes()[heading]]
