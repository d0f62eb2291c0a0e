"""Tokens that must not open anything: each kind by its name, made anew for every round of the proof."""

import base64
import hashlib
import hmac
import json
import random
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey

from easel.settings import Issuer
from tests.support.fakes import NOON
from tests.support.identity_desk import COGNITO as POOL
from tests.support.identity_desk import ISSUER

NARROW = Issuer(
    name="narrow",
    issuer="https://narrow.example/",
    jwks_url="https://narrow.example/keys",
    audience=("easel",),
    algorithms=("ES256",),
)
ISSUERS = (ISSUER, POOL, NARROW)
NOW = NOON // 1000
Json = dict[str, Any]


@dataclass(frozen=True)
class Signer:
    """A key of the issuer with the header that names it."""

    key: RSAKey | ECKey | OKPKey
    alg: str

    @property
    def header(self) -> Json:
        return {"alg": self.alg, "kid": self.key.kid, "typ": "JWT"}


@cache
def signers() -> tuple[Signer, ...]:
    """The issuer's keys, one of each algorithm."""
    return (
        Signer(RSAKey.generate_key(2048, {"kid": "rsa1", "alg": "RS256", "use": "sig"}), "RS256"),
        Signer(ECKey.generate_key("P-256", {"kid": "ec1", "alg": "ES256", "use": "sig"}), "ES256"),
        Signer(OKPKey.generate_key("Ed25519", {"kid": "ed1", "use": "sig"}), "EdDSA"),
    )


@cache
def strangers() -> dict[str, Any]:
    """Keys that sign nothing here: another's, one for encryption, a weak one, one of another curve."""
    return {
        "RS256": RSAKey.generate_key(2048, {"kid": "rsa1"}),
        "ES256": ECKey.generate_key("P-256", {"kid": "ec1"}),
        "EdDSA": OKPKey.generate_key("Ed25519", {"kid": "ed1"}),
        "enc": RSAKey.generate_key(2048, {"kid": "enc1", "use": "enc"}),
        "wrap": RSAKey.generate_key(2048, {"kid": "wrap1"}),
        "weak": _weak(),
        "curve": ECKey.generate_key("P-384", {"kid": "p384"}),
    }


def _weak() -> RSAKey:
    with warnings.catch_warnings(action="ignore", category=SecurityWarning):
        return RSAKey.generate_key(1024, {"kid": "weak1"})


def published(url: str = ISSUER.jwks_url) -> list[Json]:
    """What the issuer's key set holds: the signers, and what must not verify anything; another's holds its own."""
    keys = [signer.key.as_dict(private=False) for signer in signers()]
    keys += [strangers()[name].as_dict(private=False) for name in ("enc", "weak", "curve")]
    keys.append({**strangers()["wrap"].as_dict(private=False), "key_ops": ["wrapKey"]})
    if url == NARROW.jwks_url:
        return [ECKey.generate_key("P-256", {"kid": "ec1"}).as_dict(private=False)]
    return [*keys, {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQ", "kid": "oct1", "alg": "HS256"}]


def claims(**changes: Any) -> Json:
    said = {"iss": ISSUER.issuer, "aud": "easel", "sub": "ann", "iat": NOW, "nbf": NOW, "exp": NOW + 300, **changes}
    return {name: value for name, value in said.items() if value is not ABSENT}


ABSENT = object()


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def part(value: Any) -> str:
    return b64(value if isinstance(value, bytes) else (value if isinstance(value, str) else json.dumps(value)).encode())


def signed(header: Any, payload: Any, key: Any, alg: str) -> str:
    """Any two parts, whatever they say, over a real signature."""
    unsigned = f"{part(header)}.{part(payload)}"
    with warnings.catch_warnings(action="ignore", category=SecurityWarning):
        algorithm = jws.JWSRegistry(algorithms=[alg]).get_alg(alg)
    return f"{unsigned}.{b64(algorithm.sign(unsigned.encode(), key))}"


def token(by: Signer, header: Json | None = None, **changes: Any) -> str:
    """A token of the issuer that holds but for what is changed."""
    return signed({**by.header, **(header or {})}, claims(**changes), by.key, by.alg)


def mac(secret: bytes, header: Json, alg: str = "HS256") -> str:
    unsigned = f"{part({**header, 'alg': alg})}.{part(claims())}"
    return f"{unsigned}.{b64(hmac.new(secret, unsigned.encode(), getattr(hashlib, f'sha{alg[2:]}')).digest())}"


def foreign(by: Signer, **header: Any) -> str:
    """Signed by somebody else's key of the same kind."""
    return signed({**by.header, **header}, claims(), strangers()[by.alg], by.alg)


def public_secrets(by: Signer) -> list[bytes]:
    """What an attacker could take for a shared secret: the public key, in every form it is handed around."""
    own = by.key.public_key
    forms = [(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)]
    found = [own.public_bytes(*form) for form in forms]
    written = by.key.as_dict(private=False)
    found += [json.dumps(written).encode(), found[0].strip(), str(by.key.kid).encode(), b"", b"\0"]
    return found + [base64.urlsafe_b64decode(str(written[name]) + "==") for name in ("n", "x") if name in written]


Make = Callable[[Signer, random.Random], str]
HEADERS: dict[str, Json] = {
    "kid: unknown": {"kid": "nobodys"},
    "kid: of another kind of key": {"kid": "x"},
    "kid: a path": {"kid": "../../../../dev/null"},
    "kid: an address": {"kid": "https://evil.example/key"},
    "kid: an injection": {"kid": "rsa1' OR '1'='1"},
    "kid: a number": {"kid": 1},
    "kid: a list": {"kid": ["rsa1", "ec1", "ed1"]},
    "kid: an object": {"kid": {"kid": "rsa1"}},
    "kid: look-alike letters": {"kid": "rѕа1"},
    "kid: with a zero byte": {"kid": "rsa1\0"},
    "kid: a shared secret's": {"kid": "oct1"},
    "jku": {"jku": "https://evil.example/keys"},
    "x5u": {"x5u": "https://evil.example/cert"},
    "x5c": {"x5c": ["MIIB"]},
    "crit: known claim": {"crit": ["exp"]},
    "crit: b64": {"crit": ["b64"], "b64": False},
    "crit: empty": {"crit": []},
    "b64: false": {"b64": False},
    "zip": {"zip": "DEF"},
    "enc": {"enc": "A256GCM"},
    "typ: another": {"typ": "dpop+jwt"},
    "typ: JOSE": {"typ": "JOSE"},
    "typ: a list": {"typ": ["JWT"]},
    "alg: none": {"alg": "none"},
    "alg: nOnE": {"alg": "nOnE"},
    "alg: empty": {"alg": ""},
    "alg: null": {"alg": None},
    "alg: a list": {"alg": ["RS256"]},
    "alg: an object": {"alg": {}},
    "alg: a number": {"alg": 256},
    "alg: true": {"alg": True},
    "alg: in small letters": {"alg": "rs256"},
    "alg: with a space": {"alg": "RS256 "},
    "alg: full-width letters": {"alg": "ＲＳ256"},
    "alg: ES256K": {"alg": "ES256K"},
    "alg: RS1": {"alg": "RS1"},
    "alg: HS256": {"alg": "HS256"},
    "alg: dir": {"alg": "dir"},
}
CLAIMS: dict[str, Json] = {
    "expired": {"exp": NOW - 60},
    "expired long ago": {"exp": 1},
    "exp: absent": {"exp": ABSENT},
    "exp: text": {"exp": str(NOW + 300)},
    "exp: true": {"exp": True},
    "exp: null": {"exp": None},
    "exp: a list": {"exp": [NOW + 300]},
    "exp: not a number": {"exp": float("nan")},
    "exp: infinite": {"exp": float("inf")},
    "exp: beyond every calendar": {"exp": 10**400},
    "exp: negative": {"exp": -(NOW + 300)},
    "nbf: future": {"nbf": NOW + 61},
    "nbf: text": {"nbf": "now"},
    "nbf: not a number": {"nbf": float("nan")},
    "iat: future": {"iat": NOW + 61},
    "iat: null": {"iat": None},
    "aud: another": {"aud": "another"},
    "aud: others": {"aud": ["another", "third"]},
    "aud: longer": {"aud": "easel.evil"},
    "aud: in capitals": {"aud": "EASEL"},
    "aud: absent": {"aud": ABSENT},
    "aud: empty": {"aud": []},
    "aud: null": {"aud": None},
    "aud: an object": {"aud": {"easel": True}},
    "aud: within a list": {"aud": [["easel"]]},
    "aud: by another claim": {"aud": "x", "client_id": "easel", "azp": "easel"},
    "iss: another": {"iss": "https://evil.example/"},
    "iss: without its slash": {"iss": "https://id.example"},
    "iss: in capitals": {"iss": "HTTPS://ID.EXAMPLE/"},
    "iss: longer": {"iss": "https://id.example/.evil.example"},
    "iss: look-alike letters": {"iss": "https://іd.example/"},
    "iss: a list": {"iss": ["https://id.example/"]},
    "iss: absent": {"iss": ABSENT},
    "iss: another trusted one's": {"iss": NARROW.issuer},
    "sub: absent": {"sub": ABSENT},
    "sub: empty": {"sub": ""},
    "sub: a number": {"sub": 7},
    "sub: with a space": {"sub": "a b"},
    "sub: with a line": {"sub": "ann\nx"},
    "sub: with a zero byte": {"sub": "ann\0"},
    "sub: look-alike letters": {"sub": "аnn"},
    "sub: turned around": {"sub": "\u202enna"},
    "sub: too long": {"sub": "x" * 256},
    "use: an id token": {"iss": POOL.issuer, "aud": ABSENT, "client_id": "client1", "token_use": "id"},
    "use: unsaid": {"iss": POOL.issuer, "aud": ABSENT, "client_id": "client1"},
    "use: another client": {"iss": POOL.issuer, "aud": ABSENT, "client_id": "client2", "token_use": "access"},
    "use: the client as audience": {"iss": POOL.issuer, "aud": "client1", "token_use": "access"},
}
TWICE = {
    "twice: exp": '{{"iss":"{iss}","aud":"easel","sub":"ann","exp":{past},"exp":{future}}}',
    "twice: sub": '{{"iss":"{iss}","aud":"easel","sub":"bob","exp":{future},"sub":"ann"}}',
    "twice: iss": '{{"iss":"https://evil.example/","aud":"easel","sub":"ann","exp":{future},"iss":"{iss}"}}',
    "twice: aud, once escaped": '{{"iss":"{iss}","aud":"x","\\u0061ud":"easel","sub":"ann","exp":{future}}}',
    "twice: deep inside": '{{"iss":"{iss}","aud":"easel","sub":"ann","exp":{future},"x":{{"a":1,"a":2}}}}',
}


def _tampered(by: Signer, chance: random.Random) -> str:
    """A good token with one letter changed, anywhere."""
    good = token(by)
    at = chance.choice([index for index, letter in enumerate(good) if letter != "."])
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return good[:at] + chance.choice(letters.replace(good[at], "")) + good[at + 1 :]


def _swapped(by: Signer, which: int) -> str:
    mine, other = token(by).split("."), token(by, sub="bob").split(".")
    mine[which] = other[which]
    return ".".join(mine)


def _shapes() -> dict[str, Make]:
    return {
        "cut: somewhere": lambda by, chance: token(by)[: chance.randrange(1, len(token(by)))],
        "cut: the signature's end": lambda by, _: token(by)[:-4],
        "cut: no signature": lambda by, _: token(by).rpartition(".")[0] + ".",
        "cut: two parts": lambda by, _: token(by).rpartition(".")[0],
        "cut: no payload": lambda by, _: token(by).split(".")[0] + ".." + token(by).split(".")[2],
        "longer: five parts": lambda by, _: token(by) + ".AAAA.AAAA",
        "longer: a letter": lambda by, _: token(by) + "A",
        "longer: padding": lambda by, _: token(by) + "=",
        "longer: a line": lambda by, _: token(by).replace(".", ".\n", 1),
        "longer: more than we read": lambda by, _: token(by, name="x" * 9000),
        "tampered: one letter": _tampered,
        "tampered: payload": lambda by, _: _swapped(by, 1),
        "tampered: signature": lambda by, _: _swapped(by, 2),
        "unicode: a full-width dot": lambda by, _: token(by).replace(".", "．"),
        "unicode: escaped dots": lambda by, _: token(by).replace(".", "%2E"),
        "unicode: other letters": lambda by, _: token(by).replace("e", "е"),
        "unicode: a mark before JSON": lambda by, _: signed("\ufeff" + json.dumps(by.header), claims(), by.key, by.alg),
        "unicode: UTF-16": lambda by, _: signed(by.header, json.dumps(claims()).encode("utf-16"), by.key, by.alg),
        "unicode: not UTF-8": lambda by, _: signed(by.header, b'{"iss":"\xff"}', by.key, by.alg),
        "payload: a list": lambda by, _: signed(by.header, [claims()], by.key, by.alg),
        "payload: text": lambda by, _: signed(by.header, json.dumps(json.dumps(claims())), by.key, by.alg),
        "payload: null": lambda by, _: signed(by.header, "null", by.key, by.alg),
        "payload: no JSON": lambda by, _: signed(by.header, "{", by.key, by.alg),
        "payload: more after it": lambda by, _: signed(by.header, json.dumps(claims()) + "{}", by.key, by.alg),
        "payload: too deep": lambda by, _: signed(by.header, "[" * 4000, by.key, by.alg),
        "header: a list": lambda by, _: signed([by.header], claims(), by.key, by.alg),
        "header: empty": lambda by, _: signed({}, claims(), by.key, by.alg),
        "header: alg twice": lambda by, _: signed(f'{{"alg":"none","alg":"{by.alg}"}}', claims(), by.key, by.alg),
        "JSON instead of dots": lambda by, _: json.dumps({"payload": part(claims()), "signatures": []}),
    }


def _keys() -> dict[str, Make]:
    return {
        "none: without signature": lambda by, _: f"{part({'alg': 'none'})}.{part(claims())}.",
        "none: with one": lambda by, _: f"{part({'alg': 'none'})}.{part(claims())}.AAAA",
        "another key": lambda by, _: foreign(by),
        "another key: brought along": lambda by, _: foreign(by, jwk=strangers()[by.alg].as_dict(private=False)),
        "another key: by jku": lambda by, _: foreign(by, jku="https://evil.example/keys"),
        "another key: nameless": lambda by, _: signed({"alg": by.alg}, claims(), strangers()[by.alg], by.alg),
        "our key: with jwk beside it": lambda by, _: token(by, {"jwk": by.key.as_dict(private=False)}),
        "confusion: public key as secret": lambda by, chance: mac(chance.choice(public_secrets(by)), by.header),
        "confusion: HS512": lambda by, chance: mac(chance.choice(public_secrets(by)), by.header, "HS512"),
        "confusion: published secret": lambda by, _: mac(b"secret-secret-secret", {"kid": "oct1", "typ": "JWT"}),
        "a key for encryption": lambda *_: _by("enc", "RS256"),
        "a key for wrapping": lambda *_: _by("wrap", "RS256"),
        "a weak key": lambda *_: _by("weak", "RS256"),
        "a curve that is not the algorithm's": lambda by, _: (
            f"{part({'alg': 'ES256', 'kid': 'p384'})}.{part(claims())}." + b64(b"\1" * 64)
        ),
        "RS512 with a key for RS256": lambda *_: _as("RS512"),
        "PS256 with a key for RS256": lambda *_: _as("PS256"),
        "an algorithm this issuer does not use": lambda *_: token(signers()[0], iss=NARROW.issuer),
        "nothing signed: zeros": lambda by, _: token(by).rpartition(".")[0] + "." + b64(bytes(_size(by))),
        "nothing signed: ones": lambda by, _: token(by).rpartition(".")[0] + "." + b64(b"\xff" * _size(by)),
        "an ASN.1 signature": lambda *_: token(signers()[1]).rpartition(".")[0] + "." + b64(b"\x30\x06\2\1\1\2\1\1"),
    }


def _by(name: str, alg: str) -> str:
    key = strangers()[name]
    return signed({"alg": alg, "kid": key.kid, "typ": "JWT"}, claims(), key, alg)


def _as(alg: str) -> str:
    rsa = signers()[0].key
    return signed({"alg": alg, "kid": rsa.kid}, claims(), RSAKey.import_key(rsa.as_pem(private=True)), alg)


def _size(by: Signer) -> int:
    return 256 if by.alg == "RS256" else 64


def kinds() -> dict[str, Make]:
    """Every kind of token that must be refused."""
    found: dict[str, Make] = {**_keys(), **_shapes()}
    for name, header in HEADERS.items():
        found[name] = lambda by, _, header=header: token(by, header)  # type: ignore[misc]
    for name, changes in CLAIMS.items():
        found[name] = lambda by, _, changes=changes: token(by, **changes)  # type: ignore[misc]
    for name, text in TWICE.items():
        body = text.format(iss=ISSUER.issuer, past=NOW - 999, future=NOW + 300)
        found[name] = lambda by, _, body=body: signed(by.header, body, by.key, by.alg)  # type: ignore[misc]
    return found
