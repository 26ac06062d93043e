"""The ids of the messages that an operator may look for in the journal."""

import re
from pathlib import Path

(_SOURCE,) = (Path(__file__).parents[3] / "Sources").rglob("MessageID.swift")

# By their names in the source.
MESSAGES: dict[str, str] = dict(re.findall(r'case (\w+) = "([0-9a-f]{32})"', _SOURCE.read_text()))
