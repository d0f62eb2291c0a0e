"""Facts of a deployed stage: its parts, its alarms, and the work under way."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from easel.clock import DAY, MINUTE, SystemClock
from easel.jobs.model import Job
from easel.jobs.store import OPEN_SHARDS
from easel.providers.protocol import Outcome
from infra.stages import Stage
from ops import ledger
from ops.deployed import Deployed
from ops.doctor.facts import Alarms, Calls, Deployment, Work
from ops.errors import NotDeployed
from ops.jobs import by_id, listing
from ops.watch import logs, spending

OPEN_MAX = 500  # open jobs that are read; more are a busy stage, not a broken one
JOBS_MAX = 2_000  # whose calls are looked at
LATE = 5 * MINUTE
EVER = 10**15


@dataclass(frozen=True)
class DeployedStage:
    """What is there of a stage."""

    stage: Stage
    deployed: Deployed

    def facts(self) -> dict[str, Callable[[], Any]]:
        """What reads each of them."""
        return {
            "deployment": self.deployment,
            "alarms": self.alarms,
            "work": self.work,
            "wrong_ledgers": self.wrong_ledgers,
            "calls": self.calls,
        }

    def deployment(self) -> Deployment:
        """The stack's state, the parameters, and what each function that they lead to is told."""
        try:
            functions = self.deployed.functions
        except NotDeployed:
            functions = {}
        environments = {}
        for name in functions:
            try:
                environments[name] = self.deployed.environment(name)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
        stack, drift = self._stack()
        return Deployment(stack, functions, environments, drift)

    def alarms(self) -> Alarms:
        """The stage's alarms, and who is told."""
        pages = self.deployed.client("cloudwatch").get_paginator("describe_alarms")
        prefix = f"easel-{self.stage.name}-"
        found = [alarm for page in pages.paginate(AlarmNamePrefix=prefix) for alarm in page["MetricAlarms"]]
        topics = {action for alarm in found for action in alarm["AlarmActions"] if ":sns:" in action}
        sns = self.deployed.client("sns")
        told = [each for topic in topics for each in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]]
        confirmed = sum(each["SubscriptionArn"].startswith("arn:") for each in told)
        actions = {alarm["AlarmName"]: tuple(alarm["AlarmActions"]) for alarm in found}
        return Alarms(actions, confirmed, len(told) - confirmed)

    def work(self) -> Work:
        """What is under way. Open jobs are read before and after the day's budget, so that none falls between."""
        now = SystemClock().now()
        before = self._open()
        day = spending.of_day(self.deployed, datetime.now(UTC).date().isoformat())
        known = {job.id: job for job in (*self._open(), *before)}
        overdue = [job.id for job in known.values() if job.deadline_at + LATE < now]
        return Work(
            reconciled_ago=self._reconciled_ago(now),
            overdue=tuple(sorted(overdue)),
            open_reserved=sum(job.reserved_micros for job in known.values()),
            reserved_today=day.reserved if len(known) < OPEN_MAX else 0,
            undelivered=self._undelivered(),
        )

    def wrong_ledgers(self) -> list[str]:
        """Owners whose ledger is not as it was written."""
        return [finding.owner for finding in ledger.verify(ledger.books_of(self.deployed))[1]]

    def calls(self) -> Calls:
        """How long the calls of the last week took that delivered."""
        found: dict[str, list[int]] = defaultdict(list)
        week = listing.Wanted(SystemClock().now() - 7 * DAY)
        for job in islice(listing.all_jobs(self.deployed, week), JOBS_MAX):
            for attempt in job.attempts:
                took = [call.milliseconds for call in attempt.calls if call.outcome == Outcome.DELIVERED]
                found[attempt.model] += took
        return Calls({model: tuple(took) for model, took in found.items() if took})

    def _stack(self) -> tuple[str | None, str]:
        """The stack's state, None where there is no stack, and what was last found of its drift."""
        client = self.deployed.client("cloudformation")
        try:
            (found,) = client.describe_stacks(StackName=f"easel-{self.stage.name}")["Stacks"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return None, ""
            raise
        drift = found.get("DriftInformation", {}).get("StackDriftStatus", "NOT_CHECKED")
        return str(found["StackStatus"]), str(drift)

    def _open(self) -> list[Job]:
        store = by_id.store_of(self.deployed)
        ids = (job_id for shard in range(OPEN_SHARDS) for job_id in store.due(shard, now=EVER, limit=OPEN_MAX))
        return [job for job in map(store.get, islice(ids, OPEN_MAX)) if job and not job.final]

    def _reconciled_ago(self, now: int) -> int | None:
        client = self.deployed.client("logs")
        group = logs.group_of(self.deployed, "reconcile")
        pages = client.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=now - LATE)
        newest = max((event["timestamp"] for page in pages for event in page["events"]), default=None)
        return None if newest is None else max(0, now - newest)

    def _undelivered(self) -> int | None:
        client, name = self.deployed.client("sqs"), "ApproximateNumberOfMessages"
        urls = client.list_queues(QueueNamePrefix=f"easel-{self.stage.name}-").get("QueueUrls", [])
        found = [client.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"] for url in urls]
        return sum(int(each[name]) for each in found) if found else None
