"""The session cookie: a person's token that a browser keeps, and the proof that our own page sent it.

A cookie comes along with whatever a browser sends here, so an unsafe request that is signed in by nothing else must
say by Origin or Sec-Fetch-Site, which pages cannot write, that it was not another site's doing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from easel.errors import OriginNotAllowed, Unauthenticated

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SECURE_NAME = "__Host-easel"
PLAIN_NAME = "easel-local"  # a browser keeps no __Host- cookie that came over plain http
LOOPBACK = ("127.0.0.1", "localhost")
TOKEN_CHARS_MAX = 3_800  # browsers drop a cookie of more than 4,096 bytes without a word
FROM_OTHERS = frozenset({None, "same-origin", "same-site", "cross-site"})
FROM_OURSELVES = frozenset({None, "same-origin"})


@dataclass(frozen=True)
class Sessions:
    """The cookie of one stage; `origins` are the other sites whose pages may use it."""

    public_url: str
    origins: tuple[str, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether this stage is reached over plain http: a local one."""
        return self.public_url.startswith("http://")

    @property
    def name(self) -> str:
        """The cookie's name; a stage reads no other."""
        return PLAIN_NAME if self.plain else SECURE_NAME

    def token(self, cookies: Sequence[str]) -> str | None:
        """The token in these Cookie headers. Raises Unauthenticated where there are two: somebody planted one."""
        pairs = (pair.strip().partition("=") for header in cookies for pair in header.split(";"))
        found = [value.strip() for name, _, value in pairs if name.strip() == self.name]
        if len(found) > 1:
            raise Unauthenticated("The session came twice; clear this site's cookies and sign in again.")
        return found[0] if found else None

    def must_be_ours(self, method: str, *, origin: str | None, site: str | None) -> None:
        """Refuse an unsafe request by cookie unless it proves to come from our own page or a configured site's.

        Raises OriginNotAllowed.
        """
        if method.upper() in SAFE:
            return
        if origin is None:
            proven = site == "same-origin"
        elif origin in self._own():
            proven = site in FROM_OURSELVES
        else:
            proven = origin in self.origins and site in FROM_OTHERS
        if not proven:
            raise OriginNotAllowed(
                "A session cookie changes things from this stage's own page or a configured origin alone; send "
                "`Authorization: Bearer`, or have the operator add the site to cors_origins."
            )

    def set_cookie(self, token: str, *, seconds: int) -> str:
        """The Set-Cookie that begins a session."""
        return f"{self.name}={token}; Max-Age={seconds}; {self._attributes()}"

    def clear_cookie(self) -> str:
        """The Set-Cookie that ends it."""
        return f"{self.name}=; Max-Age=0; {self._attributes()}"

    def _attributes(self) -> str:
        return "Path=/; HttpOnly; SameSite=Lax" + ("" if self.plain else "; Secure")

    def _own(self) -> frozenset[str]:
        parts = urlsplit(self.public_url)
        hosts = LOOPBACK if self.plain and parts.hostname in LOOPBACK else (parts.hostname or "",)
        port = "" if parts.port in (None, 80 if self.plain else 443) else f":{parts.port}"
        return frozenset(f"{parts.scheme}://{host}{port}" for host in hosts)
