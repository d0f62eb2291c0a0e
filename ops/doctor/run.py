"""All checks at once, each within its time, and what they come to together."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ops.cli import failures
from ops.doctor import account_checks, plan_checks, provider_checks, stage_checks
from ops.doctor.model import Check, Finding, Unknowable, Verdict, failed, unknown
from ops.errors import WrongUse

SECONDS, PICTURE_SECONDS = 10.0, 60.0  # the most a check may take; with a real picture, all of them
CHECKS: tuple[Check, ...] = (
    *account_checks.CHECKS,
    *plan_checks.CHECKS,
    *provider_checks.CHECKS,
    *stage_checks.CHECKS,
)
Read = Callable[[str], Any]
ACCESS = failures.NO_ACCESS


@dataclass(frozen=True)
class Report:
    """What each check came to, in their order."""

    findings: dict[str, Finding]

    def count(self, verdict: Verdict) -> int:
        """How many came to this."""
        return sum(each.verdict is verdict for each in self.findings.values())

    @property
    def ready(self) -> bool:
        """Whether nothing failed."""
        return not self.count(Verdict.FAIL)


def chosen(
    *, only: Sequence[str], skip: Sequence[str], after: bool, offline: bool, checks: Iterable[Check] = CHECKS
) -> list[Check]:
    """The checks that are meant: `after` those of a deployed stage too. Raises WrongUse for an id that is none."""
    known = {check.id: check for check in checks}
    strange = [each for each in (*only, *skip) if each not in known]
    if strange:
        raise WrongUse(f"there is no check {', '.join(strange)}; there is {', '.join(known)}")
    if only:
        return [known[each] for each in dict.fromkeys(only) if each not in skip]
    wanted = [check for check in known.values() if (after or not check.after) and check.id not in skip]
    return [check for check in wanted if not (offline and check.asks_providers)]


def examine(checks: Sequence[Check], read: Read, *, seconds: float = SECONDS) -> Report:
    """Run them all at once; one that takes longer than `seconds` could not know."""
    found: dict[str, Finding] = {}
    threads = {}
    for check in checks:
        work = threading.Thread(target=_into, args=(found, check, read), daemon=True)
        threads[check.id] = work
        work.start()
    until = time.monotonic() + seconds
    for work in threads.values():
        work.join(max(0.0, until - time.monotonic()))
    late = unknown(f"no answer within {seconds:g} s", "run it alone: easel doctor --only …")
    return Report({check.id: found.get(check.id, late) for check in checks})


def judged(check: Check, read: Read) -> Finding:
    """One check, whatever happens: what cannot be read is could not know, and no access fails `credentials` alone."""
    try:
        return check.judge(*(read(name) for name in check.reads))
    except Unknowable as why:
        return unknown(str(why))
    except Exception as error:  # a check says what it could not do, and the others go on
        failure = failures.told(error) or failures.unforeseen(error)
        blamed = check.id in ("credentials", "deployed") and failure.code in (ACCESS, failures.REFUSED)
        return failed(failure.sentence, failure.remedy) if blamed else unknown(failure.sentence, failure.remedy)


def _into(found: dict[str, Finding], check: Check, read: Read) -> None:
    found[check.id] = judged(check, read)
