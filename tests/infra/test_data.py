"""What is kept, for how long, and out of whose reach."""

from tests.support.templates import Reading


def test_prod_protects_its_tables(prod: Reading) -> None:
    for table in prod.of("AWS::DynamoDB::Table").values():
        assert table["DeletionPolicy"] == "Retain"
        assert table["Properties"]["DeletionProtectionEnabled"] is True
        assert table["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True


def test_prod_keeps_its_images_and_their_versions(prod: Reading) -> None:
    bucket = next(iter(prod.of("AWS::S3::Bucket").values()))

    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"
    assert bucket["UpdateReplacePolicy"] == "Retain"
    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}


def test_dev_goes_without_a_trace(dev: Reading) -> None:
    policies = ("Retain", "RetainExceptOnCreate")
    kept = [name for name, found in dev.template["Resources"].items() if found.get("DeletionPolicy") in policies]

    assert [name for name in kept if not name.startswith(("ApiWriter", "ApiAccount"))] == []  # the account's, not ours


def test_nobody_reads_the_bucket_in_public_or_without_tls(prod: Reading) -> None:
    bucket, policy = prod.only("AWS::S3::Bucket"), prod.only("AWS::S3::BucketPolicy")
    denied = [one["Condition"] for one in policy["PolicyDocument"]["Statement"] if one["Effect"] == "Deny"]

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert {"Bool": {"aws:SecureTransport": "false"}} in denied
    assert {"NumericLessThan": {"s3:TlsVersion": 1.2}} in denied


def test_what_was_sent_in_is_gone_after_two_days(prod: Reading) -> None:
    rules = {rule["Id"]: rule for rule in prod.only("AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]}

    assert (rules["incoming"]["Prefix"], rules["incoming"]["ExpirationInDays"]) == ("incoming/", 2)
    assert (rules["uploads"]["Prefix"], rules["uploads"]["ExpirationInDays"]) == ("uploads/", 1)
    for name in ("incoming", "uploads"):
        assert rules[name]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
    assert rules["unfinished-uploads"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}


def test_jobs_are_found_by_owner_and_by_when_to_look(prod: Reading) -> None:
    table = prod.only("AWS::DynamoDB::Table", "StorageJobs")
    indexes = {
        found["IndexName"]: [key["AttributeName"] for key in found["KeySchema"]]
        for found in table["GlobalSecondaryIndexes"]
    }

    assert indexes == {"by_owner": ["owner", "ownerSort"], "open": ["openShard", "wakeBy"]}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}


def test_providers_keys_are_never_written_over_by_a_deployment(prod: Reading, dev: Reading) -> None:
    secrets = [stage.only("AWS::SecretsManager::Secret", "ProviderKeys")["SecretString"] for stage in (prod, dev)]

    assert secrets == ["{}", "{}"]


def test_nothing_physical_is_named(prod: Reading) -> None:
    names = ("TableName", "BucketName", "FunctionName", "RoleName", "StateMachineName", "LogGroupName", "TopicName")
    made = prod.template["Resources"].values()

    named = [(one["Type"], name) for one in made for name in names if isinstance(one["Properties"].get(name), str)]

    assert [found for found in named if found[0] != "AWS::SSM::Parameter"] == []
