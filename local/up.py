"""Brings a local stage up, step by step; what runs and is unchanged is left alone."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra import stages
from local import people, ready, servers, tools
from local.aws import Emulated
from local.deploy import Cdk, deploy
from local.issuer import Issuer
from local.people import Developer
from local.places import Places
from local.ports import choose
from local.steps import step
from ops.deployed import Deployed

PREFERRED = {"front": 8787, "emulator": 4566, "first": 8788, "second": 8789}
NO_KEY = "stand-in: no OPENAI_API_KEY"
SECOND = "stand-in: the second provider of a local stack"
QUEUE = "stand-in: the provider with a queue of a local stack"


@dataclass(frozen=True)
class Stack:
    """A stage that is up."""

    places: Places
    ports: dict[str, int]
    developer: Developer
    certificate: Path | None = None  # of the emulator, where it speaks TLS

    @property
    def url(self) -> str:
        """Its one address."""
        return f"http://127.0.0.1:{self.ports['front']}"


def up(places: Places, *, keeps: bool = True, enforcing: bool = False, settings_of: str = "") -> Stack:
    """Everything a stage needs, from an empty machine or a running stack alike.

    `settings_of` names a deployed stage of the stage file: what it allows and gives holds here too, in an account that
    runs no more at once than that stage counts on. `enforcing`: once deployed, the emulator begins anew, checks every
    right of every function and speaks TLS alone, as AWS would.
    """
    python, ports = tools.emulator_python(), choose_ports(places, fixed=keeps)
    cdk = _cdk(places, ports)
    emulated = cdk.emulated
    if servers.lost_its_state(places):
        with step(f"begin stage {places.stage} empty: its emulator died before its first deployment was done"):
            servers.forget(places)
    emulator: dict[str, Any] = {"port": ports["emulator"], "python": python, "node": cdk.node.binary}
    emulator["quota"] = stages.load(settings_of).account_concurrency if settings_of else None
    emulator["keeps"] = keeps or enforcing  # what was deployed outlives the new beginning
    with step("start the emulator and two stand-in providers"):
        servers.start_emulator(places, **emulator)
        for name in ("first", "second"):
            servers.start_stand_in(places, name=name, port=ports[name])
    issuer = _issuer(places, ports)
    deploy(places, cdk, context=_context(places.stage, ports, issuer, settings_of))
    if enforcing:
        with step("start the emulator anew: from here on it checks rights and speaks TLS"):
            servers.child(places, "emulator").stop()
            servers.start_emulator(places, **emulator, enforcing=True)
            emulated = Emulated(ports["emulator"], servers.certificate(places))
    deployed = Deployed(places.stage, emulated.client)
    with step("wait until every function has started"):
        ready.wait(deployed)
    with step("open the front door; make a developer with credits, a token and an API key"):
        _put_provider_keys(deployed)
        upstream = execute_api(deployed, emulated)
        door: dict[str, Any] = {"upstream": upstream, "key": places.file("issuer.json"), "website": _website(deployed)}
        servers.start_front_door(places, port=ports["front"], trusted=emulated.certificate, **door)
        developer = people.prepare(deployed, issuer, places.file("developer.json"))
    return Stack(places, ports, developer, emulated.certificate)


def deploy_checkout(places: Places, root: Path) -> None:
    """Deploy another checkout of Easel over a stage that is up, as an operator does with its next release."""
    ports = choose_ports(places, fixed=False)
    context = _context(places.stage, ports, _issuer(places, ports))
    _cdk(places, ports).deploy(context, "--output", str(root / "cdk.out"), root=root)


def choose_ports(places: Places, *, fixed: bool) -> dict[str, int]:
    """The ports of what runs, and free ones for the rest; `fixed` prefers well-known numbers."""
    running = [name for name in servers.NAMES if servers.child(places, name).pid is not None]
    return choose(places.file("ports.json"), PREFERRED if fixed else dict.fromkeys(PREFERRED, 0), running=running)


def execute_api(deployed: Deployed, emulated: Emulated) -> str:
    """Where the emulator answers for the deployed API."""
    api_id = deployed.setting("status", "API_ID")
    stages = deployed.client("apigateway").get_stages(restApiId=api_id)["item"]
    return f"{emulated.url}/_aws/execute-api/{api_id}/{stages[0]['stageName']}"


def _website(deployed: Deployed) -> str:
    """The one origin in whose name other pages of this machine ask; "" where the stage knows none."""
    known: list[str] = json.loads(deployed.setting("meta", "CORS_ORIGINS"))
    return known[0] if known else ""


def _cdk(places: Places, ports: Mapping[str, int]) -> Cdk:
    node = tools.node()
    emulated = Emulated(ports["emulator"])
    return Cdk(command=tools.cdk(node), node=node, emulated=emulated, log=places.log("cdk"))


def _issuer(places: Places, ports: Mapping[str, int]) -> Issuer:
    return Issuer.kept_in(places.file("issuer.json"), address=f"http://127.0.0.1:{ports['front']}")


def _context(stage: str, ports: dict[str, int], issuer: Issuer, settings_of: str = "") -> dict[str, str]:
    """What the deployment is told: the real provider with a key in this environment, else the stand-in that says so."""
    first, second = (f"http://127.0.0.1:{ports[name]}" for name in ("first", "second"))
    openai = {} if os.environ.get("OPENAI_API_KEY") else {"base_url": f"{first}/v1", "note": NO_KEY}
    compatible = {"base_url": f"{second}/v1", "model": servers.MODEL, "note": SECOND}
    queue = {"base_url": f"{second}/fal", "serves": ["flux-2-turbo"], "loopback": True, "note": QUEUE}
    checks = {} if os.environ.get("OPENAI_API_KEY") else {"base_url": f"{first}/v1"}
    told = {
        "stage": stage,
        "public_url": issuer.address,
        "providers": json.dumps({"openai": openai, "openai_compatible": compatible, "fal": queue}),
        "issuers": json.dumps([issuer.setting()]),
    }
    if settings_of:
        return {**told, "providers": json.dumps({"openai": openai}), "settings_of": settings_of}
    return {**told, "moderation": json.dumps({"openai": True, **checks})}


def _put_provider_keys(deployed: Deployed) -> None:
    keys = {
        "openai": os.environ.get("OPENAI_API_KEY") or "stand-in",
        "openai_compatible": "stand-in",
        "fal": "stand-in",
    }
    secret = deployed.setting("attempt", "PROVIDERS_SECRET")
    client = deployed.client("secretsmanager")
    if json.loads(client.get_secret_value(SecretId=secret)["SecretString"]) != keys:
        client.put_secret_value(SecretId=secret, SecretString=json.dumps(keys))
    if secret := deployed.setting("start", "MODERATION_SECRET"):
        client.put_secret_value(SecretId=secret, SecretString=keys["openai"])
