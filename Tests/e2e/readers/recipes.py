"""The recipes of docs/reading.md and docs/history.md."""

import re
from pathlib import Path

_PAGES = Path(__file__).parents[3] / "docs"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def recipes(page: str = "reading.md") -> dict[str, list[tuple[str, str]]]:
    """The fenced blocks under each heading, each with its language."""
    sections = (_PAGES / page).read_text().split("\n## ")[1:]
    blocks = {section.partition("\n")[0]: _BLOCK.findall(section) for section in sections}
    return {heading: found for heading, found in blocks.items() if found}


def recipe(heading: str, server, page: str = "reading.md") -> list[str]:
    """The blocks under a heading, for a server that listens elsewhere."""
    return [text.replace("localhost:6562", f"127.0.0.1:{server.port}") for _, text in recipes(page)[heading]]
