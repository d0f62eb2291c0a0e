"""The developer's own identity provider: a key made once, its public half for the authorizer, and tokens."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

NAME = "local"
AUDIENCE = "easel"
ALGORITHM = "ES256"
TOKEN_SECONDS = 30 * 24 * 3600
CLIENT = "easel-page"
AUTHORIZE, TOKEN = "/_issuer/authorize", "/_issuer/token"


@dataclass(frozen=True)
class Issuer:
    """Signs as `address`, which is the front door's."""

    address: str
    key: ECKey

    @classmethod
    def kept_in(cls, file: Path, *, address: str) -> "Issuer":
        """The issuer whose key is in this file; the first time, the key is made."""
        if not file.exists():
            fresh = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
            file.touch(mode=0o600)
            file.write_text(json.dumps(fresh.as_dict(private=True)))
        return cls(address=address, key=ECKey.import_key(json.loads(file.read_text())))

    def token(self, subject: str, *, seconds: int = TOKEN_SECONDS, **claims: Any) -> str:
        """A token for one person; claims replace the usual ones, so that tests can make broken tokens."""
        now = int(time.time())
        usual = {"iss": self.address, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + seconds}
        return jwt.encode({"alg": ALGORITHM, "kid": self.key.kid}, {**usual, **claims}, self.key)

    def jwks(self) -> dict[str, Any]:
        """What `/.well-known/jwks.json` answers."""
        return {"keys": [self.key.as_dict(private=False)]}

    def discovery(self) -> dict[str, Any]:
        """What `/.well-known/openid-configuration` answers."""
        return {
            "issuer": self.address,
            "jwks_uri": f"{self.address}/.well-known/jwks.json",
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "subject_types_supported": ["public"],
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_endpoint": f"{self.address}{AUTHORIZE}",
            "token_endpoint": f"{self.address}{TOKEN}",
        }

    def setting(self) -> dict[str, Any]:
        """How the stack is told to accept these tokens (`Issuer` in easel/settings.py)."""
        return {
            "name": NAME,
            "issuer": self.address,
            "jwks_url": f"{self.address}/.well-known/jwks.json",
            "audience": AUDIENCE,
            "algorithms": [ALGORITHM],
            "sign_in": {
                "client_id": CLIENT,
                "authorize_url": f"{self.address}{AUTHORIZE}",
                "token_url": f"{self.address}{TOKEN}",
            },
        }
