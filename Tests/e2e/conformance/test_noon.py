"""The site stream goes on in a new file at local noon, in every zone and on every day."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from e2e.support import stored
from e2e.support.server import command

# Days, in each zone, on which clocks change: the noon before, the noon of that day and the noon after are tested.
CHANGES = {
    "America/New_York": ["2026-03-08", "2026-11-01"],
    "Europe/Berlin": ["2026-03-29", "2026-10-25"],
    "Australia/Sydney": ["2026-04-05", "2026-10-04"],
    "America/Santiago": ["2026-04-05", "2026-09-06"],
}

# Days without a change, among them leap days and ends of months and years.
ORDINARY = {
    "America/New_York": ["2026-07-15", "2027-01-01"],
    "Europe/Berlin": ["2026-01-15", "2028-03-01"],
    "Australia/Sydney": ["2026-01-01", "2026-07-15"],
    "America/Santiago": ["2026-02-10", "2026-06-01"],
    "Pacific/Kiritimati": ["2026-01-01", "2026-05-20", "2028-02-29"],
    "Pacific/Pago_Pago": ["2026-01-01", "2026-05-20", "2028-02-29"],
    "Asia/Kathmandu": ["2026-05-20"],
    "UTC": ["2026-05-20"],
}


def _noons() -> list[tuple[str, date]]:
    around = [
        (zone, date.fromisoformat(day) + timedelta(days=days))
        for zone, changes in CHANGES.items()
        for day in changes
        for days in (-1, 0, 1)
    ]
    return around + [(zone, date.fromisoformat(day)) for zone, days in ORDINARY.items() for day in days]


def _utc(day: date, hour: int, zone: str) -> datetime:
    return datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(UTC)


def _timestamp(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.000Z")


@pytest.mark.parametrize(("zone", "changes"), CHANGES.items(), ids=list(CHANGES))
def test_the_table_names_days_on_which_clocks_change(zone, changes):
    for text in changes:
        day = date.fromisoformat(text)
        before = _utc(day - timedelta(days=1), 12, zone)
        assert _utc(day, 12, zone) - before != timedelta(days=1), f"no change in {zone} on {day}"


@pytest.mark.parametrize(("zone", "day"), _noons(), ids=lambda value: str(value))
def test_the_last_second_before_local_noon_and_noon_itself_are_in_two_files(zone, day, make_server, tmp_path):
    noon = _utc(day, 12, zone)
    last_second = noon - timedelta(seconds=1)
    server = make_server(env={"TZ": zone, "POCSTIME": last_second.strftime("%Y-%m-%d %H:%M:%S")}).start()

    events = [server.record("weather", n) for n in range(2)]

    assert [event["ts"] for event in events] == [_timestamp(last_second), _timestamp(noon)]
    files = {path: [(line["seq"], line["ts"]) for line in lines] for path, lines in stored.files(tmp_path).items()}
    assert files == {
        f"site/site_{day - timedelta(days=1):%Y%m%d}.ndjson": [(1, _timestamp(last_second))],
        f"site/site_{day:%Y%m%d}.ndjson": [(2, _timestamp(noon))],
    }


@pytest.mark.parametrize("text", ["2026-05-20 10:00:00", "2026-05-20T10:00:00", "2026-05-20T10:00:00.000"])
def test_a_simulated_clock_starts_at_the_given_time_and_moves_on_one_second_at_each_event(text, make_server):
    server = make_server(env={"TZ": "UTC", "POCSTIME": text}).start()

    events = [server.record("weather", n) for n in range(3)]

    assert [event["ts"] for event in events] == [f"2026-05-20T10:00:0{n}.000Z" for n in range(3)]


@pytest.mark.parametrize(
    "text",
    [
        "0000-12-31 23:59:59",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "9999-12-31T23:59:60Z",
        "10000-01-01 00:00:00",
        "253402300800",
        "tomorrow",
    ],
)
def test_a_simulated_clock_that_cannot_be_written_is_refused(text, make_server):
    status, told = make_server(env={"POCSTIME": text}).refusal()

    assert status == 78
    assert text in told and "in the years 0001 to 9999" in told


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_simulated_clock_never_leaves_the_years_that_can_be_written(zone, make_server):
    server = make_server(env={"TZ": zone, "POCSTIME": "9999-12-31 23:59:58"}).start()
    server.start_run(run_id="last")
    server.record("weather", 0, stream="site")
    server.stop_run()
    events = [server.record("weather", n) for n in range(2)]

    assert {event["ts"] for event in events} == {"9999-12-31T23:59:59.999Z"}
    (run,) = server.get("/runs").json["runs"]
    assert run["stopped_at"].startswith("9999-12-31T")
    assert server.stop() == 0
    assert {file.name for file in server.site_dir.glob("site_*")} <= {"site_99991230.ndjson", "site_99991231.ndjson"}
    assert command("verify", str(server.site_dir)).returncode == 0


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_simulated_clock_may_begin_with_the_first_second_that_can_be_written(zone, make_server):
    server = make_server(env={"TZ": zone, "POCSTIME": "0001-01-01 00:00:00"}).start()

    assert [server.record("weather", n)["ts"][:10] for n in range(2)] == ["0001-01-01"] * 2
    assert [file.name for file in server.site_dir.glob("site_*")] == ["site_00010101.ndjson"]


def test_the_file_is_chosen_by_the_clock_of_the_server_and_not_by_the_timestamp_of_the_client(make_server, tmp_path):
    server = make_server(env={"TZ": "UTC", "POCSTIME": "2026-05-20 13:00:00"}).start()

    server.record("weather", 1, ts="2020-01-01T00:00:00Z")

    assert list(stored.files(tmp_path)) == ["site/site_20260520.ndjson"]
