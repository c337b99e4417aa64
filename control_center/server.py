"""Run the app on a listening socket, and stop it without hanging on live streams."""

import socket

import uvicorn
from fastapi import FastAPI

from core.errors import ConfigError

_GRACE_S = 5
_BACKLOG = 512


class Server(uvicorn.Server):
    """Ends live streams before it waits for connections to end."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_GRACE_S,
            )
        )
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop in order: streams, requests under way, then the app's own parts."""
        self._app.state.center.feed.hub.close()
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """Open the socket to serve on; ConfigError when someone else holds it."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as exc:
        raise ConfigError(
            f"cannot listen on {host}:{port}: {exc}; stop what holds it, or choose another with "
            "--port or control_center.port"
        ) from exc


def url(listener: socket.socket) -> str:
    """The address of a listening socket, for a browser."""
    address, port = listener.getsockname()[:2]
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"
