"""A share opens one job's pictures to whoever has its address, and nothing else to anybody."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tests.support.gateway import ABSENT, Answer, Ask, Gateway, bearer, opened, posted
from tests.support.moto_world import a_world
from tests.support.report import Figures
from tests.support.world import ANN

CANARY = "canary of ann"
OWNER = "user:local:ann"
TOLD = {"images", "modelId", "createdAt", "sharedUntil"}
DAY = 86_400
MET = ("share opened", "share guessed", "share ended", "share of another refused")


def shares(figures: Figures) -> None:
    """Every caller, every way for a share to end, and guesses near the truth."""
    with a_world() as world:
        gateway = opened(world)
        ann, bob = bearer(gateway.token("ann")), bearer(gateway.token("bob"))
        dead = bearer(gateway.token("ann", seconds=-61))
        viewers: dict[str, Mapping[str, str]] = {"owner": ann, "other": bob, "nobody": {}, "expired": dead}
        jobs = [world.run(_begun(gateway, name)).id for name in ("first", "second", "third")]
        first, second = (_shared(gateway, job, ann) for job in jobs[:2])
        nothing = _open(gateway, f"{ABSENT}.{'a' * 32}", {})
        for who, headers in viewers.items():
            for guess in _guesses(first["token"], second["token"]):
                figures.blame(_differs(_open(gateway, guess, headers), nothing), f"a guess by {who}: {guess}")
                figures.reached["share guessed"] += 1
            figures.blame(_leaks(_open(gateway, first["token"], headers)), who)
            figures.reached["share opened"] += 1
        _others(gateway, jobs[0], first["shareId"], bob, figures)
        _ends(gateway, jobs[0], first, nothing, figures)
        figures.blame(_leaks(_open(gateway, second["token"], {})), "a share beside one that was taken back")
        world.erase(jobs[1], caller=ANN)
        figures.blame(_differs(_open(gateway, second["token"], {}), nothing), "an erased job")
        third = _shared(gateway, jobs[2], ann, seconds=DAY)
        world.clock.forward(DAY)
        figures.blame(_differs(_open(gateway, third["token"], {}), nothing), "a share whose time is over")
        figures.runs += 3


def _begun(gateway: Gateway, name: str) -> str:
    return gateway.world.begin(ANN, prompt=f"{CANARY}: {name}", metadata={"note": CANARY}).job.id


def _guesses(token: str, other: str) -> list[str]:
    job, secret, others = token.partition(".")[0], token.partition(".")[2], other.partition(".")[2]
    near = [f"{job}.{secret[:-1]}", f"{job}.{secret}a", f"{job}.{secret.swapcase()}", f"{job}.{others}"]
    return [*near, job, f"{job}.", f".{secret}", secret, f"{ABSENT}.{secret}", "", ".", f"{job}.{OWNER}"]


def _others(gateway: Gateway, job_id: str, share_id: str, bob: Mapping[str, str], figures: Figures) -> None:
    """Another neither sees, makes nor ends the shares of a job."""
    for method, path in (("GET", "shares"), ("POST", "shares"), ("DELETE", f"shares/{share_id}")):
        headers, body = posted({}, **bob) if method == "POST" else (dict(bob), None)
        foreign, absent = (
            gateway.send(Ask(method, f"/api/aiimage/jobs/{job}/{path}", headers, body), named="the-same")
            for job in (job_id, ABSENT)
        )
        figures.runs += 1
        figures.reached["share of another refused"] += foreign.status == 404
        figures.blame(_differs(foreign, absent), f"{method} {path} by another")


def _ends(gateway: Gateway, job_id: str, share: Any, nothing: Answer, figures: Figures) -> None:
    """Taken back, it is gone for everybody; a second time there is nothing left to take back."""
    ann = bearer(gateway.token("ann"))
    for _ in range(2):
        answer = gateway.send(Ask("DELETE", f"/api/aiimage/jobs/{job_id}/shares/{share['shareId']}", ann))
        figures.blame([] if answer.status == 204 else [f"taking back is answered with {answer.status}"], "the owner")
        figures.blame(_differs(_open(gateway, share["token"], ann), nothing), "a share that was taken back")
        figures.reached["share ended"] += 1


def _shared(gateway: Gateway, job_id: str, ann: Mapping[str, str], **said: Any) -> Any:
    return gateway.send(Ask("POST", f"/api/aiimage/jobs/{job_id}/shares", *posted(said, **ann))).json


def _open(gateway: Gateway, token: str, headers: Mapping[str, str]) -> Answer:
    return gateway.send(Ask("GET", f"/api/aiimage/shared?token={quote(token, safe='')}", headers), named="the-same")


def _leaks(answer: Answer) -> list[str]:
    if answer.status != 200:
        return [f"a share is answered with {answer.status}"]
    said = [f"a share tells {name}" for name in sorted(answer.json.keys() - TOLD)]
    return said + [f"a share tells {word}" for word in (CANARY, OWNER) if word.encode() in answer.body]


def _differs(found: Answer, nothing: Answer) -> list[str]:
    return [] if found == nothing and found.status == 404 else [f"answered with {found.status}, or in other words"]
