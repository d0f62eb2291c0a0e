"""What can happen to one call: the fates, and how each is played to the code that made the call."""

from collections.abc import Callable
from enum import Enum

from botocore.exceptions import ReadTimeoutError

from tests.simulation.aws.dynamodb import canceled
from tests.simulation.aws.replies import Call, Refusal, Reply


class Fate(Enum):
    """GO is no fault. TWICE and ABORTED happen to invocations, SENT_TWICE to what is safe to send twice."""

    GO = "go"
    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after it applied"
    LOST = "reply lost"
    REFUSED = "refused"
    THROTTLED = "throttled or conflicting"
    ZOMBIE = "zombie"
    TWICE = "delivered twice"
    ABORTED = "execution aborted"


CALL_FATES = (Fate.CRASH_BEFORE, Fate.CRASH_AFTER, Fate.LOST, Fate.REFUSED, Fate.THROTTLED, Fate.ZOMBIE)
INVOCATION_FATES = (Fate.CRASH_AFTER, Fate.LOST, Fate.REFUSED, Fate.THROTTLED, Fate.TWICE)
TASK_FATES = (*INVOCATION_FATES, Fate.ABORTED)

READS = frozenset({"GetItem", "Query", "GetObject", "HeadObject", "ListObjectsV2", "ListObjectVersions"})
BUSY = {
    "dynamodb": ("ThrottlingException", 400),
    "s3": ("SlowDown", 503),
    "states": ("ThrottlingException", 400),
}


class Killed(BaseException):
    """SIGKILL: nothing of the product may catch it."""


def carried_out(answer: Callable[[Call], Reply], call: Call, fate: Fate, sleep: Callable[[], None]) -> Reply:
    """Play a fate: answer the call, or raise what its caller meets."""
    match fate:
        case Fate.CRASH_BEFORE:
            raise Killed
        case Fate.CRASH_AFTER:
            _unheard(answer, call)
            raise Killed
        case Fate.LOST:
            _unheard(answer, call)
            if call.service == "s3":  # its client sends again by itself, and hears the second answer
                return answer(call)
            raise ReadTimeoutError(endpoint_url=call.service)
        case Fate.REFUSED:
            raise Refusal("AccessDeniedException", "not authorized to perform this operation", status=403)
        case Fate.THROTTLED:
            raise throttled(call)
        case Fate.ZOMBIE:
            sleep()
    return answer(call)


def throttled(call: Call) -> Refusal:
    """What a service says that has no room, or, of a transaction, that another one is in its way."""
    if call.operation == "TransactWriteItems":
        rest = [{"Code": "None"}] * (len(call.params["TransactItems"]) - 1)
        return canceled([{"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}, *rest])
    code, status = BUSY[call.service]
    return Refusal(code, "Rate exceeded", status=status)


def _unheard(answer: Callable[[Call], Reply], call: Call) -> None:
    try:
        answer(call)
    except Refusal:
        return
