"""Webhooks: nothing is lost while a receiver is down, nothing forged is taken, no socket opens inwards.

A worker dies at each call of a history in which the receiver is down for six hours. The standard's own library refuses
changed, late and repeated requests. The poster meets every hostile address of the proof `ssrf`, under resolvers that
lie; an audit hook sees each `socket.connect` before it happens, and stops it.
"""

import logging
import random
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from typing import Any

from easel.outbound.guarded_post import Poster
from easel.outbound.urls import FetchFailed
from tests.adversarial import hostile_urls, ssrf
from tests.simulation import webhook_forgeries
from tests.simulation.webhook_deaths import Fate, play
from tests.support.report import Figures, note, sabotaged, scale, workers

FORGERIES = 2_000
KINDS = 8  # of forgeries, made of each genuine request
REPLAYS = 250
REACHED = (
    *("died_before", "died_after", "sent_twice", "refused_meanwhile"),
    *("body_flipped", "header_flipped", "signature_flipped", "skewed", "time_moved", "anothers_secret", "replayed"),
    *("genuine", "trap", "resolved_inside", "mixed_answer", "rebinding", "public_admitted"),
)


class Trusting(Poster):
    """The seeded bug: the name is looked up again to connect to, and nobody looks where that leads."""

    def _opened(self, place: Any, until: float) -> Any:
        self.look_up(place.host, place.port, 1)
        for address in self.look_up(place.host, place.port, 1):
            return self.connect(address, place.port, self.left(until))
        raise OSError("no address")


POSTER = Trusting if sabotaged() else Poster


def histories(fates: Sequence[Fate]) -> Figures:
    """A history for each death."""
    figures = Figures()
    logging.disable(logging.CRITICAL)  # what fails here is meant to
    for at, when in fates:
        history, _ = play((at, when), sabotage=sabotaged())
        figures.runs += 1
        figures.executed += len(history.world.receiver.letters)
        figures.reached[f"died_{when}"] += 1
        came = [letter.headers["webhook-id"] + letter.url for letter in history.late()]
        figures.reached["sent_twice"] += len(came) != len(set(came))
        figures.reached["refused_meanwhile"] += len(came) < len(history.world.receiver.letters)
        broken = list(history.broken())
        figures.reached["lost"] += sum(what.startswith("lost") for what in broken)
        figures.blame(broken, f"a worker died {when} call {at}")
    return figures


def deaths(figures: Figures) -> None:
    """Every call, before and after; a slice takes some of them."""
    logging.disable(logging.CRITICAL)
    history, calls = play(None, sabotage=sabotaged())
    figures.blame(history.broken(), "nobody died")
    fates = [(at, when) for at in range(1, calls + 1) for when in ("before", "after")]
    fates = fates[:: max(1, round(1 / max(scale(), 0.001)))] + fates[1:2]
    share = max(1, len(fates) // (workers() * 8))
    with ProcessPoolExecutor(workers()) as pool:
        for part in pool.map(histories, [fates[at : at + share] for at in range(0, len(fates), share)]):
            figures.add(part)
    figures.more |= {"calls": calls, "deaths": len(fates), "lost": figures.reached["lost"]}
    note({"calls": calls, "deaths": len(fates)})


def forged(figures: Figures) -> None:
    """Requests that are not as they were sent, and such as were sent before."""
    lot, key = random.Random(7), webhook_forgeries.secret_of_the_endpoint()  # noqa: S311 - the same lot every time
    receiver, refused, taken = webhook_forgeries.Receiver(key), 0, 0
    for number in range(max(10, round(FORGERIES / KINDS * min(1, scale())))):
        for request in webhook_forgeries.forgeries(number, lot):
            figures.reached[request.kind] += 1
            wrongly = receiver.takes(request)
            refused, taken = refused + (not wrongly), taken + wrongly
            figures.blame([f"taken: {request.kind}"] if wrongly else [], number)
    for number in range(max(5, round(REPLAYS * min(1, scale())))):
        sent = webhook_forgeries.genuine(10_000 + number, sabotage=sabotaged())
        figures.reached["genuine"] += 1
        figures.blame([] if receiver.takes(sent) else ["refused: genuine"], number)
        figures.reached["replayed"] += 1
        again = receiver.takes(sent)
        refused, taken = refused + (not again), taken + again
        figures.blame(["taken: replayed"] if again else [], number)
    figures.more |= {"forgeries_refused": refused, "forgeries_taken": taken}


class Addresses:
    """Every hostile address, and public ones beside them."""

    def __init__(self, figures: Figures) -> None:
        self.figures, self.sockets, self.inwards = figures, ssrf.Sockets(), 0

    def post(self, kind: str, url: str, **parts: Any) -> list[str]:
        """Where one request would connect to."""
        self.figures.runs += 1
        self.figures.reached[kind] += 1
        with self.sockets.watched() as opened, suppress(FetchFailed):
            POSTER(connect=ssrf.CONNECT, **parts)(url, b"{}", {"webhook-id": "msg_1"}, seconds=20)
        inside = [address for address in opened if not ssrf.public(address)]
        self.inwards += len(inside)
        self.figures.blame([f"connected inwards: {address}" for address in inside], (kind, url[:200]))
        return list(opened)

    def all(self) -> None:
        """By every writing, and by resolvers that lie."""
        for trap in ssrf.thinned(list(hostile_urls.traps())):
            self.post("trap", trap.url, look_up=ssrf.numeric)
        name, outside = "https://hooks.shop.example/", [ssrf.PUBLIC]
        for _, address in ssrf.thinned_pairs(hostile_urls.inside_addresses()):
            self.post("resolved_inside", name, look_up=ssrf.told([address]))
            self.post("mixed_answer", name, look_up=ssrf.told([address, ssrf.PUBLIC]))
            self.post("mixed_answer", name, look_up=ssrf.told([ssrf.PUBLIC, address]))
            self.post("rebinding", name, look_up=ssrf.told(outside, [address]))
        for address in ssrf.public_addresses(40):
            opened = self.post("public_admitted", name, look_up=ssrf.told([address]))
            if [ssrf.packed(each) for each in opened] != [ssrf.packed(address)]:
                self.figures.blame(["a public address was refused"], address)
        self.figures.more["inward_connects"] = self.inwards


def main() -> int:
    """Prove it."""
    figures = Figures()
    deaths(figures)
    forged(figures)
    Addresses(figures).all()
    return figures.close(REACHED)


if __name__ == "__main__":
    sys.exit(main())
