"""JSON that is accepted: the same value for every reader of the file, and in the answers."""

from pathlib import Path

import pytest

from e2e.json import readers
from e2e.json.accepted import ACCEPTED, ALIKE
from e2e.json.readers import strict_json
from e2e.support.server import Response, Server


@pytest.fixture(scope="module")
def recorded(shared_server: Server) -> tuple[dict[str, Response], Path]:
    """What each text was answered when it was posted as the data of an event, and the file they are in."""
    connection = shared_server.connect()
    answers = {}
    for name, text in ACCEPTED.items():
        connection.request("POST", "/event", b'{"type":"json","data":%b}' % text, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answers[name] = Response(response.status, response.headers, response.read())
    connection.close()
    (path,) = shared_server.site_dir.glob("site_*.ndjson")
    return answers, path


@pytest.fixture(scope="module")
def read(recorded) -> dict[str, dict]:
    """What each reader finds in the file."""
    _, path = recorded
    return {reader.__name__: reader(path) for reader in (readers.python, readers.jq, readers.duckdb_text)}


def test_there_are_as_many_cases_as_promised():
    assert len(ACCEPTED) >= 150


@pytest.mark.parametrize("name", ACCEPTED)
def test_every_reader_finds_the_value_that_was_posted(name, recorded, read):
    answer = recorded[0][name]
    assert answer.status == 200, answer
    value = strict_json(ACCEPTED[name])
    event = strict_json(answer.body)
    seq = event["seq"]

    assert exactly(event["data"]) == exactly(value)
    assert exactly(read["python"][seq]) == exactly(value)
    assert exactly(read["duckdb_text"][seq]) == exactly(value)
    # jq 1.6 takes every number for a double.
    assert rounded(read["jq"][seq]) == rounded(value)


def test_the_file_holds_a_line_for_each_and_nothing_else(recorded):
    answers, path = recorded
    assert list(readers.python(path)) == [strict_json(answer.body)["seq"] for answer in answers.values()]


@pytest.mark.parametrize("name", [name for name in ACCEPTED if name not in ALIKE])
def test_duckdb_finds_out_the_types_of_each_line_by_itself(name, recorded, tmp_path):
    answers, path = recorded
    lines = {strict_json(line)["seq"]: line for line in path.read_bytes().splitlines()}
    (tmp_path / "line.ndjson").write_bytes(lines[strict_json(answers[name].body)["seq"]] + b"\n")

    assert readers.duckdb_columns(tmp_path / "line.ndjson") == 1


def exactly(value):
    """A value that is equal to another one only if all types are, and all signs of zeros."""
    if isinstance(value, dict):
        return {name: exactly(member) for name, member in value.items()}
    if isinstance(value, list):
        return [exactly(element) for element in value]
    return type(value), repr(value)


def rounded(value):
    """A value with doubles for numbers; 17 digits tell each double, and jq writes so many."""
    if isinstance(value, dict):
        return {name: rounded(member) for name, member in value.items()}
    if isinstance(value, list):
        return [rounded(element) for element in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return float(value)
