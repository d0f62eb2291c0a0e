"""Step Functions: one execution per job, named by the job."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from easel.clock import SECOND, Clock

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

START_PATIENCE = 4 * SECOND
PAUSE = 0.2  # seconds, with full jitter
HOPELESS = frozenset({"InvalidArn", "InvalidExecutionInput", "InvalidName", "StateMachineDoesNotExist"})


@dataclass(frozen=True)
class StateMachine:
    """The stage's state machine."""

    client: "SFNClient"
    state_machine_arn: str
    clock: Clock

    def start(self, job_id: str) -> bool:
        """Start the job's execution; an execution of that name counts as started.

        False when it keeps failing: the reconciler will do it. The input is the id and nothing else, since
        histories keep text for 90 days.
        """
        until = self.clock.now() + START_PATIENCE
        while True:
            try:
                self.client.start_execution(
                    stateMachineArn=self.state_machine_arn, name=job_id, input=json.dumps({"jobId": job_id})
                )
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code == "ExecutionAlreadyExists":
                    return True
                if code in HOPELESS:
                    raise
            except (ConnectionError, HTTPClientError):
                pass  # nobody knows whether it started; its name keeps a second try from starting another
            else:
                return True
            wait = PAUSE * self.clock.jitter()
            if self.clock.now() + wait * SECOND >= until:
                return False
            self.clock.sleep(wait)
