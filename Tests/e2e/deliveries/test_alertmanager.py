"""Debian's Alertmanager receives alarms, groups them, and resolves them when they are over."""

from e2e.deliveries.fixtures import limits
from e2e.support.waiting import wait_until


def delivery(alertmanager, *more: str) -> str:
    # With a slash behind it, as people write it.
    lines = ["[delivery.alertmanager]", f'url = "{alertmanager.url}/"', 'group_interval = "0.1s"', *more]
    return "\n".join(lines) + "\n"


def notified(receiver, status: str, *wanted: tuple[str, str]):
    """Waits for a notification in which all these alerts, by name and severity, have a status."""

    def holds(body: dict) -> bool:
        found = {
            (alert["labels"]["alertname"], alert["labels"]["severity"])
            for alert in body["alerts"]
            if alert["status"] == status
        }
        return found >= set(wanted)

    def find():
        return next((telling.body for telling in list(receiver.told) if holds(telling.body)), None)

    return wait_until(find, f"{wanted} are {status}")


def test_alarms_are_received_grouped_and_resolved(make_watching_server, alertmanager, receiver):
    server = make_watching_server(delivery(alertmanager) + limits("wind", "rain")).start()
    assert alertmanager.wait_for().keys() == {("Watchdog", "none")}
    server.record("wind", {"value": 30.5})
    server.record("rain", {"value": 17})
    alerts = alertmanager.wait_for(("wind", "critical"), ("rain", "warning"))
    labels = alerts["wind", "critical"]["labels"]
    assert labels == labels | {"type": "wind", "field": "value", "site": "lapalma"} and labels["instance"]
    assert alerts["wind", "critical"]["annotations"]["description"] == "wind.value is above 20 (value: 30.5)"

    # The watchdog has no site, so it is in a group of its own.
    together = notified(receiver, "firing", ("wind", "critical"), ("rain", "warning"))
    assert together["groupLabels"] == {"site": "lapalma"}
    assert notified(receiver, "firing", ("Watchdog", "none"))["groupLabels"] == {}

    server.record("wind", {"value": 1})
    alertmanager.wait_for(("rain", "warning"))
    notified(receiver, "resolved", ("wind", "critical"))


def test_another_severity_resolves_the_alert_of_the_one_before(make_watching_server, alertmanager, receiver):
    server = make_watching_server(delivery(alertmanager) + limits("wind")).start()
    server.record("wind", {"value": 17})
    notified(receiver, "firing", ("wind", "warning"))
    server.record("wind", {"value": 30})
    alertmanager.wait_for(("wind", "critical"))
    notified(receiver, "resolved", ("wind", "warning"))
    notified(receiver, "firing", ("wind", "critical"))
    server.record("wind", {"value": 17})
    alertmanager.wait_for(("wind", "warning"))
    server.record("wind", {"value": 1})
    alertmanager.wait_for()


def test_an_alert_goes_on_over_a_kill_of_the_server_and_is_resolved_after_it(
    make_watching_server, alertmanager, receiver
):
    server = make_watching_server(delivery(alertmanager) + limits("wind", "rain")).start()
    server.record("wind", {"value": 30})
    before = alertmanager.wait_for(("wind", "critical"))["wind", "critical"]
    notified(receiver, "firing", ("wind", "critical"))
    server.process.kill()
    server.wait()

    server.start()
    server.record("rain", {"value": 30})
    after = alertmanager.wait_for(("wind", "critical"), ("rain", "critical"))["wind", "critical"]
    assert (after["fingerprint"], after["startsAt"]) == (before["fingerprint"], before["startsAt"])
    server.record("wind", {"value": 1})
    alertmanager.wait_for(("rain", "critical"))
    notified(receiver, "resolved", ("wind", "critical"))


def test_an_alertmanager_that_has_lost_all_is_told_all_that_is_on(make_watching_server, alertmanager):
    server = make_watching_server(delivery(alertmanager) + limits("wind", "rain")).start()
    server.record("wind", {"value": 30})
    alertmanager.wait_for(("wind", "critical"))
    alertmanager.kill()
    server.record("rain", {"value": 30})
    server.wait_for_line("alertmanager has not taken a message")
    alertmanager.start()
    alertmanager.wait_for(("wind", "critical"), ("rain", "critical"))
