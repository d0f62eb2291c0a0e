"""Who makes and who judges pictures, and whose tokens count: keys, models, verification, moderation, issuers. Pure."""

from collections.abc import Mapping
from typing import Any

from easel.catalog.model import Catalog
from infra.stages import Stage
from ops.doctor.facts import Answer, ProviderSite
from ops.doctor.model import Check, Finding, failed, passed, unknown, warned

KEYLESS = {"bedrock"}  # paid by the account itself
OK, FORBIDDEN = 200, 403
WRONG = {401, 403}
UNREAD = "the answer is not one that can be read"


def reachable(read: Mapping[str, ProviderSite]) -> Finding:
    """Whether something answers where the providers are."""
    asked = {name: site for name, site in read.items() if site.answer is not None}
    silent = [f"{name} at {site.url}" for name, site in asked.items() if site.answer and not site.answer.status]
    if silent:
        return failed(
            f"no answer from {', '.join(silent)}", "look at base_url in infra/stages.toml, and at the network"
        )
    if not asked:
        return unknown("none of the providers has an address that costs nothing to ask")
    return passed(f"{', '.join(asked)} can be reached")


def keys(stage: Stage, providers: list[str], read: Mapping[str, Any]) -> Finding:
    """Whether each provider's key is in the secret and looks like one."""
    remedy = _put_secret(stage)
    for name in providers:
        key = read.get(name)
        if name in KEYLESS:
            continue
        if not isinstance(key, str) or not key:
            return failed(f"the providers' secret has no key for {name}", remedy)
        if key != key.strip() or any(letter.isspace() or not letter.isascii() for letter in key):
            return failed(f"{name}'s key has a space or a strange letter in it", remedy)
        if name == "openai" and _asks_openai_itself(stage) and not key.startswith("sk-"):
            return failed("openai's key does not begin with sk-: it is another provider's, or cut off", remedy)
    return passed("each provider's key is in the secret and looks like one")


def _asks_openai_itself(stage: Stage) -> bool:
    """Whether its address is OpenAI's own, and no stand-in's or gateway's with keys of another form."""
    own = stage.providers.get("openai")
    return not stage.emulated and (own is None or own.base_url is None)


def _put_secret(stage: Stage) -> str:
    """What puts all keys in; README, step 4, says what the file holds."""
    wanted = "Stacks[0].Outputs[?OutputKey=='ProvidersSecret'].OutputValue"
    found = f'aws cloudformation describe-stacks --stack-name easel-{stage.name} --query "{wanted}" --output text'
    return f"aws secretsmanager put-secret-value --secret-id $({found}) --secret-string file://provider-keys.json"


def accepted(stage: Stage, read: Mapping[str, ProviderSite]) -> Finding:
    """Whether the providers take these keys, by a request that costs nothing."""
    refused = [name for name, site in read.items() if site.answer and site.answer.status in WRONG]
    if refused:
        remedy = f"make a new key at {refused[0]}; {_put_secret(stage)}; wait five minutes"
        return failed(f"{', '.join(refused)}: the key is wrong or revoked", remedy)
    asked = [name for name, site in read.items() if site.answer and site.answer.status == OK]
    if not asked:
        return unknown("no provider here answers a free request that proves its key", "easel doctor --spend 0.05")
    others = [name for name in read if name not in asked]
    return passed(f"accepted by {', '.join(asked)}{f'; not proven: {chr(44).join(others)}' if others else ''}")


def listed(stage: Stage, catalog: Catalog, read: Mapping[str, ProviderSite]) -> Finding:
    """Whether the providers list the models that the stage serves."""
    missing, seen = [], 0
    for name, site in read.items():
        there = _ids(site.answer)
        if there is None or name not in stage.providers:
            continue
        seen += 1
        for model_id, model in catalog.models.items():
            if model_id != stage.policy.default_model and not stage.providers[name].serves:
                continue
            upstreams = [offer.named(model_id, stage.providers) for offer in model.offers if offer.provider == name]
            missing += [f"{each} at {name}" for each in upstreams if each and each not in there]
    if missing:
        remedy = "name another policy.default_model, or limit `serves` of the provider, in infra/stages.toml"
        return failed(f"not listed by its provider: {', '.join(missing)}", remedy)
    if not seen:
        return unknown("no provider here lists its models")
    return passed("the default model is listed by the provider that serves it")


def verified(read: Answer | None) -> Finding:
    """Whether OpenAI makes pictures for this organisation; only a real request proves it."""
    if read is None:
        return unknown(
            "whether the organisation is verified at OpenAI is proven by a real picture alone",
            "easel doctor --only verification --spend 0.05",
        )
    if read.status == OK:
        return passed("the organisation is verified: a picture was made")
    said = str(read.said.get("error", {}).get("message", "")) if isinstance(read.said, dict) else ""
    if read.status == FORBIDDEN and "verif" in said.lower():
        remedy = "verify it: https://platform.openai.com/settings/organization/general; it takes up to 15 minutes"
        return failed("the organisation is not verified at OpenAI: its image models refuse it", remedy)
    return failed(f"a picture was refused ({read.status}): {said[:200] or UNREAD}", "do what the sentence says")


def moderation(stage: Stage, policy: Any, read: Answer | None) -> Finding:
    """Whether the moderation endpoint takes the stage's key and answers."""
    if not policy.openai:
        return passed("the stage asks no moderation endpoint")
    if read is None:
        return failed("moderation is on and its secret has no key", "put a key into the stack's ModerationKey secret")
    if read.status in WRONG:
        return failed("the moderation endpoint refuses the key", "put a new key into the stack's ModerationKey secret")
    if read.status != OK:
        open_ = policy.signed_in == "open"
        said = f"the moderation endpoint answers {read.status or 'nothing'}"
        what = "signed-in callers go on unchecked" if open_ else "every start is refused with 503"
        return failed(f"{said}: {what}", "look at status.openai.com, and at moderation.base_url")
    return passed(f"moderation answers; {len(policy.thresholds)} categories have a threshold")


def issuers(read: Mapping[str, tuple[tuple[str, ...], Answer]]) -> Finding:
    """Whether the keys of each identity provider can be had, and whom its tokens must be for."""
    if not read:
        return warned("the stage has no issuer: only keys and IAM open it", "add [[….issuers]] to infra/stages.toml")
    for name, (audience, answer) in read.items():
        found = answer.said.get("keys") if isinstance(answer.said, dict) else None
        if answer.status != OK or not found:
            said = f"answers {answer.status or 'nothing'}" if answer.status != OK else "has no keys"
            return failed(f"issuer {name}: its jwks_url {said}", "mend jwks_url in infra/stages.toml, and deploy")
        if not any(audience):
            return failed(f"issuer {name} has no audience: any token of it would count", "set its audience, and deploy")
    return passed(f"keys and audience of {', '.join(read)} are there")


def _ids(answer: Answer | None) -> set[str] | None:
    said = answer.said if answer and answer.status == OK else None
    rows = said.get("data") if isinstance(said, dict) else None
    return {str(row.get("id")) for row in rows} if isinstance(rows, list) else None


CHECKS = (
    Check("reachable", ("provider_sites",), reachable, asks_providers=True),
    Check("provider-keys", ("stage", "deployed_providers", "provider_keys"), keys, after=True),
    Check("keys-accepted", ("stage", "asked_providers"), accepted, after=True, asks_providers=True),
    Check("models-listed", ("stage", "catalog", "asked_providers"), listed, after=True, asks_providers=True),
    Check("verification", ("picture",), verified, after=True, asks_providers=True),
    Check("moderation", ("stage", "deployed_moderation", "moderated"), moderation, after=True, asks_providers=True),
    Check("issuers", ("jwks",), issuers, after=True),
)
