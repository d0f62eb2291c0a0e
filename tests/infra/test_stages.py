"""The stage file: what it holds, and what it refuses."""

from decimal import Decimal
from pathlib import Path

import pytest

from easel.catalog import planning
from infra import stage_rules, stages


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


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_an_emulated_stage_takes_what_a_deployed_one_allows_so_that_it_can_be_tried_here(name: str) -> None:
    here, there = stages.load("test", context={"settings_of": name}), stages.load(name)

    assert here.emulated
    assert (here.policy, here.clocks, here.gateway) == (there.policy, there.clocks, there.gateway)
    assert here.account_concurrency == there.account_concurrency == 10
    assert not here.policy.anonymous


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


OPENAI = "[x.providers.openai]\n"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[x.providers.gemni]", 1, "providers.gemni: no such provider; did you mean gemini?"),
        ("[x.providers.azure_openai]\nmodel = 'mine'", 1, "providers.azure_openai.base_url: azure_openai cannot be"),
        (
            "[x.providers.openai_compatible]\nbase_url = 'https://a.example/v1'",
            1,
            "openai_compatible.model: openai_comp",
        ),
        ("[x.providers.openai]\nbase_url = 'api.example'", 2, "'api.example': write an address that begins with https"),
        ("[x.providers.openai]\nserves = ['gpt-imag-2']", 2, "no model 'gpt-imag-2' in the catalog; did you mean gpt-"),
        ("[x.providers.openai]\nimages_per_minute = 0", 2, "images_per_minute: 0 is too little; the least is 1"),
        (f"{OPENAI}[x.policy]\ndefault_model = 'gpt-imge-2'", 3, "no model 'gpt-imge-2'; did you mean gpt-image-2?"),
        (
            "[x.providers.fal]\n[x.policy]\ndefault_model = 'gpt-image-2.5-flare'",
            3,
            "served by none of this stage's prov",
        ),
        (f"{OPENAI}[x.policy]\ndefault_provider = 'opnai'", 3, "no provider of this stage; did you mean openai?"),
        (f"{OPENAI}[x.policy]\ncredit_micros = 0", 3, "policy.credit_micros: 0 is too little; the least is 1"),
        (f"{OPENAI}[x.policy]\nmargin_percent = -50", 3, "policy.margin_percent: -50 is too little; the least is 0"),
        (f"{OPENAI}[x.policy]\ndaily_cap_micros = -1\nfree_cap_micros = -1", 3, "daily_cap_micros: -1 is too little"),
        (
            f"{OPENAI}[x.policy]\ndaily_cap_micros = 5\nfree_cap_micros = 6",
            4,
            "free_cap_micros: 6 is part of daily_cap",
        ),
        (f"{OPENAI}[x.policy]\njobs_in_flight = 0", 3, "policy.jobs_in_flight: 0 is too little; the least is 1"),
        (f"{OPENAI}[x.policy]\ncontact = 'x y'", 3, "policy.contact: 'x y': write one mail address, or one that"),
        (f"{OPENAI}[x.policy]\nbuy_url = 'www.example.com'", 3, "buy_url: 'www.example.com': write an address such as"),
        (
            f"{OPENAI}[x.policy]\nwelcome_credit = 5",
            3,
            "welcome_credit: no such setting; check its spelling: did you me",
        ),
        (f"{OPENAI}[x.clocks]\nwait_min = -2", 3, "clocks.wait_min: -2 is too little"),
        ("[x]\nprovider = 1\n[x.providers.openai]", 2, "check its spelling: did you mean providers?"),
        ("[x.providers.openai]\nbase_ulr = 'https://a.example'", 2, "check its spelling: did you mean base_url?"),
        (
            "[x]\naccount = '12'\n[x.providers.openai]",
            2,
            "account: '12' is not what belongs here; write the account's t",
        ),
        ("[x]\nalarm_email = 'ops'\n[x.providers.openai]", 2, "write one mail address such as ops@example.com"),
        (
            f"{OPENAI}[[x.issuers]]\nname = 'a'\npreset = 'auth0'\ndomain = 'https://a.example'\naudience = 'a'",
            2,
            "domain: 'https://a.example' is not what belongs here; write a bare domain such as shop.eu.auth0.com",
        ),
        (
            f"{OPENAI}[x.moderation]\nopnai = true",
            2,
            "opnai: no such setting; check its spelling: did you mean openai?",
        ),
        (
            "[b.policy]\ncredit_micros = 0\n[b.providers.openai]\n[x]\nbased_on = 'b'",
            2,
            "policy.credit_micros: 0 is too",
        ),
    ],
)
def test_a_typing_error_is_refused_before_it_deploys_with_its_line_and_the_right_name(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    file = a_file(tmp_path, text)

    with pytest.raises(stages.StageError) as refused:
        stages.load("x", file=file)

    assert f"line {line}: " in str(refused.value)
    assert said in str(refused.value)
    assert "pattern" not in str(refused.value)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    file = a_file(tmp_path, f"{OPENAI}[x.policy]\ncredit_micros = 0\ndefault_model = 'gpt-imge-2'\ncontact = 'x y'")

    with pytest.raises(stages.StageError) as refused:
        stages.load("x", file=file)

    assert [line in str(refused.value) for line in ("line 3: ", "line 4: ", "line 5: ")] == [True] * 3


@pytest.mark.parametrize("price", ["0", "-30"])
def test_a_price_of_nothing_in_the_catalog_is_named(price: str) -> None:
    catalog = planning.load()
    family, free = catalog.families["gpt-image-2"], Decimal(price)
    rates = family.price.rates.model_copy(update={"image_out": free})  # type: ignore[union-attr]
    changed = family.model_copy(update={"price": family.price.model_copy(update={"rates": rates})})
    broken = catalog.model_copy(update={"families": {**catalog.families, "gpt-image-2": changed}})

    assert not list(stage_rules.wrong_prices(catalog))
    [(place, said)] = stage_rules.wrong_prices(broken)
    assert place == ("families", "gpt-image-2", "price", "rates", "image_out")
    assert said == f"{price} is too little: it would be sold at a loss"


def test_a_file_that_is_no_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    file = a_file(tmp_path, "[x]\naccount = 12 34\n")

    with pytest.raises(stages.StageError, match=r"stages.toml is not TOML: .* \(at line 2"):
        stages.load("x", file=file)


def test_what_the_file_shows_as_examples_is_accepted(tmp_path: Path) -> None:
    shown = "[x.providers.azure_openai]\nbase_url = 'https://my-resource.openai.azure.com'\nmodel = 'my-deployment'\n"
    file = a_file(
        tmp_path,
        f"{shown}serves = ['gpt-image-2']\n[x.policy]\ncontact = 'ops@example.com'\nmargin_percent = 0\n"
        "buy_url = 'https://www.example.com/credits'\nwelcome_credits = 0\n",
    )

    assert stages.load("x", file=file).policy.contact == "ops@example.com"
