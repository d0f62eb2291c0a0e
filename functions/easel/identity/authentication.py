"""Who a request's credentials say is asking; what does not hold is said, never guessed around."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from easel.clock import Clock
from easel.errors import Busy, CallerError, Unauthenticated
from easel.identity.api_keys import PREFIX, WRITTEN, ApiKey
from easel.identity.callers import ANONYMOUS, Caller
from easel.identity.session_cookie import Sessions
from easel.identity.tokens import Tokens
from easel.outbound.http import Unreachable

ANONYMOUS_CALLER = Caller(owner=ANONYMOUS, scopes=frozenset())


class FindsKeys(Protocol):
    """Where API keys are looked up."""

    def get(self, key_id: str) -> ApiKey | None:
        """A key by its id."""


@dataclass(frozen=True)
class Credentials:
    """What a request shows of its sender: credentials, and where a browser says that it comes from."""

    authorization: str | None = None
    cookies: Sequence[str] = ()
    method: str = "GET"
    origin: str | None = None
    site: str | None = None  # Sec-Fetch-Site


@dataclass(frozen=True)
class Authenticated:
    """The caller; where credentials came that do not hold, an anonymous one, and the error that says why."""

    caller: Caller
    error: CallerError | None = None


@dataclass(frozen=True)
class Authenticator:
    """Tells callers by token, API key or session cookie; `anonymous_scopes` are the scopes of who sends none."""

    tokens: Tokens
    keys: FindsKeys
    sessions: Sessions
    clock: Clock
    anonymous_scopes: frozenset[str] = frozenset({"read"})

    def __call__(self, shown: Credentials) -> Authenticated:
        """Who shows this. A header speaks louder than a cookie, which a browser sends unasked."""
        try:
            if shown.authorization is not None:
                return Authenticated(self._caller(shown.authorization))
            token = self.sessions.token(shown.cookies)
            if token is None:
                return Authenticated(Caller(owner=ANONYMOUS, scopes=self.anonymous_scopes))
            self.sessions.must_be_ours(shown.method, origin=shown.origin, site=shown.site)
            return Authenticated(self._person(token))
        except CallerError as error:
            return Authenticated(ANONYMOUS_CALLER, error)

    def _caller(self, authorization: str) -> Caller:
        scheme, _, credentials = authorization.strip().partition(" ")
        if scheme.lower() != "bearer" or not credentials.strip():
            raise Unauthenticated("Authorization must be `Bearer` with a token or an API key.")
        credentials = credentials.strip()
        if credentials.startswith(PREFIX):
            return self._service(credentials)
        return self._person(credentials)

    def _person(self, token: str) -> Caller:
        try:
            return self.tokens.caller(token)
        except Unreachable as error:
            raise Busy("The token's issuer cannot be reached to check it; try again.") from error

    def _service(self, written: str) -> Caller:
        parts = WRITTEN.fullmatch(written)
        if not parts:
            raise Unauthenticated("The API key is not written like ours: easel_<id>_<secret>.")
        try:
            key = self.keys.get(parts[1])
        except (BotoCoreError, ClientError) as error:
            raise Busy("The API key could not be checked just now; try again.") from error
        now = self.clock.now()
        if key is None or not key.opens_with(parts[2], now):
            raise Unauthenticated("The API key is not known here.")
        if not key.alive(now):
            raise Unauthenticated("The API key has expired or was revoked; ask for a new one.")
        return Caller(
            owner=f"service:{key.account}",
            scopes=frozenset(key.scopes),
            account=key.account,
            key_id=key.id,
            expires_at=key.expires_at,
            daily_credits=key.daily_credits,
        )
