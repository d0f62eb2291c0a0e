"""Servers of one's own: the shared parameters, the same faults; and the registry that finds adapters by name."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from easel.catalog import planning
from easel.providers import registry
from easel.providers.errors import ProviderBusy, ProviderMisconfigured, ProviderRefused
from easel.providers.protocol import Picture
from easel.settings import ProviderSettings
from tests.support.stand_ins import StandIn, a_stand_in, an_image, an_order, opened


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with a_stand_in() as started:
        yield started


@pytest.fixture
def second(server: StandIn) -> StandIn:
    server.reset()
    return server


def test_only_the_parameters_that_servers_share_are_sent(second: StandIn) -> None:
    made = second.provider("openai_compatible", key=None).make(an_order(model="sketch", quality="high"))

    assert set(second.calls()[0]["words"]) == {"model", "prompt", "n", "size", "response_format"}
    assert opened(made.images[0]).size == (1024, 640)
    assert made.cost_micros == 40_000


def test_a_format_other_than_the_usual_is_asked_for(second: StandIn) -> None:
    made = second.provider("openai_compatible").make(an_order(model="sketch", output_format="jpeg"))

    assert opened(made.images[0]).format == "JPEG"


def test_a_gpt_image_model_behind_it_gets_the_whole_order(second: StandIn) -> None:
    second.provider("openai_compatible").make(an_order(quality="high"))

    words = second.calls()[0]["words"]
    assert words["quality"] == "high"
    assert "response_format" not in words


def test_references_and_a_mask_go_along(second: StandIn) -> None:
    reference = Picture(an_image(), "image/png")
    mask = Picture(an_image(mode="RGBA"), "image/png")

    second.provider("openai_compatible").make(an_order(model="sketch", references=(reference,), mask=mask))

    assert [file["name"] for file in second.calls()[0]["files"]] == ["reference-1.png", "mask.png"]


def test_its_faults_mean_what_openais_do(second: StandIn) -> None:
    second.will("busy", "refuse")

    with pytest.raises(ProviderBusy, match="openai_compatible"):
        second.provider("openai_compatible").make(an_order(model="sketch"))
    with pytest.raises(ProviderRefused):
        second.provider("openai_compatible").make(an_order(model="sketch"))


def test_without_an_address_nothing_can_be_called() -> None:
    with pytest.raises(ProviderMisconfigured, match="no address"):
        registry.build("openai_compatible", ProviderSettings(), None).make(an_order())


def test_every_provider_of_the_catalog_has_an_adapter() -> None:
    offered = {offer.provider for model in planning.load().models.values() for offer in model.offers}

    assert offered <= set(registry.ADAPTERS)


def test_a_provider_nobody_wrote_is_named() -> None:
    with pytest.raises(LookupError, match="no adapter for provider 'fax'"):
        registry.build("fax", ProviderSettings(), None)


def test_the_registry_loads_no_sdk_before_a_provider_is_built() -> None:
    program = "import sys, easel.providers.registry; print(*sys.modules)"

    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONPATH": "functions"}
    ).stdout.split()

    assert "openai" not in loaded
