"""An index that is gone, broken or another one's: recording goes on, and the history is made again from the files."""

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.history import asking
from e2e.history.checks import check_all
from e2e.history.oracle import Oracle
from e2e.support.refusals import detail_text

ROUNDS = 3


def _files(index: Path) -> list[Path]:
    found = sorted(path for path in index.rglob("*") if path.is_file() and path.stat().st_size)
    assert found, f"there is no index in {index}"
    return found


def _some(choices: random.Random, index: Path) -> list[Path]:
    files = _files(index)
    return choices.sample(files, choices.randrange(1, len(files) + 1))


def _truncate(choices: random.Random, index: Path) -> None:
    for path in _files(index):
        os.truncate(path, choices.randrange(path.stat().st_size))


def _truncate_a_little(choices: random.Random, index: Path) -> None:
    for path in _files(index):
        os.truncate(path, max(0, path.stat().st_size - choices.randrange(1, 200)))


def _empty(choices: random.Random, index: Path) -> None:
    for path in _some(choices, index):
        path.write_bytes(b"")


def _flip(choices: random.Random, index: Path, first: float = 0, last: float = 1) -> None:
    for path in _files(index):
        content = bytearray(path.read_bytes())
        for _ in range(choices.choice([1, 1, 20])):
            place = choices.randrange(int(first * len(content)), max(1, int(last * len(content))))
            content[place] ^= 1 << choices.randrange(8)
        path.write_bytes(content)


def _flip_heads(choices: random.Random, index: Path) -> None:
    """Whatever stands there: the format, its version, what the file is of."""
    for path in _files(index):
        content = bytearray(path.read_bytes())
        place = choices.randrange(min(64, len(content)))
        content[place] = (content[place] + choices.randrange(1, 256)) % 256
        path.write_bytes(content)


def _of_another_version(choices: random.Random, index: Path) -> None:
    """Each byte of the first 16 is one more in some file: one of them is the version."""
    for number, path in enumerate(_files(index)):
        content = bytearray(path.read_bytes())
        place = number % min(16, len(content))
        content[place] = (content[place] + 1) % 256
        path.write_bytes(content)


def _swap(choices: random.Random, index: Path) -> None:
    files = _files(index)
    contents = [path.read_bytes() for path in files]
    shuffled = contents[1:] + contents[:1]
    for path, content in zip(files, shuffled, strict=True):
        path.write_bytes(content)


def _append(choices: random.Random, index: Path) -> None:
    for path in _some(choices, index):
        with path.open("ab") as file:
            file.write(choices.randbytes(choices.randrange(1, 5_000)))


def _zero_a_page(choices: random.Random, index: Path) -> None:
    """What a crash leaves of a block that was allocated and not written."""
    for path in _files(index):
        content = bytearray(path.read_bytes())
        begin = choices.randrange(len(content)) // 4_096 * 4_096
        content[begin : begin + 4_096] = bytes(len(content[begin : begin + 4_096]))
        path.write_bytes(content)


def _other_things(choices: random.Random, index: Path) -> None:
    """A link that leads nowhere and a pipe in the places of files, and files that nobody knows."""
    files = _files(index)
    for path, make in zip(files, (lambda path: path.symlink_to("nowhere"), os.mkfifo), strict=False):
        path.unlink()
        make(path)
    (index / "unknown").write_bytes(b"unknown")
    (index / f"{files[-1].name}.new").write_bytes(files[-1].read_bytes()[:100])


def _delete_some(choices: random.Random, index: Path) -> None:
    for path in _some(choices, index):
        path.unlink()


def _delete(choices: random.Random, index: Path) -> None:
    shutil.rmtree(index)


DAMAGES = [
    _delete,
    _delete_some,
    _empty,
    _truncate,
    _truncate_a_little,
    _flip,
    _flip_heads,
    _of_another_version,
    _swap,
    _append,
    _zero_a_page,
    _other_things,
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__.strip("_").replace("_", " "))
def test_history_is_right_again_after_its_index_was_damaged(
    damage: Callable, small_winter, make_winter_server, history_choices
):
    oracle = small_winter.oracle
    for _ in range(ROUNDS):
        damage(history_choices, small_winter.site_dir / ".telemetry/index")
        server = make_winter_server(site_dir=small_winter.site_dir).start()

        asking.wait_until_ready(server)
        check_all(server, oracle, history_choices, spans_per_type=1)

        assert server.stop() == 0


@pytest.mark.parametrize("damage", [_delete, _truncate, _flip], ids=["delete", "truncate", "flip"])
def test_recording_and_asking_go_on_when_the_index_is_damaged_under_a_server(
    damage: Callable, small_winter, make_winter_server, history_choices
):
    server = make_winter_server(site_dir=small_winter.site_dir).start()
    asking.wait_until_ready(server)
    damage(history_choices, small_winter.site_dir / ".telemetry/index")

    for event_type in small_winter.oracle.types():
        _, first, last = small_winter.oracle.summary(event_type)
        response = asking.ask(server, asking.Span(event_type, first, last), points=100)
        assert response.status in (200, 503) or "as far as the history is built" in detail_text(response, 404)
    for number in range(10):
        server.record("posted", {"v": number})
    assert server.stop() == 0
    server.start()
    asking.wait_until_ready(server)
    check_all(server, Oracle(small_winter.site_dir), history_choices, spans_per_type=1)


def test_a_file_that_was_changed_since_is_indexed_anew(small_winter, make_winter_server, history_choices):
    """Lines are appended to one, cut off from another, changed in the midst of a third, and two change their names."""
    site_dir = small_winter.site_dir
    lines = (site_dir / "site_20260106.ndjson").read_bytes().splitlines(keepends=True)
    (site_dir / "site_20260106.ndjson").write_bytes(b"".join(lines[: len(lines) // 2]))
    path = site_dir / "site_20251114.ndjson"
    path.write_bytes(path.read_bytes() + b"".join(lines[len(lines) // 2 :]))
    path = site_dir / "site_20251102.ndjson"
    content = path.read_bytes()
    new = path.with_name("new")
    new.write_bytes(content.replace(b'"wide 07"', b'"wide 08"'))
    new.rename(path)
    (site_dir / "site_20251120.ndjson").unlink()
    server = make_winter_server(site_dir=site_dir).start()

    asking.wait_until_ready(server)
    check_all(server, Oracle(site_dir), history_choices, spans_per_type=1)


def test_an_index_that_may_not_be_written_is_behind_and_recording_goes_on(small_winter, make_winter_server):
    index = small_winter.site_dir / ".telemetry/index"
    shutil.rmtree(index)
    index.write_text("in the way")
    server = make_winter_server(site_dir=small_winter.site_dir).start()

    for number in range(10):
        server.record("posted", {"v": number})

    ready = server.get("/ready")
    assert ready.status == 200 and ready.json["history"] in ("behind", "ready")
    assert index.read_text() == "in the way" or index.is_dir()
