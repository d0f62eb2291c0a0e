"""The services that the truth table is held against: the double's own, and others set up alike."""

import json
from typing import Any

from tests.simulation.aws import (  # they fill the table
    truth_items,  # noqa: F401
    truth_others,  # noqa: F401
    truth_queries,  # noqa: F401
    truth_transactions,  # noqa: F401
)
from tests.simulation.aws.region import MACHINE_ARN, Region
from tests.simulation.aws.tables import Index, Schema, Table
from tests.simulation.aws.truth import Services
from tests.simulation.aws.wire import REGION, line

INDEXES: list[Any] = [
    {
        "IndexName": "open",
        "KeySchema": [
            {"AttributeName": "openShard", "KeyType": "HASH"},
            {"AttributeName": "wakeBy", "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
]
WAITS_LONG = '{"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": true}}}'
STATES = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [STATES]})


def the_double() -> tuple[Services, Region]:
    """A region of our own."""
    schema = Schema(indexes={"open": Index("openShard", "wakeBy", keys_only=True)})
    region = Region({"truth": Table(schema)}, buckets=("truth",), now=1_793_188_800_000)
    clients = line()
    clients.handler = region.handle
    made = Services(
        clients.dynamodb, clients.s3, clients.stepfunctions, "truth", "truth", MACHINE_ARN, pass_time=region.sleep
    )
    return made, region


def made_in(client: Any, name: str) -> Services:
    """The same table, bucket and machine, made where `client(service)` leads."""
    dynamodb, s3, states = client("dynamodb"), client("s3"), client("stepfunctions")
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": attribute, "AttributeType": kind}
            for attribute, kind in (("pk", "S"), ("sk", "S"), ("openShard", "S"), ("wakeBy", "N"))
        ],
        GlobalSecondaryIndexes=INDEXES,
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    role = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    machine = states.create_state_machine(name=name, definition=WAITS_LONG, roleArn=role)["stateMachineArn"]
    return Services(dynamodb, s3, states, name, name, machine)
