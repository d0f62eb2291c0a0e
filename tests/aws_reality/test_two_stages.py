"""Two stages in one account and region: what AWS tells apart by a name alone must not have the same one."""

from collections.abc import Callable

from infra.stages import Stage, load
from tests.support.templates import Reading


def watched_gateways(reading: Reading) -> set[str]:
    """The names of the gateways whose errors a stage's alarms count."""
    return {
        dimension["Value"]
        for alarm in reading.of("AWS::CloudWatch::Alarm").values()
        for dimension in alarm["Properties"].get("Dimensions", [])
        if dimension["Name"] == "ApiName"
    }


def test_a_stages_alarm_counts_the_errors_of_its_own_gateway_alone(read_stage: Callable[[Stage], Reading]) -> None:
    prod, dev = (read_stage(load(name)) for name in ("prod", "dev"))

    assert watched_gateways(prod) == {prod.only("AWS::ApiGateway::RestApi")["Name"]}
    assert watched_gateways(dev) == {dev.only("AWS::ApiGateway::RestApi")["Name"]}
    assert watched_gateways(prod).isdisjoint(watched_gateways(dev))
