"""The worker's part of moderation: prompts a door could not check, references, and, where wanted, what was made."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from easel.aws.metrics import Metrics
from easel.errors import ImageRejected
from easel.images import sanitize
from easel.jobs.model import Failure, Job
from easel.jobs.request import Request
from easel.moderation.endpoint import Scores
from easel.moderation.policy import Check, Moderation, Stage, refused_scores
from easel.outbound.http import Unreachable

AskAbout = Callable[[str | tuple[bytes, str]], Scores]  # a text, or an image with its type
MESSAGES = {
    "prompt": "This prompt is not allowed here; change it.",
    "references": "A reference is not allowed here; send another.",
    "results": "What was made is not allowed here; change the prompt.",
}


@dataclass(frozen=True)
class Inspect:
    """Asked before a provider is called, and after it has answered."""

    policy: Moderation
    ask: AskAbout
    meter: Metrics

    def due(self, job: Job) -> bool:
        """Whether something is to be looked at before the first call."""
        stages = {check.stage: check.decision for check in job.checks}
        return stages.get("prompt") == "unchecked" or (
            self.policy.references and job.references > 0 and "references" not in stages
        )

    def before(self, job: Job, request: Request, pictures: Iterable[tuple[bytes, str]]) -> Job:
        """The job with what was found; with a failure where it may not go on."""
        checks = {check.stage: check for check in job.checks}
        if "prompt" in checks and checks["prompt"].decision == "unchecked":
            checks["prompt"] = self._check("prompt", [request.effective_prompt])
        if self.policy.references and job.references and "references" not in checks:
            checks["references"] = self._check("references", pictures)
        refused = next((check for check in checks.values() if check.decision == "refused"), None)
        closed = self.policy.when_unreachable(anonymous=job.viewer_hash is not None) == "closed"
        failure = job.failure
        if refused:
            failure = failure_of(refused)
        elif closed and any(check.decision == "unchecked" for check in checks.values()):
            failure = Failure(code="providers_unavailable", message="The request could not be checked; try again.")
        return job.moved(checks=tuple(checks.values()), failure=failure)

    def results(self, job: Job, made: Iterable[bytes]) -> Check | None:
        """Why what was made may not be shown, None where it may."""
        if not self.policy.results:
            return None
        check = self._check("results", _images(made))
        closed = self.policy.when_unreachable(anonymous=job.viewer_hash is not None) == "closed"
        return check if check.decision == "refused" or (closed and check.decision == "unchecked") else None

    def _check(self, stage: Stage, things: Iterable[str | tuple[bytes, str]]) -> Check:
        for thing in things:
            try:
                categories = refused_scores(self.policy, self.ask(thing))
            except Unreachable:
                self.meter.count("ModerationUnreachable", stage=stage)
                return Check(stage=stage, decision="unchecked")
            if categories:
                self.meter.count("ContentRefused", stage=stage, category=categories[0])
                return Check(stage=stage, decision="refused", categories=categories)
        return Check(stage=stage, decision="passed")


def _images(made: Iterable[bytes]) -> Iterator[tuple[bytes, str]]:
    for content in made:
        try:
            yield content, sanitize.examine(content).mime_type
        except ImageRejected:
            continue  # it is shown to nobody


def failure_of(check: Check) -> Failure:
    """What a refusal means for its job."""
    return Failure(
        code="content_refused", message=MESSAGES[check.stage], stage=check.stage, categories=check.categories
    )
