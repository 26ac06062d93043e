"""The manual pages name every command and option that there is, and no other."""

import json
import re
from pathlib import Path

import pytest

from e2e.support.server import command

PAGES = Path(__file__).parents[3] / "packaging" / "man"
# Every command has these.
COMMON_OPTIONS = {"help", "version"}


def _commands() -> dict[str, set[str]]:
    """The options of each command, and of the commands below it."""
    tool = json.loads(command("--experimental-dump-help").stdout)
    return {found["commandName"]: _options(found) for found in tool["command"]["subcommands"]}


def _options(found: dict) -> set[str]:
    names = [name for argument in found.get("arguments", []) for name in argument.get("names", [])]
    own = {name["name"] for name in names if name["kind"] == "long"}
    return own.union(*(_options(below) for below in found.get("subcommands", []) if below["commandName"] != "help"))


def _documented_options(page: Path) -> set[str]:
    return set(re.findall(r"\bFl Fl ([a-z][a-z-]*)", page.read_text()))


def _page(name: str) -> Path | None:
    """The page of a command, if it has one. Two commands may have one page, and the other's name leads to it."""
    page = PAGES / f"telemetry-{name}.1"
    if not page.exists():
        return None
    source = re.fullmatch(r"\.so man1/(\S+)\n", page.read_text())
    return PAGES / source[1] if source else page


def _described_by(page: Path) -> list[str]:
    return [name for name in _commands() if _page(name) == page]


def test_the_overview_names_every_command_and_no_other():
    section = (PAGES / "telemetry.1").read_text().split(".Sh COMMANDS")[1].split(".Sh ")[0]

    assert set(re.findall(r"^\.It Cm (\S+)", section, re.MULTILINE)) == set(_commands())


def _options_told_by_the_overview() -> set[str]:
    """Those of every command, of all that ask a server, and of commands without a page of their own."""
    commands = _commands()
    asking = [options for options in commands.values() if "timeout" in options]
    lonely = [options for name, options in commands.items() if not _page(name)]
    return COMMON_OPTIONS | set.intersection(*asking) | set.union(*lonely)


@pytest.mark.parametrize("name", sorted(path.stem.partition("-")[2] for path in PAGES.glob("telemetry-*.1")))
def test_the_page_of_a_command_names_its_options_and_no_other(name):
    page = _page(name)
    documented, options = _documented_options(page), set.union(*(_commands()[each] for each in _described_by(page)))

    assert documented - options == set()
    asks = "timeout" in options
    assert options - documented - COMMON_OPTIONS - (_options_told_by_the_overview() if asks else set()) == set()


def test_the_overview_names_the_options_of_commands_without_a_page_and_no_other():
    assert _documented_options(PAGES / "telemetry.1") == _options_told_by_the_overview()


def test_every_page_is_referred_to():
    overview = (PAGES / "telemetry.1").read_text()

    for page in PAGES.iterdir():
        assert page.name == "telemetry.1" or f"Xr {page.stem} {page.suffix[1:]}" in overview
