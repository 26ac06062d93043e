"""A second server that comes to the directory of the first."""

import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from e2e.support.server import EXIT_TIMEOUT, Server, binary, environment


def _delete_lock(directory: Path) -> None:
    shutil.rmtree(directory / ".telemetry")


def _check_second_is_refused(server: Server, names_the_first: bool = True) -> None:
    second = subprocess.Popen([binary(), *server.arguments], env=environment(), stderr=subprocess.PIPE, text=True)
    try:
        log = []
        for line in second.stderr:
            log.append(line)
            assert "Listening on" not in line, f"two servers serve one directory: {log}"
        assert second.wait(EXIT_TIMEOUT) == 75, log
        assert str(server.site_dir) in log[-1], log
        assert (str(server.process.pid) in log[-1]) == names_the_first, log
    finally:
        second.kill()
        second.wait()
        second.stderr.close()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_a_second_server_is_refused_with_the_process_id_of_the_first_until_that_ends(ending, make_server):
    server = make_server().start()
    server.record("dome", 1)

    for _ in range(2):
        _check_second_is_refused(server)
    server.stop(ending)

    successor = make_server().start()
    assert successor.record("dome", 2)["seq"] == 2


# The process id stands in a file of .telemetry, which is made anew when the server next needs it.
@pytest.mark.parametrize(
    ("take_away", "names_the_first"), [(_delete_lock, False), (shutil.rmtree, True)], ids=[".telemetry", "all"]
)
def test_a_second_server_is_refused_also_after_the_directory_was_made_anew(take_away, names_the_first, make_server):
    server = make_server().start()
    server.record("dome", 1)

    take_away(server.site_dir)
    server.site_dir.mkdir(exist_ok=True)
    server.record("dome", 2)

    _check_second_is_refused(server, names_the_first)
