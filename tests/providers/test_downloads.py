"""Results are fetched like any stranger's picture."""

from collections.abc import Iterator
from typing import Any

import pytest

from easel.outbound.guarded_fetch import Fetcher
from easel.providers import registry
from easel.providers.downloads import NotNow, download
from easel.providers.errors import ProviderRefused, ProviderUnavailable
from easel.providers.protocol import Made, QueueProvider, Task
from easel.settings import ProviderSettings
from tests.support.stand_ins import StandIn, a_stand_in, an_order


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with a_stand_in() as started:
        yield started


@pytest.fixture
def stand_in(server: StandIn) -> StandIn:
    server.reset()
    return server


def fal(stand_in: StandIn, *, loopback: bool = True) -> QueueProvider:
    settings = ProviderSettings(base_url=f"{stand_in.server.root}/fal", loopback=loopback)
    made = registry.build("fal", settings, "a-key")
    assert isinstance(made, QueueProvider)
    return made


@pytest.mark.parametrize(
    "url",
    [
        "http://pictures.example/a.png",
        "https://pictures.example:8443/a.png",
        "https://user:word@pictures.example/a.png",
        "https://127.0.0.1/a.png",
        "https://10.0.0.7/a.png",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/a.png",
        "http://localhost:9/a.png",
        "file:///etc/passwd",
        "",
    ],
)
@pytest.mark.parametrize("loopback", [False, True])
def test_only_public_https_is_asked(url: str, *, loopback: bool) -> None:
    asked: list[str] = []
    fetch = Fetcher(look_up=lambda host, *_: [host], connect=lambda address, *_: asked.append(address))

    with pytest.raises(ProviderUnavailable, match="could not be fetched") as refusal:
        download(url, seconds=1, loopback=loopback, fetch=fetch)

    assert refusal.value.paid
    assert asked == []


def test_an_address_that_does_not_answer_may_at_another_look() -> None:
    def nobody(*_: Any) -> Any:
        raise OSError("no route")

    with pytest.raises(NotNow):
        download("https://pictures.example/a.png", fetch=Fetcher(look_up=lambda *_: ["93.184.215.14"], connect=nobody))


def test_loopback_is_asked_only_where_a_stage_says_so(stand_in: StandIn) -> None:
    url = f"{stand_in.server.root}/_health"

    assert b"ok" in download(url, loopback=True)
    with pytest.raises(ProviderUnavailable):
        download(url)
    with pytest.raises(ProviderUnavailable, match="bytes"):
        download(url, loopback=True, bytes_max=5)
    with pytest.raises(NotNow):
        download("http://127.0.0.1:9/a.png", loopback=True)


def looked(provider: QueueProvider, order: Any) -> Made | Task:
    return provider.look(provider.submit(order).id, order)


@pytest.mark.parametrize("turn", ["expired", "elsewhere"])
def test_a_result_that_cannot_be_had_was_paid_for(stand_in: StandIn, turn: str) -> None:
    stand_in.will(turn)

    with pytest.raises(ProviderUnavailable) as lost:
        looked(fal(stand_in), an_order(model="fal-ai/flux-2/turbo"))

    assert lost.value.paid


def test_without_leave_not_even_the_stand_ins_results_are_fetched(stand_in: StandIn) -> None:
    with pytest.raises(ProviderUnavailable, match="https"):
        looked(fal(stand_in, loopback=False), an_order(model="fal-ai/flux-2/turbo"))


def test_a_task_is_looked_at_again_while_its_queue_is_out_of_reach(stand_in: StandIn) -> None:
    order = an_order(model="fal-ai/flux-2/turbo")
    task = fal(stand_in).submit(order)
    elsewhere = registry.build("fal", ProviderSettings(base_url="http://127.0.0.1:9"), "a-key")
    assert isinstance(elsewhere, QueueProvider)

    assert isinstance(elsewhere.look(task.id, order), Task)
    elsewhere.cancel(task.id)
    assert isinstance(fal(stand_in).look(task.id, order), Made)


def test_a_canceled_task_makes_no_image(stand_in: StandIn) -> None:
    order = an_order(model="fal-ai/flux-2/turbo")
    stand_in.will({"do": "later", "seconds": 30})
    task = fal(stand_in).submit(order)

    fal(stand_in).cancel(task.id)

    with pytest.raises(Exception, match="400"):
        fal(stand_in).look(task.id, order)


def test_a_refused_result_is_a_refusal(stand_in: StandIn) -> None:
    stand_in.will("refuse")

    with pytest.raises(ProviderRefused):
        looked(fal(stand_in), an_order(model="fal-ai/flux-2/turbo"))
