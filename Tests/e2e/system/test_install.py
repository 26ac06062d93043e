"""What is there after apt install."""

import json
import os
import stat
import subprocess

import pytest

from e2e.support.waiting import wait_until
from e2e.system.machine import COLLECTOR, SERVICE, SOCKET, STATE


def test_the_service_records_when_apt_is_done(bare_machine, package):
    bare_machine.install(package)

    assert bare_machine.state() == "active"
    assert bare_machine.property("UnitFileState") == "enabled"
    assert bare_machine.get("/ready").json["ready"] is True
    assert bare_machine.record("weather", {"sky": "clear"})["seq"] == 1


def test_the_machine_is_collected_when_apt_is_done(bare_machine, package):
    bare_machine.install(package, collects=True)

    assert bare_machine.property("UnitFileState", COLLECTOR) == "enabled"
    assert bare_machine.state(COLLECTOR) == "active"
    sample = _first_sample(bare_machine)
    # Its sandbox hides nothing that the container itself does not, such as the state of the clock.
    assert {"uptime_seconds", "load", "cpu", "memory", "swap", "disks"} <= set(sample)
    unconfined = ("systemd-run", "--quiet", "--pipe", "--wait")
    assert set(sample) == set(json.loads(bare_machine.output(*unconfined, "telemetry", "collect", "--print")))
    allowed = bare_machine.property("SystemCallFilter", COLLECTOR).split()
    assert {"adjtimex", "clock_adjtime"} <= set(allowed)
    assert "clock_settime" not in allowed
    assert sample["cpu"]["used_percent"] >= 0
    assert "/" in [disk["attributes"]["mount"] for disk in sample["disks"]]
    assert sample["active_backends"] >= 1
    assert sample["requests_sec"] > 0


def test_the_history_of_the_machine_is_there(bare_machine, package):
    bare_machine.install(package, collects=True)
    name = _name(bare_machine)
    _first_sample(bare_machine)

    assert bare_machine.get("/telemetry/hosts").json == {"hosts": [name]}
    path = f"/telemetry/history?host={name}&range=30m"
    history = wait_until(lambda: bare_machine.get(path).json["samples"], "the history has a sample")
    assert {"ts", "requests_sec", "p99_ms", "error_rate", "active_backends"} <= set(history[0])


def test_the_collector_goes_on_when_the_service_is_back_and_does_not_start_it(bare_machine, package):
    bare_machine.install(package, collects=True)
    _first_sample(bare_machine)

    bare_machine.systemctl("stop", SERVICE)
    bare_machine.systemctl("restart", COLLECTOR)
    wait_until(
        lambda: any("No telemetry server answers" in entry["MESSAGE"] for entry in _log(bare_machine)),
        "the collector misses the server",
    )
    assert bare_machine.state() == "inactive"
    bare_machine.systemctl("start", SERVICE)
    wait_until(
        lambda: any("takes samples again" in entry["MESSAGE"] for entry in _log(bare_machine)),
        "the collector has the server again",
    )
    bare_machine.systemctl("stop", COLLECTOR)
    assert bare_machine.property("Result", COLLECTOR) == "success"
    assert len([line for line in bare_machine.site_lines() if line["type"].startswith("host.")]) >= 2


def _name(machine) -> str:
    return machine.output("uname", "--nodename").strip()


def _first_sample(machine) -> dict:
    path = f"/current/host.{_name(machine)}"
    return wait_until(lambda: machine.get(path).json.get("data"), "there is a sample")


def _log(machine) -> list[dict]:
    return machine.journal("--unit", COLLECTOR)


def test_the_service_runs_after_a_boot(machine):
    assert machine.state() == "active"
    assert machine.state(SOCKET) == "active"
    assert machine.get("/ready").status == 200
    assert machine.property("User") == "telemetry-server"


def test_package_and_files_are_small(package):
    size = package.stat().st_size
    installed = subprocess.run(["dpkg-deb", "-f", package, "Installed-Size"], check=True, capture_output=True).stdout
    assert size < 6_000_000
    assert int(installed) * 1024 < 22_000_000


def test_members_of_the_group_read_what_is_recorded_and_others_do_not(machine):
    machine.record("weather", 1)
    machine.run("useradd", "--create-home", "alice")
    machine.run("useradd", "--create-home", "bob")
    machine.run("usermod", "--append", "--groups", "telemetry-server", "alice")
    listing = ("sh", "-c", f"cat {STATE}/site_*.ndjson")

    seen = machine.run("setpriv", "--reuid=alice", "--regid=alice", "--init-groups", *listing)
    assert '"weather"' in seen.stdout
    assert machine.run("setpriv", "--reuid=bob", "--regid=bob", "--init-groups", *listing, check=False).returncode

    for path in [machine.seen(STATE), *machine.seen(STATE).rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & 0o027 == 0, f"{path}: {mode:o}"
        assert path.is_dir() or mode & 0o040, f"{path}: {mode:o}"


# The thread that indexes has to give way (setpriority), which costs the server's unit 0.1.
@pytest.mark.parametrize(("unit", "most"), [(SERVICE, 1.2), (COLLECTOR, 1.5)])
def test_the_units_are_hardened(machine, unit, most):
    report = machine.output("systemd-analyze", "security", "--no-pager", unit)
    exposure = float(report.splitlines()[-1].split("exposure level for")[1].split(":")[1].split()[0])
    assert exposure <= most, report


def test_the_units_are_as_systemd_wants_them(machine):
    verified = machine.run("systemd-analyze", "verify", "--man=no", SERVICE, SOCKET, COLLECTOR)
    assert verified.stdout + verified.stderr == ""


@pytest.mark.parametrize(
    "path",
    [
        "/usr/share/bash-completion/completions/telemetry",
        "/usr/share/zsh/vendor-completions/_telemetry",
        "/usr/share/fish/vendor_completions.d/telemetry.fish",
    ],
)
def test_completions_know_every_command(path, machine):
    text = machine.seen(path).read_text()
    tool = json.loads(machine.output("telemetry", "--experimental-dump-help"))
    names = [command["commandName"] for command in tool["command"]["subcommands"]]
    assert {"run", "verify"} <= set(names)
    assert [name for name in names if name not in text] == []


def test_bash_completes_commands_and_options(machine):
    def complete(*words: str) -> list[str]:
        line = " ".join(words)
        script = f"""
            source /usr/share/bash-completion/completions/telemetry
            COMP_WORDS=({" ".join(word or "''" for word in words)}) COMP_CWORD={len(words) - 1}
            COMP_LINE='{line}' COMP_POINT={len(line)}
            $(complete -p telemetry | sed 's/.*-F \\([^ ]*\\).*/\\1/') telemetry '{words[-1]}' '{words[-2]}'
            printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        return machine.output("bash", "-c", script).split()

    assert complete("telemetry", "ver") == ["verify"]
    assert "--sync" in complete("telemetry", "run", "--s")


def test_a_wrong_option_is_told_and_not_tried_again(machine):
    default = machine.root / "etc/default/telemetry-server"
    default.write_text('TELEMETRY_OPTIONS="--no-such-option"\n')

    assert machine.run("systemctl", "restart", SERVICE, check=False).returncode != 0

    machine.wait_for_state("failed")
    assert machine.property("ExecMainStatus") == "64"
    machine.wait_for_state("inactive", SOCKET)
    assert any("--no-such-option" in entry["MESSAGE"] for entry in machine.journal())
    default.write_text('TELEMETRY_OPTIONS="--verbose"\n')
    machine.systemctl("start", SERVICE)
    assert machine.get("/ready").status == 200


def test_the_settings_of_the_defaults_file_count(machine):
    default = machine.root / "etc/default/telemetry-server"
    default.write_text('TELEMETRY_OPTIONS="--site-type weather"\nPOCSTIME="2026-05-20 03:04:05"\n')
    machine.systemctl("restart", SERVICE)

    machine.start_run(run_id="night")
    machine.record("weather", 1)

    assert sorted(os.listdir(machine.seen(f"{STATE}/night"))) == ["run.json", "telemetry.ndjson"]
    assert (machine.seen(f"{STATE}/night") / "telemetry.ndjson").read_bytes() == b""
    assert (machine.seen(STATE) / "site_20260519.ndjson").exists()
