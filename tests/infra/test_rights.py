"""Who may do what: the table in grants.py, as IAM will read it."""

from collections.abc import Callable, Iterable

from easel.settings import ProviderSettings
from infra import stages
from infra.function_names import NAMES
from infra.stages import Stage, load
from tests.support.templates import Reading, Right

TRACING = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
LOGGING = {"logs:CreateLogStream", "logs:PutLogEvents"}
STORES_WHAT_CAME = {"start", "generate", "openai"}
MOVES_CREDITS = {"start", "generate", "openai", "credits", "settle", "reconcile"}


def test_no_function_has_a_right_with_a_wildcard_action_or_on_everything(prod: Reading) -> None:
    rights = {name: prod.rights(name) for name in NAMES}

    wide = [right for found in rights.values() for right in found if "*" in right.action or right.resource == "*"]
    assert {right.action for right in wide} == TRACING  # which knows no resources


def test_no_role_brings_rights_from_elsewhere(prod: Reading) -> None:
    roles = prod.of("AWS::IAM::Role")

    brought = {
        name: found["Properties"] for name, found in roles.items() if found["Properties"].get("ManagedPolicyArns")
    }
    assert [found for found in roles.values() if found["Properties"].get("Policies")] == []
    assert [name for name in brought if not name.startswith("ApiWriter")] == []  # by which the account's gateways log


def test_credits_are_moved_by_those_who_start_grant_and_settle_alone(prod: Reading) -> None:
    assert prod.who_may("dynamodb:UpdateItem", "StorageCredits") == set()
    assert prod.who_may("dynamodb:PutItem", "StorageCredits") == MOVES_CREDITS


def test_status_only_reads_and_counts_who_waits(prod: Reading) -> None:
    rights = prod.rights("status")

    writes = {(right.action, "StorageLimits" in right.resource) for right in rights if "UpdateItem" in right.action}
    assert writes == {("dynamodb:UpdateItem", True)}
    assert {right.action for right in rights} - LOGGING - TRACING - {"dynamodb:UpdateItem"} == {
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "s3:GetObject",
        "s3:ListBucket",
        "secretsmanager:GetSecretValue",
    }


def test_what_anyone_may_call_can_reach_nothing(prod: Reading) -> None:
    assert {right.action for right in prod.rights("meta")} == LOGGING | TRACING


def own(rights: Iterable[Right]) -> set[str]:
    """The actions a function has for what it does, logs and traces apart."""
    return {right.action for right in rights if not right.action.startswith(("logs:", "xray:"))}


def test_the_session_door_can_reach_the_signing_secret_alone(prod: Reading) -> None:
    assert own(prod.rights("session")) == {"secretsmanager:GetSecretValue"}
    assert "session" not in prod.who_may("secretsmanager:GetSecretValue", "ProviderKeys")


def test_images_are_written_by_the_workflow_alone(prod: Reading) -> None:
    assert prod.who_may("s3:PutObject", "/jobs/*") == {"prepare", "attempt"}
    assert prod.who_may("s3:PutObject", "/incoming/*") == {*STORES_WHAT_CAME, "fetch"}
    assert prod.who_may("s3:PutObject", "/uploads/*") == {"start"}  # in the form that it hands out


def test_who_connects_to_strangers_holds_no_secret_reads_nothing_and_writes_one_prefix(prod: Reading) -> None:
    assert own(prod.rights("fetch")) == {"s3:PutObject"}
    assert all("/incoming/*" in right.resource for right in prod.rights("fetch") if right.action == "s3:PutObject")
    assert prod.who_may("lambda:InvokeFunction", "Fetch") == {"prepare"}


def test_who_posts_to_owners_servers_may_do_nothing_at_all(prod: Reading) -> None:
    assert own(prod.rights("post")) == set()
    assert prod.who_may("lambda:InvokeFunction", "Post") == {"deliver"}


def test_the_master_of_webhooks_secrets_is_read_by_deliver_alone_and_who_asks_it_is_few(prod: Reading) -> None:
    assert prod.who_may("secretsmanager:GetSecretValue", "StorageWebhooks") == {"deliver"}
    assert prod.who_may("lambda:InvokeFunction", "Deliver") == {"start", "settle", "reconcile"}
    assert prod.who_may("events:PutEvents", "StorageBus") == {"deliver"}


def test_only_the_reconciler_deletes_and_doors_what_they_just_stored_for_a_job_that_was_refused(prod: Reading) -> None:
    assert prod.who_may("s3:DeleteObjectVersion", "StorageAssets") == {"reconcile", *STORES_WHAT_CAME}
    for name in STORES_WHAT_CAME:
        deleted = {right.resource for right in prod.rights(name) if "Delete" in right.action}
        allowed = ("/incoming/*", "/answers/*") if name == "openai" else ("/incoming/*",)
        assert all(resource.endswith(allowed) for resource in deleted)
    assert prod.who_may("dynamodb:DeleteItem", "StorageJobs") == {"reconcile"}
    assert prod.who_may("s3:DeleteObject", "StorageAssets") == set()


def test_whoever_looks_for_objects_may_learn_that_there_are_none(prod: Reading) -> None:
    reading = prod.who_may("s3:GetObject", "StorageAssets")

    assert prod.who_may("s3:ListBucket", "StorageAssets") == reading  # status reads none itself, and lists some below


def test_what_was_erased_is_deleted_by_the_reconciler_alone(prod: Reading) -> None:
    for prefix in ("/jobs/*", "/uploads/*"):
        assert prod.who_may("s3:DeleteObjectVersion", prefix) == {"reconcile"}
    assert prod.who_may("dynamodb:DeleteItem", "Storage") == {"reconcile"}


def test_providers_keys_are_for_attempt_alone(prod: Reading) -> None:
    assert prod.who_may("secretsmanager:GetSecretValue", "ProviderKeys") == {"attempt"}


def test_the_moderation_key_is_there_only_where_it_is_asked_for(
    prod: Reading, read_stage: Callable[[Stage], Reading]
) -> None:
    moderated = read_stage(load("prod").model_copy(update={"moderation": {"openai": True}}))

    readers = moderated.who_may("secretsmanager:GetSecretValue", "ModerationKey")
    assert readers == {"start", "generate", "openai", "attempt"}
    assert "ModerationKey" not in str(prod.of("AWS::SecretsManager::Secret"))


def test_only_the_authorizer_reads_api_keys_and_no_function_writes_them(prod: Reading) -> None:
    reached = {right.action for name in NAMES for right in prod.rights(name) if "StorageKeys" in right.resource}

    assert prod.who_may("dynamodb:GetItem", "StorageKeys") == {"authorize"}
    assert reached == {"dynamodb:GetItem"}


def test_whoever_checks_or_gives_the_authorizers_proof_may_read_its_secret(prod: Reading) -> None:
    readers = prod.who_may("secretsmanager:GetSecretValue", "StorageSigning")

    assert readers == {"start", "generate", "status", "credits", "session", "openai", "authorize", "attempt"}


def test_executions_are_started_by_the_doors_that_start_and_the_reconciler(prod: Reading) -> None:
    assert prod.who_may("states:StartExecution", "WorkflowMachine") == {"start", "generate", "openai", "reconcile"}


def test_whoever_is_told_a_table_may_use_it(prod: Reading) -> None:
    told = {
        name: {key for key in found["Environment"]["Variables"] if key.endswith("_TABLE")}
        for name, found in prod.functions.items()
    }

    for name, tables in told.items():
        used = {right.resource for right in prod.rights(name) if right.action.startswith("dynamodb:")}
        for table in tables:
            hint = "Storage" + table.removesuffix("_TABLE").capitalize()
            assert any(hint in resource for resource in used), f"{name} is told {table} but may not use it"


def test_models_of_this_account_are_asked_by_attempt_alone_and_only_where_a_stage_names_them(
    prod: Reading, read_stage: Callable[[stages.Stage], Reading]
) -> None:
    stage = stages.load("prod")
    providers = {**stage.providers, "bedrock": ProviderSettings(region="us-west-2")}

    asking = read_stage(stage.model_copy(update={"providers": providers}))

    assert asking.who_may("bedrock:InvokeModel", ":bedrock:us-west-2::foundation-model/stability.sd3-5-large") == {
        "attempt"
    }
    assert prod.who_may("bedrock:InvokeModel", "") == set()


def test_what_there_is_to_preview_is_all_that_status_may_list(prod: Reading) -> None:
    (listing,) = [said for said in prod.statements("status") if said["Action"] == "s3:ListBucket"]

    assert listing["Condition"] == {"StringLike": {"s3:prefix": "jobs/*"}}


def test_the_reconciler_may_read_an_erased_jobs_text_in_order_to_delete_what_it_names(prod: Reading) -> None:
    read = [right.resource for right in prod.rights("reconcile") if right.action == "dynamodb:Query"]

    assert {found.partition("/")[2] for found in read} == {"", "index/open", "index/by_owner"}


def test_large_answers_are_written_by_the_door_that_leads_to_them_alone(prod: Reading) -> None:
    assert prod.who_may("s3:PutObject", "/answers/*") == {"openai"}
    assert prod.who_may("s3:AbortMultipartUpload", "StorageAssets") == {"openai"}
    assert prod.who_may("s3:DeleteObjectVersion", "/answers/*") == {"openai", "reconcile"}
