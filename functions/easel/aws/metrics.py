"""Counts for CloudWatch, written to the log in its Embedded Metric Format by Powertools."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

NAMESPACE = "Easel"


class Metrics(Protocol):
    """Where counts go. Dimensions are few and never say who or what: no owners, no prompts, no ids."""

    def count(self, name: str, value: int = 1, **dimensions: str) -> None:
        """Add to a count."""


@dataclass(frozen=True)
class CloudWatchMetrics:
    """One log line a count; `stage` is a dimension of each."""

    stage: str

    def count(self, name: str, value: int = 1, **dimensions: str) -> None:
        """Add to a count."""
        from aws_lambda_powertools.metrics import MetricUnit, single_metric

        with single_metric(name=name, unit=MetricUnit.Count, value=value, namespace=NAMESPACE) as metric:
            for dimension, said in self._dimensions(dimensions).items():
                metric.add_dimension(name=dimension, value=said)

    def _dimensions(self, dimensions: Mapping[str, str]) -> dict[str, str]:
        return {"stage": self.stage, **dimensions}
