"""What each function may touch, named right by right.

`make prove WHAT=iam` fails for a right that is missing, and for one that is never used.
"""

from dataclasses import dataclass
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager

from easel.catalog import planning
from infra.api import ROUTES
from infra.functions import Functions
from infra.storage import ANSWERS, INCOMING, JOBS, UPLOADS, Storage
from infra.workflow import Workflow


@dataclass(frozen=True)
class Grants:
    """The rights of one stage's functions on what the stage has."""

    storage: Storage
    functions: Functions
    workflow: Workflow

    def grant(self) -> None:
        """Give each function what it does, and nothing else, to be read like a table; the proof `iam` compares."""
        self._starting()
        self._other_doors()
        self._making()
        self._ending()
        self._telling()
        self._optional_secrets()

    def _starting(self) -> None:
        storage = self.storage
        for name in ("start", "generate", "openai"):
            self._table(name, storage.jobs, "GetItem", "Query", "PutItem")
            self._table(name, storage.credits, "GetItem", "PutItem")
            self._table(name, storage.limits, "GetItem", "Query", "UpdateItem")
            read = (JOBS, ANSWERS) if name == "openai" else (JOBS, UPLOADS)
            self._objects(name, reads=read, writes=(INCOMING,))
            self._delete(name, (INCOMING,))  # what was stored for a job that is refused after all
            self._execute(name)
            self._secret(name, storage.signing)
        self._objects("start", writes=(UPLOADS,))  # in the form that it hands out
        self._objects("openai", writes=(ANSWERS,))  # those too large for a door
        self._delete("openai", (ANSWERS,))  # of a job that was erased meanwhile
        self._abort("openai", (ANSWERS,))

    def _other_doors(self) -> None:
        storage = self.storage
        self._table("status", storage.jobs, "Query", "BatchGetItem")
        self._index("status", storage.jobs, "by_owner")
        self._table("status", storage.credits, "GetItem", "Query")
        self._table("status", storage.limits, "GetItem", "UpdateItem")  # the seats of those who wait for a change
        self._objects("status", reads=(JOBS,), looks=False)  # it signs links, and whoever follows one acts for it
        self._listing("status", JOBS)  # what there is to preview
        self._secret("status", storage.signing)
        self._table("credits", storage.credits, "GetItem", "PutItem")
        self._table("credits", storage.jobs, "GetItem", "PutItem")  # a refund is noted on its job
        self._secret("credits", storage.signing)
        self._secret("session", storage.signing)
        self._table("authorize", storage.keys, "GetItem")
        self._secret("authorize", storage.signing)

    def _making(self) -> None:
        storage = self.storage
        self._table("prepare", storage.jobs, "Query", "PutItem")
        self._objects("prepare", reads=(INCOMING,), writes=(JOBS,))
        self._invoke("prepare", "fetch")
        self._objects("fetch", writes=(INCOMING,))
        self._table("attempt", storage.jobs, "GetItem", "Query", "PutItem")
        self._table("attempt", storage.limits, "GetItem", "Query", "PutItem", "UpdateItem")
        self._objects("attempt", reads=(JOBS,), writes=(JOBS,))
        self._secret("attempt", storage.signing)
        self._secret("attempt", storage.provider_keys)

    def _ending(self) -> None:
        storage = self.storage
        for name in ("settle", "reconcile"):
            self._table(name, storage.jobs, "GetItem", "PutItem")
            self._table(name, storage.credits, "GetItem", "PutItem")
            self._table(name, storage.limits, "UpdateItem")
            self._objects(name, reads=(JOBS,))
        self._index("reconcile", storage.jobs, "open", "by_owner")
        self._table("reconcile", storage.jobs, "Query", "DeleteItem")  # of what was erased: its text, all that it left
        self._erase("reconcile", (INCOMING, JOBS, UPLOADS, ANSWERS))
        self._execute("reconcile")

    def _telling(self) -> None:
        storage = self.storage
        for name in ("start", "settle", "reconcile"):
            self._invoke(name, "deliver")
        self._table("deliver", storage.jobs, "GetItem", "Query", "PutItem")
        self._index("deliver", storage.jobs, "open")
        self._secret("deliver", storage.webhooks)
        self._allow("deliver", ["events:PutEvents"], [storage.bus.event_bus_arn])
        self._invoke("deliver", "post")

    def _optional_secrets(self) -> None:
        storage = self.storage
        if storage.moderation_key:
            for name in ("start", "generate", "openai", "attempt"):
                self._secret(name, storage.moderation_key)
        if storage.turnstile:
            self._secret("generate", storage.turnstile)
        if storage.edge:
            for name in ROUTES:
                self._secret(name, storage.edge)

    def _table(self, name: str, table: dynamodb.Table, *actions: str) -> None:
        self._allow(name, [f"dynamodb:{action}" for action in actions], [table.table_arn])

    def _index(self, name: str, table: dynamodb.Table, *indexes: str) -> None:
        self._allow(name, ["dynamodb:Query"], [f"{table.table_arn}/index/{index}" for index in indexes])

    def _objects(
        self, name: str, *, reads: tuple[str, ...] = (), writes: tuple[str, ...] = (), looks: bool = True
    ) -> None:
        bucket = self.storage.assets
        if reads:
            self._allow(name, ["s3:GetObject"], [bucket.arn_for_objects(f"{prefix}*") for prefix in reads])
        if reads and looks:  # else S3 answers 403 for an absent object, and "no evidence" would look like a fault
            self._allow(name, ["s3:ListBucket"], [bucket.bucket_arn])
        if writes:
            self._allow(name, ["s3:PutObject"], [bucket.arn_for_objects(f"{prefix}*") for prefix in writes])

    def _listing(self, name: str, prefix: str) -> None:
        below = {"StringLike": {"s3:prefix": f"{prefix}*"}}
        self._allow(name, ["s3:ListBucket"], [self.storage.assets.bucket_arn], conditions=below)

    def _erase(self, name: str, prefixes: tuple[str, ...]) -> None:
        bucket = self.storage.assets
        self._allow(name, ["s3:ListBucketVersions"], [bucket.bucket_arn])
        self._delete(name, prefixes)

    def _delete(self, name: str, prefixes: tuple[str, ...]) -> None:
        below = [self.storage.assets.arn_for_objects(f"{prefix}*") for prefix in prefixes]
        self._allow(name, ["s3:DeleteObjectVersion"], below)

    def _abort(self, name: str, prefixes: tuple[str, ...]) -> None:
        below = [self.storage.assets.arn_for_objects(f"{prefix}*") for prefix in prefixes]
        self._allow(name, ["s3:AbortMultipartUpload"], below)

    def _secret(self, name: str, secret: secretsmanager.Secret) -> None:
        self._allow(name, ["secretsmanager:GetSecretValue"], [secret.secret_arn])

    def models(self, name: str, *, region: str) -> None:
        """Let a function ask the catalog's models of Bedrock in a region."""
        offers = [offer for model in planning.load().models.values() for offer in model.offers]
        served = sorted({offer.upstream or "" for offer in offers if offer.provider == "bedrock"})
        place = f"arn:{Stack.of(self.storage).partition}:bedrock:{region}::foundation-model"
        self._allow(name, ["bedrock:InvokeModel"], [f"{place}/{model}" for model in served])

    def _execute(self, name: str) -> None:
        self._allow(name, ["states:StartExecution"], [self.workflow.machine.state_machine_arn])

    def _invoke(self, name: str, other: str) -> None:
        self._allow(name, ["lambda:InvokeFunction"], [self.functions.alias[other].function_arn])

    def _allow(self, name: str, actions: list[str], resources: list[str], **more: Any) -> None:
        self.functions[name].add_to_role_policy(iam.PolicyStatement(actions=actions, resources=resources, **more))
