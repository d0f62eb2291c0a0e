"""A job by its id alone: whose it is, who was asked, what it cost, where its log lines are; and how it is ended."""

from datetime import UTC, datetime
from typing import Any

from easel.clock import SECOND
from easel.credits.ledger import Ledger
from easel.identity.callers import ANONYMOUS
from easel.jobs.attempts import Attempt, Call
from easel.jobs.model import Job
from easel.jobs.store import JobWithRequest, Store
from ops.audit import act_of, commit
from ops.deployed import Deployed
from ops.errors import Refused

ENTRIES_MAX = 200  # of an owner's newest, among which those of one job are looked for


def store_of(deployed: Deployed) -> Store:
    """The jobs of a stage."""
    return Store(deployed.database, deployed.setting("start", "JOBS_TABLE"))


def show(deployed: Deployed, job_id: str, *, prompt: bool = False) -> dict[str, Any]:
    """What is kept of a job; a word of its owner's only where `prompt` asks for it. Raises Refused where none is."""
    found = find(deployed, job_id)
    job = found.job
    said = {"prompt": found.request.prompt if found.request else None} if prompt else {}
    return {
        **facts(job),
        **said,
        "attempts": [_attempt(each) for each in job.attempts],
        "entries": entries(deployed, job),
        **_places(deployed, job),
    }


def find(deployed: Deployed, job_id: str) -> JobWithRequest:
    """A job with what its owner said. Raises Refused where there is none."""
    found = store_of(deployed).find(job_id)
    if found is None:
        raise Refused(f"there is no job {job_id} in stage {deployed.stage!r}: `easel jobs` lists those there are")
    return found


def entries(deployed: Deployed, job: Job) -> list[dict[str, Any]]:
    """What the ledger says of a job: its lines among the newest of its payer's, oldest first."""
    ledger = Ledger(deployed.database, deployed.setting("credits", "CREDITS_TABLE"))
    newest = ledger.entries(job.payer, limit=ENTRIES_MAX).entries
    own = [entry for entry in reversed(newest) if entry.job == job.id]
    return [{"seq": each.seq, "kind": each.kind, "at": moment(each.at), "moves": each.moves} for each in own]


def erase(deployed: Deployed, job_id: str) -> dict[str, Any]:
    """Have a job erased, whoever's it is, also of those who had not signed in; what the function `start` answers.

    Prompt, references, previews and images go within minutes, and cannot be brought back; who ran this is on the audit.
    Raises Refused where there is no such job, and CommandRefused.
    """
    owner = find(deployed, job_id).job.owner
    return _start(deployed, "erase_job", owner, job_id)


def cancel(deployed: Deployed, job_id: str) -> dict[str, Any]:
    """Have a job canceled in its owner's name; who ran this is on the audit. Raises Refused and CommandRefused."""
    job = _unfinished(deployed, job_id)
    if job.owner == ANONYMOUS:
        raise Refused(f"job {job_id} is nobody's who signed in, so nobody can cancel it: it ends by itself, or --erase")
    commit(deployed, act_of(deployed, "job cancel asked", job_id, owner=job.owner))
    return _start(deployed, "cancel_job", job.owner, job_id)


def settle(deployed: Deployed, job_id: str) -> dict[str, Any]:
    """Have a job settled now, as the reconciler would; what the function `settle` answers.

    A job whose worker may be alive is not ended: the answer says `wait`. Raises Refused and CommandRefused.
    """
    _unfinished(deployed, job_id)
    commit(deployed, act_of(deployed, "job settle asked", job_id))
    answer: dict[str, Any] = deployed.invoke("settle", {"jobId": job_id})
    return {"jobId": job_id, **answer}


def facts(job: Job) -> dict[str, Any]:
    """A job's own fields, without a word of its owner's."""
    return {
        "jobId": job.id,
        "owner": job.owner,
        "startedBy": job.started_by,
        "status": job.status.value,
        "failure": job.failure.code if job.failure else None,
        "modelId": job.model_id,
        "featureId": job.feature_id,
        "n": job.n,
        "size": f"{job.width}x{job.height}",
        "quality": job.quality,
        "references": job.references,
        "createdAt": moment(job.created_at),
        "startedAt": moment(job.started_at),
        "finishedAt": moment(job.finished_at),
        "credits": {"held": job.held, "charged": job.charged, "returned": job.returned, "refunded": job.refunded},
        "costMicros": job.cost_micros(),
        "cancelRequested": job.cancel_requested,
        "erased": job.erased,
        "erasedBy": job.erased_by,
    }


def moment(milliseconds: int | None) -> str | None:
    """A time as it is written, by UTC."""
    return (
        None if milliseconds is None else datetime.fromtimestamp(milliseconds / SECOND, UTC).isoformat("T", "seconds")
    )


def _unfinished(deployed: Deployed, job_id: str) -> Job:
    job = find(deployed, job_id).job
    if job.final:
        raise Refused(f"job {job_id} is {job.status.value} already: there is nothing to end")
    return job


def _start(deployed: Deployed, command: str, owner: str, job_id: str) -> dict[str, Any]:
    order = {"command": command, "owner": owner, "request": {"jobId": job_id}, "by": deployed.by}
    answer: dict[str, Any] = deployed.invoke("start", order)
    return answer


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "provider": attempt.provider,
        "model": attempt.model,
        "outcome": attempt.outcome.value if attempt.outcome else "no outcome yet",
        "reason": attempt.reason,
        "startedAt": moment(attempt.started_at),
        "endedAt": moment(attempt.ended_at),
        "images": len(attempt.images),
        "evidence": [image.key for image in attempt.images],
        "calls": [_call(each) for each in attempt.calls],
    }


def _call(call: Call) -> dict[str, Any]:
    return {
        "outcome": call.outcome,
        "milliseconds": call.milliseconds,
        "slots": list(call.slots),
        "paid": call.paid,
        "costMicros": call.cost_micros,
        "requestId": call.request_id,
    }


def _places(deployed: Deployed, job: Job) -> dict[str, str]:
    machine = deployed.setting("start", "STATE_MACHINE_ARN")
    execution = f"{machine.replace(':stateMachine:', ':execution:')}:{job.id}"
    region = machine.split(":")[3]
    console = f"https://{region}.console.aws.amazon.com/states/home?region={region}#/v2/executions/details/{execution}"
    return {
        "execution": execution,
        "console": console,
        "logs": f'fields @timestamp, @log, @message | filter jobId = "{job.id}"',
    }
