"""The stage file: what it holds, and what it refuses."""

from pathlib import Path

import pytest

from infra import stages


def a_file(folder: Path, text: str) -> Path:
    file = folder / "stages.toml"
    file.write_text(text)
    return file


def test_every_stage_of_the_file_loads() -> None:
    loaded = {name: stages.load(name) for name in stages.names()}

    assert set(loaded) == {"prod", "dev", "local", "test"}
    assert [name for name, stage in loaded.items() if stage.emulated] == ["local", "test"]


def test_a_stage_based_on_another_amends_its_tables_and_replaces_the_rest() -> None:
    prod, dev = stages.load("prod"), stages.load("dev")

    assert dev.policy.daily_cap_micros < prod.policy.daily_cap_micros
    assert dev.policy.default_model == prod.policy.default_model
    assert dev.cors_origins != prod.cors_origins


def test_the_test_stage_is_the_local_one_with_short_clocks() -> None:
    local, test = stages.load("local"), stages.load("test")

    assert test.clocks.lease < 60 < local.clocks.lease
    assert test.model_copy(update={"name": "local", "clocks": local.clocks}) == local


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[x]\npolcy = {}\n[x.providers.openai]", "polcy: no such setting; check its spelling"),
        ("[x.policy]\nanonymus = true\n[x.providers.openai]", "policy.anonymus: no such setting"),
        ("[x]\naccount = '12'\n[x.providers.openai]", "account: "),
        ("[x]\ncors_origins = ['https://a.example/']\n[x.providers.openai]", "is not an origin; write it as"),
        ("[x]\ncors_origins = ['*']\n[x.providers.openai]", "is not an origin; write it as"),
        ("[x]\nturnstile = true\n[x.providers.openai]", "turnstile: Value error, name the widget's public site key"),
        (f"[x]\nturnstile = '0x4AAA{'s' * 29}'\n[x.providers.openai]", "its secret key belongs into the stack's"),
        ("[x.providers]", "providers: name at least one"),
        ("[x.clocks]\nlease = 300\n[x.providers.openai]", "a call outlives its lease"),
        ("[x.clocks]\nticket = 800\n[x.providers.openai]", "or a slow queue is the end"),
        ("[x.retention]\nlog_days = 8\n[x.providers.openai]", "retention.log_days: "),
        ("[x]\nbased_on = 'y'", "based_on must name a stage"),
        ("[y]", "has no stage 'x'; it has y"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    file = a_file(tmp_path, text)

    with pytest.raises(stages.StageError) as refused:
        stages.load("x", file=file)

    assert said in str(refused.value)


def test_an_emulated_stage_is_told_its_address_providers_and_issuers_by_the_command_line() -> None:
    issuer = '[{"name": "dev", "issuer": "https://x", "jwks_url": "https://x/jwks", "audience": "easel"}]'
    context = {
        "public_url": "http://127.0.0.1:8000",
        "providers": '{"openai": {"note": "a sketch"}}',
        "issuers": issuer,
    }

    stage = stages.load("local", context=context)

    assert stage.public_url == "http://127.0.0.1:8000"
    assert stage.providers["openai"].note == "a sketch"
    assert stage.issuers[0].audience == ("easel",)


@pytest.mark.parametrize(
    ("name", "context", "said"),
    [
        ("prod", {"providers": "{}"}, "is not emulated; write it into stages.toml"),
        ("local", {"providers": "{"}, "-c providers=…: expected JSON"),
        ("local", {"region": "eu-west-1"}, "region: not a value that -c may set"),
        ("local", {"providers": '{"openai": {"url": "x"}}'}, "providers.openai.url: no such setting"),
    ],
)
def test_a_mistake_on_the_command_line_is_named(name: str, context: dict[str, str], said: str) -> None:
    with pytest.raises(stages.StageError) as refused:
        stages.load(name, context=context)

    assert said in str(refused.value)


def test_a_deployed_stage_never_fetches_results_from_loopback(tmp_path: Path) -> None:
    file = a_file(tmp_path, "[prod.providers.fal]\nloopback = true\n")

    with pytest.raises(stages.StageError, match="loopback"):
        stages.load("prod", file=file)
