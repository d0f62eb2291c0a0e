"""Operators' command lines: the stage where they think of it, numbers with a least, failures as sentences."""

import pytest
from botocore.exceptions import ClientError

from easel.identity.api_keys import ApiKey
from ops import cli, credits, keys, ledger
from ops.deployed import CommandRefused, NotDeployed


@pytest.mark.parametrize("words", [["--stage", "dev", "list"], ["list", "--stage", "dev"]])
def test_the_stage_may_stand_anywhere(words: list[str]) -> None:
    assert cli.parsed(keys._options(), words).stage == "dev"


def test_a_stage_that_is_missing_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.parsed(credits._options(), ["show", "service:shop"])

    assert "say which stage: --stage dev" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["create", "--account", "shop", "--days", "0"], "--days: 0 is too little; the least is 1"),
        (["create", "--account", "shop", "--days", "-3"], "--days: -3 is too little; the least is 1"),
        (["create", "--account", "shop", "--days", "x"], "--days: 'x' is no whole number"),
        (["create", "--account", "shop", "--days", "99999999"], "--days: 99999999 is too much"),
        (["create", "--account", "shop", "--daily-credits", "0"], "--daily-credits: 0 is too little; the least is 1"),
    ],
)
def test_zero_is_a_number_and_never_means_for_ever(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        keys._options().parse_args(words)

    assert said in capsys.readouterr().err


@pytest.mark.parametrize("written", ["generate,read", "generate read", "generate, read"])
def test_scopes_may_have_commas_or_spaces_between_them(written: str) -> None:
    assert keys._scopes(written) == ["generate", "read"]


@pytest.mark.parametrize("written", ["generate raed", ""])
def test_a_scope_that_is_none_is_named_with_those_there_are(written: str) -> None:
    with pytest.raises(cli.Refused, match="there are generate read"):
        keys._scopes(written)


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (
            CommandRefused({"error": {"code": "insufficient_credits", "detail": "6 are needed.", "status": 402}}),
            "insufficient_credits: 6 are needed.",
        ),
        (
            CommandRefused(
                {"error": {"code": "x", "detail": "Wrong.", "errors": [{"field": "owner", "message": "write it"}]}}
            ),
            "x: Wrong. (owner: write it)",
        ),
        (NotDeployed("nothing there"), "nothing there"),
        (
            ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetItem"),
            "AWS refuses GetItem: AccessDenied: no",
        ),
    ],
)
def test_a_failure_is_a_sentence(failure: Exception, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    def failing() -> None:
        raise failure

    assert cli.run(failing) == 1
    assert capsys.readouterr().err.strip() == said


def test_an_error_nobody_foresaw_keeps_its_traceback() -> None:
    def failing() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cli.run(failing)


def test_the_ledger_of_nobody_is_no_ledger_that_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    class Empty:
        def entries(self, owner: str) -> list[object]:
            return []

    monkeypatch.setattr(ledger, "deployed_stage", lambda stage: None)
    monkeypatch.setattr(ledger, "books_of", lambda deployed: Empty())

    assert ledger.main(["verify", "--owner", "service:nobody", "--stage", "dev"]) == 2


def test_a_key_that_ended_is_listed_as_ended() -> None:
    made = ApiKey(id="k1", account="shop", scopes=("read",), hash="h", created_at=1, expires_at=2)

    assert "expired 1970-01-01" in keys._shown(made)
    assert "valid" in keys._shown(made.model_copy(update={"expires_at": None}))
    assert "revoked" in keys._shown(made.model_copy(update={"revoked_at": 3}))
    assert "expires 2200" in keys._shown(made.model_copy(update={"expires_at": 7_258_118_400_000}))
