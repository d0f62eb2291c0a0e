"""Signatures, as the standard's own library reads them."""

from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from easel.clock import DAY, SECOND
from easel.webhooks import signing
from easel.webhooks.model import Endpoint

MASTER, OWNER, BODY = b"a master", "user:local:ann", b'{"type":"job.succeeded"}'
KEY = signing.secret(MASTER, OWNER, "e1", 1)


def now() -> int:
    return round(datetime.now(UTC).timestamp()) * SECOND


def test_the_standards_own_library_verifies_what_is_signed() -> None:
    headers = signing.headers("msg_1", BODY, (KEY,), now())

    assert Webhook(signing.written(KEY)).verify(BODY, dict(headers)) == {"type": "job.succeeded"}


def test_both_secrets_verify_while_the_older_one_is_good() -> None:
    endpoint = Endpoint(id="e1", secret_version=2, older_until=now() + DAY)
    keys = signing.secrets_now(MASTER, OWNER, endpoint, now())
    headers = dict(signing.headers("msg_1", BODY, keys, now()))

    for version in (1, 2):
        Webhook(signing.written(signing.secret(MASTER, OWNER, "e1", version))).verify(BODY, headers)


@pytest.mark.parametrize("older_until", [None, 0])
def test_an_older_secret_that_ended_signs_no_more(older_until: int | None) -> None:
    endpoint = Endpoint(id="e1", secret_version=2, older_until=older_until)

    assert signing.secrets_now(MASTER, OWNER, endpoint, now()) == (signing.secret(MASTER, OWNER, "e1", 2),)


def test_every_owner_endpoint_and_version_has_a_secret_of_its_own() -> None:
    made = {
        signing.secret(master, owner, endpoint, version)
        for master in (b"a", b"b")
        for owner in ("user:local:ann", "user:local:bob")
        for endpoint in ("default", "e1")
        for version in (1, 2)
    }

    assert len(made) == 16
    assert all(len(key) == 32 for key in made)


@pytest.mark.parametrize(
    "changed",
    [
        {"body": b'{"type":"job.failed"}'},
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": str(now() // SECOND - 301)},
        {"webhook-timestamp": str(now() // SECOND + 1)},
        {"webhook-signature": "v1,AAAA"},
    ],
)
def test_whatever_is_changed_on_the_way_is_refused(changed: dict[str, str]) -> None:
    headers = {**signing.headers("msg_1", BODY, (KEY,), now()), **changed}

    with pytest.raises(WebhookVerificationError):
        Webhook(signing.written(KEY)).verify(headers.pop("body", BODY), headers)
