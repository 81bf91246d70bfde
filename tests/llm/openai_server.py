"""A loopback server that speaks the chat-completions protocol, scripted by a test.

Each request takes the next `Turn` of the script (the last one repeats) and is kept in `requests`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Turn:
    """What the server does with one request.

    Attributes:
        text: the assistant's text.
        calls: tool calls as (name, arguments as raw JSON text).
        status, headers, error: an HTTP error instead of an answer.
        drop: close the connection in the middle of the answer.
    """

    text: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    error: str = ""
    drop: bool = False


@dataclass
class Scripted:
    """A running server: where it is, and what it was asked."""

    url: str
    requests: list[dict[str, Any]] = field(default_factory=list)


def call(name: str, **arguments: Any) -> tuple[str, str]:
    """A tool call with valid JSON arguments."""
    return name, json.dumps(arguments)


@contextmanager
def serve(script: Sequence[Turn]) -> Iterator[Scripted]:
    """Run a server with this script."""
    scripted = Scripted("")
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                turn = script[min(len(scripted.requests), len(script) - 1)]
                scripted.requests.append(body)
            if turn.status != 200:
                self._send(
                    turn.status,
                    json.dumps({"error": {"message": turn.error, "type": "error", "code": None}}),
                    headers=turn.headers,
                )
            elif turn.drop:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "10000")
                self.end_headers()
                self.wfile.write(b'{"id": "cut')
                self.wfile.flush()
                self.close_connection = True
                self.connection.close()
            elif body.get("stream"):
                self._stream(turn, body)
            else:
                self._send(200, json.dumps(_completion(turn, body)))

        def _send(self, status: int, text: str, headers: Sequence[tuple[str, str]] = ()) -> None:
            payload = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(payload)

        def _stream(self, turn: Turn, body: dict[str, Any]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            for chunk in _chunks(turn, body):
                self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
                self.wfile.flush()
            self.wfile.write(b"data: [DONE]\n\n")
            self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    scripted.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield scripted
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


USAGE = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}


def _completion(turn: Turn, body: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": turn.text or None}
    if turn.calls:
        message["tool_calls"] = [_tool_call(i, *one) for i, one in enumerate(turn.calls)]
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": "tool_calls" if turn.calls else "stop",
            }
        ],
        "usage": USAGE,
    }


def _tool_call(index: int, name: str, arguments: str) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"id": f"call_{index}", "type": "function", "function": function}


def _chunks(turn: Turn, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": body["model"],
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        }

    yield chunk({"role": "assistant", "content": ""})
    for word in turn.text.split(" "):
        if word:
            yield chunk({"content": word + " "})
    for index, (name, arguments) in enumerate(turn.calls):
        head = _tool_call(index, name, "") | {"index": index}
        yield chunk({"tool_calls": [head]})
        for start in range(0, len(arguments), 7):
            part = {"index": index, "function": {"arguments": arguments[start : start + 7]}}
            yield chunk({"tool_calls": [part]})
    yield chunk({}, "tool_calls" if turn.calls else "stop")
    if (body.get("stream_options") or {}).get("include_usage"):
        yield chunk({}) | {"choices": [], "usage": USAGE}
