"""Adapters by their names."""

import sys

import pytest

from easel.providers import registry
from easel.settings import ProviderSettings


def test_an_adapter_that_cannot_be_imported_keeps_no_other_from_its_place() -> None:
    adapters = {"broken": "easel.providers.nowhere:Nowhere", "whole": "easel.providers.fal:Fal"}

    registry.preload(["broken", "unknown", "whole"], adapters)

    assert "easel.providers.fal" in sys.modules


def test_a_provider_without_an_adapter_is_refused_by_its_name() -> None:
    with pytest.raises(LookupError, match="no adapter for provider 'nowhere'"):
        registry.build("nowhere", ProviderSettings(), None)
