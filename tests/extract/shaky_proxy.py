"""An HTTP proxy before moto's server that counts requests and cuts answers off when told to."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass
class Seen:
    """A request that came in."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)


class ShakyProxy:
    """Passes requests on; `cut` says after how many bytes of an object's body to hang up.

    Attributes:
        seen: the requests so far.
        cut: (number of GETs of this object so far, its path) -> bytes; None to let it pass.
        before: called before each request is passed on.
    """

    def __init__(self, upstream: str) -> None:
        self.seen: list[Seen] = []
        self.cut: Callable[[int, str], int | None] = lambda _count, _path: None
        self.before: Callable[[Seen], None] = lambda _seen: None
        target = urlsplit(upstream).netloc
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass_on(self) -> None:
                request = Seen(
                    self.command, self.path, {k.lower(): v for k, v in self.headers.items()}
                )
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                proxy.seen.append(request)
                proxy.before(request)
                onward = http.client.HTTPConnection(target)
                # The signature covers the host that the client asked.
                onward.putrequest(
                    self.command, self.path, skip_host=True, skip_accept_encoding=True
                )
                for name, value in self.headers.items():
                    onward.putheader(name, value)
                onward.endheaders(body)
                answer = onward.getresponse()
                data = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                        self.send_header(name, value)
                length = answer.getheader("content-length")
                self.send_header(
                    "Content-Length",
                    length if self.command == "HEAD" and length else str(len(data)),
                )
                self.end_headers()
                if self.command == "HEAD":
                    return
                is_object = self.command == "GET" and "list-type" not in self.path
                limit = proxy.cut(len(proxy.gets(self.path)), self.path) if is_object else None
                if limit is None or limit >= len(data):
                    self.wfile.write(data)
                    return
                self.wfile.write(data[:limit])
                self.wfile.flush()
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _pass_on  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def gets(self, path: str) -> list[Seen]:
        """The GETs of one object."""
        return [seen for seen in self.seen if seen.method == "GET" and seen.path == path]

    def stop(self) -> None:
        """Close it."""
        self._server.shutdown()
        self._server.server_close()
