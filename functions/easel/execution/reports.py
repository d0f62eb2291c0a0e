"""What operators are told of attempts, in metrics and log lines; callers are told sentences of our own."""

import logging
from dataclasses import dataclass

from easel.aws.metrics import Metrics
from easel.execution.call_results import Result
from easel.jobs.attempts import Attempt
from easel.jobs.model import Job


@dataclass(frozen=True)
class Reports:
    """Counts how attempts ended, and logs why, without a word of any request."""

    meter: Metrics
    log: logging.Logger

    def abandoned(self, attempt: Attempt) -> None:
        """An attempt whose worker was given up."""
        self.meter.count("AttemptAbandoned", provider=attempt.provider)

    def ended(self, job: Job, attempt: Attempt, result: Result) -> None:
        """How an attempt stands after its calls."""
        if result.outcome:
            self.meter.count("Attempt", provider=attempt.provider, outcome=result.outcome)
        if result.reason:
            said = {"jobId": job.id, "attempt": attempt.number, "provider": attempt.provider, "reason": result.reason}
            self.log.warning("attempt_failed", extra={**said, "outcome": result.outcome})
        if result.wrong:
            self.meter.count("ProviderMisconfigured", provider=attempt.provider)
            wrong = {"provider": attempt.provider, "what": result.wrong.what, "remedy": result.wrong.remedy}
            self.log.error("provider_misconfigured", extra=wrong)
