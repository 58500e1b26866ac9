"""A server before another: passes requests on, or answers as the test says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

import httpx

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    """With its query."""
    headers: httpx.Headers
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


Forward = Callable[[Call], Reply]
Answer = Callable[[Call, Forward], Reply]


def pass_on(call: Call, forward: Forward) -> Reply:
    return forward(call)


class Front:
    """`with Front(upstream, answer) as front:` serves at front.url and keeps front.calls.

    answer(call, forward) gives the reply to each call; forward(call) asks the upstream.
    """

    def __init__(self, upstream: str = "", answer: Answer = pass_on) -> None:
        self.upstream = upstream
        self.answer = answer
        self.calls: list[Call] = []
        self._client = httpx.Client(trust_env=False, timeout=60)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}"

    def __enter__(self) -> Front:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._client.close()

    def forward(self, call: Call) -> Reply:
        headers = {k: v for k, v in call.headers.items() if k.lower() not in _HOP_BY_HOP}
        headers["accept-encoding"] = "identity"
        reply = self._client.request(
            call.method, self.upstream + call.path, headers=headers, content=call.body
        )
        kept = {k: v for k, v in reply.headers.items() if k.lower() not in _HOP_BY_HOP}
        return Reply(reply.status_code, reply.content, kept)


def _handler(front: Front) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            # A client that tries TLS first would otherwise wait for its time-out.
            if self.connection.recv(1, socket.MSG_PEEK) != b"\x16":
                super().handle()

        def _serve(self) -> None:
            size = int(self.headers.get("content-length") or 0)
            call = Call(
                self.command,
                self.path,
                httpx.Headers(list(self.headers.items())),
                self.rfile.read(size),
            )
            front.calls.append(call)
            reply = front.answer(call, front.forward)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_HEAD = _serve  # noqa: N815  (the base's names)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the base's name)
            pass

    return Handler
