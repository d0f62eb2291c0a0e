"""One address for the whole local stack: `python -m local.frontdoor --port N --upstream URL --key FILE`.

It passes every request to the deployed API as it came and its answer back as it is, and serves the developer issuer's
public key. What the gateway does in AWS the emulated gateway does here; nothing is decided at this door, but that every
page on loopback is a website of ours (`local/websites.py`). It keeps nothing of one request for the next.
"""

import argparse
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route, request_response

from local import websites
from local.issuer import Issuer
from local.signin import SignIn

TIMEOUT_SECONDS = 60.0
HOP_BY_HOP = {b"connection", b"keep-alive", b"transfer-encoding", b"te", b"trailer", b"upgrade", b"proxy-connection"}


@dataclass(frozen=True)
class Upstream:
    """The deployed API: its base address, its own origin, and the website that it knows ("" for none)."""

    address: str
    own: str
    website: str
    client: httpx2.AsyncClient

    async def passed_on(self, request: Request) -> Response:
        """Its answer to a request, or why there is none."""
        website = websites.asking(request.headers.raw, own=self.own, known=self.website)
        try:
            answer = await self.client.send(await self._outgoing(request, website), stream=True)
        except httpx2.TimeoutException:
            return JSONResponse({"message": "Endpoint request timed out"}, 504)
        except httpx2.TransportError as broken:
            return JSONResponse({"message": f"the emulator does not answer: {broken}"}, 502)
        response = StreamingResponse(
            answer.aiter_raw(), status_code=answer.status_code, background=BackgroundTask(answer.aclose)
        )
        kept = [(key.lower(), value) for key, value in answer.headers.raw if key.lower() not in HOP_BY_HOP]
        response.raw_headers = website.answer(kept)
        return response

    async def _outgoing(self, request: Request, website: websites.Website) -> httpx2.Request:
        query = request.scope["query_string"].decode("latin-1")
        path = request.scope["raw_path"].decode("latin-1")
        headers = [pair for pair in website.request(request.headers.raw) if pair[0] not in HOP_BY_HOP | {b"host"}]
        address = f"{self.address}{path}{f'?{query}' if query else ''}"
        return self.client.build_request(request.method, address, headers=headers, content=await request.body())


def app(*, upstream: str, issuer: Issuer, trusted: Path | None = None, website: str = "") -> Starlette:
    """The front door to `upstream`, the base address of the deployed API.

    `trusted` is the certificate it shows; `website` the one other origin whose pages it lets read its answers.
    """
    client = httpx2.AsyncClient(
        timeout=TIMEOUT_SECONDS,
        limits=httpx2.Limits(max_connections=None),
        trust_env=False,
        follow_redirects=False,
        verify=ssl.create_default_context(cafile=trusted) if trusted else True,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # else one caller's session is everybody's
    )
    deployed = Upstream(address=upstream, own=issuer.address, website=website, client=client)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with client:
            yield

    async def jwks(_: Request) -> Response:
        return JSONResponse(issuer.jwks())

    async def discovery(_: Request) -> Response:
        return JSONResponse(issuer.discovery())

    routes = [
        Route("/.well-known/jwks.json", jwks),
        Route("/.well-known/openid-configuration", discovery),
        *SignIn(issuer).routes(),
    ]
    door = Starlette(routes=routes, lifespan=lifespan)
    # A pattern for "any path" would not match a line break in one.
    door.router.default = request_response(deployed.passed_on)
    door.router.redirect_slashes = False
    return door


def main() -> None:
    """Serve until SIGTERM."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--upstream", required=True)
    options.add_argument("--key", type=Path, required=True)
    options.add_argument("--trusted", type=Path)
    options.add_argument("--website", default="", help="the origin that the stage's cors_origins names")
    chosen = options.parse_args()
    issuer = Issuer.kept_in(chosen.key, address=f"http://127.0.0.1:{chosen.port}")
    door = app(upstream=chosen.upstream.rstrip("/"), issuer=issuer, trusted=chosen.trusted, website=chosen.website)
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
