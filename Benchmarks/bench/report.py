"""The table, the targets, and the figures in docs/performance.md."""

import statistics
from pathlib import Path

from . import following, indexing, limiting, rollups, scraping
from .process import BenchmarkError
from .rounds import CONNECTIONS

BEGIN = "<!-- scripts/bench writes from here -->"
END = "<!-- to here -->"


class Results:
    """The medians of all rounds, and of ratios that are made within each round."""

    def __init__(self, rounds, history=None, paging=None, rollups=None, indexing=None):
        self.rounds = rounds
        self.history = history
        self.paging = paging
        self.rollups = rollups
        self.indexing = indexing

    def has(self, *rows):
        return all(all(row in figures for figures in self.rounds) for row in rows) and bool(self.rounds)

    def values(self, row, key):
        return [figures[row][key] for figures in self.rounds]

    def median(self, row, key):
        return statistics.median(self.values(row, key))

    def ratios(self, row, other, key):
        return [figures[row][key] / figures[other][key] for figures in self.rounds]


def targets(results):
    """Each target that can be told from the rows that were measured: what, value, least and most, limit, whether met."""
    found = []

    def add(what, values, word, limit, digits=2):
        value = statistics.median(values)
        is_met = value >= limit if word == "at least" else value <= limit
        found.append(
            {"what": what, "value": value, "lowest": min(values), "highest": max(values), "word": word,
             "limit": limit, "is_met": is_met, "digits": digits})  # fmt: skip

    def ratio(what, row, other, key, word, limit, digits=2):
        if results.has(row, other):
            add(what, results.ratios(row, other, key), word, limit, digits)

    for count in (16, 64):
        event = f"event never {count}"
        where = f"`POST /event`, `--sync never`, {count} connections"
        ratio(f"{where}: CPU, of the floor's", event, f"floor never {count}", "cpu_us", "at most", 1.25)
        ratio(f"{where}: rate, of the floor's", event, f"floor never {count}", "per_second", "at least", 0.85)
        ratio(f"{where}: rate, of the reference's", event, f"reference {count}", "per_second", "at least", 75, 0)
    where = "`POST /event`, `--sync always`, 64 connections: rate, of"
    ratio(f"{where} the floor's group commit", "event always 64", "floor always 64", "per_second", "at least", 0.85)
    ratio(f"{where} the reference's", "event always 64", "reference 64", "per_second", "at least", 40, 0)
    ratio(f"{where} influxdb's", "event always 64", "influxdb 64", "per_second", "at least", 3, 1)
    ratio(f"{where} a `write` + `fdatasync` loop's", "event always 64", "write + fdatasync", "per_second", "at least", 6,
          1)  # fmt: skip
    ratio("One connection per request, 16 clients: rate, of the floor's", "closing never 16", "closing floor never 16",
          "per_second", "at least", 0.85)  # fmt: skip
    ratio("`GET /current`, 20 types, 16 connections: rate, of the floor's", "current 16", "current floor 16",
          "per_second", "at least", 0.85)  # fmt: skip
    if results.has("batches never", "simdjson + write"):
        rates = [1e6 / value for value in results.values("batches never", "cpu_us")]
        add("`POST /events`, batches of 1,000: events a second a core", rates, "at least", 500_000, 0)
        floors = [1e6 / value for value in results.values("simdjson + write", "cpu_us")]
        ratios = [rate / floor for rate, floor in zip(rates, floors)]
        add("the same, of a bare simdjson + `write` loop that writes as many bytes", ratios, "at least", 0.35)
    crowd = "connections 256 + 256 idle"
    ratio("512 connections, half of them idle: rate, of that of 64", crowd, "connections 64", "per_second", "at least",
          0.85)  # fmt: skip
    if results.has(crowd):
        p99 = [value / 1_000 for value in results.values(crowd, "p99_us")]
        add("the same: p99, ms", p99, "at most", 100, 1)
    if results.has("latency event"):
        names = ("latency event", "latency write + fdatasync", "latency health")
        medians = zip(*(results.values(name, "median_us") for name in names))
        ratios = [event / (sync + health) for event, sync, health in medians]
        add("one client, `--sync always`: median, of `write` + `fdatasync` and `GET /health` together", ratios, "at most",
            1.5)  # fmt: skip
    _add_readers(results, add, ratio)
    _add_scrapes(results, add, ratio)
    _add_limits(results, add, ratio)
    if results.rollups:
        rollups.targets(results.rollups, add)
    if results.indexing:
        indexing.targets(results.indexing, add)
    history = results.history
    if history:
        samples = history["samples"]
        def megabytes(key):
            return history[key] * 1.024 / 1_000

        millions = f"{history['events'] / 1e6:g} million events"
        add("resident memory, idle, MB", [megabytes("idle_kb")], "at most", 16, 1)
        add(f"resident memory after {millions}, MB", [megabytes("full_kb")], "at most", 16, 1)
        add("the difference, MB", [abs(megabytes("full_kb") - megabytes("idle_kb"))], "at most", 4, 1)
        add("exec to READY=1, empty directory, ms", [history["start_empty_ms"]], "at most", 50, 1)
        add(f"exec to READY=1 with {history['bytes'] / 1e9:.1f} GB, of the empty one's",
            [history["start_full_ms"] / history["start_empty_ms"]], "at most", 1.5)  # fmt: skip
        add(f"CPU of an event after {millions}, of the first 10,000's",
            [later / first for first, later in zip(samples["first_cpu_us"], samples["later_cpu_us"])], "at most", 1.03)  # fmt: skip
    return found


def _add_readers(results, add, ratio):
    """The targets of those who follow and who page."""
    for sync in ("never", "always"):
        alone = f"followed {sync} {following.NOBODY}"
        for who in (following.ANOTHER_TYPE, following.NEVER_READS):
            what = f"`POST /event`, `--sync {sync}`, 16 connections, followed by {who}: rate, of that without"
            ratio(what, f"followed {sync} {who}", alone, "per_second", "at least", 0.95)
        row = f"event to followers {sync}"
        if results.has(row):
            p99 = [value / 1_000 for value in results.values(row, "p99_us")]
            what = f"`--sync {sync}`: from the answer of `POST /event` to the event at 100 followers, p99, ms"
            add(what, p99, "at most", 10, 1)
    if results.has("idle followers"):

        def beyond(key, factor=1.0):
            pairs = zip(results.values("idle followers", key), results.values("idle nobody", key))
            return [factor * (followed - alone) for followed, alone in pairs]

        where = "100 followers while nothing is recorded, beyond what there is without"
        add(f"{where}: CPU, ms a second", beyond("cpu_ms_per_second"), "at most", 1)
        add(f"{where}: wake-ups a second", beyond("switches_per_second"), "at most", 30, 1)
        add(f"{where}: resident memory, MB", beyond("resident_kb", 1.024e-3), "at most", 8, 1)
    paging = results.paging
    if paging:
        millions = f"{paging['events'] / 1e6:g} million events"
        add(f"paging through {millions}: MB/s", paging["mb_per_second"], "at least", 400, 0)
        add("the same, of `cat` through `nc`", paging["of_cat_nc"], "at least", 0.7)
        memory = (paging["pages_kb"] - paging["before_kb"]) * 1.024e-3
        add("the same: growth of resident memory, MB", [memory], "at most", 4, 1)
        add(f"the latest 100 of {millions} (`order=desc&limit=100`), ms", paging["latest_ms"], "at most", 10, 1)
        add(f"one minute in a day of {millions} (`from`, `to`), ms", paging["minute_warm_ms"], "at most", 50, 1)


def _add_scrapes(results, add, ratio):
    """The targets of metrics."""
    for path in scraping.PATHS:
        if results.has(f"scrape {path}"):
            p99 = [value / 1_000 for value in results.values(f"scrape {path}", "p99_us")]
            add(f"`GET {path}` with {scraping.TYPES * scraping.FIELDS:,} values: p99, ms", p99, "at most", 5, 1)
    for sync in ("never", "always"):
        what = f"`POST /event`, `--sync {sync}`, 16 connections, scraped each second: rate, of that without"
        row, alone = (f"scraped {sync} {who}" for who in (scraping.EACH_SECOND, scraping.NOBODY))
        ratio(what, row, alone, "per_second", "at least", 0.98)


def _add_limits(results, add, ratio):
    """The targets of limits."""
    row = "limits keep up"
    if results.has(row):
        where = f"{limiting.LIMITS} limits at {limiting.EVENTS_PER_SECOND:,} events a second"
        add(f"{where}: events a second", results.values(row, "per_second"), "at least",
            0.99 * limiting.EVENTS_PER_SECOND, 0)  # fmt: skip
        add(f"{where}: how far they are behind at most, s", results.values(row, "lag_s"), "at most", 2)
        add(f"{where}: the last event is compared so long after its answer, ms", results.values(row, "catch_up_ms"),
            "at most", 1_000, 0)  # fmt: skip
    for sync in ("never", "always"):
        what = f"`POST /event`, `--sync {sync}`, 16 connections, {limiting.WITH}: rate, of that without"
        row, alone = (f"limited {sync} {who}" for who in (limiting.WITH, limiting.WITHOUT))
        ratio(what, row, alone, "per_second", "at least", 0.9)


RATES = (
    ("`--sync never`", "event never"),
    ("`--sync interval`", "event interval"),
    ("`--sync always`", "event always"),
    ("floor (C)", "floor never"),
    ("floor with group commit (C)", "floor always"),
    ("panoptes-utils 0.5.3", "reference"),
    ("influxdb 1.6 `/write`", "influxdb"),
    ("prometheus-pushgateway 1.5", "pushgateway"),
)
CLOSING = (
    ("`--sync never`", "closing never"),
    ("`--sync interval`", "closing interval"),
    ("`--sync always`", "closing always"),
    ("floor (C)", "closing floor never"),
    ("floor with group commit (C)", "closing floor always"),
    ("panoptes-utils 0.5.3", "closing reference"),
    ("influxdb 1.6 `/write`", "closing influxdb"),
    ("prometheus-pushgateway 1.5", "closing pushgateway"),
)
OTHERS = (
    ("`POST /events`, batches of 1,000, 4 connections, `--sync never`", "batches never"),
    ("`POST /events`, batches of 1,000, 4 connections, `--sync always`", "batches always"),
    ("simdjson + `write` loop (C++), lines as long as the server's", "simdjson + write"),
    ("simdjson + `write` loop (C++), the events as they came in", "simdjson + write as it came"),
    ("`write` + `fdatasync` loop (C)", "write + fdatasync"),
    ("`GET /current`, 20 types, 16 connections", "current 16"),
    ("floor, as many bytes (C)", "current floor 16"),
    ("`POST /event`, 64 connections", "connections 64"),
    ("`POST /event`, 256 connections and 256 idle", "connections 256 + 256 idle"),
    ("one client, `--sync always`", "latency event"),
    ("one client, `GET /health`", "latency health"),
    *(
        (f"`POST /event`, `--sync {sync}`, 16 connections, followed by {who}", f"followed {sync} {who}")
        for sync in ("never", "always")
        for who in following.ALL
    ),
    *(
        (f"`POST /event`, `--sync {sync}`, 16 connections, scraped: {who}", f"scraped {sync} {who}")
        for sync in ("never", "always")
        for who in (scraping.NOBODY, scraping.EACH_SECOND)
    ),
    *(
        (f"`POST /event`, `--sync {sync}`, 16 connections, {who}", f"limited {sync} {who}")
        for sync in ("never", "always")
        for who in (limiting.WITHOUT, limiting.WITH)
    ),
    (f"`POST /events`, batches of 1,000, {limiting.LIMITS} limits keep up", "limits keep up"),
    *((f"`GET {path}`, 5,000 values, one client", f"scrape {path}") for path in scraping.PATHS),
    ("from the answer to the event at 100 followers, `--sync never`", "event to followers never"),
    ("from the answer to the event at 100 followers, `--sync always`", "event to followers always"),
)


def markdown(results, about):
    """All figures as tables of Markdown."""
    lines = [about, ""]
    found = targets(results)
    if found:
        lines += ["| target | | lowest and highest | |", "|---|---|---|---|"]
        for target in found:
            value, lowest, highest = (
                f"{target[key]:,.{target['digits']}f}" for key in ("value", "lowest", "highest"))  # fmt: skip
            spread = "" if target["lowest"] == target["highest"] else f"{lowest} to {highest}"
            verdict = f"{target['word']} {target['limit']:,}: {'met' if target['is_met'] else '**missed**'}"
            lines.append(f"| {target['what']} | {value} | {spread} | {verdict} |")
        lines.append("")
    for title, rows in (("`POST /event`, keep-alive", RATES), ("`POST /event`, one connection per request", CLOSING)):
        lines += _by_connections(title, rows, results)
    lines += _table("Others", ((name, row) for name, row in OTHERS if results.has(row)), results)
    if results.history:
        history = results.history
        lines += [
            f"{history['events']:,} events in batches: {history['events_per_second']:,.0f} a second, "
            f"{history['bytes'] / 1e9:.1f} GB. An event costs {history['first_cpu_us']:.2f} µs of CPU at first and "
            f"{history['later_cpu_us']:.2f} µs after them. From exec to READY=1: {history['start_empty_ms']:.1f} ms with "
            f"an empty directory, {history['start_full_ms']:.1f} ms with them, and "
            f"{history['start_scan_ms'] / 1_000:.1f} s without a checkpoint, when all of them are read.",
            "",
        ]
    if results.paging:
        lines += [_paging_text(results.paging), ""]
    if results.rollups:
        lines += rollups.text(results.rollups)
    if results.indexing:
        lines += indexing.text(results.indexing)
    return "\n".join(lines)


def _paging_text(paging):
    def median(key):
        return statistics.median(paging[key])

    before, pages, end = (paging[f"{key}_kb"] * 1.024e-3 for key in ("before", "pages", "end"))
    return (
        f"{paging['events']:,} events in the file of a day, {paging['bytes'] / 1e9:.1f} GB, in pages of 100,000: "
        f"{median('mb_per_second'):,.0f} MB/s and {median('cpu_s_per_gb'):.2f} s of CPU a GB, beside "
        f"{median('cat_nc_mb_per_second'):,.0f} MB/s of `cat` through `nc`. The {paging['minute_events']:,} events of a "
        f"minute: {median('minute_cold_ms'):,.0f} ms the first time after a start, when the file is read, and "
        f"{median('minute_warm_ms'):.1f} ms from then on; those of one type of 20 {median('minute_type_ms'):.1f} ms. All "
        f"events of a type that there is not: {median('rare_type_ms') / 1_000:.1f} s. Resident memory: {before:.1f} MB "
        f"before, {pages:.1f} MB after the pages, {end:.1f} MB at the end.")


def _by_connections(title, rows, results):
    named = [(f"{name}, {count}", f"{row} {count}") for name, row in rows for count in CONNECTIONS]
    return _table(f"{title}, and how many connections", [each for each in named if results.has(each[1])], results)


def _table(title, rows, results):
    lines = [f"| {title} | events/s | CPU, µs/event | p50, µs | p99, µs | p99.9, µs | resident, MB |",
             "|---|---|---|---|---|---|---|"]  # fmt: skip
    for name, row in rows:
        cells = []
        for key, digits, factor in (("per_second", 0, 1), ("cpu_us", 2, 1), ("median_us", 0, 1), ("p99_us", 0, 1),
                                    ("p999_us", 0, 1), ("resident_kb", 1, 1.024e-3)):  # fmt: skip
            has_key = all(key in figures[row] for figures in results.rounds)
            cells.append(f"{factor * results.median(row, key):,.{digits}f}" if has_key else "")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return [*lines, ""] if len(lines) > 2 else []


def plain(text):
    """The Markdown as a text for a terminal, its columns aligned."""
    lines, block = [], []

    def flush():
        widths = [max(len(row[column]) for row in block) for column in range(len(block[0]))] if block else []
        for row in block:
            cells = [cell.ljust(width) if number == 0 else cell.rjust(width)
                     for number, (cell, width) in enumerate(zip(row, widths))]  # fmt: skip
            lines.append("  ".join(cells).rstrip())
        block.clear()

    for line in text.splitlines():
        if line.startswith("|---"):
            continue
        if line.startswith("|"):
            block.append([cell.strip().replace("`", "").replace("**", "") for cell in line.strip("|").split("|")])
        else:
            flush()
            lines.append(line)
    flush()
    return "\n".join(lines)


def write_into(path, text):
    """Puts the figures between the markers of a document."""
    document = Path(path).read_text()
    if document.count(BEGIN) != 1 or document.count(END) != 1:
        raise BenchmarkError(f"{path} does not have the two markers that the figures belong between")
    before, rest = document.split(BEGIN)
    Path(path).write_text(f"{before}{BEGIN}\n\n{text}\n{END}{rest.split(END)[1]}")
