"""What an operator sees of webhooks: whom they reach and what came of it, never a secret."""

from easel.webhooks.requests import WebhookRequest
from tests.support.operator import DeployedWorld, easel
from tests.support.receiver import URL
from tests.support.world import ANN, BOB, World


def test_an_owners_endpoint_and_a_jobs_delivery_are_shown_without_secrets(quick_world: World) -> None:
    stage = DeployedWorld(quick_world)
    made = quick_world.endpoints.create(WebhookRequest.model_validate({"url": URL}), caller=ANN)
    quick_world.clock.forward(1)
    quick_world.give()
    job = quick_world.run(quick_world.begin().job.id)
    quick_world.deliver_now(job.id)

    listed = easel(stage, "webhooks", "list", ANN.owner, "--stage", "dev", "--json")
    sent = easel(stage, "webhooks", "deliveries", ANN.owner, made.endpoint.id, "--stage", "dev", "--json")
    shown = easel(stage, "job", job.id, "--stage", "dev", "--json")

    assert [(each["webhookId"], each["url"], each["state"]) for each in listed.answer] == [
        (made.endpoint.id, URL, "on")
    ]
    assert [(each["jobId"], each["type"]) for each in sent.answer] == [(job.id, "job.succeeded")]
    assert [each["deliveryId"] for each in shown.answer["deliveries"]] == [each["deliveryId"] for each in sent.answer]
    assert made.secret not in listed.out + sent.out + shown.out


def test_anothers_webhook_is_not_there_and_nothing_sent_is_said_so(quick_world: World) -> None:
    stage = DeployedWorld(quick_world)
    made = quick_world.endpoints.create(WebhookRequest.model_validate({"url": URL}), caller=ANN).endpoint

    wrong = easel(stage, "webhooks", "deliveries", BOB.owner, made.id, "--stage", "dev")
    none = easel(stage, "webhooks", "list", BOB.owner, "--stage", "dev")

    assert (wrong.code, f"{BOB.owner} has no webhook {made.id}" in wrong.err) == (1, True)
    assert (none.code, none.out, none.err.strip()) == (0, "", f"{BOB.owner} has no webhook")
