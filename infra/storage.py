"""What Easel remembers: four tables, the bucket of images, its secrets, and events that reached nobody."""

from typing import Any

from aws_cdk import Duration, SecretValue
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from easel.moderation import policy
from infra import retention
from infra.stages import Stage

STRING, NUMBER = dynamodb.AttributeType.STRING, dynamodb.AttributeType.NUMBER
INCOMING = "incoming/"
UPLOADS = "uploads/"
ANSWERS = "answers/"  # written down for callers who want more than a door can hand over
JOBS = "jobs/"


class Storage(Construct):
    """Tables, bucket and secrets, kept when the stage protects its data."""

    def __init__(self, scope: Construct, *, stage: Stage) -> None:
        super().__init__(scope, "Storage")
        self._stage = stage
        self._removal = retention.removal(stage)
        self.jobs = self._table("Jobs", ttl="expiresAt")
        self.jobs.add_global_secondary_index(
            index_name="by_owner", partition_key=_key("owner"), sort_key=_key("ownerSort")
        )
        self.jobs.add_global_secondary_index(
            index_name="open",
            partition_key=_key("openShard"),
            sort_key=_key("wakeBy", NUMBER),
            projection_type=dynamodb.ProjectionType.KEYS_ONLY,  # a hint; whoever reads it looks at the job itself
        )
        self.credits = self._table("Credits")
        self.limits = self._table("Limits", ttl="expiresAt")
        self.keys = self._table("Keys")
        self.assets = self._bucket()
        self.undelivered = sqs.Queue(
            self,
            "Undelivered",  # events that no function took, which hold ids and no words of owners; mails of alarms
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=not stage.emulated,
            retention_period=Duration.days(14),
        )
        self.signing = self._random(
            "Signing", "signs job ids and authorizations. With a new one, old Idempotency-Keys start new jobs."
        )
        self.provider_keys = self._to_be_filled(
            "ProviderKeys", 'API keys of image providers, as JSON: {"openai": "sk-..."}', "{}"
        )
        self.webhooks = self._random(
            "Webhooks", "the master of all webhooks' secrets. A new one changes every receiver's secret."
        )
        self.bus = events.EventBus(
            self,
            "Bus",
            event_bus_name=f"easel-{stage.name}",
            description="Easel: an event for each job that ended, for consumers of the operator's own",
        )

        self.turnstile = self._turnstile() if stage.turnstile else None
        self.edge = self._edge() if stage.edge else None
        self.moderation_key = self._moderation_key() if policy.load(stage.moderation).openai else None

    def _turnstile(self) -> secretsmanager.Secret:
        told = "Cloudflare Turnstile's secret key; until you put it in, anonymous callers are refused"
        return self._to_be_filled("Turnstile", told, "not set")

    def _edge(self) -> secretsmanager.Secret:
        replica = secretsmanager.ReplicaRegion(region="us-east-1")
        return self._random(
            "Edge",
            "what the edge proves itself to the doors with",
            secret_name=edge_secret_name(self._stage),  # the edge's stack reads its replica by this name
            replica_regions=[replica] if self._stage.region != replica.region else None,
        )

    def _moderation_key(self) -> secretsmanager.Secret:
        told = "an OpenAI API key that is allowed to ask for moderations, and nothing else"
        return self._to_be_filled("ModerationKey", told, "none yet")

    def _random(self, name: str, told: str, **more: Any) -> secretsmanager.Secret:
        """A secret that AWS makes, and nobody need know."""
        made = secretsmanager.SecretStringGenerator(password_length=64, exclude_punctuation=True)
        return self._secret(name, told, generate_secret_string=made, **more)

    def _to_be_filled(self, name: str, told: str, text: str) -> secretsmanager.Secret:
        """A secret that an operator puts in. The text given here must never change: it would be put over theirs."""
        return self._secret(name, told, secret_string_value=SecretValue.unsafe_plain_text(text))

    def _secret(self, name: str, told: str, **content: Any) -> secretsmanager.Secret:
        description, removal = f"Easel: {told}", self._removal
        return secretsmanager.Secret(self, name, description=description, removal_policy=removal, **content)

    def _table(self, name: str, *, ttl: str | None = None) -> dynamodb.Table:
        return dynamodb.Table(
            self,
            name,
            partition_key=_key("pk"),
            sort_key=_key("sk"),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            time_to_live_attribute=ttl,
            removal_policy=retention.removal_of_guarded(self._stage),
            deletion_protection=self._stage.retention.protect,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=self._stage.retention.protect
            ),
        )

    def _bucket(self) -> s3.Bucket:
        stage = self._stage
        return s3.Bucket(
            self,
            "Assets",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=not stage.emulated,  # the emulator listens on loopback, without TLS
            minimum_tls_version=None if stage.emulated else 1.2,
            versioned=not stage.emulated,
            removal_policy=self._removal,
            # Emptying needs a function of CDK's own, which the emulator does not run.
            auto_delete_objects=not stage.retention.protect and not stage.emulated,
            lifecycle_rules=self._lifecycle(),
            cors=[
                s3.CorsRule(
                    allowed_methods=[s3.HttpMethods.GET, s3.HttpMethods.HEAD, s3.HttpMethods.POST],
                    allowed_origins=list(stage.cors_origins),
                    allowed_headers=["*"],
                    exposed_headers=["ETag", "Content-Disposition"],
                    max_age=3600,
                )
            ]
            if stage.cors_origins
            else None,
        )

    def _lifecycle(self) -> list[s3.LifecycleRule]:
        kept_for = self._stage.retention
        deleted = None if self._stage.emulated else Duration.days(kept_for.deleted_days)
        rules = [
            s3.LifecycleRule(
                id="unfinished-uploads",
                abort_incomplete_multipart_upload_after=Duration.days(1),
                noncurrent_version_expiration=deleted,
            ),
            self._passing("incoming", INCOMING, days=2),
            self._passing("uploads", UPLOADS, days=1),
            self._passing("answers", ANSWERS, days=1),
        ]
        if kept_for.image_days is not None:
            kept = Duration.days(kept_for.image_days)
            rules.append(s3.LifecycleRule(id="images", prefix=JOBS, expiration=kept))
        return rules

    def _passing(self, name: str, prefix: str, *, days: int) -> s3.LifecycleRule:
        """What was sent is gone after so many days, and cannot be brought back as images can."""
        gone = None if self._stage.emulated else Duration.days(1)
        return s3.LifecycleRule(
            id=name, prefix=prefix, expiration=Duration.days(days), noncurrent_version_expiration=gone
        )


def edge_secret_name(stage: Stage) -> str:
    """What the edge's secret is called, in every region."""
    return f"easel/{stage.name}/edge"


def _key(name: str, kind: dynamodb.AttributeType = STRING) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=kind)
