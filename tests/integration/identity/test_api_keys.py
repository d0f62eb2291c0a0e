from collections.abc import Iterator
from dataclasses import dataclass, replace

import boto3
import pytest
from moto import mock_aws

from easel.errors import Busy, InvalidRequest, NotFound
from easel.identity.api_keys import WRITTEN, ApiKey, Keys, digest
from tests.support.fakes import NOON, FakeClock
from tests.support.moto_world import KEYS, STRINGS


@pytest.fixture(scope="module")
def client() -> Iterator[object]:
    with mock_aws():
        made = boto3.client("dynamodb", "eu-central-1", aws_access_key_id="t", aws_secret_access_key="t")
        made.create_table(TableName="keys", AttributeDefinitions=STRINGS, **KEYS)
        yield made


@pytest.fixture
def keys(client: object) -> Keys:
    return Keys(client, "keys", FakeClock())  # type: ignore[arg-type]


def test_a_key_is_shown_once_and_kept_as_a_hash(keys: Keys) -> None:
    key, written = keys.create("shop", ["generate", "read", "generate"], expires_at=NOON + 1000)

    parts = WRITTEN.fullmatch(written)
    kept = keys.get(key.id)
    assert parts
    assert kept == key
    assert (kept.hash, kept.scopes, kept.account) == (digest(parts[2]), ("generate", "read"), "shop")
    assert parts[2] not in kept.model_dump_json()
    assert kept.opens_with(parts[2], NOON)
    assert not kept.opens_with(parts[2][:-1] + "!", NOON)


def test_a_key_that_was_never_made_is_not_found(keys: Keys) -> None:
    assert keys.get("nothing") is None


def test_a_revoked_key_is_dead_at_once_and_says_when_it_first_was(keys: Keys) -> None:
    key, _ = keys.create("shop", ["read"])
    keys.revoke(key.id)

    keys.clock.sleep(60)
    again = keys.revoke(key.id)

    assert again.revoked_at == NOON
    assert not again.alive(NOON)
    assert keys.get(key.id) == again


def test_revoking_what_is_not_there_says_so_and_makes_nothing(keys: Keys) -> None:
    with pytest.raises(NotFound, match="no key ghost"):
        keys.revoke("ghost")

    assert keys.get("ghost") is None


def secret_of(written: str) -> str:
    return written.rpartition("_")[2]


def test_a_rotated_key_has_two_secrets_for_a_while(keys: Keys) -> None:
    key, first = keys.create("shop", ["read"], daily_credits=40)

    rotated, second = keys.rotate(key.id, overlap=60_000)

    kept = keys.get(key.id)
    assert kept == rotated
    assert (kept.id, kept.account, kept.scopes, kept.daily_credits) == (key.id, "shop", ("read",), 40)
    assert kept.opens_with(secret_of(first), NOON + 59_999)
    assert not kept.opens_with(secret_of(first), NOON + 60_000)
    assert kept.opens_with(secret_of(second), NOON + 60_000)


def test_a_rotation_is_ended_early_and_no_third_secret_cuts_one_off(keys: Keys) -> None:
    key, first = keys.create("shop", ["read"])
    keys.rotate(key.id, overlap=60_000)

    with pytest.raises(InvalidRequest, match="two secrets already"):
        keys.rotate(key.id, overlap=60_000)
    finished = keys.finish(key.id)

    assert not finished.opens_with(secret_of(first), NOON)
    assert keys.rotate(key.id, overlap=60_000)


def test_a_leaked_secret_is_replaced_at_once(keys: Keys) -> None:
    key, first = keys.create("shop", ["read"])

    rotated, second = keys.rotate(key.id, overlap=0)

    assert not rotated.opens_with(secret_of(first), NOON)
    assert rotated.opens_with(secret_of(second), NOON)


def test_a_revoked_key_is_not_rotated_back_to_life(keys: Keys) -> None:
    key, _ = keys.create("shop", ["read"])
    stale = keys.get(key.id)
    keys.revoke(key.id)

    with pytest.raises(InvalidRequest, match="revoked"):
        keys.rotate(key.id, overlap=0)
    racing = Raced(keys.client, keys.table, keys.clock, stale=stale)
    with pytest.raises(Busy):
        racing.rotate(key.id, overlap=0)

    assert not keys.get(key.id).alive(NOON)  # type: ignore[union-attr]


@dataclass(frozen=True)
class Raced(Keys):
    """Sees a key as it was a moment ago."""

    stale: ApiKey | None = None

    def get(self, key_id: str) -> ApiKey | None:
        return self.stale


def test_who_changed_which_key_stays_on_the_trail(keys: Keys, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "easel.trail")
    mine = replace(keys, by="arn:aws:iam::123456789012:user/ann")
    key, written = mine.create("trailed", ["read"])
    mine.rotate(key.id, overlap=1000)
    mine.revoke(key.id)
    mine.revoke(key.id)

    acts = [act for act in mine.trail().acts() if act.what == key.id]

    assert {act.act for act in acts} == {"key created", "key rotated", "key revoked"}
    assert len(acts) == 3
    assert {(act.by, act.facts["account"]) for act in acts} == {(mine.by, "trailed")}
    assert "key rotated" in caplog.text
    assert secret_of(written) not in caplog.text + "".join(act.model_dump_json() for act in acts)


def test_every_key_is_listed(keys: Keys) -> None:
    made = {keys.create("lister", ["read"])[0].id for _ in range(3)}

    assert {key.id for key in keys.list() if key.account == "lister"} == made


@pytest.mark.parametrize(
    ("account", "scopes"),
    [("shop", []), ("shop", ["everything"]), ("", ["read"]), ("a b", ["read"]), ("a:b", ["read"])],
)
def test_a_key_without_sense_is_not_made(keys: Keys, account: str, scopes: list[str]) -> None:
    with pytest.raises(InvalidRequest):
        keys.create(account, scopes)


def test_finishing_where_no_rotation_is_under_way_changes_nothing_and_leaves_no_act(keys: Keys) -> None:
    key, _ = keys.create("shop", ["read"])

    assert keys.finish(key.id) == keys.get(key.id)

    assert [act.act for act in keys.trail().acts() if act.what == key.id] == ["key created"]


def test_nothing_is_left_of_an_older_secret_when_its_rotation_is_finished(keys: Keys) -> None:
    key, _ = keys.create("shop", ["read"])
    keys.rotate(key.id, overlap=60_000)

    keys.finish(key.id)

    kept = keys.get(key.id)
    assert kept is not None
    assert (kept.older_hash, kept.older_until) == (None, None)
