"""For whom a caller acts, and what it may."""

import pytest

from easel.errors import CallerError, Forbidden, InvalidRequest, Unauthenticated
from easel.identity.callers import SCOPES, Caller


def test_a_service_acts_for_the_user_it_names() -> None:
    service = Caller(owner="service:shop", scopes=frozenset(SCOPES), account="shop", key_id="k1")

    acting = service.acting_for("user:accounts:ann")

    assert (acting.owner, acting.account) == ("user:accounts:ann", "shop")
    assert service.acting_for(None) is service


@pytest.mark.parametrize(
    ("scopes", "owner", "expected"),
    [
        ({"generate", "read"}, "user:accounts:ann", Forbidden),
        (SCOPES, "service:other", InvalidRequest),
        (SCOPES, "anonymous", InvalidRequest),
        (SCOPES, "user:accounts:", InvalidRequest),
        (SCOPES, "user:accounts:a b", InvalidRequest),
    ],
)
def test_nobody_acts_for_others_without_the_scope_or_for_who_is_no_user(
    scopes: set[str], owner: str, expected: type[CallerError]
) -> None:
    with pytest.raises(expected):
        Caller(owner="service:shop", scopes=frozenset(scopes)).acting_for(owner)


def test_a_missing_scope_is_forbidden_and_nobody_is_asked_to_sign_in() -> None:
    with pytest.raises(Forbidden, match="`grant`"):
        Caller(owner="user:accounts:ann", scopes=frozenset({"read"})).must("grant")
    with pytest.raises(Unauthenticated, match="Sign in"):
        Caller(owner="anonymous", scopes=frozenset({"read"})).must("generate")
