"""A web site on another address of this machine, as a page from anywhere in the world would be."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        page = b"<!DOCTYPE html><title>Cat pictures</title><body></body>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *arguments) -> None:
        pass


class HostileSite:
    """Answers every GET with an empty page, whatever name it is asked under."""

    address = "127.0.0.2"

    def __init__(self, address: str = address) -> None:
        self._server = ThreadingHTTPServer((address, 0), _Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def origin(self, name: str) -> str:
        return f"http://{name}.evil.example:{self.port}"

    @property
    def port(self) -> int:
        return self._server.server_port

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
