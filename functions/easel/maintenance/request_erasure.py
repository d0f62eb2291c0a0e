"""An owner's request to be erased altogether: asked for, taken back while there is time, each with who did it."""

from collections.abc import Callable
from dataclasses import dataclass

from easel.aws.dynamodb import Contended, Put
from easel.clock import SECOND, Clock
from easel.errors import Busy, NotFound, Unauthenticated
from easel.identity.audit_log import AuditEvent, audit_put
from easel.identity.callers import Caller
from easel.maintenance.erasure_store import KIND, ErasureRequest, ErasureStore
from easel.schemas import instant
from easel.submission import uploads

TRIES = 10  # how often a request may change under one caller before it gives up
WRITE_WITHIN = 5 * SECOND


@dataclass(frozen=True)
class RequestErasure:
    """Writes down that an owner wants everything erased that was begun until now; later jobs stay.

    The request becomes final after `grace_seconds`. Until then nothing is erased, and it can be taken back.
    """

    erasures: ErasureStore
    clock: Clock
    secret: Callable[[], bytes]
    grace_seconds: int

    def __call__(self, *, caller: Caller) -> ErasureRequest:
        """The request as written down. One that still waits is widened to now, and waits anew.

        Raises Unauthenticated and Busy.
        """
        owner, now = _owner_of(caller), self.clock.now()
        for _ in range(TRIES):
            requests = self.erasures.of(owner)
            waiting = _waiting(requests)
            if waiting and (waiting.asked_at, waiting.by) == (now, caller.name):
                return waiting  # ours, and only the reply was lost
            request = self._request(owner, caller, requests, now)
            if self._written(request, "erasure asked", caller, now):
                return request
        raise Busy("This account's erasing is being changed by others at once; try again.")

    def take_back(self, *, caller: Caller) -> None:
        """Nothing is to be erased after all; where nothing was, nothing changes.

        Raises NotFound where it is final, Unauthenticated and Busy.
        """
        owner, now = _owner_of(caller), self.clock.now()
        for _ in range(TRIES):
            requests = self.erasures.of(owner)
            waiting = _waiting(requests)
            if waiting is None and not any(request.under_way for request in requests):
                return
            if waiting is None or now >= waiting.final_at:
                raise NotFound("There is nothing to take back any more: what was asked for is final, and being erased.")
            if self._written(waiting.model_copy(update={"taken_back": True}), "erasure taken back", caller, now):
                return
        raise Busy("This account's erasing is being changed by others at once; try again.")

    def scheduled(self, *, caller: Caller) -> ErasureRequest | None:
        """The request that waits or is carried out, None where there is none. Raises Unauthenticated."""
        requests = self.erasures.of(_owner_of(caller))
        return _waiting(requests) or next((request for request in requests if request.under_way), None)

    def _request(self, owner: str, caller: Caller, requests: tuple[ErasureRequest, ...], now: int) -> ErasureRequest:
        final_at = now + self.grace_seconds * SECOND
        replaced = next((request for request in requests if not request.under_way), None)
        return ErasureRequest(
            owner=owner,
            folder=uploads.folder(self.secret(), owner),
            asked_at=now,
            wake_by=final_at,
            final_at=final_at,
            by=caller.name,
            version=replaced.version if replaced else 0,
            sort=replaced.sort if replaced else f"{KIND}#{now:013}" if requests else KIND,
        )

    def _written(self, request: ErasureRequest, act: str, caller: Caller, now: int) -> bool:
        try:
            return self.erasures.save_with(request, self._noted(request, act, caller, now), until=now + WRITE_WITHIN)
        except Contended:
            raise Busy("This could not be written down just now; try again.") from None

    def _noted(self, request: ErasureRequest, act: str, caller: Caller, now: int) -> Put:
        facts = {"askedAt": instant(request.asked_at), "finalAt": instant(request.final_at)}
        return audit_put(
            self.erasures.table, AuditEvent(at=now, by=caller.name, act=act, what=request.owner, facts=facts)
        )


def _owner_of(caller: Caller) -> str:
    if caller.anonymous:
        raise Unauthenticated("Sign in to erase your data: send `Authorization: Bearer`.")
    return caller.owner


def _waiting(requests: tuple[ErasureRequest, ...]) -> ErasureRequest | None:
    return next((request for request in requests if request.scheduled), None)
