"""Functions: what they are told, what they run, how they are reached."""

from collections.abc import Callable
from importlib import import_module

import pytest

from infra.function_names import DOORS, NAMES
from infra.functions import MODELS
from infra.stages import Stage, load
from tests.support.templates import Reading, text

LOGGING = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL"}


@pytest.mark.parametrize("name", NAMES)
def test_each_functions_environment_is_its_settings_model(prod: Reading, name: str) -> None:
    environment = prod.functions[name]["Environment"]["Variables"]

    assert set(environment) - LOGGING == {field.upper() for field in MODELS[name].model_fields}
    plain = {variable: text(value) for variable, value in environment.items()}
    MODELS[name].load(plain)


def test_settings_reach_the_functions_as_the_stage_file_has_them(local: Reading) -> None:
    environment = local.functions["start"]["Environment"]["Variables"]
    stage = load("local")

    settings = MODELS["start"].load({variable: text(value) for variable, value in environment.items()})

    assert settings.model_dump()["policy"] == stage.policy.model_dump()
    assert settings.model_dump()["clocks"] == stage.clocks.model_dump()
    assert settings.model_dump()["cors_origins"] == stage.cors_origins


def test_an_environment_fits_into_lambdas_4_kb(prod: Reading) -> None:
    sizes = [len(str(found["Environment"]["Variables"])) for found in prod.functions.values()]

    assert max(sizes) < 3_000


@pytest.mark.parametrize("name", NAMES)
def test_every_handler_imports(prod: Reading, name: str) -> None:
    module, handler = prod.functions[name]["Handler"].rsplit(".", 1)

    assert callable(getattr(import_module(module), handler))


def test_each_function_has_exactly_one_layer(prod: Reading) -> None:
    layers = {name: [text(layer) for layer in found["Layers"]] for name, found in prod.functions.items()}

    assert all(len(found) == 1 for found in layers.values())
    assert {name for name, found in layers.items() if "WorkerLayer" in found[0]} == {"prepare", "attempt"}


def test_doors_restore_from_snapshots_and_are_reached_by_their_alias(prod: Reading) -> None:
    snapped = {name for name, found in prod.functions.items() if "SnapStart" in found}
    aliases = prod.of("AWS::Lambda::Alias").values()

    assert snapped == set(DOORS)
    assert {found["Properties"]["Name"] for found in aliases} == {"live"}
    assert len(aliases) == len(NAMES)


def test_nobody_is_led_past_an_alias(prod: Reading) -> None:
    functions = set(prod.of("AWS::Lambda::Function"))
    callers = [
        *prod.of("AWS::ApiGateway::Method").values(),
        *prod.of("AWS::ApiGateway::Authorizer").values(),
        *prod.of("AWS::StepFunctions::StateMachine").values(),
        *prod.of("AWS::Events::Rule").values(),
        *prod.of("AWS::SSM::Parameter").values(),
        *prod.of("AWS::Lambda::Permission").values(),
    ]

    past = [found for found in callers for function in functions if f"'{function}'" in repr(found["Properties"])]

    assert past == []


def test_other_services_find_every_function_by_a_parameter(prod: Reading) -> None:
    parameters = [found["Properties"] for found in prod.of("AWS::SSM::Parameter").values()]

    assert {found["Name"] for found in parameters} == {f"/easel/prod/functions/{name}" for name in NAMES}
    assert all("Alias" in text(found["Value"]) for found in parameters)


def test_timeouts_nest(prod: Reading) -> None:
    clocks = load("prod").clocks
    timeouts = {name: found["Timeout"] for name, found in prod.functions.items()}

    assert timeouts["attempt"] == 420 < clocks.lease
    assert clocks.call_max + 60 < timeouts["attempt"]
    assert {timeouts[name] for name in ("generate", "start", "status", "openai")} == {29}
    assert timeouts["settle"] == 30


def test_doors_wait_as_long_as_the_stage_lets_them_and_their_functions_longer(
    read_stage: Callable[[Stage], Reading],
) -> None:
    stage = load("prod")
    clocks = stage.clocks.model_copy(update={"door": 100})  # where the account's integration timeout was raised

    found = read_stage(stage.model_copy(update={"clocks": clocks}))

    waiting = ("generate", "start", "status", "openai")
    assert {found.functions[name]["Timeout"] for name in waiting} == {105}
    assert {method["Integration"]["TimeoutInMillis"] for method in found.methods.values()} == {105_000}


@pytest.mark.parametrize(("concurrency", "reserved"), [(10, {}), (299, {}), (300, {"generate": 60, "attempt": 120})])
def test_concurrency_is_reserved_only_where_the_account_can_spare_it(
    read_stage: Callable[[Stage], Reading], concurrency: int, reserved: dict[str, int]
) -> None:
    stage = load("prod").model_copy(update={"account_concurrency": concurrency})

    found = read_stage(stage).functions

    kept = {
        name: one["ReservedConcurrentExecutions"]
        for name, one in found.items()
        if "ReservedConcurrentExecutions" in one
    }
    assert kept == reserved
    assert concurrency < 300 or concurrency - sum(kept.values()) >= 100  # AWS keeps 100 for everything else


@pytest.mark.parametrize(("concurrency", "seats"), [(1, 1), (10, 6), (299, 179), (300, 0)])
def test_workers_are_counted_where_no_concurrency_can_be_set_aside_for_them(concurrency: int, seats: int) -> None:
    assert load("prod").model_copy(update={"account_concurrency": concurrency}).worker_seats == seats


@pytest.mark.parametrize(("concurrency", "posts"), [(1, 1), (10, 2), (300, 16), (1000, 16)])
def test_servers_that_never_answer_take_few_of_the_functions_that_may_run(concurrency: int, posts: int) -> None:
    assert load("prod").model_copy(update={"account_concurrency": concurrency}).posts_at_once == posts


def test_logs_end_after_the_stages_days(prod: Reading) -> None:
    days = {found["Properties"]["RetentionInDays"] for found in prod.of("AWS::Logs::LogGroup").values()}

    assert days == {load("prod").retention.log_days}
    assert all("LogGroup" in found["LoggingConfig"] for found in prod.functions.values())
