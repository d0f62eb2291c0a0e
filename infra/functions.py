"""Every function, made by one helper; what differs between them is one line each.

A function's environment is its settings model filled from one dictionary of what this deployment knows. Callers reach
functions by their alias `live` alone: SnapStart restores published versions only.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from aws_cdk import Annotations, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm
from constructs import Construct
from pydantic import BaseModel

from easel import settings
from infra import retention
from infra.bundling import PYTHON, Bundle
from infra.function_names import DOORS
from infra.stages import Stage

ALIAS = "live"
MODELS: dict[str, type[settings.Settings]] = {
    "generate": settings.GenerateSettings,
    "start": settings.StartSettings,
    "status": settings.StatusSettings,
    "credits": settings.CreditsSettings,
    "session": settings.SessionSettings,
    "openai": settings.OpenaiSettings,
    "meta": settings.MetaSettings,
    "authorize": settings.AuthorizeSettings,
    "prepare": settings.PrepareSettings,
    "fetch": settings.FetchSettings,
    "attempt": settings.AttemptSettings,
    "settle": settings.SettleSettings,
    "reconcile": settings.ReconcileSettings,
    "deliver": settings.DeliverSettings,
    "post": settings.Settings,
}
ANSWER_SECONDS = 5  # a waiting door stops waiting this long before its function ends


class Functions(Construct):
    """The doors and the workflow's hands."""

    def __init__(self, scope: Construct, *, stage: Stage, bundle: Bundle, undelivered: sqs.IQueue) -> None:
        super().__init__(scope, "Functions")
        self._stage = stage
        self._code = lambda_.Code.from_asset(str(bundle.code))
        self._layers = {name: self._layer(name, folder) for name, folder in bundle.layers.items()}
        self._by_name: dict[str, lambda_.Function] = {}
        self.alias: dict[str, lambda_.Alias] = {}
        self.log_groups: dict[str, logs.LogGroup] = {}
        door = stage.clocks.door + ANSWER_SECONDS
        attempt = stage.clocks.lease - stage.clocks.slack
        self._door("generate", seconds=door, memory=1024, reserved=stage.reserved(tenths=2))
        self._door("start", seconds=door, memory=1024)
        self._door("status", seconds=door, memory=1024)
        self._door("credits", seconds=door, memory=512)
        self._door("session", seconds=10, memory=512)
        self._door("openai", seconds=door, memory=512)
        self._door("meta", seconds=door, memory=512)
        self._door("authorize", seconds=10, memory=512)
        self._hand("prepare", "worker", seconds=120, memory=1769)
        self._hand("fetch", "fetch", seconds=15, memory=512)
        self._hand("attempt", "worker", seconds=attempt, memory=1769, reserved=stage.reserved(tenths=4))
        self._hand("settle", "api", seconds=30, memory=512, undelivered=undelivered)
        self._hand("reconcile", "api", seconds=55, memory=512, undelivered=undelivered)
        self._hand("deliver", "api", seconds=90, memory=512, undelivered=undelivered)
        self._hand("post", "fetch", seconds=15, memory=256)

    def __getitem__(self, name: str) -> lambda_.Function:
        return self._by_name[name]

    def configure(self, values: Mapping[str, Any]) -> None:
        """Give each function what its settings model asks for."""
        for name, function in self._by_name.items():
            for variable, value in environment(MODELS[name], values).items():
                function.add_environment(variable, value)

    def publish(self) -> None:
        """Write each alias where other services of the account look it up."""
        for name, alias in self.alias.items():
            ssm.StringParameter(
                self,
                f"{name.capitalize()}Arn",
                parameter_name=f"/easel/{self._stage.name}/functions/{name}",
                string_value=alias.function_arn,
                description=f"Easel ({self._stage.name}): the alias to invoke for {name}",
            )

    def _door(self, name: str, **differences: Any) -> None:
        self._function(name, "api", snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS, **differences)

    def _hand(self, name: str, layer: str, **differences: Any) -> None:
        self._function(name, layer, snap_start=None, **differences)

    def _function(
        self,
        name: str,
        layer: str,
        *,
        seconds: int,
        memory: int,
        snap_start: lambda_.SnapStartConf | None,
        reserved: int | None = None,
        undelivered: sqs.IQueue | None = None,
    ) -> None:
        title = name.capitalize()
        log_group = self.log_groups[name] = self._log_group(title)
        function = lambda_.Function(
            self,
            title,
            description=f"Easel ({self._stage.name}): {name}",
            runtime=_runtime(),
            architecture=lambda_.Architecture.ARM_64,
            code=self._code,
            handler=f"{'api' if name in DOORS else 'tasks'}.{name}.handler",
            layers=[self._layers[layer]],
            role=self._role(title, log_group),
            log_group=log_group,
            memory_size=memory,
            timeout=Duration.seconds(seconds),
            reserved_concurrent_executions=reserved,
            dead_letter_queue=undelivered,
            snap_start=snap_start,
            tracing=None if self._stage.emulated else lambda_.Tracing.ACTIVE,  # times alone: it sees no payload
            environment=self._logging(name),
        )
        # CDK asks whether a version is published: the alias below does so.
        Annotations.of(function).acknowledge_warning("@aws-cdk/aws-lambda:snapStartRequirePublish")
        self._by_name[name] = function
        self.alias[name] = lambda_.Alias(function, "Alias", alias_name=ALIAS, version=function.current_version)

    def _logging(self, name: str) -> dict[str, str]:
        return {
            "POWERTOOLS_SERVICE_NAME": name,
            "POWERTOOLS_LOG_LEVEL": self._stage.log_level,
        }

    def _log_group(self, title: str) -> logs.LogGroup:
        kept = retention.removal(self._stage)
        group = logs.LogGroup(self, f"{title}Logs", removal_policy=kept)
        cast(logs.CfnLogGroup, group.node.default_child).retention_in_days = self._stage.retention.log_days
        return group

    def _role(self, title: str, log_group: logs.LogGroup) -> iam.Role:
        # Not the managed policy: that one may write to every log group of the account.
        role = iam.Role(self, f"{title}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log_group.grant(role, "logs:CreateLogStream", "logs:PutLogEvents")
        return role

    def _layer(self, name: str, folder: Path) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            f"{name.capitalize()}Layer",
            code=lambda_.Code.from_asset(str(folder)),
            description=f"Easel: third-party libraries of {name}",
            compatible_runtimes=[_runtime()],
            compatible_architectures=[lambda_.Architecture.ARM_64],
        )


def environment(model: type[settings.Settings], values: Mapping[str, Any]) -> dict[str, str]:
    """The variables a settings model reads; a value missing from `values` is an error here, not in the cloud."""
    return {name.upper(): _text(values[name]) for name in model.model_fields}


def _runtime() -> lambda_.Runtime:
    return lambda_.Runtime(f"python{PYTHON}", lambda_.RuntimeFamily.PYTHON, supports_snap_start=True)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=_plain, separators=(",", ":"))


def _plain(value: BaseModel) -> Any:
    return value.model_dump(mode="json", exclude_none=True)
