"""What a hostile web page can send, and what programs send: the server obeys the programs only."""

import pytest

REBOUND = {"Host": "evil.example:6562"}
CROSS_SITE = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
OPAQUE = {"Origin": "null"}
IMAGE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}


@pytest.mark.parametrize("headers", [REBOUND, CROSS_SITE, OPAQUE, IMAGE], ids=["rebound", "other", "null", "image"])
def test_a_web_page_cannot_drive_the_server(headers, make_server):
    server = make_server().start()
    run = server.start_run(run_id="night")
    event = server.record("weather", {"sky": "clear"})
    forged = {"type": "weather", "data": {"sky": "forged"}}

    answers = [
        server.post("/run/stop", headers=headers),
        server.post("/run/start", headers=headers),
        server.post("/shutdown", headers=headers),
        server.post("/event", forged, headers={**headers, "Content-Type": "application/json"}),
        server.post("/event", forged, headers={**headers, "Content-Type": "text/plain"}),
        server.request("GET", "/current", headers=headers),
        server.request("OPTIONS", "/event", headers=headers),
    ]

    assert [answer.status for answer in answers] == [403] * len(answers)
    assert all(isinstance(answer.json["detail"], str) for answer in answers)
    assert not any("Access-Control-Allow-Origin" in answer.headers for answer in answers)
    assert server.get("/run").json == run
    assert server.get("/current").json == {"current": {"weather": event}}


def test_each_refusal_is_logged_once_with_the_origin(make_server):
    server = make_server().start()

    server.post("/run/stop", headers=CROSS_SITE)

    line = server.wait_for_line("Request refused")
    assert "http://evil.example" in line and " notice: " in line
    server.stop()
    assert sum("Request refused" in line for line in server.log) == 1


def test_a_name_and_an_origin_can_be_allowed(make_server):
    server = make_server("--allowed-host", "Dome.example", "--allowed-origin", "http://dashboard.example").start()

    refused = server.request("GET", "/current", headers=REBOUND)
    assert "--allowed-host" in refused.json["detail"]
    assert server.request("GET", "/current", headers={"Host": "dome.example"}).status == 200
    assert "--allowed-origin" in server.request("GET", "/current", headers=CROSS_SITE).json["detail"]
    allowed = {"Origin": "http://dashboard.example", "Sec-Fetch-Site": "cross-site"}
    assert server.request("GET", "/current", headers=allowed).status == 200


def test_a_request_without_a_host_or_with_two_is_malformed(make_server):
    server = make_server().start()

    for hosts in ([], ["localhost", "evil.example"]):
        connection = server.connect()
        connection.putrequest("GET", "/current", skip_host=True)
        for host in hosts:
            connection.putheader("Host", host)
        connection.endheaders()
        assert connection.getresponse().status == 400
        connection.close()
