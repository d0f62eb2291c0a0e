"""Whose request it is at the emulated gateway: the address of the connection, as in AWS, never what a header says."""

from local.emulator.asgi import App, Receive, Scope, Send

GATEWAY = "/_aws/execute-api/"
FORWARDED = b"x-forwarded-for"
UNKNOWN = "127.0.0.1"


class Callers:
    """Wraps the emulator, which believes the first address of `X-Forwarded-For`: here the connection's own is there."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; what goes to the gateway has the address of whoever sent it."""
        if scope["type"] == "http" and scope["path"].startswith(GATEWAY):
            came_from = (scope.get("client") or (UNKNOWN, 0))[0]
            others = [(name, value) for name, value in scope["headers"] if name.lower() != FORWARDED]
            scope = {**scope, "headers": [*others, (FORWARDED, came_from.encode())]}
        await self._app(scope, receive, send)
