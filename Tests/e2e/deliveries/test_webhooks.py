"""A webhook is told of each change of an alarm, once, whatever becomes of it and of the server."""

import signal

import pytest

from e2e.deliveries.changes import recorded
from e2e.deliveries.fixtures import limits
from e2e.support.server import taken_port


def webhook(url: str, *more: str, name: str = "webhook", interval: str = "0.1s") -> str:
    lines = [f"[delivery.{name}]", 'means = "webhook"', f'url = "{url}"', f'group_interval = "{interval}"', *more]
    return "\n".join(lines) + "\n"


def test_an_alarm_and_its_end_are_told_with_what_was_recorded(make_watching_server, receiver):
    server = make_watching_server(webhook(receiver.url + "/hook") + limits("wind")).start()
    server.record("wind", {"value": 21.5})
    first = receiver.message(0)
    server.record("wind", {"value": 3})
    second = receiver.message(1)

    assert first.path == "/hook" and first.headers["Content-Type"] == "application/json"
    assert first.body["version"] == 1 and first.body["instance"]
    changes = recorded(server.site_dir)
    for telling, state in [(first, "wind on critical"), (second, "wind ok")]:
        assert telling.states == [state]
        (alarm,) = telling.alarms
        event = changes[alarm["id"]]
        assert alarm == {"id": alarm["id"], "ts": event["ts"], **event["data"]}
    assert first.alarms[0]["value"] == 21.5 and first.alarms[0]["reason"] == "is above 20"
    assert first.alarms[0]["labels"] == {"site": "lapalma"}


def test_what_changes_within_an_interval_is_told_together_and_each_alarm_once(make_watching_server, receiver):
    names = [f"sensor{number}" for number in range(5)]
    server = make_watching_server(webhook(receiver.url, interval="10s") + limits("wind", *names)).start()
    server.record("wind", {"value": 30})
    receiver.message(0)
    for value in [1, 30, 1, 17]:
        server.record("wind", {"value": value})
    for name in names:
        server.record(name, {"value": 30})
    second = receiver.message(1)
    assert sorted(second.states) == sorted(["wind on warning", *[f"{name} on critical" for name in names]])
    (wind,) = [alarm for alarm in second.alarms if alarm["name"] == "wind"]
    assert [change["state"] for change in wind["earlier"]] == ["ok", "on", "ok"]
    assert receiver.told[0].ids + second.ids == list(dict.fromkeys(receiver.told[0].ids + second.ids))
    assert {*receiver.told[0].ids, *second.ids} == recorded(server.site_dir).keys()


@pytest.mark.parametrize("status", [302, 408, 429, 500, 503])
def test_what_a_webhook_may_take_later_is_told_again_with_the_same_ids(make_watching_server, receiver, status):
    receiver.statuses = [status]
    receiver.location = receiver.url + "/elsewhere"
    server = make_watching_server(webhook(receiver.url) + limits("wind")).start()
    server.record("wind", {"value": 30})
    assert receiver.message(1).body == receiver.message(0).body
    assert receiver.told[1].path == "/"
    assert f"status {status}" in server.wait_for_line("webhook has not taken a message, and is tried again")
    server.wait_for_line("webhook works again")


def test_what_a_webhook_refuses_for_good_is_given_up_and_it_is_told_what_follows(make_watching_server, receiver):
    receiver.statuses = [422]
    server = make_watching_server(webhook(receiver.url) + limits("wind", "rain")).start()
    server.record("wind", {"value": 30})
    assert "given up: status 422" in server.wait_for_line("does not take a message")
    server.record("rain", {"value": 30})
    assert receiver.message(1).states == ["rain on critical"]


def test_a_webhook_that_hangs_holds_up_neither_another_nor_recording_nor_the_stop(make_watching_server, make_receiver):
    hanging, quick = make_receiver(), make_receiver()
    hanging.may_answer.clear()
    text = webhook(hanging.url, 'timeout = "1h"', name="hanging") + webhook(quick.url, name="quick")
    server = make_watching_server(text + limits("wind", "rain")).start()
    server.record("wind", {"value": 30})
    assert quick.wait_for("wind on critical")
    server.record("rain", {"value": 30})
    assert quick.wait_for("rain on critical")
    assert server.stop() == 0
    hanging.may_answer.set()

    # What it did not answer is told again.
    server.start()
    assert hanging.wait_for("rain on critical")


def test_what_changes_while_nobody_listens_is_told_when_somebody_does(make_watching_server, make_receiver):
    with taken_port(is_listening=False) as port:
        server = make_watching_server(webhook(f"http://127.0.0.1:{port}") + limits("wind", "rain")).start()
        server.record("wind", {"value": 30})
        server.wait_for_line("webhook has not taken a message")
        server.record("wind", {"value": 1})
        assert server.stop() == 0
    receiver = make_receiver(int(port))
    server.start()
    assert receiver.message(0).states == ["wind ok"]
    assert set(receiver.message(0).ids) == recorded(server.site_dir).keys()
    server.record("rain", {"value": 30})
    assert receiver.message(1).states == ["rain on critical"]
    assert server.stop() == 0
    assert len(receiver.told) == 2


def test_whoever_wants_the_worst_only_is_told_of_nothing_else_but_its_end(make_watching_server, make_receiver):
    all_of_it, worst = make_receiver(), make_receiver()
    text = webhook(worst.url, 'at_least = "critical"', name="worst") + webhook(all_of_it.url, name="all")
    server = make_watching_server(text + limits("wind", "rain")).start()
    for number, value in enumerate([17, 1, 30, 17, 1]):
        server.record("wind", {"value": value})
        all_of_it.message(number)
    assert worst.wait_for("wind ok")
    told = [state for telling in worst.told for state in telling.states]
    assert told[-1] == "wind ok"
    assert sum(len(telling.ids) for telling in worst.told) == 3


def test_a_reload_adds_and_takes_away_receivers_and_those_that_stay_miss_nothing(
    make_watching_server, make_receiver, deliveries_file
):
    staying, leaving, coming = make_receiver(), make_receiver(), make_receiver()
    text = webhook(staying.url, name="staying") + limits("wind", "rain")
    server = make_watching_server(text + webhook(leaving.url, name="leaving")).start()
    server.record("wind", {"value": 30})
    assert staying.message(0).states == leaving.message(0).states == ["wind on critical"]

    deliveries_file.write_text(text + webhook(coming.url, name="coming"))
    server.process.send_signal(signal.SIGHUP)
    server.wait_for_line("Read again: limits")
    server.record("wind", {"value": 1})
    assert staying.message(1).states == ["wind ok"]
    server.record("rain", {"value": 30})
    assert staying.message(2).states == ["rain on critical"]
    # Whoever was not told of an alarm is not told that it is over.
    assert coming.message(0).states == ["rain on critical"]
    assert server.stop() == 0
    assert len(leaving.told) == 1


def test_a_webhook_is_told_the_token_of_the_file_as_it_is_then(make_watching_server, receiver, tmp_path):
    token = tmp_path / "token"
    text = webhook(receiver.url, f'bearer_token_file = "{token}"') + limits("wind")
    server = make_watching_server(text).start()
    server.record("wind", {"value": 30})
    assert f"{token}: No such file or directory" in server.wait_for_line("webhook has not taken a message")
    token.touch(mode=0o600)
    token.write_text("first\n")
    assert receiver.message(0).headers["Authorization"] == "Bearer first"
    token.write_text("second\n")
    server.record("wind", {"value": 1})
    assert receiver.message(1).headers["Authorization"] == "Bearer second"
    assert not any("first" in line or "second" in line for line in server.log)


def test_user_information_of_a_url_is_sent_and_not_logged(make_watching_server, make_receiver):
    with taken_port(is_listening=False) as port:
        text = webhook(f"http://roof:hunter2@127.0.0.1:{port}") + limits("wind")
        server = make_watching_server(text).start()
        server.record("wind", {"value": 30})
        server.wait_for_line("webhook has not taken a message")
    receiver = make_receiver(int(port))
    assert receiver.message(0).headers["Authorization"] == "Basic cm9vZjpodW50ZXIy"
    assert server.stop() == 0
    assert not any("hunter2" in line for line in server.log)
