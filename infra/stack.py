"""Easel in one page: what there is, what each function is told, and what each may touch.

Rights are named one by one. `make prove WHAT=iam` fails for one that is missing, and for one that is never used.
"""

from typing import Any, cast

from aws_cdk import Aws, CfnElement, CfnOutput, Environment, Stack, Tags
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from easel.catalog import planning
from easel.settings import Issuer
from infra import nag_suppressions
from infra.api import ROUTES, STAGE, Api
from infra.bundling import Bundle
from infra.edge import EdgeStack
from infra.firewall import EdgeOnly, Firewall
from infra.functions import Functions
from infra.monitoring import Monitoring
from infra.stages import Stage
from infra.storage import INCOMING, JOBS, UPLOADS, Storage, edge_secret_name
from infra.user_pool import People
from infra.workflow import Workflow


class EaselStack(Stack):
    """One stage of Easel."""

    def __init__(self, scope: Construct, *, stage: Stage, bundle: Bundle) -> None:
        super().__init__(
            scope,
            f"easel-{stage.name}",
            description=f"Easel: image generation ({stage.name})",
            env=Environment(account=stage.account, region=stage.region),
            termination_protection=stage.retention.protect,
        )
        Tags.of(self).add("easel:stage", stage.name)
        self.storage = Storage(self, stage=stage)
        self.api = Api(self, stage=stage)
        self.functions = Functions(self, stage=stage, bundle=bundle, undelivered=self.storage.undelivered)
        self.workflow = Workflow(self, stage=stage, functions=self.functions, undelivered=self.storage.undelivered)
        self.issuers = stage.issuers or self._own_people(stage)
        self.functions.configure(self._values(stage))
        self._grant()
        if "bedrock" in stage.providers:  # the one provider that is paid by this account and needs no key
            self._models("attempt", stage.providers["bedrock"].region or self.region)
        self.api.route(self.functions)
        if not stage.emulated:
            self._guard(stage)
        self.workflow.watch()
        self.functions.publish()
        Monitoring(
            self,
            stage=stage,
            functions=self.functions,
            workflow=self.workflow,
            api=self.api,
            undelivered=self.storage.undelivered,
        )
        self._tell()
        nag_suppressions.keep(
            self, nag_suppressions.KEPT, wildcards=self._wildcards(), policies=[nag_suppressions.GATEWAY_LOGS]
        )

    def behind_an_edge(self, scope: Construct, stage: Stage) -> EdgeStack:
        """The stage's second stack, in front of this one."""
        domain = f"{self.api.id}.execute-api.{self.region}.{Aws.URL_SUFFIX}"
        edge = EdgeStack(
            scope, stage=stage, domain_of_api=domain, path_of_api=f"/{STAGE}", secret=edge_secret_name(stage)
        )
        edge.add_stack_dependency(self)
        return edge

    def _guard(self, stage: Stage) -> None:
        """A firewall in front of the gateway; behind an edge, which has it then, a gate for the edge alone."""
        gateway = self.api.rest.deployment_stage.stage_arn
        if self.storage.edge:
            EdgeOnly(self, secret=self.storage.edge.secret_value).guard(gateway)
        else:
            Firewall(self, where="REGIONAL", requests_per_window=stage.gateway.requests_per_address).guard(gateway)

    def _own_people(self, stage: Stage) -> tuple[Issuer, ...]:
        if stage.emulated:
            return ()
        people = People(self, stage=stage, public_url=self.api.public_url)
        CfnOutput(self, "UserPoolId", value=people.pool.user_pool_id)
        return (people.issuer(),)

    def _values(self, stage: Stage) -> dict[str, Any]:
        storage = self.storage
        return {
            "stage": stage.name,
            "jobs_table": storage.jobs.table_name,
            "credits_table": storage.credits.table_name,
            "limits_table": storage.limits.table_name,
            "keys_table": storage.keys.table_name,
            "assets_bucket": storage.assets.bucket_name,
            "signing_secret": storage.signing.secret_arn,
            "providers_secret": storage.provider_keys.secret_arn,
            "state_machine_arn": self.workflow.machine.state_machine_arn,
            "fetch_function": self.functions.alias["fetch"].function_arn,
            "moderation": stage.moderation,
            "moderation_secret": storage.moderation_key.secret_arn if storage.moderation_key else "",
            "api_id": self.api.id,
            "public_url": self.api.public_url,
            "cors_origins": stage.cors_origins,
            "issuers": self.issuers,
            "providers": stage.providers,
            "policy": stage.policy,
            "waiting_seats": stage.waiting_seats,
            "watching_seats": stage.watching_seats,
            "worker_seats": stage.worker_seats,
            "turnstile_site_key": stage.challenge,
            "turnstile_secret": storage.turnstile.secret_arn if storage.turnstile else "",
            "edge_secret": storage.edge.secret_arn if storage.edge else "",
            "clocks": stage.clocks,
        }

    def _grant(self) -> None:
        """What each function does, and nothing else, to be read like a table; the proof `iam` compares."""
        jobs, credits, limits, keys = self.storage.jobs, self.storage.credits, self.storage.limits, self.storage.keys
        signing, provider_keys = self.storage.signing, self.storage.provider_keys
        for name in ("start", "generate"):
            self._table(name, jobs, "GetItem", "Query", "PutItem")
            self._table(name, credits, "GetItem", "PutItem")
            self._table(name, limits, "GetItem", "Query", "UpdateItem")
            self._objects(name, reads=(JOBS, UPLOADS), writes=(INCOMING,))
            self._execute(name)
            self._secret(name, signing)
        self._objects("start", writes=(UPLOADS,))  # in the form that it hands out
        self._table("status", jobs, "Query")
        self._index("status", jobs, "by_owner")
        self._table("status", credits, "GetItem", "Query")
        self._table("status", limits, "GetItem", "UpdateItem")  # the seats of those who wait for a change
        self._objects("status", reads=(JOBS,), looks=False)  # it signs links, and whoever follows one acts for it
        self._listing("status", JOBS)  # what there is to preview
        self._secret("status", signing)
        self._table("credits", credits, "GetItem", "PutItem")
        self._table("credits", jobs, "GetItem", "PutItem")  # a refund is noted on its job
        self._secret("credits", signing)
        self._secret("session", signing)
        self._table("authorize", keys, "GetItem")
        self._secret("authorize", signing)
        self._table("prepare", jobs, "Query", "PutItem")
        self._objects("prepare", reads=(INCOMING,), writes=(JOBS,))
        self._invoke("prepare", "fetch")
        self._objects("fetch", writes=(INCOMING,))
        self._table("attempt", jobs, "GetItem", "Query", "PutItem")
        self._table("attempt", limits, "GetItem", "Query", "PutItem", "UpdateItem")
        self._objects("attempt", reads=(JOBS,), writes=(JOBS,))
        self._secret("attempt", signing)
        self._secret("attempt", provider_keys)
        for name in ("start", "generate", "attempt"):
            if self.storage.moderation_key:
                self._secret(name, self.storage.moderation_key)
        for name in ("settle", "reconcile"):
            self._table(name, jobs, "GetItem", "PutItem")
            self._table(name, credits, "GetItem", "PutItem")
            self._table(name, limits, "UpdateItem")
            self._objects(name, reads=(JOBS,))
        self._index("reconcile", jobs, "open", "by_owner")
        self._table("reconcile", jobs, "Query", "DeleteItem")  # of what was erased: its text, all that it left
        self._erase("reconcile", (INCOMING, JOBS, UPLOADS))
        self._execute("reconcile")
        if turnstile := self.storage.turnstile:
            self._secret("generate", turnstile)
        if edge := self.storage.edge:
            for name in ROUTES:
                self._secret(name, edge)

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
        erased = [bucket.arn_for_objects(f"{prefix}*") for prefix in prefixes]
        self._allow(name, ["s3:DeleteObjectVersion"], erased)

    def _secret(self, name: str, secret: secretsmanager.Secret) -> None:
        self._allow(name, ["secretsmanager:GetSecretValue"], [secret.secret_arn])

    def _models(self, name: str, region: str) -> None:
        offers = [offer for model in planning.load().models.values() for offer in model.offers]
        served = sorted({offer.upstream or "" for offer in offers if offer.provider == "bedrock"})
        place = f"arn:{self.partition}:bedrock:{region}::foundation-model"
        self._allow(name, ["bedrock:InvokeModel"], [f"{place}/{model}" for model in served])

    def _execute(self, name: str) -> None:
        self._allow(name, ["states:StartExecution"], [self.workflow.machine.state_machine_arn])

    def _invoke(self, name: str, other: str) -> None:
        self._allow(name, ["lambda:InvokeFunction"], [self.functions.alias[other].function_arn])

    def _allow(self, name: str, actions: list[str], resources: list[str], **more: Any) -> None:
        self.functions[name].add_to_role_policy(iam.PolicyStatement(actions=actions, resources=resources, **more))

    def _wildcards(self) -> list[str]:
        """What rights name that stands for several resources."""
        assets = self._logical(self.storage.assets)
        return ["*", *(f"<{assets}.Arn>/{prefix}*" for prefix in (JOBS, INCOMING, UPLOADS))]

    def _logical(self, found: Construct) -> str:
        return str(self.get_logical_id(cast(CfnElement, found.node.default_child)))

    def _tell(self) -> None:
        storage = self.storage
        outputs = {
            "ApiId": self.api.id,
            "GatewayUrl": self.api.gateway_url,
            "Page": f"{self.api.public_url}/",
            "PublicUrl": self.api.public_url,
            "JobsTable": storage.jobs.table_name,
            "CreditsTable": storage.credits.table_name,
            "LimitsTable": storage.limits.table_name,
            "KeysTable": storage.keys.table_name,
            "AssetsBucket": storage.assets.bucket_name,
            "SigningSecret": storage.signing.secret_arn,
            "ProvidersSecret": storage.provider_keys.secret_arn,
            "StateMachineArn": self.workflow.machine.state_machine_arn,
            **{f"{name.capitalize()}Function": alias.function_arn for name, alias in self.functions.alias.items()},
        }
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)
