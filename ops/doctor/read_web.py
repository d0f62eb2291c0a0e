"""Facts of what answers over HTTP: the stage's address, providers, moderation, issuers."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from easel.catalog import planning, prices
from easel.catalog.sizes import Size
from easel.moderation import policy as moderation_policy
from easel.moderation.policy import Moderation
from easel.outbound import http
from easel.settings import Issuer, ProviderSettings
from infra.stages import Stage
from ops.deployed import Deployed
from ops.doctor.facts import Answer, ProviderSite, Web
from ops.doctor.model import Unknowable
from ops.doctor.stage_checks import PATHS

SECONDS, PICTURE_SECONDS = 5.0, 120.0
BYTES_MAX = 20_000_000
OWN = {"openai": "https://api.openai.com/v1", "gemini": "https://generativelanguage.googleapis.com/v1beta"}
LISTING = {
    "openai": "/models",
    "openai_compatible": "/models",
    "azure_openai": "/openai/v1/models",
    "gemini": "/models",
}
HEADER = {"azure_openai": "api-key", "gemini": "x-goog-api-key"}  # the others: Authorization
Fetch = Callable[..., Answer]


def fetch(method: str, url: str, *, body: Any = None, headers: Mapping[str, str] | None = None, **more: Any) -> Answer:
    """One request, bounded; an answer that does not come has the status 0."""
    sent = {"User-Agent": "easel doctor", **(headers or {})}
    content = None if body is None else json.dumps(body).encode()
    if content is not None:
        sent["Content-Type"] = "application/json"
    try:
        answer = http.request(
            method, url, seconds=more.get("seconds", SECONDS), bytes_max=BYTES_MAX, body=content, headers=sent
        )
    except http.Unreachable:
        return Answer(0)
    try:
        return Answer(answer.status, json.loads(answer.content))
    except ValueError:
        return Answer(answer.status)


@dataclass(frozen=True)
class Outside:
    """What a stage's callers and its functions meet; `spend` is how many dollars a real picture may cost."""

    stage: Stage
    deployed: Deployed
    spend: float = 0.0
    fetch: Fetch = field(default=fetch)

    def facts(self) -> dict[str, Callable[[], Any]]:
        """What reads each of them."""
        return {
            "web": self.web,
            "provider_sites": lambda: self._sites(self._planned(), {}),
            "deployed_providers": lambda: list(self._providers()),
            "provider_keys": self.provider_keys,
            "asked_providers": lambda: self._sites(self._providers(), self.provider_keys()),
            "picture": self.picture,
            "deployed_moderation": self._moderation,
            "moderated": self.moderated,
            "jwks": self.jwks,
        }

    def web(self) -> Web:
        """The public address, and behind an edge the gateway's own."""
        told = self.deployed.environment("status")
        url = told["PUBLIC_URL"]
        answers = {path: self.fetch("GET", f"{url}{path}") for path in PATHS}
        direct = None
        if self.stage.edge:
            region = self.deployed.client("ssm").meta.region_name
            direct = self.fetch("GET", f"https://{told['API_ID']}.execute-api.{region}.amazonaws.com/live/healthz")
        return Web(url, answers, direct)

    def provider_keys(self) -> dict[str, Any]:
        """What the providers' secret holds; {} where it is no JSON. Nobody prints it."""
        text = self._secret(self.deployed.setting("attempt", "PROVIDERS_SECRET"))
        try:
            found = json.loads(text)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def picture(self) -> Answer | None:
        """A real picture of the default model in its lowest quality, where it may cost that much. Raises Unknowable."""
        settings = self._providers().get("openai")
        if not self.spend or settings is None:
            return None
        catalog = planning.load()
        model = self.stage.policy.default_model
        offer = next((each for each in catalog.offers(model, self._providers()) if each.provider == "openai"), None)
        if offer is None:
            raise Unknowable(f"openai does not serve {model} here")
        quality = catalog.family_at(model, offer).qualities[0]
        micros = prices.worst_micros(catalog.price(model, offer), prices.PricedImage(Size(1024, 1024), quality, 20))
        if micros > self.spend * 1e6:
            raise Unknowable(f"a picture of {model} may cost ${micros / 1e6:.3f}: --spend allows ${self.spend:.3f}")
        body = {"model": offer.upstream, "prompt": "a grey square", "quality": quality, "size": "1024x1024", "n": 1}
        url = f"{settings.base_url or OWN['openai']}/images/generations"
        key = self._bearer(str(self.provider_keys().get("openai")))
        return self.fetch("POST", url, body=body, headers=key, seconds=PICTURE_SECONDS)

    def moderated(self) -> Answer | None:
        """What the moderation endpoint says to a harmless word; None where its secret has no key."""
        policy, secret = self._moderation(), self.deployed.environment("start").get("MODERATION_SECRET")
        key = self._secret(secret) if policy.openai and secret else ""
        if not key:
            return None
        asked = {"model": policy.model, "input": "a lamp"}
        return self.fetch("POST", f"{policy.base_url}/moderations", body=asked, headers=self._bearer(key))

    def jwks(self) -> dict[str, tuple[tuple[str, ...], Answer]]:
        """Each issuer's audience, and its keys."""
        told = json.loads(self.deployed.setting("authorize", "ISSUERS"))
        issuers = [Issuer.model_validate(each) for each in told]
        return {each.name: (each.audience, self.fetch("GET", each.jwks_url)) for each in issuers}

    def _planned(self) -> dict[str, ProviderSettings]:
        """The stage file's; a stage of this machine is told its own when it is deployed."""
        return self._providers() if self.stage.emulated else self.stage.providers

    def _providers(self) -> dict[str, ProviderSettings]:
        told = json.loads(self.deployed.setting("attempt", "PROVIDERS"))
        return {name: ProviderSettings.model_validate(each) for name, each in told.items()}

    def _moderation(self) -> Moderation:
        return moderation_policy.load(json.loads(self.deployed.environment("start").get("MODERATION", "{}")))

    def _sites(self, settings: Mapping[str, ProviderSettings], keys: Mapping[str, Any]) -> dict[str, ProviderSite]:
        return {name: self._site(name, each, keys.get(name)) for name, each in settings.items()}

    def _site(self, name: str, settings: ProviderSettings, key: Any) -> ProviderSite:
        base = settings.base_url or OWN.get(name)
        if base is None or name not in LISTING:
            return ProviderSite(base)
        url = f"{base}{LISTING[name]}"
        headers = {} if not key else {HEADER[name]: str(key)} if name in HEADER else self._bearer(str(key))
        return ProviderSite(url, self.fetch("GET", url, headers=headers))

    def _secret(self, name: str) -> str:
        found = self.deployed.client("secretsmanager").get_secret_value(SecretId=name)
        return str(found["SecretString"])

    @staticmethod
    def _bearer(key: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {key}"}
