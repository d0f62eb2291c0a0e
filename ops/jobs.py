"""A job by its id alone: whose it is, who was asked, what it cost, where its log lines are; and its end, for good.

`make jobs STAGE=dev DO="show ID"`, `DO="erase ID"`.
"""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from easel.aws.dynamodb import Database
from easel.clock import SECOND, SystemClock
from easel.jobs.attempts import Attempt
from easel.jobs.model import Job
from easel.jobs.store import Store
from ops import cli
from ops.deployed import Deployed, deployed_stage

COMMANDS = {"show": "one job", "erase": "its text and every image, for good; its amounts stay"}


def show(deployed: Deployed, job_id: str) -> dict[str, Any]:
    """What is kept of a job, without a word of its owner's. Raises Refused where there is none."""
    job = _job(deployed, job_id)
    return {**_facts(job), "attempts": [_attempt(each) for each in job.attempts], **_places(deployed, job)}


def erase(deployed: Deployed, job_id: str) -> dict[str, Any]:
    """Have a job erased, whoever's it is, also of those who had not signed in; what the function `start` answers.

    Prompt, references, previews and images go within minutes, and cannot be brought back; who ran this is on the audit.
    Raises Refused where there is no such job, and CommandRefused.
    """
    owner = _job(deployed, job_id).owner
    command = {"command": "erase_job", "owner": owner, "request": {"jobId": job_id}, "by": deployed.by}
    answer: dict[str, Any] = deployed.invoke("start", command)
    return answer


def _job(deployed: Deployed, job_id: str) -> Job:
    table = deployed.setting("start", "JOBS_TABLE")
    job = Store(Database(deployed.client("dynamodb"), SystemClock()), table).get(job_id)
    if job is None:
        raise cli.Refused(f"there is no job {job_id} in stage {deployed.stage!r}")
    return job


def _facts(job: Job) -> dict[str, Any]:
    return {
        "jobId": job.id,
        "owner": job.owner,
        "startedBy": job.started_by,
        "status": job.status.value,
        "failure": job.failure.code if job.failure else None,
        "modelId": job.model_id,
        "n": job.n,
        "size": f"{job.width}x{job.height}",
        "createdAt": _moment(job.created_at),
        "startedAt": _moment(job.started_at),
        "finishedAt": _moment(job.finished_at),
        "credits": {"held": job.held, "charged": job.charged, "returned": job.returned, "refunded": job.refunded},
        "cancelRequested": job.cancel_requested,
        "erased": job.erased,
        "erasedBy": job.erased_by,
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "provider": attempt.provider,
        "outcome": attempt.outcome.value if attempt.outcome else "no outcome yet",
        "startedAt": _moment(attempt.started_at),
        "endedAt": _moment(attempt.ended_at),
        "images": len(attempt.images),
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


def _moment(milliseconds: int | None) -> str | None:
    return (
        None if milliseconds is None else datetime.fromtimestamp(milliseconds / SECOND, UTC).isoformat("T", "seconds")
    )


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says; the answer is printed as JSON."""
    options = cli.options("ops.jobs", __doc__)
    for command in cli.commands(options, COMMANDS).values():
        command.add_argument("job_id")
    chosen = cli.parsed(options, words)
    act = {"show": show, "erase": erase}[chosen.command]

    def do() -> None:
        print(json.dumps(act(deployed_stage(chosen.stage), chosen.job_id), indent=2))

    return cli.run(do)


if __name__ == "__main__":
    sys.exit(main())
