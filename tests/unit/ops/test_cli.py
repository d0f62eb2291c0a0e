"""`easel`'s command line: the options that hold everywhere, numbers with a least, and scopes."""

from typing import Any

import pytest

from easel.identity.api_keys import ApiKey
from ops import keys, ledger
from ops.cli.words import Common, common
from ops.errors import WrongUse
from tests.support.operator import easel


def nowhere(stage: str) -> Any:
    raise AssertionError("a line that cannot be meant opens no stage")


@pytest.mark.parametrize(
    "words",
    [
        ["--stage", "dev", "keys", "list"],
        ["keys", "--stage", "dev", "list"],
        ["keys", "list", "--stage", "dev"],
        ["keys", "list", "--stage=dev"],
    ],
)
def test_the_stage_may_stand_anywhere(words: list[str]) -> None:
    assert common(words, {}) == (Common(stage="dev"), ["keys", "list"])


def test_the_other_options_may_stand_anywhere_too() -> None:
    assert common(["--json", "a", "--yes", "b", "--dry-run"], {}) == (
        Common(json=True, yes=True, dry_run=True),
        ["a", "b"],
    )


def test_the_environment_says_what_the_line_does_not() -> None:
    environ = {"EASEL_STAGE": "prod", "EASEL_JSON": "1"}

    assert common(["a"], environ)[0] == Common(stage="prod", json=True)
    assert common(["a", "--stage", "dev"], environ)[0].stage == "dev"
    assert common(["a"], {"EASEL_JSON": "0", "EASEL_STAGE": ""})[0] == Common()


def test_what_comes_after_two_dashes_is_no_option() -> None:
    assert common(["a", "--", "--json"], {}) == (Common(), ["a", "--", "--json"])


@pytest.mark.parametrize("words", [["a", "--stage"], ["--stage", "--json"], ["--stage="]])
def test_a_stage_without_a_name_is_asked_for(words: list[str]) -> None:
    with pytest.raises(WrongUse, match="--stage needs a name"):
        common(words, {})


def test_a_stage_that_is_missing_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EASEL_STAGE", raising=False)

    ran = easel(nowhere, "credits", "show", "service:shop")

    assert ran.code == 2
    assert "say which stage: --stage dev" in ran.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--days", "0"], "'--days': 0 is not in the range 1<=x<=36500"),
        (["--days", "-3"], "'--days': -3 is not in the range 1<=x<=36500"),
        (["--days", "x"], "'--days': 'x' is not a valid int"),
        (["--days", "99999999"], "'--days': 99999999 is not in the range"),
        (["--daily-credits", "0"], "'--daily-credits': 0 is not in the range x>=1"),
    ],
)
def test_zero_is_a_number_and_never_means_for_ever(words: list[str], said: str) -> None:
    ran = easel(nowhere, "keys", "create", "--account", "shop", *words, "--stage", "dev")

    assert ran.code == 2
    assert said in ran.err
    assert "`easel keys create --help` shows how" in ran.err


@pytest.mark.parametrize("written", ["generate,read", "generate read", "generate, read"])
def test_scopes_may_have_commas_or_spaces_between_them(written: str) -> None:
    assert keys.scopes_of(written) == ["generate", "read"]


@pytest.mark.parametrize("written", ["generate raed", ""])
def test_a_scope_that_is_none_is_named_with_those_there_are(written: str) -> None:
    with pytest.raises(WrongUse, match="there are generate read"):
        keys.scopes_of(written)


def test_the_ledger_of_nobody_is_no_ledger_that_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    class Empty:
        def entries(self, owner: str) -> list[object]:
            return []

    monkeypatch.setattr(ledger, "books_of", lambda deployed: Empty())

    ran = easel(object(), "ledger", "verify", "--owner", "service:nobody", "--stage", "dev")

    assert ran.code == 1
    assert "service:nobody has no ledger here" in ran.err


def test_a_key_that_ended_is_listed_as_ended() -> None:
    made = ApiKey(id="k1", account="shop", scopes=("read",), hash="h", created_at=1, expires_at=2)

    assert "expired 1970-01-01" in keys.line(made)[-1]
    assert "valid" in keys.line(made.model_copy(update={"expires_at": None}))[-1]
    assert "revoked" in keys.line(made.model_copy(update={"revoked_at": 3}))[-1]
    assert "expires 2200" in keys.line(made.model_copy(update={"expires_at": 7_258_118_400_000}))[-1]


def test_a_key_for_machines_has_nothing_that_opens_it() -> None:
    made = ApiKey(id="k1", account="shop", scopes=("read",), hash="h1", created_at=1, older_hash="h2")

    assert not {"hash", "older_hash"} & keys.view(made).keys()
