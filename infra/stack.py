"""Easel in one page: what there is, and what each function is told; what each may touch is in `grants`."""

from typing import Any, cast

from aws_cdk import Aws, CfnElement, CfnOutput, Environment, Stack, Tags
from constructs import Construct

from easel.settings import Issuer
from infra import nag_suppressions
from infra.api import STAGE, Api
from infra.bundling import Bundle
from infra.edge import EdgeStack
from infra.firewall import EdgeOnly, Firewall
from infra.functions import Functions
from infra.grants import Grants
from infra.monitoring import Monitoring
from infra.stages import Stage
from infra.storage import ANSWERS, INCOMING, JOBS, UPLOADS, Storage, edge_secret_name
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
        grants = Grants(self.storage, self.functions, self.workflow)
        grants.grant()
        if "bedrock" in stage.providers:  # the one provider that is paid by this account and needs no key
            grants.models("attempt", region=stage.providers["bedrock"].region or self.region)
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
            "deliver_function": self.functions.alias["deliver"].function_arn,
            "post_function": self.functions.alias["post"].function_arn,
            "webhooks_secret": storage.webhooks.secret_arn,
            "event_bus": storage.bus.event_bus_name,
            "posts_at_once": stage.posts_at_once,
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

    def _wildcards(self) -> list[str]:
        """What rights name that stands for several resources."""
        assets = self._logical(self.storage.assets)
        return ["*", *(f"<{assets}.Arn>/{prefix}*" for prefix in (JOBS, INCOMING, UPLOADS, ANSWERS))]

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
            "EventBus": storage.bus.event_bus_name,
            "StateMachineArn": self.workflow.machine.state_machine_arn,
            **{f"{name.capitalize()}Function": alias.function_arn for name, alias in self.functions.alias.items()},
        }
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)
