"""One address for the whole local stack: `python -m local.frontdoor --port N --upstream URL --key FILE`.

It passes every request to the deployed API as it came and its answer back as it is, and serves the developer issuer's
public key. What the gateway does in AWS the emulated gateway does here; nothing is decided at this door.
"""

import argparse
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route, request_response

from local.issuer import Issuer
from local.signin import SignIn

TIMEOUT_SECONDS = 60.0
HOP_BY_HOP = {b"connection", b"keep-alive", b"transfer-encoding", b"te", b"trailer", b"upgrade", b"proxy-connection"}


def app(*, upstream: str, issuer: Issuer, trusted: Path | None = None) -> Starlette:
    """The front door to `upstream`, the base address of the deployed API; `trusted` is the certificate it shows."""
    client = httpx2.AsyncClient(
        timeout=TIMEOUT_SECONDS,
        limits=httpx2.Limits(max_connections=None),
        trust_env=False,
        follow_redirects=False,
        verify=ssl.create_default_context(cafile=trusted) if trusted else True,
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with client:
            yield

    async def jwks(_: Request) -> Response:
        return JSONResponse(issuer.jwks())

    async def discovery(_: Request) -> Response:
        return JSONResponse(issuer.discovery())

    async def passed_on(request: Request) -> Response:
        return await _pass(request, client, upstream)

    routes = [
        Route("/.well-known/jwks.json", jwks),
        Route("/.well-known/openid-configuration", discovery),
        *SignIn(issuer).routes(),
    ]
    door = Starlette(routes=routes, lifespan=lifespan)
    door.router.default = request_response(passed_on)  # a pattern for "any path" would not match a line break in one
    door.router.redirect_slashes = False
    return door


async def _pass(request: Request, client: httpx2.AsyncClient, upstream: str) -> Response:
    query = request.scope["query_string"].decode("latin-1")
    path = request.scope["raw_path"].decode("latin-1")
    headers = [pair for pair in request.headers.raw if pair[0] not in HOP_BY_HOP | {b"host"}]
    outgoing = client.build_request(
        request.method, f"{upstream}{path}{f'?{query}' if query else ''}", headers=headers, content=await request.body()
    )
    try:
        answer = await client.send(outgoing, stream=True)
    except httpx2.TimeoutException:
        return JSONResponse({"message": "Endpoint request timed out"}, 504)
    except httpx2.TransportError as broken:
        return JSONResponse({"message": f"the emulator does not answer: {broken}"}, 502)
    response = StreamingResponse(
        answer.aiter_raw(), status_code=answer.status_code, background=BackgroundTask(answer.aclose)
    )
    response.raw_headers = [(key.lower(), value) for key, value in answer.headers.raw if key.lower() not in HOP_BY_HOP]
    return response


def main() -> None:
    """Serve until SIGTERM."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--upstream", required=True)
    options.add_argument("--key", type=Path, required=True)
    options.add_argument("--trusted", type=Path)
    chosen = options.parse_args()
    issuer = Issuer.kept_in(chosen.key, address=f"http://127.0.0.1:{chosen.port}")
    door = app(upstream=chosen.upstream.rstrip("/"), issuer=issuer, trusted=chosen.trusted)
    uvicorn.run(
        door,
        host="127.0.0.1",
        port=chosen.port,
        log_level="warning",
        timeout_graceful_shutdown=2,
        server_header=False,
        date_header=False,
    )


if __name__ == "__main__":
    main()
