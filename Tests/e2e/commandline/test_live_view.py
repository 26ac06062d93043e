"""`telemetry current` on a terminal."""

import re
import signal

import pytest

from e2e.commandline.fake_server import answering, silent
from e2e.commandline.terminal import Terminal
from e2e.support.server import taken_port
from e2e.support.waiting import TIMEOUT

BORDERS = "┌┐└┘│─"


def _follow(server, *arguments: str, **options) -> Terminal:
    return Terminal("current", "--follow", "--interval", "0.1", "--port", str(server.port), *arguments, **options)


def _assert_framed(terminal: Terminal) -> None:
    """Each line that has a border on the left has one on the right, in the last column."""
    lines = [line for line in terminal.screen.display if line[0] in BORDERS]
    assert lines
    for row in range(terminal.screen.lines):
        first, last = terminal.screen.buffer[row][0].data, terminal.screen.buffer[row][terminal.screen.columns - 1].data
        assert (first in BORDERS) == (last in BORDERS), terminal.text


def _assert_restored(terminal: Terminal) -> None:
    assert not terminal.screen.cursor.hidden
    assert b"\x1b[?1049" not in terminal.raw and b"\x1b[?47" not in terminal.raw
    # Line breaks at the edge and synchronized updates are as they were.
    assert terminal.raw.rindex(b"\x1b[?7h") > terminal.raw.rindex(b"\x1b[?7l")
    assert terminal.raw.rindex(b"\x1b[?2026l") > terminal.raw.rindex(b"\x1b[?2026h")


def test_each_type_has_a_panel_with_all_that_is_known(server):
    server.start_run(run_id="M42")
    server.record("weather", {"sky": "clear", "wind": [1.5, None, True]}, meta={"station": "roof"})
    server.record("dome", {"open": False}, ts="2001-01-01T00:00:00Z")
    with Terminal("current", "--port", str(server.port), rows=40) as terminal:
        assert terminal.wait() == 0

        text = terminal.text
        for expected in ("─ weather ─", "─ dome ─", "meta.run_id", "M42", "meta.station", "roof", "s ago", "d "):
            assert expected in text
        assert '"sky": "clear"' in text and "1.5," in text and "null," in text
        _assert_framed(terminal)
        assert not terminal.screen.cursor.hidden


def test_an_age_past_the_threshold_is_red(server):
    server.record("old", {}, ts="2001-01-01T00:00:00Z")
    server.record("new", {})
    with Terminal("current", "--port", str(server.port), rows=40) as terminal:
        terminal.wait()
        colours = [
            terminal.screen.buffer[row][found.start(1)].fg
            for row, line in enumerate(terminal.screen.display)
            if (found := re.search(r"age +(\d)", line))
        ]
    assert colours == ["red", "default"]


def test_no_color_leaves_the_colours_away(server):
    server.record("weather", {"sky": "clear"})
    with Terminal("current", "--port", str(server.port), env={"NO_COLOR": "1"}) as terminal:
        terminal.wait()
        assert "weather" in terminal.text
        assert re.search(rb"\x1b\[[0-9;]*m", terminal.raw) is None
        _assert_framed(terminal)


def test_a_dumb_terminal_gets_plain_text(server):
    server.record("weather", {"sky": "clear"})
    with Terminal("current", "--port", str(server.port), env={"TERM": "dumb"}) as terminal:
        terminal.wait()
        assert '"sky": "clear"' in terminal.text
        assert b"\x1b" not in terminal.raw


def test_changes_are_drawn_in_place(server):
    server.record("weather", {"n": 1})
    with _follow(server) as terminal:
        terminal.wait_for('"n": 1')
        assert terminal.screen.cursor.hidden
        for number in range(2, 6):
            server.record("weather", {"n": number})
            terminal.wait_for(f'"n": {number}')
            assert terminal.text.count("─ weather ─") == 1
        server.record("dome", {"open": True})
        terminal.wait_for('"open": true', '"n": 5')
        assert len(terminal.screen.history.top) == 0
        _assert_framed(terminal)

        assert terminal.interrupt() == 0
        assert terminal.text.endswith("Stopped following telemetry.")
        assert '"open": true' in terminal.text
        _assert_restored(terminal)


def test_nothing_is_erased_that_is_drawn_again(server):
    server.record("weather", {"n": 1})
    with _follow(server) as terminal:
        terminal.wait_for('"n": 1')
        server.record("weather", {"n": 2})
        terminal.wait_for('"n": 2')
        for erasing in (b"\x1b[2J", b"\x1b[H", b"\x1b[2K", b"\x1b[J"):
            assert erasing not in terminal.raw


def test_the_age_moves_on_without_news(server):
    server.record("weather", {"n": 1})
    with _follow(server) as terminal:
        terminal.wait_for("age ")
        # No picture has to be seen: on a busy machine some are over before they are.
        first = _age(terminal)
        terminal.wait_until(lambda: terminal.is_drawn and _age(terminal) >= first + 2, "the age moves on")


def _age(terminal: Terminal) -> int:
    minutes, seconds = re.search(r"age +(?:(\d+) min )?(\d+) s ago", terminal.text).groups()
    return 60 * int(minutes or 0) + int(seconds)


def test_a_panel_that_becomes_shorter_leaves_nothing_behind(server):
    server.record("weather", {"a": 1, "b": 2, "c": 3})
    with _follow(server) as terminal:
        terminal.wait_for('"c": 3')
        server.record("weather", {})
        terminal.wait_until(lambda: '"c": 3' not in terminal.text, "the old members are gone")
        assert terminal.text.count("└") == 1
        assert terminal.text.splitlines()[-1].startswith("└")
        terminal.interrupt()
        assert terminal.text.splitlines()[-1] == "Stopped following telemetry."


@pytest.mark.parametrize("size", [(60, 30), (120, 30), (80, 12), (30, 10)])
def test_a_terminal_that_changes_its_size_is_drawn_anew(size, server):
    server.record("weather", {"sky": "clear", "long": "word " * 30})
    with _follow(server) as terminal:
        terminal.wait_for("weather", '"sky": "clear"')
        terminal.resize(*size)
        # Until then pictures of the old size may come.
        terminal.wait_until(lambda: b"\x1b[H\x1b[J" in terminal.raw and terminal.is_drawn, "the new size is noticed")
        server.record("weather", {"sky": "cloudy"})
        terminal.wait_for("age" if size[1] < 12 else '"sky": "cloudy"')
        assert terminal.text.startswith("Current telemetry")
        assert terminal.text.count("weather ─") == 1
        _assert_framed(terminal)
        assert terminal.interrupt() == 0
        _assert_restored(terminal)


def test_what_does_not_fit_is_cut_off_and_told(server):
    for number in range(10):
        server.record(f"type{number}", {"a": 1, "b": 2})
    with _follow(server, rows=20) as terminal:
        terminal.wait_for("─ type0 ─", "there is more")
        server.record("type0", {"a": "new"})
        terminal.wait_for('"a": "new"')
        assert terminal.text.count("─ type0 ─") == 1
        assert len(terminal.screen.history.top) == 0
        assert terminal.screen.display[0].startswith("Current telemetry")


def test_a_lost_server_is_told_with_its_last_values_and_found_again(server):
    server.record("weather", {"n": 1})
    with _follow(server) as terminal:
        terminal.wait_for('"n": 1')
        server.stop(signal.SIGKILL)
        terminal.wait_for("No answer for", "these are the last values", '"n": 1')
        server.arguments[server.arguments.index("--port") + 1] = str(server.port)
        server.start()
        server.record("weather", {"n": 2})
        terminal.wait_for('"n": 2')
        assert "No answer" not in terminal.text
        _assert_framed(terminal)


def test_a_server_that_hangs_is_told(server):
    server.record("weather", {"n": 1})
    # Long enough for a busy machine to answer.
    with _follow(server, "--timeout", "3") as terminal:
        terminal.wait_for('"n": 1')
        server.process.send_signal(signal.SIGSTOP)
        try:
            terminal.wait_for("No answer for", "3.0 seconds", '"n": 1')
        finally:
            server.process.send_signal(signal.SIGCONT)
        terminal.wait_until(lambda: "No answer" not in terminal.text, "the server is back")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_terminal_is_given_back_on_each_signal(number, server):
    server.record("weather", {"n": 1})
    with _follow(server) as terminal:
        terminal.wait_for('"n": 1')
        assert not terminal.child.getecho()
        terminal.kill(number)
        assert terminal.wait() == 0
        _assert_restored(terminal)
        assert terminal.child.getecho()


def test_a_picture_that_ctrl_c_cuts_off_leaves_the_terminal_as_it_was(server):
    server.record("long", {f"member{number}": "x" * 150 for number in range(50)})
    with _follow(server, columns=200, rows=60) as terminal:
        terminal.wait_for("member0")
        # Ctrl-C discards what the terminal has not taken yet: the rest of the picture, which is more than the kernel
        # reads ahead for a terminal.
        terminal.wait_until(lambda: terminal.raw.endswith(b"\x1b[?7l"), "a picture begins", size=1)
        while terminal.state != "S":
            pass
        assert terminal.interrupt() == 0
        _assert_restored(terminal)


def test_a_server_that_never_answers_can_be_given_up():
    with silent() as fake, Terminal("current", "-f", "--host", "127.0.0.1", "--port", fake.port) as terminal:
        assert fake.asked.wait(TIMEOUT)
        assert terminal.interrupt() == 0


def test_ctrl_z_gives_the_terminal_back_until_the_command_goes_on(server):
    server.record("weather", {"n": 1})
    with _follow(server) as terminal:
        terminal.wait_for('"n": 1')
        terminal.press("\x1a")
        terminal.wait_until(lambda: not terminal.screen.cursor.hidden, "the cursor is shown")
        # As a shell does: the cursor is shown just before the stop, and a SIGCONT in between would be lost.
        terminal.wait_until(lambda: terminal.state == "T", "stopped")
        terminal.kill(signal.SIGCONT)
        server.record("weather", {"n": 2})
        terminal.wait_for('"n": 2')
        assert terminal.screen.cursor.hidden
        assert terminal.interrupt() == 0
        _assert_restored(terminal)


def test_what_is_typed_meanwhile_does_not_disturb_the_picture(server):
    server.record("weather", {"n": 1})
    with _follow(server) as terminal:
        terminal.wait_for('"n": 1')
        terminal.press("hello\r\r")
        server.record("weather", {"n": 2})
        terminal.wait_for('"n": 2')
        assert "hello" not in terminal.text
        assert terminal.text.count("─ weather ─") == 1


@pytest.mark.parametrize("text", ["望遠鏡のドーム", "🔭🌌 👩‍🚀", "e\u0301a\u0308", "\u200b\u00ad", "ﷺ", "🇫🇷🇯🇵"])
def test_wide_and_narrow_characters_leave_the_frame_whole(text, server):
    server.record(text, {text: text, "long": text * 40}, meta={text: text})
    with _follow(server) as terminal:
        terminal.wait_for('"long"')
        _assert_framed(terminal)


def test_data_cannot_drive_the_terminal():
    event = '{"seq":1,"ts":"\\u001bc","type":"a\\u0007","data":{"k\x7f":"\x9b2J\u202e"},"meta":{"m":"\\u001b[2J"}}'
    answer = '{"current":{"a":' + event + "}}"
    with answering(answer) as server:
        port = ["--host", "127.0.0.1", "--port", server.port]
        for arguments in (["current"], ["current", "--json"]):
            with Terminal(*arguments, *port) as terminal:
                assert terminal.wait() == 0
                for escape in (b"\x1bc", b"\x07", b"\x7f", "\x9b".encode(), b"\x1b[2J", "\u202e".encode()):
                    assert escape not in terminal.raw
                assert "\\u009b2J\\u202e" in terminal.text.replace("\n", "")


def test_following_in_json_is_not_a_picture(server):
    server.record("weather", {"n": 1})
    with _follow(server, "--json") as terminal:
        terminal.wait_for('"n":1')
        assert b"\x1b" not in terminal.raw
        assert terminal.interrupt() == 0


def test_following_while_there_is_no_server_fails_at_once():
    with (
        taken_port(is_listening=False) as port,
        Terminal("current", "--follow", "--host", "127.0.0.1", "--port", port) as terminal,
    ):
        assert terminal.wait() == 69
        assert "No telemetry server answers" in terminal.text
        assert b"\x1b" not in terminal.raw
