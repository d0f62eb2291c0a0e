import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from easel.errors import Busy, CallerError, Forbidden, InvalidRequest, OriginNotAllowed, Unauthenticated
from easel.identity.api_keys import ApiKey, digest
from easel.identity.authentication import Authenticated, Authenticator, Credentials
from easel.identity.callers import SCOPES, USER_SCOPES, Caller
from easel.identity.jwks import AGAIN, FRESH, KEPT, KeySets
from easel.identity.session_cookie import Sessions
from easel.identity.tokens import Tokens
from easel.outbound.http import Unreachable
from easel.settings import Issuer
from tests.support.fakes import NOON, FakeClock

SITE = "https://app.example"
OURS = "https://images.example"
ISSUER = Issuer(name="accounts", issuer="https://id.example/", jwks_url="https://id.example/keys", audience=("easel",))
COGNITO = Issuer(
    name="pool",
    issuer="https://cognito.example/pool",
    jwks_url="https://cognito.example/keys",
    audience=("client1",),
    audience_claim="client_id",
    token_use="access",
)
RSA = RSAKey.generate_key(2048, {"kid": "rsa1", "alg": "RS256", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "ec1", "use": "sig"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed1"})
SAME = RSAKey.import_key(RSA.as_pem(private=True))  # without a word on what it is for
FOREIGN = RSAKey.generate_key(2048, {"kid": "rsa1"})
SECRET = "S" * 40


@dataclass
class Publisher:
    """Where issuers publish their keys; counts who looks."""

    keys: list[Any] = field(default_factory=lambda: [RSA, EC, ED])
    content: bytes | None = None
    down: bool = False
    fetched: int = 0

    def __call__(self, url: str) -> bytes:
        self.fetched += 1
        if self.down:
            raise Unreachable(url)
        return self.content or json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]}).encode()


@dataclass
class KeyTable:
    """API keys in memory."""

    keys: dict[str, ApiKey] = field(default_factory=dict)
    down: bool = False

    def get(self, key_id: str) -> ApiKey | None:
        if self.down:
            raise ClientError({"Error": {"Code": "InternalServerError"}}, "GetItem")
        return self.keys.get(key_id)


@dataclass
class Desk:
    """An identity with everything around it in the test's hands."""

    clock: FakeClock = field(default_factory=FakeClock)
    publisher: Publisher = field(default_factory=Publisher)
    table: KeyTable = field(default_factory=KeyTable)
    anonymous_scopes: frozenset[str] = frozenset({"read"})

    def __post_init__(self) -> None:
        self.key_sets = KeySets(fetch=self.publisher, clock=self.clock)
        tokens = Tokens(issuers=(ISSUER, COGNITO), keys=self.key_sets, clock=self.clock)
        self.identity = Authenticator(
            tokens=tokens,
            keys=self.table,
            sessions=Sessions("https://images.example/live", (SITE,)),
            clock=self.clock,
            anonymous_scopes=self.anonymous_scopes,
        )

    def find(self, authorization: str | None) -> Authenticated:
        return self.identity(Credentials(authorization=authorization))

    def cookie(self, token: str, method: str = "GET", **browser: str) -> Authenticated:
        return self.identity(Credentials(cookies=[f"theme=dark; __Host-easel={token}"], method=method, **browser))

    def bearer(self, token: str) -> Authenticated:
        return self.find(f"Bearer {token}")


@pytest.fixture
def desk() -> Desk:
    return Desk()


def claims(**changes: Any) -> dict[str, Any]:
    now = NOON // 1000
    said = {"iss": ISSUER.issuer, "aud": "easel", "sub": "ann", "iat": now, "nbf": now, "exp": now + 300, **changes}
    return {name: value for name, value in said.items() if value is not None}


def token(key: Any = RSA, header: dict[str, Any] | None = None, **changes: Any) -> str:
    head = {"alg": "RS256", "kid": "rsa1", "typ": "JWT", **(header or {})}
    head = {name: value for name, value in head.items() if value is not None}
    registry = jws.JWSRegistry(algorithms=list(jws.JWSRegistry.algorithms), strict_check_header=False)
    return jws.serialize_compact(head, json.dumps(claims(**changes)), key, registry=registry)


def forged(header: dict[str, Any] | str, payload: dict[str, Any] | str, signature: bytes = b"x") -> str:
    def part(value: Any) -> str:
        text = value if isinstance(value, str) else json.dumps(value)
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    return f"{part(header)}.{part(payload)}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def signed_with_the_public_key() -> str:
    unsigned = forged({"alg": "HS256", "kid": "rsa1"}, claims()).rpartition(".")[0]
    mac = hmac.new(RSA.as_pem(private=False), unsigned.encode(), hashlib.sha256).digest()
    return f"{unsigned}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def test_a_good_token_is_its_subject_of_its_issuer(desk: Desk) -> None:
    found = desk.bearer(token())

    assert found.error is None
    expected = Caller(owner="user:accounts:ann", scopes=USER_SCOPES, expires_at=NOON + 300_000)
    assert found.caller == expected


@pytest.mark.parametrize(
    ("key", "header"),
    [
        (EC, {"alg": "ES256", "kid": "ec1"}),
        (ED, {"alg": "EdDSA", "kid": "ed1"}),
        (EC, {"alg": "ES256", "kid": None}),
        (RSA, {"typ": None}),
        (RSA, {"typ": "at+jwt"}),
        (RSA, {"cat": "cl_B7d4PD111AAA"}),  # Clerk's
    ],
)
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_each_allowed_algorithm_is_verified(desk: Desk, key: Any, header: dict[str, Any]) -> None:
    assert desk.bearer(token(key, header)).error is None


def test_the_scheme_is_read_in_any_case_and_space(desk: Desk) -> None:
    assert desk.find(f"bearer   {token()} ").error is None


def test_an_audience_may_be_one_of_several(desk: Desk) -> None:
    assert desk.bearer(token(aud=["other", "easel"])).error is None


def test_an_issuer_may_have_another_claim_for_its_audience(desk: Desk) -> None:
    good: dict[str, Any] = {"iss": COGNITO.issuer, "aud": None, "client_id": "client1", "token_use": "access"}

    assert desk.bearer(token(**good)).caller.owner == "user:pool:ann"
    assert desk.bearer(token(**{**good, "client_id": "other"})).error
    assert desk.bearer(token(**{**good, "client_id": None, "aud": "client1"})).error
    assert desk.bearer(token(**{**good, "token_use": "id"})).error
    assert desk.bearer(token(**{**good, "token_use": None})).error


NOW = NOON // 1000


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"exp": NOW - 60}, "expired"),
        ({"exp": None}, "expired"),
        ({"exp": "soon"}, "not numbers"),
        ({"exp": True}, "not numbers"),
        ({"nbf": NOW + 61}, "not valid yet"),
        ({"iat": NOW + 61}, "not valid yet"),
        ({"iat": "now"}, "not numbers"),
        ({"exp": float("inf")}, "not numbers"),
        ({"exp": float("nan")}, "not numbers"),
        ({"nbf": -1}, "not numbers"),
        ({"aud": "another"}, "another audience"),
        ({"aud": ["another"]}, "another audience"),
        ({"aud": None}, "another audience"),
        ({"aud": "easel2"}, "another audience"),
        ({"iss": "https://id.example"}, "not trusted"),
        ({"iss": "https://evil.example/"}, "not trusted"),
        ({"iss": None}, "not trusted"),
        ({"sub": None}, "subject"),
        ({"sub": ""}, "subject"),
        ({"sub": 7}, "subject"),
        ({"sub": "a b"}, "subject"),
        ({"sub": "x" * 256}, "subject"),
    ],
)
def test_claims_that_do_not_hold_are_refused(desk: Desk, changes: dict[str, Any], says: str) -> None:
    found = desk.bearer(token(**changes))

    assert isinstance(found.error, Unauthenticated)
    assert says in found.error.detail
    assert found.caller.anonymous
    assert not found.caller.scopes


def test_clocks_may_differ_by_a_minute(desk: Desk) -> None:
    assert desk.bearer(token(exp=NOW - 59)).error is None
    assert desk.bearer(token(nbf=NOW + 59, iat=NOW + 59)).error is None


FORGERIES: dict[str, Callable[[], str]] = {
    "another key": lambda: token(FOREIGN),
    "no algorithm": lambda: forged({"alg": "none", "kid": "rsa1"}, claims(), b""),
    "none in capitals": lambda: forged({"alg": "NONE"}, claims()),
    "the public key as a shared secret": signed_with_the_public_key,
    "an algorithm the issuer does not use": lambda: token(SAME, {"alg": "RS512"}),
    "an algorithm of another kind of key": lambda: token(EC, {"alg": "ES256", "kid": "rsa1"}),
    "a key of its own": lambda: token(FOREIGN, {"jwk": FOREIGN.as_dict(private=False)}),
    "a key from its own address": lambda: token(FOREIGN, {"jku": "https://evil.example/keys"}),
    "a certificate of its own": lambda: token(RSA, {"x5c": ["MIIB"]}),
    "a certificate from its own address": lambda: token(RSA, {"x5u": "https://evil.example/"}),
    "critical rules": lambda: forged({"alg": "RS256", "kid": "rsa1", "crit": ["exp"]}, claims()),
    "an unencoded payload": lambda: forged({"alg": "RS256", "kid": "rsa1", "b64": False}, claims()),
    "another type": lambda: token(RSA, {"typ": "dpop+jwt"}),
    "a key nobody published": lambda: token(RSA, {"kid": "rsa2"}),
    "a list of algorithms": lambda: forged({"alg": ["RS256"], "kid": "rsa1"}, claims()),
    "a kid that is no text": lambda: forged({"alg": "RS256", "kid": 1}, claims()),
    "two issuers": lambda: forged(
        {"alg": "RS256", "kid": "rsa1"}, '{"iss": "https://evil.example/", "iss": "https://id.example/"}'
    ),
    "two algorithms": lambda: forged('{"alg": "RS256", "alg": "none"}', claims()),
    "a changed payload": lambda: ".".join(
        [token().split(".")[0], forged({}, claims(sub="bob")).split(".")[1], token().split(".")[2]]
    ),
    "a cut signature": lambda: token()[:-8],
    "no signature": lambda: token().rpartition(".")[0] + ".",
    "a payload that is no object": lambda: forged({"alg": "RS256", "kid": "rsa1"}, "[]"),
    "a payload that is no JSON": lambda: forged({"alg": "RS256", "kid": "rsa1"}, "{"),
    "deep nesting": lambda: forged({"alg": "RS256"}, "[" * 5000),
    "five parts": lambda: token() + ".a.b",
    "padding": lambda: token() + "=",
    "a second spelling of the signature": lambda: _respelled(token()),
    "great length": lambda: token(name="x" * 9000),
    "no token at all": lambda: "hello",
}


def _respelled(written: str) -> str:
    """The same bytes with other unused bits at the end."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = letters[letters.index(written[-1]) ^ 1]
    padding = "=" * (-len(written.rpartition(".")[2]) % 4)
    before, after = (
        base64.urlsafe_b64decode(each.rpartition(".")[2] + padding) for each in (written, written[:-1] + other)
    )
    assert before == after
    return written[:-1] + other


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_is_refused(desk: Desk, forgery: str) -> None:
    found = desk.bearer(FORGERIES[forgery]())

    assert isinstance(found.error, Unauthenticated)
    assert found.caller.anonymous


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "token abc", "Bearer a, Bearer b"])
def test_a_header_that_is_no_bearer_is_refused_and_not_taken_for_nobody(desk: Desk, header: str) -> None:
    assert isinstance(desk.find(header).error, Unauthenticated)


def test_nobody_has_the_scopes_that_the_stage_gives_strangers() -> None:
    closed, opened = Desk(), Desk(anonymous_scopes=frozenset({"generate", "read"}))

    assert closed.find(None).caller == Caller(owner="anonymous", scopes=frozenset({"read"}))
    assert opened.find(None).caller.scopes == {"generate", "read"}


def test_keys_are_fetched_once_while_they_are_fresh(desk: Desk) -> None:
    for _ in range(5):
        desk.bearer(token())
    assert desk.publisher.fetched == 1

    desk.clock.forward(FRESH / 1000 + 1)
    desk.bearer(token())
    assert desk.publisher.fetched == 2


def test_an_unknown_key_is_looked_for_at_most_once_in_30_seconds(desk: Desk) -> None:
    desk.bearer(token())
    for _ in range(20):
        desk.bearer(token(RSA, {"kid": "nobodys"}))
    assert desk.publisher.fetched == 1

    desk.clock.forward(AGAIN / 1000 + 1)
    for _ in range(20):
        desk.bearer(token(RSA, {"kid": "nobodys"}))
    assert desk.publisher.fetched == 2


def test_a_new_key_of_the_issuer_is_found(desk: Desk) -> None:
    desk.bearer(token())
    fresh = RSAKey.generate_key(2048, {"kid": "rsa9"})
    desk.publisher.keys.append(fresh)

    desk.clock.forward(31)

    assert desk.bearer(token(fresh, {"kid": "rsa9"})).error is None


def test_keys_outlive_an_outage_of_their_issuer_for_a_day(desk: Desk) -> None:
    desk.bearer(token())
    desk.publisher.down = True

    desk.clock.forward(KEPT / 1000 - 60)
    later = desk.clock.now() // 1000 + 60
    assert desk.bearer(token(exp=later)).error is None

    desk.clock.forward(120)
    assert isinstance(desk.bearer(token(exp=later + 300)).error, Busy)


@pytest.mark.parametrize("content", [None, b"not json", b"{}", b"[]", b'{"keys": 5}', b'{"keys": [7]}'])
def test_an_issuer_out_of_reach_is_our_trouble_and_not_the_callers(desk: Desk, content: bytes | None) -> None:
    desk.publisher.content, desk.publisher.down = content, content is None

    found = desk.bearer(token())

    assert isinstance(found.error, Busy)


def test_keys_we_cannot_verify_with_are_left_out(desk: Desk) -> None:
    strange = [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "rsa1"},
        {**RSA.as_dict(private=False), "use": "enc"},
        {"kty": "RSA", "kid": "rsa1", "n": "AQ"},
        {"kty": "moon"},
    ]
    desk.publisher.content = json.dumps({"keys": [*strange, RSA.as_dict(private=False)]}).encode()

    assert desk.bearer(token()).error is None


def a_key(**changes: Any) -> ApiKey:
    fields = {"id": "k2345678", "account": "shop", "scopes": ("generate", "grant"), "hash": digest(SECRET)}
    return ApiKey(**{**fields, "created_at": NOON, **changes})


def test_an_api_key_is_its_account_with_its_scopes(desk: Desk) -> None:
    desk.table.keys["k2345678"] = a_key(expires_at=NOON + 1)

    found = desk.bearer(f"easel_k2345678_{SECRET}")

    may = frozenset({"generate", "grant"})
    expected = Caller(owner="service:shop", scopes=may, account="shop", key_id="k2345678", expires_at=NOON + 1)
    assert found == Authenticated(expected)


def test_a_keys_own_daily_limit_goes_with_its_caller(desk: Desk) -> None:
    desk.table.keys["k2345678"] = a_key(daily_credits=40)

    assert desk.bearer(f"easel_k2345678_{SECRET}").caller.daily_credits == 40


def test_both_secrets_open_a_key_while_it_is_rotated_and_then_the_newer_alone(desk: Desk) -> None:
    older = "O" * 40
    desk.table.keys["k2345678"] = a_key(older_hash=digest(older), older_until=NOON + 1000)

    assert desk.bearer(f"easel_k2345678_{SECRET}").error is None
    assert desk.bearer(f"easel_k2345678_{older}").error is None

    desk.clock.forward(1)
    assert desk.bearer(f"easel_k2345678_{SECRET}").error is None
    assert isinstance(desk.bearer(f"easel_k2345678_{older}").error, Unauthenticated)


@pytest.mark.parametrize(
    ("written", "key", "says"),
    [
        (f"easel_k2345678_{'T' * 40}", a_key(), "not known"),
        (f"easel_k9999999_{SECRET}", a_key(), "not known"),
        ("easel_k2345678", a_key(), "not written like ours"),
        (f"easel_K2345678_{SECRET}", a_key(), "not written like ours"),
        (f"easel_k2345678_{SECRET}é", a_key(), "not written like ours"),
        (f"easel_k2345678_{SECRET}", a_key(expires_at=NOON), "expired or was revoked"),
        (f"easel_k2345678_{SECRET}", a_key(revoked_at=NOON - 1), "expired or was revoked"),
    ],
)
def test_an_api_key_that_does_not_hold_is_refused(desk: Desk, written: str, key: ApiKey, says: str) -> None:
    desk.table.keys["k2345678"] = key

    found = desk.bearer(written)

    assert isinstance(found.error, Unauthenticated)
    assert says in found.error.detail


def test_a_wrong_secret_is_not_told_whether_the_key_is_revoked(desk: Desk) -> None:
    desk.table.keys["k2345678"] = a_key(revoked_at=NOON)

    found = desk.bearer(f"easel_k2345678_{'T' * 40}")

    assert found.error
    assert "revoked" not in found.error.detail


def test_a_key_table_out_of_reach_is_our_trouble(desk: Desk) -> None:
    desk.table.down = True

    assert isinstance(desk.bearer(f"easel_k2345678_{SECRET}").error, Busy)


def test_a_session_cookie_is_as_good_as_its_token(desk: Desk) -> None:
    found = desk.cookie(token())

    assert found == desk.bearer(token())


@pytest.mark.parametrize("cookie", ["easel-local", "__host-easel", "__Secure-easel", "easel"])
def test_a_cookie_of_another_name_is_nobodys(desk: Desk, cookie: str) -> None:
    assert desk.identity(Credentials(cookies=[f"{cookie}={token()}"])) == desk.find(None)


def test_a_header_speaks_louder_than_a_cookie(desk: Desk) -> None:
    found = desk.identity(Credentials(authorization="Bearer rubbish", cookies=[f"__Host-easel={token()}"]))

    assert isinstance(found.error, Unauthenticated)


@pytest.mark.parametrize("cookies", [["__Host-easel=a; __Host-easel=b"], ["__Host-easel=a", "__Host-easel=b"]])
def test_two_sessions_at_once_are_not_chosen_among(desk: Desk, cookies: list[str]) -> None:
    assert "twice" in str(desk.identity(Credentials(cookies=cookies)).error)


@pytest.mark.parametrize("cookie", ["", "rubbish", f"easel_k2345678_{SECRET}"])
def test_a_cookie_holds_a_token_and_nothing_else(desk: Desk, cookie: str) -> None:
    desk.table.keys["k2345678"] = a_key()

    assert isinstance(desk.cookie(cookie).error, Unauthenticated)


@pytest.mark.parametrize(
    "browser",
    [
        {"site": "same-origin"},
        {"origin": OURS},
        {"origin": OURS, "site": "same-origin"},
        {"origin": SITE},
        {"origin": SITE, "site": "same-site"},
    ],
)
def test_an_unsafe_request_by_cookie_is_heard_from_our_page_and_configured_sites(
    desk: Desk, browser: dict[str, str]
) -> None:
    assert desk.cookie(token(), "POST", **browser).error is None


@pytest.mark.parametrize(
    "browser",
    [
        {},
        {"site": "none"},
        {"site": "same-site"},
        {"site": "cross-site"},
        {"origin": "null"},
        {"origin": "null", "site": "same-origin"},
        {"origin": "https://evil.example"},
        {"origin": "https://evil.example", "site": "same-origin"},
        {"origin": f"{OURS}.evil.example"},
        {"origin": f"{OURS}:8443"},
        {"origin": "http://images.example"},
        {"origin": OURS, "site": "cross-site"},
        {"origin": f"{OURS}, https://evil.example"},
        {"origin": SITE, "site": "none"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "post"])
def test_an_unsafe_request_by_cookie_is_refused_from_anywhere_else(
    desk: Desk, browser: dict[str, str], method: str
) -> None:
    found = desk.cookie(token(), method, **browser)

    assert isinstance(found.error, OriginNotAllowed)
    assert found.caller.anonymous
    assert desk.cookie(token(), "GET", **browser).error is None


def test_a_bearer_needs_no_word_of_its_origin(desk: Desk) -> None:
    shown = Credentials(
        authorization=f"Bearer {token()}", method="POST", origin="https://evil.example", site="cross-site"
    )

    assert desk.identity(shown).error is None


def test_a_stage_on_plain_http_has_a_cookie_that_browsers_keep_there() -> None:
    sessions = Sessions("http://127.0.0.1:8787")

    assert sessions.set_cookie("a.b.c", seconds=60) == "easel-local=a.b.c; Max-Age=60; Path=/; HttpOnly; SameSite=Lax"
    for host in ("127.0.0.1", "localhost"):
        sessions.must_be_ours("POST", origin=f"http://{host}:8787", site="same-origin")
    with pytest.raises(OriginNotAllowed):
        sessions.must_be_ours("POST", origin="http://localhost:5173", site="same-site")


def test_a_service_acts_for_the_user_it_names() -> None:
    service = Caller(owner="service:shop", scopes=frozenset(SCOPES), account="shop", key_id="k1")

    acting = service.acting_for("user:accounts:ann")

    assert (acting.owner, acting.account) == ("user:accounts:ann", "shop")
    assert service.acting_for(None) is service


@pytest.mark.parametrize(
    ("scopes", "owner", "expected"),
    [
        ({"generate", "read"}, "user:accounts:ann", Forbidden),
        (SCOPES, "service:other", InvalidRequest),
        (SCOPES, "anonymous", InvalidRequest),
        (SCOPES, "user:accounts:", InvalidRequest),
        (SCOPES, "user:accounts:a b", InvalidRequest),
    ],
)
def test_nobody_acts_for_others_without_the_scope_or_for_who_is_no_user(
    scopes: set[str], owner: str, expected: type[CallerError]
) -> None:
    with pytest.raises(expected):
        Caller(owner="service:shop", scopes=frozenset(scopes)).acting_for(owner)


def test_a_missing_scope_is_forbidden_and_nobody_is_asked_to_sign_in() -> None:
    with pytest.raises(Forbidden, match="`grant`"):
        Caller(owner="user:accounts:ann", scopes=frozenset({"read"})).must("grant")
    with pytest.raises(Unauthenticated, match="Sign in"):
        Caller(owner="anonymous", scopes=frozenset({"read"})).must("generate")
