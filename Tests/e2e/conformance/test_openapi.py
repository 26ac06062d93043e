"""The OpenAPI document: valid, true of the server's answers, and the same as the documentation tells."""

import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from e2e.support.server import strict_json

ROOT = Path(__file__).parents[3]
DOCUMENT = strict_json((ROOT / "Sources/TelemetryServer/Resources/openapi.json").read_bytes())
API = (ROOT / "docs/http-api.md").read_text()
NDJSON = {"Content-Type": "application/x-ndjson"}

OPERATIONS = [(method.upper(), path) for path, operations in DOCUMENT["paths"].items() for method in operations]


def _response(method: str, path: str, status: int) -> dict:
    node = DOCUMENT["paths"][path][method.lower()]["responses"][str(status)]
    if "$ref" in node:
        return DOCUMENT["components"]["responses"][node["$ref"].rpartition("/")[2]]
    return node


def _check(answer, method: str, path: str) -> None:
    """Checks an answer against what the document says of its status."""
    response = _response(method, path, answer.status)
    schema = response["content"]["application/json"]["schema"]
    Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(answer.json)
    for name, header in response.get("headers", {}).items():
        assert not header.get("required") or name in answer.headers


def test_the_document_is_openapi():
    validate(DOCUMENT)


def _without_tokens(node):
    """The document, or a part of it, as a server has it that wants no token."""
    if isinstance(node, list):
        return [_without_tokens(item) for item in node]
    if not isinstance(node, dict):
        return node
    about_tokens = {"security", "securitySchemes", "401", "Unauthorized", "UnauthorizedText", "OTLPUnauthorized"}
    return {name: _without_tokens(value) for name, value in node.items() if name not in about_tokens}


def test_a_server_without_tokens_serves_it_without_what_is_about_tokens(server):
    served = server.get("/openapi.json").json

    validate(served)
    assert served == _without_tokens(DOCUMENT)


def test_a_server_with_tokens_serves_it_whole(make_server, tmp_path):
    tokens = tmp_path / "tokens"
    tokens.write_text(f"{'t' * 32} read\n")
    tokens.chmod(0o600)
    server = make_server("--token-file", str(tokens)).start()

    answer = server.request("GET", "/openapi.json", None, {"Authorization": f"Bearer {'t' * 32}"})
    assert answer.json == DOCUMENT


def test_a_client_that_has_the_document_is_not_sent_it_again(server):
    tag = server.get("/openapi.json").headers["ETag"]

    for known in (tag, f'"other", W/{tag}', "*"):
        again = server.request("GET", "/openapi.json", None, {"If-None-Match": known})
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    assert server.request("GET", "/openapi.json", None, {"If-None-Match": '"other"'}).status == 200


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_example_fits_its_schema(method, path):
    operation = DOCUMENT["paths"][path][method.lower()]
    contents = [_response(method, path, int(status)).get("content", {}) for status in operation["responses"]]
    contents.append(operation.get("requestBody", {}).get("content", {}))
    for content in contents:
        for media in content.values():
            schema = {**media["schema"], "components": DOCUMENT["components"]}
            if "example" in media:
                Draft202012Validator(schema).validate(media["example"])


def test_answers_are_as_the_document_says(make_server):
    server = make_server("--max-body", "2KiB").start()
    large = b'{"type":"a","data":"' + b"x" * 3_000 + b'"}'
    exchanges = [
        ("GET", "/run", {}, None, 404),
        ("GET", "/current", {}, None, 200),
        ("GET", "/current/{type}", {}, None, 404),
        ("POST", "/run/stop", {}, None, 404),
        ("POST", "/event", {}, {"type": "weather", "data": {}, "stream": "run"}, 404),
        ("POST", "/event", {}, {"type": "weather", "data": {"sky": "clear"}}, 200),
        ("POST", "/event", {}, {"type": 1, "stream": "x", "ts": "y"}, 422),
        ("POST", "/event", {}, b"{bad", 422),
        ("POST", "/event", {}, None, 422),
        ("POST", "/event", {}, large, 413),
        ("POST", "/event", {"Content-Type": "text/plain"}, b"{}", 415),
        ("POST", "/event", {"Origin": "http://evil.example"}, None, 403),
        ("POST", "/events", NDJSON, b'{"type":"a","data":1}\n{"type":"b","data":2}\n', 200),
        ("POST", "/events", NDJSON, b'{"type":"a","data":1}\n{"type":"b"}\n', 422),
        ("POST", "/events", NDJSON, b'{"type":"a","data":1,"stream":"run"}\n', 404),
        ("POST", "/events", {"Content-Type": "application/json"}, b"{}", 415),
        ("GET", "/current", {}, None, 200),
        ("GET", "/current/{type}", {}, None, 200),
        ("POST", "/run/start", {}, {"run_id": ".."}, 422),
        ("POST", "/run/start", {}, None, 200),
        ("POST", "/run/start", {}, None, 409),
        ("GET", "/run", {}, None, 200),
        ("GET", "/runs", {}, None, 200),
        ("POST", "/run/stop", {}, None, 200),
        ("GET", "/runs", {}, None, 200),
        ("GET", "/health", {}, None, 200),
        ("GET", "/health", {"X": "x" * 40_000}, None, 431),
        ("GET", "/ready", {}, None, 200),
        ("GET", "/openapi.json", {}, None, 200),
        ("POST", "/shutdown", {}, None, 200),
    ]
    for method, path, headers, body, status in exchanges:
        fields = {"Content-Type": "application/json"} | headers if body is not None else headers
        answer = server.request(method, path.replace("{type}", "weather"), body, fields)
        assert answer.status == status, (method, path, answer)
        _check(answer, method, path)
    server.wait()


def test_the_documentation_describes_the_same_endpoints():
    headings = re.findall(r"`((?:GET|POST) /[^`?]*)`", "\n".join(re.findall(r"^### .*$", API, re.MULTILINE)))

    assert sorted(headings) == sorted(f"{method} {path}" for method, path in OPERATIONS)


@pytest.mark.parametrize(
    ("heading", "schema"), [("POST /event", "EventRequest"), ("POST /run/start", "RunStartRequest")]
)
def test_the_documentation_lists_the_same_members(heading, schema):
    section = re.search(rf"^### `{heading}`$(.*?)^##", API, re.MULTILINE | re.DOTALL)[1]
    documented = {
        name: default.strip() for name, default in re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|", section, re.MULTILINE)
    }
    described = DOCUMENT["components"]["schemas"][schema]

    assert set(documented) == set(described["properties"])
    for name, member in described["properties"].items():
        assert (documented[name] == "required") == (name in described.get("required", []))
        if isinstance(member.get("default"), (bool, dict)):
            assert documented[name] == f"`{str(member['default']).lower()}`"


def test_the_documentation_lists_the_same_statuses():
    table = re.search(r"^## Errors$(.*)", API, re.MULTILINE | re.DOTALL)[1]
    documented = set(re.findall(r"^\| (\d{3}) \|", table, re.MULTILINE))
    described = {
        status
        for operations in DOCUMENT["paths"].values()
        for operation in operations.values()
        for status in operation["responses"]
    }
    # No endpoint answers with these: the request has reached none.
    of_no_endpoint = {"405", "505"}

    assert documented == {status for status in described if status >= "400"} | of_no_endpoint
