"""What becomes of a stage's data when its stack is removed, or was never finished."""

from aws_cdk import RemovalPolicy

from infra.stages import Stage


def removal(stage: Stage) -> RemovalPolicy:
    """The policy for secrets, images and logs: protected ones outlive their stack.

    What a first deployment made before it failed goes with it, or the names would be in the next try's way.
    """
    return RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if stage.retention.protect else RemovalPolicy.DESTROY


def removal_of_guarded(stage: Stage) -> RemovalPolicy:
    """The policy for what has a deletion protection of its own: tables and the user pool.

    Protected ones stay in every case: while rolling back CloudFormation may not delete them, and would end in
    ROLLBACK_FAILED for trying. What such a try leaves is empty, costs nothing and has a name that nothing else needs.
    """
    return RemovalPolicy.RETAIN if stage.retention.protect else RemovalPolicy.DESTROY
