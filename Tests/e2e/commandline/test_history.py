"""`telemetry history` and `telemetry types`."""

import csv
import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from e2e.commandline.fake_server import answering
from e2e.commandline.terminal import Terminal
from e2e.support.server import Server, command
from e2e.support.tokens import READER
from e2e.support.waiting import wait_until

# A night in Vienna, from 22:00 to 06:00: a value every minute, and none from 01:00 to 02:00.
START = datetime(2026, 5, 20, 20, tzinfo=UTC)
SPAN = ["--since", "2026-05-20T20:00:00Z", "--until", "2026-05-21T04:00:00Z"]
UTF8 = {"LC_ALL": "C.UTF-8", "TZ": "Europe/Vienna"}
BRAILLE = range(0x2800, 0x2900)


def _time(minute: int) -> str:
    return (START + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _record_night(server: Server) -> None:
    lines = []
    for minute in [*range(180), *range(240, 480)]:
        data = {"wind_mps": 3 + minute % 2, "sky": "clear" if minute < 120 else "cloudy", "open": minute < 300}
        if minute == 60:
            data["wind_mps"] = 25
        lines.append(json.dumps({"type": "weather", "ts": _time(minute), "data": data}))
    body = "\n".join(lines).encode()
    assert server.post("/events", body, {"Content-Type": "application/x-ndjson"}).status == 200
    wait_until(lambda: _types(server).get("weather", {}).get("events") == 420, "the events are indexed", server.log)


def _types(server: Server) -> dict[str, dict]:
    return {found["type"]: found for found in server.get("/types").json["types"]}


@pytest.fixture(scope="module")
def night(shared_server) -> Server:
    _record_night(shared_server)
    return shared_server


def _shown(server: Server, *arguments: str, **options) -> str:
    done = command(*arguments, "--port", str(server.port), **options)
    assert done.returncode == 0, done
    return done.stdout


def _on_terminal(server: Server, *arguments: str, columns: int = 80, rows: int = 40, **env: str) -> Terminal:
    """A terminal in which a command has run to its end."""
    terminal = Terminal(*arguments, "--port", str(server.port), columns=columns, rows=rows, env=UTF8 | env)
    with terminal:
        assert terminal.wait() == 0, terminal.text
    return terminal


def _columns(lines: list[str]) -> set[int]:
    """In which columns something is drawn."""
    return {column for line in lines for column, sign in enumerate(line) if ord(sign) in BRAILLE}


def test_on_a_terminal_a_field_is_a_plot_with_its_axes(night):
    lines = _on_terminal(night, "history", "weather", "wind_mps", *SPAN).text.splitlines()

    assert lines[0] == "weather  2026-05-20 22:00 to 2026-05-21 06:00 CEST, 5 min a bucket"
    assert lines[1].startswith("wind_mps  last 4  min 3  mean 3.55") and lines[1].endswith("max 25")
    *plot, axis, times, dates = lines[2:]
    assert [line.split("┤")[0].strip() for line in plot if "┤" in line] == ["25", "20", "15", "10", "5"]
    assert len(axis) == 80 and set(axis.strip()) == set("└─┬")
    assert times.split() == ["22:00", "23:00", "00:00", "01:00", "02:00", "03:00", "04:00", "05:00"]
    assert dates.split() == ["2026-05-20", "2026-05-21"]
    # The spike of one minute is there, to its full height, at 23:00.
    spike = times.index("23:00") + 2
    assert any(ord(sign) in BRAILLE for sign in plot[0][spike - 1 : spike + 2])


def test_nothing_is_drawn_in_a_gap(night):
    def drawn(*arguments: str) -> tuple[set[int], range]:
        lines = _on_terminal(night, "history", "weather", "wind_mps", *SPAN, *arguments).text.splitlines()
        times = lines[-2]
        return _columns(lines[2:-3]), range(times.index("01:00") + 4, times.index("02:00") + 1)

    columns, gap = drawn()
    assert len(gap) > 5 and not columns & set(gap)
    columns, gap = drawn("--gap", "2h")
    assert set(gap) <= columns


def test_states_are_a_bar_with_a_legend(night):
    lines = _on_terminal(night, "history", "weather", "sky", "open", *SPAN, NO_COLOR="1").text.splitlines()

    assert lines[0] == "weather  2026-05-20 22:00 to 2026-05-21 06:00 CEST"
    assert lines[1] == "sky  last cloudy"
    # A quarter of it is clear.
    assert 19 <= lines[2].count("▒") <= 20 and lines[2].index("▒") < lines[2].index("█")
    assert lines[3].strip() == "█ cloudy 6 h, 75 %   ▒ clear 2 h, 25 %"
    assert lines[4] == "open  last false"
    assert lines[6].strip() == "█ true 5 h, 63 %   ▒ false 3 h, 38 %"


def test_all_fields_stand_above_each_other_over_one_axis(night):
    text = _on_terminal(night, "history", "weather", *SPAN).text
    titles = [line.split()[0] for line in text.splitlines() if "  last " in line]
    assert titles == ["wind_mps", "open", "sky"]
    assert text.count("└") == 1


@pytest.mark.parametrize("columns", [30, 80, 200])
def test_it_is_as_wide_as_the_terminal(columns, night):
    lines = _on_terminal(night, "history", "weather", *SPAN, columns=columns).text.splitlines()
    assert max(len(line) for line in lines) == columns
    assert any(len(line) == columns and "┬" in line for line in lines)


def test_columns_names_another_width(night):
    lines = _on_terminal(night, "history", "weather", *SPAN, columns=100, COLUMNS="60").text.splitlines()
    assert max(len(line) for line in lines) == 60


def test_colours_are_for_terminals_that_have_them(night):
    arguments = ("history", "weather", "wind_mps", *SPAN)
    assert b"\x1b[1;32m" in _on_terminal(night, *arguments).raw
    assert b"\x1b" not in _on_terminal(night, *arguments, NO_COLOR="1").raw
    assert b"\x1b" not in _on_terminal(night, *arguments, TERM="dumb").raw
    assert "\x1b" not in _shown(night, *arguments)


def test_the_characters_are_those_that_the_terminal_has(night):
    arguments = ("history", "weather", *SPAN)
    assert any(ord(sign) in BRAILLE for sign in _on_terminal(night, *arguments).text)
    console = _on_terminal(night, *arguments, TERM="linux").text
    assert "░" in console and not any(ord(sign) in BRAILLE for sign in console)
    assert _on_terminal(night, *arguments, LC_ALL="C").text.isascii()


def test_into_a_pipe_it_is_lines(night):
    out = _shown(night, "history", "weather", "wind_mps", "sky", *SPAN, "--points", "8")
    series, states = (part.splitlines() for part in out.split("\n\n"))

    assert series[0].split() == ["TIME", "FIELD", "N", "MIN", "MEAN", "MAX", "LAST"]
    assert [line.split()[2] for line in series[1:]] == ["60", "60", "60", "60", "60", "60", "60"]
    assert series[2].split() == ["2026-05-20T21:00:00.000Z", "wind_mps", "60", "3", "3.86667", "25", "4"]
    assert [line.split() for line in states] == [
        ["FROM", "TO", "FIELD", "STATE"],
        [_time(0), _time(120), "sky", '"clear"'],
        [_time(120), _time(480), "sky", '"cloudy"'],
    ]


def test_csv_and_json_are_the_server_s(night):
    query = "/history/weather?field=wind_mps&from=2026-05-20T20:00:00Z&to=2026-05-21T04:00:00Z&points=100"
    arguments = ("history", "weather", "wind_mps", *SPAN, "--points", "100")

    assert _shown(night, *arguments, "--json") == night.get(query).body.decode() + "\n"
    table = _shown(night, *arguments, "--csv")
    assert table.encode() == night.get(query + "&format=csv").body.replace(b"\r\n", b"\n")
    assert max(float(row["max"]) for row in csv.DictReader(table.splitlines())) == 25
    both = _shown(night, "history", "weather", "sky", "wind_mps", *SPAN, "--json").splitlines()
    assert [list(json.loads(line))[1] for line in both] == ["from", "field"]


def test_a_run_has_its_own_history(server):
    server.record("n", 1, ts="2026-05-20T20:00:00Z")
    server.start_run(run_id="M42")
    server.record("n", 2, ts="2026-05-20T21:00:00Z")
    server.record("n", 4, ts="2026-05-20T21:00:01Z")
    wait_until(lambda: _types(server).get("n", {}).get("events") == 3, "the events are indexed", server.log)

    rows = list(csv.DictReader(_shown(server, "history", "n", "--run", "M42", "--csv").splitlines()))

    assert [float(row["mean"]) for row in rows] == [2, 4]


def _refusal(server: Server, *arguments: str) -> str:
    done = command(*arguments, "--port", str(server.port))
    assert (done.returncode, done.stdout) == (1, ""), done
    return done.stderr


def test_what_is_not_there_is_told_with_what_is(night):
    assert "'telemetry types' lists what was" in _refusal(night, "history", "dome")
    assert "'telemetry types' lists what was" in _refusal(night, "types", "dome*")
    message = _refusal(night, "history", "weather", "wind")
    assert "no field 'wind'; it has open, sky, wind_mps" in message
    assert "query.from" in _refusal(night, "history", "weather", "--since", "yesterday")
    assert "query.gap" in _refusal(night, "history", "weather", "--gap", "long")
    assert "M43" in _refusal(night, "history", "weather", "--run", "M43")


@pytest.mark.parametrize("status", ["404 Not Found", "405 Method Not Allowed"])
@pytest.mark.parametrize(
    "arguments", [["types"], ["history", "n"], ["history", "n", "--json"], ["history", "n", "--csv"]]
)
def test_a_server_without_a_history_is_told(arguments, status):
    with answering(json.dumps({"detail": status[4:]}), status) as server:
        done = command(*arguments, "--host", "127.0.0.1", "--port", server.port)
    assert done.returncode == 1
    assert "keeps no history" in done.stderr and "older" in done.stderr


def test_a_history_that_is_turned_off_is_told(make_server):
    server = make_server("--no-history").start()
    for arguments in (["types"], ["history", "n"], ["history", "n", "--csv"]):
        assert "--no-history" in _refusal(server, *arguments)


def test_an_answer_that_is_none_is_refused():
    with answering('{"types":{}}') as server:
        done = command("types", "--host", "127.0.0.1", "--port", server.port)
    assert done.returncode == 69 and "not a list of types" in done.stderr


def test_a_token_is_asked_for(make_server, token_file):
    server = make_server("--token-file", str(token_file)).start()
    assert "(401)" in _refusal(server, "types")
    assert command("types", "--port", str(server.port), env={"PANOPTES_TELEMETRY_TOKEN": READER}).returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["n", "--points", "0"],
        ["n", "--points", "10001"],
        ["n", "--csv", "--json"],
        ["n", "--rebuild"],
        ["n", "--site-dir", "/tmp"],
    ],
)
def test_what_makes_no_sense_is_wrong_usage(arguments):
    assert command("history", *arguments).returncode == 64


def test_types_have_their_fields_and_ages(night):
    lines = [line.split() for line in _shown(night, "types", "weather").splitlines()]
    assert lines[0][:8] == ["weather", "420", "events,", "one", "every", "1", "min,", "the"]
    assert lines[0][-1] == "ago"
    assert lines[1:] == [["open", "boolean", "false"], ["sky", "string", '"cloudy"'], ["wind_mps", "number", "4"]]


def test_types_are_chosen_by_their_beginning(server):
    for name in ["weather", "weather_roof", "dome"]:
        server.record(name, {"a": 1})
    wait_until(lambda: len(_types(server)) == 3, "the events are indexed", server.log)

    def chosen(*arguments: str) -> list[str]:
        return [found["type"] for found in json.loads(_shown(server, "types", *arguments, "--json"))["types"]]

    assert chosen() == ["dome", "weather", "weather_roof"]
    assert chosen("weather*") == ["weather", "weather_roof"]
    assert chosen("weather") == ["weather"]


def test_without_events_there_are_no_types(server):
    assert _shown(server, "types") == "No types\n"


def test_types_fit_the_terminal(server):
    server.record("weather", {"text": "long " * 12, "name": "\x1b[31mred"})
    wait_until(lambda: _types(server), "the event is indexed", server.log)
    terminal = _on_terminal(server, "types", columns=40, NO_COLOR="1")
    assert max(len(line) for line in terminal.text.splitlines()) == 40
    assert b"\x1b" not in terminal.raw and "…" in terminal.text


def _rebuild(server: Server) -> subprocess.CompletedProcess:
    return command("history", "--rebuild", "--site-dir", str(server.site_dir))


def test_the_index_is_made_anew_while_no_server_runs(make_server):
    server = make_server().start()
    _record_night(server)
    before = _shown(server, "history", "weather", *SPAN, "--csv")
    held = _rebuild(server)
    assert held.returncode == 75 and "telemetry stop" in held.stderr
    server.stop()
    index = server.site_dir / ".telemetry/index"
    for file in index.rglob("*"):
        if file.is_file():
            file.write_bytes(b"damaged")

    done = _rebuild(server)

    assert done.returncode == 0 and "anew" in done.stdout, done
    server.arguments[server.arguments.index("--port") + 1] = "0"
    server.start()
    wait_until(lambda: _types(server).get("weather", {}).get("events") == 420, "the events are indexed", server.log)
    assert _shown(server, "history", "weather", *SPAN, "--csv") == before


def test_what_is_no_site_directory_is_not_rebuilt(tmp_path):
    done = command("history", "--rebuild", "--site-dir", str(tmp_path))
    assert done.returncode == 64 and "site directory of a server" in done.stderr
    assert command("history", "--rebuild", "--site-dir", str(tmp_path / "none")).returncode == 66
