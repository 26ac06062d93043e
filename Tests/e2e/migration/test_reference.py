"""The same records as the migration of panoptes-utils writes, and each difference, which is on purpose."""

import math
import os
import random

import numpy as np
import pytest
from astropy import units
from panoptes.utils.database import PanDB

from e2e.migration.panfiledb import migrate, read, record, reference, summary

NIGHTS = ["2024-02-28 23:59:58", "2024-12-31 23:59:57", "2025-03-30 01:59:59", "2026-03-18 12:00:00"]

VALUES = [
    {"sky": "clear", "wind_mps": 2.1, "ok": True, "none": None},
    {"temperature": 12.5 * units.deg_C, "list": np.arange(3), "when": "2026-05-20T10:00:00"},
    {"text": 'Ünïcödé \u2028 \U0001f52d " \\ / \x00\x7f', "": {"nested": [[], {}, [{}]]}},
    {"tiny": 5e-324, "huge": 1.7976931348623157e308, "minus": -0.0, "integers": [2**63 - 1, -(2**63), 2**64 - 1]},
    "text",
    3,
    [],
    None,
]


@pytest.fixture
def database(source, monkeypatch):
    """The real PanDB, on the source directory, under a clock that is set with $POCSTIME."""
    monkeypatch.setenv("POCSTIME", NIGHTS[0])
    return PanDB(db_type="file", db_name=source.name, storage_dir=str(source.parent))


def _fill(database) -> int:
    """Inserts on several nights, into several collections, as POCS does; gives how many records were to be kept."""
    count = 0
    for night in NIGHTS:
        os.environ["POCSTIME"] = night
        for index, value in enumerate(VALUES):
            collection = ["weather", "environment", "odd name-1.2", "ключ"][index % 4]
            database.insert_current(collection, value)
            database.insert_current(collection, value, store_permanently=False)
            database.insert("log", value)
            count += 2
    return count


def test_a_store_of_the_real_pandb_migrates_to_the_same_lines(database, source, dest, tmp_path):
    count = _fill(database)

    report = summary(source, dest)

    assert (report["records"], report["warning_count"]) == (count, 0)
    migrated, expected = read(dest), reference(source, tmp_path / "reference")
    assert len(expected.days) == report["days"] > len(NIGHTS), "a night goes over midnight"
    assert migrated.days == expected.days
    assert migrated.others == {}


def _odd_dates() -> list[str]:
    """Dates in every form, in and out of range. What is a difference is left out."""
    choices = random.Random(20_260_318)

    def pick(*values):
        return choices.choice(values)

    dates = []
    for _ in range(4_000):
        year = f"{pick(0, 1, 999, 1969, 1970, 2000, 2024, 2025, 2026, 9999):04}"
        month, day = (f"{choices.randint(low, high):02}" for low, high in [(pick(0, 1), pick(12, 13)), (1, 31)])
        week, dash = f"W{choices.randint(0, 54):02}", pick("-", "-", "-", "")
        date = dash.join(pick([year, month, day], [year, month, day], [year, week, str(choices.randint(0, 8))]))
        colon = pick(":", ":", ":", "")
        time = colon.join(
            [f"{choices.randint(0, 24):02}", f"{choices.randint(0, 60):02}", f"{choices.randint(0, 59):02}"][
                : pick(1, 2, 3, 3, 3)
            ]
        )
        digits = choices.randint(0, 9)
        if digits and len(time.replace(":", "")) == 6:
            time += pick(".", ".", ",") + "".join(str(choices.randint(0, 9)) for _ in range(digits))
        zone = pick("", "", "Z", "+00:00", "-10:00", "+05:30", "+0530", "-23:59", "+24:00", "+01", "+01:02:03.4")
        dates.append(pick(date, date + pick("T", "T", " ", "_", "é") + time + zone))
    return dates


def test_dates_are_read_as_the_reference_reads_them(source, dest, tmp_path):
    dates = _odd_dates()
    (source / "weather.json").write_bytes(b"".join(record(str(n), date) for n, date in enumerate(dates)))

    assert summary(source, dest)["records"] == len(dates)

    times, expected = (
        {dates[int(record_id)]: event["ts"] for record_id, (_, event) in migrated.by_id.items()}
        for migrated in [read(dest), reference(source, tmp_path / "reference")]
    )
    assert times == expected
    undated = sum(time == "1970-01-01T00:00:00.000Z" for time in times.values())
    assert 500 < undated < 3_000, "both kinds of dates are tested"


ODDITIES = b"".join(
    [
        record("tie 1", "2026-03-18T10:00:00.000001", 1),
        record("late", "2026-03-18T23:59:59.999999", 2),
        record("tie 2", "2026-03-18 10:00:00.000001+00:00", 3),
        record("early", "2026-03-18", 4),
        record("of the day before", "2026-03-18T01:00:00+05:30", 5),
        record("before 1970", "1953-01-01T00:00:00.5", 6),
        record("no date", None, 7),
        record("empty date", "", 8),
        record("number", 1773792348.95, 9),
        record("no date of MongoDB's", {"$date": None}, 10),
        record("null", "2026-03-18T09:00:00", 11).replace(b'"2026-03-18T09:00:00"', b"null"),
        record("other members", "2026-03-18T02:00:00", 12, extra={"kept": False}),
        b'{"date":"2026-03-18T03:00:00"}\n',
        b'{"_id":{"$oid":"5f"},"date":"2026-03-18T04:00:00","data":1.10}\n',
        b'{"_id":"twice","_id":"the last counts","data":{"a":1,"a":2},"data":{"b":1,"b":2},"date":"20260318T05"}\n',
        b"\n   \n\t\r\n",
        record("CRLF", "2026-03-18T06:00:00", 13).replace(b"\n", b"\r\n"),
        b"  " + record("spaces", "2026-03-18T07:00:00", 14).replace(b"\n", b"  \n"),
        '{"_id":"raw UTF-8 é","date":"2026-03-18T08:00:00","type":"é\\u00e9","data":"\U0001f52d"}\n'.encode(),
        record("deep", "2026-03-18T08:30:00", 15).replace(b"15", b"[" * 300 + b"]" * 300),
        record("huge", "2026-03-18T08:31:00", "x" * 1_400_000),
        b'{"torn": \n',
        b"no JSON at all\n",
        record("last, without a newline", "2026-03-18T08:32:00", 16)[:-1],
    ]
)
REJECTED = [b'{"torn": ', b"no JSON at all"]


def test_every_oddity_migrates_to_the_same_lines(source, dest, tmp_path):
    (source / "weather.json").write_bytes(ODDITIES)
    (source / "empty.json").write_bytes(b"")
    (source / ".json").write_bytes(record("hidden", "2026-03-18T10:00:00.000001"))
    (source / 'q"uo\\te\n€.json').write_bytes(b'{"_id":"odd name","date":"2026-03-18T10:00:00.000001"}\n')
    (source / "zelda.json").symlink_to(tmp_path / "elsewhere.json")
    (tmp_path / "elsewhere.json").write_bytes(record("linked", "2026-03-18T10:00:00.000001", collection="zelda"))
    (source / "current_weather.json").write_bytes(record("current", "2026-03-18"))

    report = summary(source, dest)

    expected = reference(source, tmp_path / "reference")
    migrated = read(dest)
    assert migrated.days == expected.days
    assert migrated.others == {"weather.json.rejected": b"".join(line + b"\n" for line in REJECTED)}
    assert (report["undated"], report["rejected"], report["warning_count"]) == (5, 2, 7)
    lines = ODDITIES.split(b"\n")
    assert [warning["line"] for warning in report["warnings"] if warning["rejected"]] == [
        lines.index(line) + 1 for line in REJECTED
    ]


# Lines that the reference migrates and this project does not: no strict reader could read them.
@pytest.mark.parametrize(
    "line",
    [
        record("nan", "2026-03-18", math.nan),
        record("infinity", "2026-03-18", {"a": [-math.inf]}),
        record("big", "2026-03-18", 2**64),
        record("overflow", "2026-03-18", 0).replace(b'"data": 0', b'"data": 1e999'),
        record("surrogate", "2026-03-18", "\ud800"),
        record("type", "2026-03-18", 1, type=None),
        record("longer than 1.5 MB", "2026-03-18", "x" * 1_500_000),
    ],
    ids=lambda line: line[:30].decode(),
)
def test_what_no_strict_reader_could_read_is_kept_beside(line, source, dest, tmp_path):
    others = [record("before", "2026-03-18"), record("after", "2026-03-18T01:00:00")]
    (source / "weather.json").write_bytes(others[0] + line + others[1])

    report = summary(source, dest)

    assert len(reference(source, tmp_path / "reference").order["site_20260318.ndjson"]) == 3
    assert read(dest).order == {"site_20260318.ndjson": ["before", "after"]}
    assert read(dest).others == {"weather.json.rejected": line}
    assert (report["records"], report["rejected"]) == (2, 1)
    assert [(warning["line"], warning["rejected"]) for warning in report["warnings"]] == [(2, True)]


# Lines that end the reference's migration.
@pytest.mark.parametrize(
    "line",
    [
        b"[1, 2]\n",
        b'"text"\n',
        b'{"_id":"\xff\xfe"}\n',
        b"[" * 200_000 + b"\n",
    ],
    ids=lambda line: repr(line[:16]),
)
def test_what_ends_the_migration_of_the_reference_is_kept_beside(line, source, dest, tmp_path):
    (source / "weather.json").write_bytes(record("before", "2026-03-18") + line + record("after", "2026-03-18"))

    with pytest.raises((AttributeError, UnicodeDecodeError, RecursionError)):
        reference(source, tmp_path / "reference")

    assert summary(source, dest)["rejected"] == 1
    assert read(dest).order == {"site_20260318.ndjson": ["before", "after"]}
    assert read(dest).others == {"weather.json.rejected": line}


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"])
def test_a_date_beyond_the_calendar_is_unusable_and_ends_the_migration_of_the_reference(date, source, dest, tmp_path):
    (source / "weather.json").write_bytes(record("a", date))

    with pytest.raises(OverflowError):
        reference(source, tmp_path / "reference")

    assert summary(source, dest)["undated"] == 1
    assert read(dest).order == {"site_19700101.ndjson": ["a"]}


# Records that the reference loses or misplaces and this project migrates: their ids by file.
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\xef\xbb\xbf" + record("byte order mark", "2026-03-18"), "site_20260318.ndjson"),
        (record("leap second", "2016-12-31T23:59:60.5"), "site_20170101.ndjson"),
        (record("lower case", "2026-03-18t10:00:00z"), "site_20260318.ndjson"),
        (record("space before the offset", "2026-03-18 10:00:00.5 +00:00"), "site_20260318.ndjson"),
        (record("year 7", "0007-03-18"), "site_00070318.ndjson"),
        (record("milliseconds", {"$date": 1773792348955}), "site_20260318.ndjson"),
        (record("extended JSON", {"$date": "2026-03-18T00:05:48.955Z"}), "site_20260318.ndjson"),
        (record("canonical", {"$date": {"$numberLong": "1773792348955"}}), "site_20260318.ndjson"),
        (record("number", {"$date": {"$numberLong": 1773792348955}}), "site_20260318.ndjson"),
        (record("double", {"$date": {"$numberDouble": "1773792348955.0"}}), "site_20260318.ndjson"),
        (record("separator", "2026-03-18", "a\u2028b").replace(b"\\u2028", "\u2028".encode()), "site_20260318.ndjson"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_the_reference_loses_or_misplaces_is_migrated(content, expected, source, dest, tmp_path):
    (source / "weather.json").write_bytes(content)

    summary(source, dest)

    assert expected not in reference(source, tmp_path / "reference").days
    assert list(read(dest).days) == [expected]
    assert read(dest).others == {}


def test_files_have_the_names_that_the_reference_gives_them(source, dest, tmp_path):
    (source / "weather.json").write_bytes(record("a", "2026-03-18") + record("b", "2024-02-29"))

    assert migrate(source, dest).returncode == 0

    assert sorted(read(dest).days) == sorted(reference(source, tmp_path / "reference").days)
