"""Endpoints: ten an owner, found under their owner alone, with secrets that are shown once."""

from typing import Any

import pytest

from easel.clock import DAY, HOUR, SECOND
from easel.errors import Busy, InvalidRequest, NotFound, Unauthenticated
from easel.webhooks import signing
from easel.webhooks.endpoints import Revealed
from easel.webhooks.model import DEFAULT, ENDPOINTS_MAX, Endpoint, OwnerEndpoints
from easel.webhooks.requests import WebhookChanges, WebhookRequest
from easel.webhooks.store import WebhookStore
from tests.support.receiver import FAILED, MASTER, TAKEN, URL
from tests.support.world import ANN, BOB, NOBODY, World


def made(world: World, **fields: Any) -> Revealed:
    return world.endpoints.create(WebhookRequest.model_validate({"url": URL, **fields}), caller=ANN)


def changed(world: World, endpoint: Endpoint, **fields: Any) -> Endpoint:
    return world.endpoints.change(endpoint.id, WebhookChanges.model_validate(fields), caller=ANN)


def test_an_endpoint_is_made_with_the_secret_that_signs(quick_world: World) -> None:
    found = made(quick_world, events=["job.failed", "job.failed"], description="ours")

    key = signing.secret(MASTER, ANN.owner, found.endpoint.id, 1)
    assert found.secret == signing.written(key)
    assert found.secret.startswith("whsec_")
    assert (found.endpoint.events, found.endpoint.description) == (("job.failed",), "ours")
    assert quick_world.endpoints.get(found.endpoint.id, caller=ANN) == found.endpoint


def test_no_row_holds_a_secret(quick_world: World) -> None:
    secret = made(quick_world).secret

    assert secret not in repr(quick_world.dynamodb.scan(TableName="jobs")["Items"])


def test_the_eleventh_endpoint_is_refused_by_the_name_of_its_field(quick_world: World) -> None:
    for _ in range(ENDPOINTS_MAX):
        made(quick_world)

    with pytest.raises(InvalidRequest, match="url: there are 10 endpoints already") as caught:
        made(quick_world)
    assert [field for field, _ in caught.value.errors] == ["url"]
    assert len(quick_world.endpoints.list(caller=ANN)) == ENDPOINTS_MAX + 1  # and the default one


def test_two_who_make_the_tenth_at_once_make_one(quick_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(ENDPOINTS_MAX - 1):
        made(quick_world)
    save = WebhookStore.save_endpoints

    def after_another(self: WebhookStore, owned: OwnerEndpoints) -> bool:
        monkeypatch.setattr(WebhookStore, "save_endpoints", save)
        made(quick_world)
        return save(self, owned)

    monkeypatch.setattr(WebhookStore, "save_endpoints", after_another)

    with pytest.raises(InvalidRequest, match="10 endpoints"):
        made(quick_world)
    assert len(quick_world.webhooks.endpoints(ANN.owner).endpoints) == ENDPOINTS_MAX


def test_a_lost_reply_makes_no_second_endpoint(quick_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    save = WebhookStore.save_endpoints

    def unheard(self: WebhookStore, owned: OwnerEndpoints) -> bool:
        monkeypatch.setattr(WebhookStore, "save_endpoints", save)
        save(self, owned)
        return False  # the repeat met the row that it wrote itself

    monkeypatch.setattr(WebhookStore, "save_endpoints", unheard)

    made(quick_world)

    assert len(quick_world.webhooks.endpoints(ANN.owner).endpoints) == 1


def test_a_secret_that_cannot_be_made_leaves_no_endpoint(quick_world: World) -> None:
    def fail(*_: object) -> str:
        raise Busy("The secret could not be made just now; nothing was changed, try again.")

    vars(quick_world.endpoints)["reveal"] = fail

    with pytest.raises(Busy):
        made(quick_world)
    assert quick_world.webhooks.endpoints(ANN.owner).endpoints == ()


@pytest.mark.parametrize("host", [(), ("10.1.2.3",)])
def test_an_address_that_leads_nowhere_public_is_refused(quick_world: World, host: tuple[str, ...]) -> None:
    quick_world.hosts["hooks.shop.example"] = host

    with pytest.raises(InvalidRequest, match="url: names a host"):
        made(quick_world)
    endpoint = quick_world.endpoints.list(caller=ANN)
    assert [each.id for each in endpoint] == [DEFAULT]


def test_another_owners_endpoint_is_not_there(quick_world: World, endpoint: Endpoint) -> None:
    absent = "0" * 26
    for act in (
        lambda name: quick_world.endpoints.get(name, caller=BOB),
        lambda name: quick_world.endpoints.delete(name, caller=BOB),
        lambda name: quick_world.endpoints.rotate(name, caller=BOB, at_once=True),
        lambda name: quick_world.endpoints.change(name, WebhookChanges(), caller=BOB),
        lambda name: quick_world.deliveries.list(name, caller=BOB, limit=1, cursor=None),
        lambda name: quick_world.deliveries.test(name, caller=BOB),
        lambda name: quick_world.deliveries.redeliver(name, absent, caller=BOB),
    ):
        said = []
        for name in (endpoint.id, absent):
            with pytest.raises(NotFound) as caught:
                act(name)
            said.append(caught.value.detail)
        assert said[0] == said[1]
    assert quick_world.endpoints.get(endpoint.id, caller=ANN) == endpoint


def test_who_has_not_signed_in_has_no_endpoints(quick_world: World) -> None:
    with pytest.raises(Unauthenticated):
        quick_world.endpoints.create(WebhookRequest.model_validate({"url": URL}), caller=NOBODY)
    with pytest.raises(Unauthenticated):
        quick_world.endpoints.list(caller=NOBODY)


def test_what_is_not_sent_stays_as_it_is(quick_world: World) -> None:
    endpoint = made(quick_world, description="ours").endpoint

    found = changed(quick_world, endpoint, url="https://other.example/")

    assert (found.url, found.description, found.events) == ("https://other.example/", "ours", endpoint.events)


def test_an_endpoint_is_switched_off_and_on_again(quick_world: World, endpoint: Endpoint) -> None:
    off = changed(quick_world, endpoint, enabled=False)
    assert (off.off, off.off_reason) == (True, "its owner switched it off")
    assert changed(quick_world, endpoint, enabled=False) == off

    on = changed(quick_world, endpoint, enabled=True)
    assert (on.off, on.off_reason, on.failing_since) == (False, "", None)


def test_a_new_secret_signs_beside_the_older_one_for_a_day_or_alone(quick_world: World, endpoint: Endpoint) -> None:
    rotated = quick_world.endpoints.rotate(endpoint.id, caller=ANN, at_once=False)
    now = quick_world.clock.now()

    def good(at: int) -> list[bytes]:
        found = quick_world.endpoints.get(endpoint.id, caller=ANN)
        return list(signing.secrets_now(MASTER, ANN.owner, found, at))

    first, second, third = (signing.secret(MASTER, ANN.owner, endpoint.id, version) for version in (1, 2, 3))
    assert rotated.secret == signing.written(second)
    assert good(now) == [second, first]
    assert good(now + DAY) == [second]

    quick_world.endpoints.rotate(endpoint.id, caller=ANN, at_once=True)
    assert good(now) == [third]


def test_the_default_endpoint_has_a_secret_and_nothing_else_to_change(quick_world: World) -> None:
    found = quick_world.endpoints.rotate(DEFAULT, caller=ANN, at_once=True)

    assert found.secret == signing.written(signing.secret(MASTER, ANN.owner, DEFAULT, 2))
    for act in (
        lambda: quick_world.endpoints.delete(DEFAULT, caller=ANN),
        lambda: quick_world.endpoints.change(DEFAULT, WebhookChanges(), caller=ANN),
        lambda: quick_world.deliveries.test(DEFAULT, caller=ANN),
    ):
        with pytest.raises(InvalidRequest):
            act()


def test_a_deleted_endpoint_makes_room_and_is_told_nothing(quick_world: World, endpoint: Endpoint) -> None:
    quick_world.endpoints.delete(endpoint.id, caller=ANN)

    with pytest.raises(NotFound):
        quick_world.endpoints.get(endpoint.id, caller=ANN)
    quick_world.run(quick_world.begin().job.id)
    assert quick_world.asked_at_once == []


def test_a_test_is_signed_and_tried_and_is_about_no_job(quick_world: World, endpoint: Endpoint) -> None:
    found = quick_world.deliveries.test(endpoint.id, caller=ANN)
    assert quick_world.tried_at_once == [(ANN.owner, endpoint.id, found.id)]

    quick_world.deliver.one(*quick_world.tried_at_once[0])

    [letter] = quick_world.receiver.letters
    assert b'"type":"webhook.test"' in letter.body
    page = quick_world.deliveries.list(endpoint.id, caller=ANN, limit=5, cursor=None)
    assert [each.state for each in page.deliveries] == ["delivered"]


def test_an_endpoint_that_is_off_is_neither_tested_nor_tried_again(quick_world: World, endpoint: Endpoint) -> None:
    changed(quick_world, endpoint, enabled=False)

    with pytest.raises(InvalidRequest, match="switched off"):
        quick_world.deliveries.test(endpoint.id, caller=ANN)


def test_a_delivery_is_made_again_under_its_id_for_another_day(quick_world: World, endpoint: Endpoint) -> None:
    quick_world.receiver.otherwise = FAILED
    job = quick_world.run(quick_world.begin().job.id)
    quick_world.deliver_now(job.id)
    quick_world.deliver_for(25 * HOUR // SECOND, every=600)
    [lost] = quick_world.deliveries.list(endpoint.id, caller=ANN, limit=1, cursor=None).deliveries
    assert lost.state == "given_up"

    again = quick_world.deliveries.redeliver(endpoint.id, lost.id, caller=ANN)
    assert quick_world.deliveries.redeliver(endpoint.id, lost.id, caller=ANN).begun_at == again.begun_at
    quick_world.receiver.answers = [FAILED]
    quick_world.deliver.one(ANN.owner, endpoint.id, lost.id)
    quick_world.receiver.answers = []
    quick_world.receiver.otherwise = TAKEN
    quick_world.deliver_for(120)

    [found] = quick_world.deliveries.list(endpoint.id, caller=ANN, limit=1, cursor=None).deliveries
    assert found.state == "delivered"
    assert len(set(quick_world.receiver.ids)) == 1


def test_deliveries_come_page_by_page_newest_first(quick_world: World, endpoint: Endpoint) -> None:
    jobs = []
    for _ in range(3):
        jobs.append(quick_world.run(quick_world.begin().job.id).id)
        quick_world.deliver_now(jobs[-1])
        quick_world.clock.forward(1)

    first = quick_world.deliveries.list(endpoint.id, caller=ANN, limit=2, cursor=None)
    second = quick_world.deliveries.list(endpoint.id, caller=ANN, limit=2, cursor=first.cursor)

    assert [each.job_id for each in (*first.deliveries, *second.deliveries)] == jobs[::-1]
    assert second.cursor is None
    with pytest.raises(InvalidRequest, match="cursor"):
        quick_world.deliveries.list(endpoint.id, caller=ANN, limit=2, cursor="bm9uZSE")


def test_erasing_an_owner_erases_endpoints_and_deliveries_and_keeps_the_version_of_the_default_secret(
    quick_world: World, endpoint: Endpoint
) -> None:
    quick_world.endpoints.rotate(DEFAULT, caller=ANN, at_once=True)
    job = quick_world.run(quick_world.begin().job.id)
    quick_world.deliver_now(job.id)
    quick_world.clock.forward(1)
    quick_world.forget(caller=ANN)
    quick_world.clock.forward(1)
    later = made(quick_world).endpoint  # of afterwards, which stays
    quick_world.clock.forward(quick_world.policy.erasure_grace_seconds)

    quick_world.reconciled(400)

    rows = quick_world.dynamodb.scan(TableName="jobs")["Items"]
    left = [row["sk"]["S"] for row in rows if row["pk"]["S"].startswith("webhooks#")]
    assert left == ["endpoints"]
    owned = quick_world.webhooks.endpoints(ANN.owner)
    assert [each.id for each in owned.endpoints] == [later.id]
    assert owned.default.secret_version == 2
