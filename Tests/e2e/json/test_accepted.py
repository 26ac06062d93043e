"""JSON that is accepted: the same value for every reader of the file, and in the answers."""

import math
from pathlib import Path

import pytest

from e2e.json import readers
from e2e.json.accepted import ACCEPTED, ALIKE, MIXED
from e2e.json.readers import AS_THEY_COME, strict_json
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


# What a reader takes only if it is told the type of `data`: see docs/testing.md.
_TO_BE_TOLD = {
    "pandas": set(),
    "Polars": MIXED | set(ALIKE) - {"names that differ by their case"},
    "DuckDB": set(ALIKE),
}


@pytest.mark.parametrize(
    ("reader", "name"),
    [(reader, name) for reader, told in _TO_BE_TOLD.items() for name in ACCEPTED if name not in told],
)
def test_a_reader_finds_out_the_types_of_each_line_by_itself(reader, name, recorded, tmp_path):
    answers, path = recorded
    seq = strict_json(answers[name].body)["seq"]
    (line,) = [line for line in path.read_bytes().splitlines(keepends=True) if line.startswith(b'{"seq":%d,' % seq)]
    (tmp_path / "line.ndjson").write_bytes(line)

    found = AS_THEY_COME[reader](tmp_path / "line.ndjson")

    value = strict_json(ACCEPTED[name])
    if isinstance(value, int | float) and not isinstance(value, bool):
        # pandas does not compute the last digits.
        assert math.isclose(found, value, rel_tol=1e-12, abs_tol=1e-320), found


def test_pandas_reads_the_whole_file(recorded):
    answers, path = recorded
    assert len(readers.pandas.read_json(path, lines=True)) == len(answers)


def test_polars_reads_the_whole_file_when_it_is_told_that_data_is_a_string(recorded):
    answers, path = recorded
    schema = {"seq": readers.polars.Int64, "data": readers.polars.String}
    assert readers.polars.read_ndjson(path, schema=schema)["seq"].to_list() == list(range(1, len(answers) + 1))


def test_pandas_reads_a_run_whose_meta_has_numbers_that_it_does_not_take(server):
    meta = b'{"serial":59506750011601810000.0,"offsets":[0e999]}'
    assert server.post("/run/start", b'{"run_id":"a","meta":%b}' % meta).status == 200

    run = readers.pandas.read_json(server.site_dir / "a/run.json", lines=True)
    assert run["meta"][0] == {"serial": pytest.approx(5.950675001160181e19), "offsets": [0.0], "run_id": "a"}


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
