"""Cloudflare Turnstile, where the operator has set it up: whoever has not signed in shows that a browser asks.

Bounded in time, never repeated (a token is good once), and closed when Cloudflare is out of reach.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from easel.errors import Busy, Unauthenticated
from easel.outbound.http import Unreachable, request

ORIGIN = "https://challenges.cloudflare.com"  # of the check, and of the script and the frame that the page shows
URL = f"{ORIGIN}/turnstile/v0/siteverify"
SECONDS = 2
TOKEN_CHARS_MAX = 2048
BYTES_MAX = 16_384
HEADER = "Easel-Turnstile"


@dataclass(frozen=True)
class Turnstile:
    """The check of one request; `post` sends a form and returns what came back."""

    secret: Callable[[], bytes]
    post: Callable[[str, bytes], bytes]

    def __call__(self, token: str | None, address: str) -> None:
        """Let a browser pass. Raises Unauthenticated, and Busy where nobody can tell."""
        if not token or len(token) > TOKEN_CHARS_MAX:
            raise Unauthenticated(f"Sign in, or send the token of a solved Turnstile challenge as {HEADER}.")
        form = {"secret": self.secret().decode(), "response": token, **({"remoteip": address} if address else {})}
        try:
            answer = json.loads(self.post(URL, urlencode(form).encode()))
        except (Unreachable, ValueError) as error:
            raise Busy(
                "The challenge could not be checked just now. Nothing was held; try again, or sign in."
            ) from error
        if not isinstance(answer, dict) or answer.get("success") is not True:
            raise Unauthenticated(f"The token in {HEADER} does not hold; solve the challenge again, or sign in.")


def post(url: str, form: bytes) -> bytes:
    """What came back for a form that is sent once. Raises Unreachable when there is no answer in time."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return request("POST", url, seconds=SECONDS, bytes_max=BYTES_MAX, body=form, headers=headers).content
