"""The developer issuer's sign-in pages: the authorization code flow with PKCE, for whoever types a name.

There is no password: it is the identity provider of one machine, on loopback. All the rest is as strict as elsewhere.
"""

import base64
import hashlib
import hmac
import html
import secrets
import time
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from local.issuer import AUTHORIZE, CLIENT, TOKEN, TOKEN_SECONDS, Issuer

CODE_SECONDS: Final = 60.0
CODES_MAX: Final = 1_000
LOOPBACK = ("127.0.0.1", "localhost")
ASKED = ("client_id", "redirect_uri", "response_type", "state", "code_challenge", "code_challenge_method")
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in</title>
<style>body{{font:17px system-ui;max-width:24rem;margin:4rem auto;padding:0 1rem}}
input,button{{font:inherit;padding:.6rem}}</style>
<h1>Sign in, on this machine only</h1>
<form method="get"><label>Name <input name="login" value="dev" required pattern="[A-Za-z0-9._-]+" autofocus></label>
<button>Sign in</button>{hidden}</form></html>"""


@dataclass(frozen=True)
class Code:
    """What a code is good for."""

    subject: str
    redirect_uri: str
    challenge: str
    until: float


@dataclass
class SignIn:
    """The two endpoints; `issuer` signs what they hand out."""

    issuer: Issuer
    codes: dict[str, Code] = field(default_factory=dict)

    def routes(self) -> list[Route]:
        """Where they are."""
        return [Route(AUTHORIZE, self.authorize), Route(TOKEN, self.token, methods=["POST"])]

    async def authorize(self, request: Request) -> Response:
        """Ask for a name, then send the browser back with a code."""
        asked = {name: request.query_params.get(name, "") for name in ASKED}
        back = asked["redirect_uri"]
        if asked["client_id"] != CLIENT or not _here(back):
            return HTMLResponse("This is no client of this machine.", 400)
        flow = (asked["response_type"], asked["code_challenge_method"], len(asked["code_challenge"]))
        if flow != ("code", "S256", 43):
            return _returned(back, error="invalid_request", state=asked["state"])
        login = request.query_params.get("login", "")
        if not login:
            kept = {**asked, "scope": request.query_params.get("scope", "")}
            hidden = "".join(f'<input type="hidden" name="{name}" value="{html.escape(kept[name])}">' for name in kept)
            return HTMLResponse(PAGE.format(hidden=hidden))
        code = secrets.token_urlsafe(24)
        self._forget()
        self.codes[code] = Code(login, back, asked["code_challenge"], time.monotonic() + CODE_SECONDS)
        return _returned(back, code=code, state=asked["state"])

    async def token(self, request: Request) -> Response:
        """A token for a code, once, for whoever began."""
        given = {name: values[-1] for name, values in parse_qs((await request.body()).decode()).items()}
        code = self.codes.pop(given.get("code", ""), None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(given.get("code_verifier", "").encode()).digest()).rstrip(b"=")
        if given.get("grant_type") != "authorization_code" or given.get("client_id") != CLIENT:
            return JSONResponse({"error": "invalid_request"}, 400)
        if code is None or code.until < time.monotonic() or code.redirect_uri != given.get("redirect_uri"):
            return JSONResponse({"error": "invalid_grant"}, 400)
        if not hmac.compare_digest(proof, code.challenge.encode()):
            return JSONResponse({"error": "invalid_grant"}, 400)
        answer = {"token_type": "Bearer", "expires_in": TOKEN_SECONDS, "access_token": self.issuer.token(code.subject)}
        # From any page: what is handed out is for whoever knows the verifier, and no cookie counts here.
        return JSONResponse(answer, headers={"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"})

    def _forget(self) -> None:
        now = time.monotonic()
        for stale in [name for name, code in self.codes.items() if code.until < now]:
            del self.codes[stale]
        if len(self.codes) >= CODES_MAX:
            self.codes.clear()


def _here(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname in LOOPBACK and not parts.username


def _returned(back: str, **said: str) -> Response:
    return RedirectResponse(f"{back}{'&' if urlsplit(back).query else '?'}{urlencode(said)}", 302)
