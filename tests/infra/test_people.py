"""Who may sign in: the stage's own issuers by preset, or else a user pool of the stack's own."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from easel.settings import AuthorizeSettings, Issuer, MetaSettings
from infra import issuer_presets
from infra.stages import Stage, StageError, load
from tests.support.templates import Reading, text

WRITTEN: dict[str, dict[str, Any]] = {
    "cognito": {"pool_id": "eu-central-1_AbC123", "client_id": "client1"},
    "auth0": {"domain": "shop.eu.auth0.com", "audience": "https://images.example", "client_id": "spa1"},
    "clerk": {"domain": "clerk.shop.example", "origins": ["https://shop.example", "https://www.shop.example"]},
    "supabase": {"project": "abcdefghijklmnop"},
    "better_auth": {"url": "https://shop.example"},
}
CHECKED: dict[str, dict[str, Any]] = {
    "cognito": {
        "issuer": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC123",
        "jwks_url": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC123/.well-known/jwks.json",
        "audience": ("client1",),
        "audience_claim": "client_id",
        "token_use": "access",
        "algorithms": ("RS256",),
    },
    "auth0": {
        "issuer": "https://shop.eu.auth0.com/",
        "jwks_url": "https://shop.eu.auth0.com/.well-known/jwks.json",
        "audience": ("https://images.example",),
        "audience_claim": "aud",
        "token_use": None,
        "algorithms": ("RS256",),
    },
    "clerk": {
        "issuer": "https://clerk.shop.example",
        "jwks_url": "https://clerk.shop.example/.well-known/jwks.json",
        "audience": ("https://shop.example", "https://www.shop.example"),
        "audience_claim": "azp",
        "token_use": None,
        "algorithms": ("RS256",),
    },
    "supabase": {
        "issuer": "https://abcdefghijklmnop.supabase.co/auth/v1",
        "jwks_url": "https://abcdefghijklmnop.supabase.co/auth/v1/.well-known/jwks.json",
        "audience": ("authenticated",),
        "audience_claim": "aud",
        "token_use": None,
        "algorithms": ("ES256", "RS256", "EdDSA"),
    },
    "better_auth": {
        "issuer": "https://shop.example",
        "jwks_url": "https://shop.example/api/auth/jwks",
        "audience": ("https://shop.example",),
        "audience_claim": "aud",
        "token_use": None,
        "algorithms": ("EdDSA", "ES256", "RS256"),
    },
}


def issuer(preset: str, **more: Any) -> Issuer:
    return Issuer.model_validate(issuer_presets.expanded({"name": "main", "preset": preset, **WRITTEN[preset], **more}))


@pytest.mark.parametrize("preset", issuer_presets.PRESETS)
def test_a_preset_fills_in_all_that_a_token_is_checked_by(preset: str) -> None:
    assert issuer(preset).model_dump(exclude={"name", "sign_in"}) == CHECKED[preset]


def test_the_page_signs_in_where_a_preset_knows_the_addresses() -> None:
    cognito = issuer("cognito", domain="shop.auth.eu-central-1.amazoncognito.com").sign_in
    auth0, found = issuer("auth0").sign_in, issuer("supabase", client_id="page").sign_in

    assert cognito
    assert cognito.token_url == "https://shop.auth.eu-central-1.amazoncognito.com/oauth2/token"
    assert auth0
    assert auth0.parameters == {"audience": "https://images.example"}
    assert found
    assert found.authorize_url is None  # by the issuer's discovery document
    assert issuer("clerk").sign_in is None
    assert issuer("clerk", sign_in={"client_id": "page"}).sign_in


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"name": "main", "preset": "okta"}, "there is none called 'okta'; there are cognito, auth0"),
        (
            {"name": "main", "preset": "cognito", "pool_id": "eu-central-1_A"},
            "preset cognito: client_id: Field required",
        ),
        ({"name": "main", "preset": "auth0", "domain": "https://x.auth0.com", "audience": "a"}, "domain"),
        ({"name": "a b", "preset": "supabase", "project": "abc"}, "name"),
        ({"name": "main", "preset": "supabase", "project": "abc", "tokenuse": "x"}, "tokenuse"),
    ],
)
def test_a_mistake_in_a_preset_is_named(written: dict[str, Any], said: str) -> None:
    fields = {**load("prod").model_dump(), "issuers": [written]}

    with pytest.raises((ValidationError, StageError), match=said):
        Stage.model_validate(fields)


@pytest.mark.parametrize("field", ["name", "issuer"])
def test_two_issuers_cannot_be_taken_for_one(field: str) -> None:
    first = issuer("auth0").model_dump()
    second = {**issuer("cognito").model_dump(), "name": "other", field: first[field]}

    with pytest.raises(ValidationError, match=f"two have one .?{field}"):
        Stage.model_validate({**load("prod").model_dump(), "issuers": [first, second]})


def test_no_issuer_may_sign_with_a_shared_secret() -> None:
    with pytest.raises(ValidationError, match="algorithms"):
        Issuer.model_validate({**issuer("auth0").model_dump(), "algorithms": ["HS256"]})


def test_without_an_issuer_the_stack_makes_a_pool_that_operators_alone_add_people_to(prod: Reading) -> None:
    pool, client = prod.only("AWS::Cognito::UserPool"), prod.only("AWS::Cognito::UserPoolClient")

    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert pool["DeletionProtection"] == "ACTIVE"
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 12
    assert client["AllowedOAuthFlows"] == ["code"]
    assert not client.get("GenerateSecret")
    assert client["SupportedIdentityProviders"] == ["COGNITO"]
    assert [text(url) for url in client["CallbackURLs"]] == [text(prod.template["Outputs"]["PublicUrl"]["Value"]) + "/"]


def test_nobody_of_the_pool_signs_in_with_a_password_alone(prod: Reading) -> None:
    pool = prod.only("AWS::Cognito::UserPool")

    assert pool["MfaConfiguration"] == "ON"
    assert pool["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]


def test_the_pool_watches_for_stolen_passwords_unless_a_stage_leaves_that_out(prod: Reading, dev: Reading) -> None:
    watched, plain = (reading.only("AWS::Cognito::UserPool") for reading in (prod, dev))

    assert (watched["UserPoolTier"], watched["UserPoolAddOns"]["AdvancedSecurityMode"]) == ("PLUS", "ENFORCED")
    assert plain.get("UserPoolTier") != "PLUS"


def test_the_authorizer_and_the_page_are_told_of_the_pool(prod: Reading) -> None:
    def told(function: str) -> dict[str, str]:
        return {name: text(value) for name, value in prod.functions[function]["Environment"]["Variables"].items()}

    accepted = AuthorizeSettings.load(told("authorize")).issuers[0]
    offered = MetaSettings.load(told("meta")).issuers[0].sign_in

    assert (accepted.name, accepted.audience_claim, accepted.token_use) == ("main", "client_id", "access")
    assert "PeoplePool" in accepted.issuer
    assert "PeoplePoolPage" in accepted.audience[0]
    assert offered
    assert str(offered.authorize_url).endswith("/oauth2/authorize")


def test_a_stage_with_an_issuer_of_its_own_and_an_emulated_one_make_no_pool(
    local: Reading, read_stage: Callable[[Stage], Reading]
) -> None:
    owned = read_stage(load("prod").model_copy(update={"issuers": (issuer("auth0"),)}))

    assert not owned.of("AWS::Cognito::UserPool")
    assert not local.of("AWS::Cognito::UserPool")
