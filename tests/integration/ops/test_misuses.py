"""What operators do wrong, and what goes wrong around them: a sentence, the right exit code, never a stack trace."""

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, NoRegionError

from ops.cli.operator import Operator
from ops.cli.words import Common
from ops.errors import AnotherAccount, NotDeployed
from tests.support.operator import DeployedWorld, FakeLambda, FakeLogs, Ran, easel
from tests.support.world import ANN, World

ROOT = Path(__file__).parents[3]
GRANT = "credits grant service:shop --amount 5 --key k"
DENIED = "User: arn:x is not authorized to perform: dynamodb:Query on resource: arn:y because no policy allows it"
WRONG_USE = [
    ("adit", "No such command 'adit'"),
    ("credits shwo", "No such command 'shwo'. Did you mean 'show'?"),
    ("audit now", "Got unexpected extra argument"),
    ("audit --verbose", "No such option"),
    ("audit --stage", "--stage needs a name"),
    ("credits show", "Missing argument"),
    ("credits show shop", "'shop' is no owner: write it as user:<issuer>:<id>, service:<account>"),
    ("credits show user:shop", "'user:shop' is no owner"),
    ("credits entries service:shop --limit 0", "--limit"),
    ("credits grant service:shop --amount x --key k", "'x' is not a valid int"),
    ("credits grant service:shop --amount 0 --key k", "0 is not in the range x>=1"),
    ("credits grant service:shop --amount 5", "Missing option '--key'"),
    (f"{GRANT} --kind gift", "'gift' is not one of"),
    ("credits refund service:shop --key k", "Missing option '--job'"),
    ("keys create", "Missing option '--account'"),
    ("keys create --account shop --scopes raed", "--scopes: raed named; there are generate read"),
    ("keys create --account shop --days 0", "0 is not in the range"),
    ("keys rotate k --hours 999", "999 is not in the range"),
    ("pause", "Missing command"),
    ("pause maybe", "No such command 'maybe'"),
    ("job", "Missing argument"),
    ("job j --settle --cancel", "--settle and --cancel: one at a time"),
    ("jobs --since soon", "'soon' is no time span: write it as 90s, 15m, 1h or 7d"),
    ("jobs --since 0h", "'0h' is no time span"),
    ("jobs --owner bob", "'bob' is no owner"),
    ("owner bob", "'bob' is no owner"),
    ("ledger verify --owner bob", "'bob' is no owner"),
    ("status --day 2026-13-01", "--day: '2026-13-01' is no day"),
    ("logs --function strat", "--function: strat is none; there is reconcile, start, status"),
    ("providers open opnai", "opnai is no provider of this stage"),
    ("prices --margin -1", "-1 is not in the range"),
    ("prices --model dally", "--model: the catalog has no 'dally'"),
    ("export --out nowhere/out.gz", "--out: there is no folder nowhere"),
    ("doctor --only clok", "there is no check clok"),
    ("doctor --spend -1", "-1.0 is not in the range"),
    (GRANT, "nobody can be asked here: add --yes, or --dry-run to look first"),
]
REFUSED = [
    ("job nothing", "there is no job nothing in stage 'dev'"),
    ("job nothing --erase --yes", "there is no job nothing in stage 'dev'"),
    ("keys revoke nothing --yes", "There is no key nothing."),
    ("keys create --account a/b --yes", "'a/b' cannot be an account"),
    ("credits grant user:locl:ann --amount 5 --key k --yes", "its issuers: local"),
    ("credits adjust service:shop --amount -9999 --key a --yes", "insufficient_credits"),
    ("credits grant service:shop --amount 7 --key first --yes", "idempotency_key_reused"),
    ("credits grant service:shop --amount 7 --key k2 --expires yesterday --yes", "expiresAt"),
    ("credits refund service:shop --job nothing --key r --yes", "not_found"),
    ("ledger verify --owner service:nobody", "service:nobody has no ledger here"),
]
OUTSIDE = [
    (NoCredentialsError(), 3, "there are no AWS credentials here"),
    (NoRegionError(), 3, "nothing says in which AWS region"),
    (AnotherAccount("stage 'prod' is in account 1, and these AWS credentials lead to 2"), 3, "lead to 2"),
    (NotDeployed("nothing at SSM /easel/dev/functions/"), 1, "nothing at SSM"),
    (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), 1, "AWS cannot be reached"),
    (ClientError({"Error": {"Code": "ExpiredToken", "Message": "x"}}, "Q"), 3, "have expired"),
    (ClientError({"Error": {"Code": "AccessDenied", "Message": DENIED}}, "Q"), 3, "may not dynamodb:Query on arn:y"),
    (ClientError({"Error": {"Code": "ThrottlingException", "Message": "x"}}, "Q"), 1, "AWS throttles Q"),
    (ClientError({"Error": {"Code": "InvalidClientTokenId", "Message": "x"}}, "Q"), 3, "does not know these"),
    (ZeroDivisionError("a bug"), 1, "easel failed unexpectedly: ZeroDivisionError: a bug"),
]
LISTS = ["jobs", "keys list", "audit", "credits entries service:nobody", "keys trail", "logs", "jobs --failed"]


@pytest.fixture
def stage(quick_world: World) -> Iterator[DeployedWorld]:
    made = DeployedWorld(quick_world, clients={"logs": FakeLogs({}), "lambda": FakeLambda()})
    with made.functions_answering():
        given = "credits grant service:shop --amount 50 --key first --stage dev --yes"
        assert easel(made, *given.split()).code == 0
        yield made


def must_be_told(ran: Ran, code: int, said: str) -> None:
    assert ran.code == code, ran.err
    assert said in ran.err
    assert "Traceback" not in ran.err + ran.out
    assert ran.out == ""


@pytest.mark.parametrize(("line", "said"), WRONG_USE)
def test_wrong_use_is_a_sentence_and_2(stage: DeployedWorld, line: str, said: str) -> None:
    must_be_told(easel(stage, *line.split(), *([] if line.endswith("--stage") else ["--stage", "dev"])), 2, said)


@pytest.mark.parametrize(("line", "said"), REFUSED)
def test_what_is_refused_is_a_sentence_and_1(stage: DeployedWorld, line: str, said: str) -> None:
    must_be_told(easel(stage, *line.split(), "--stage", "dev"), 1, said)


@pytest.mark.parametrize(("error", "code", "said"), OUTSIDE)
@pytest.mark.parametrize("line", ["audit", "keys list", "providers list", "status"])
def test_what_goes_wrong_outside_is_a_sentence_with_its_code(line: str, error: Exception, code: int, said: str) -> None:
    def opened(stage: str) -> Any:
        raise error

    must_be_told(easel(opened, *line.split(), "--stage", "dev"), code, said)


@pytest.mark.parametrize("line", [line for line, _ in WRONG_USE + REFUSED])
def test_with_json_what_went_wrong_is_one_document(stage: DeployedWorld, line: str) -> None:
    words = line.split()
    ran = easel(stage, "--json", *words, *([] if words[-1:] == ["--stage"] else ["--stage", "dev"]))

    assert ran.answer["error"]["exitCode"] == ran.code > 0
    assert ran.answer["error"]["sentence"] in ran.err


@pytest.mark.parametrize("line", LISTS)
def test_a_list_of_nothing_says_so_and_is_an_empty_document(stage: DeployedWorld, line: str) -> None:
    ran = easel(stage, *line.split(), "--stage", "dev")

    assert (ran.code, "Traceback" in ran.err) == (0, False)
    assert ran.out or ran.err
    assert isinstance(easel(stage, *line.split(), "--stage", "dev", "--json").answer, list)


def test_the_same_revocation_twice_changes_nothing_the_second_time(stage: DeployedWorld) -> None:
    key = (
        easel(stage, *["keys", "create", "--account", "shop", "--stage", "dev", "--yes", "--json"])
        .answer["key"]
        .split("_")[1]
    )

    codes = [easel(stage, "keys", "revoke", key, "--stage", "dev", "--yes").code for _ in range(2)]
    rotated = easel(stage, "keys", "rotate", key, "--stage", "dev", "--yes")

    assert codes == [0, 0]
    must_be_told(rotated, 1, "The key has expired or was revoked; make a new one.")


def test_ten_thousand_rows_are_ten_thousand_lines_and_one_document() -> None:
    rows = [{"id": number, "name": "a name"} for number in range(10_000)]
    out = io.StringIO()

    Operator(out=out).table(rows, ("id", "name"), ([row["id"], row["name"]] for row in rows), empty="none")
    assert len(out.getvalue().splitlines()) == 10_001

    many = io.StringIO()
    Operator(Common(json=True), out=many).table(rows, ("id",), ([row["id"]] for row in rows), empty="none")
    assert many.getvalue().count('"id"') == 10_000


def test_without_a_word_it_says_what_there_is() -> None:
    ran = easel(object())

    assert ran.code == 0
    assert "doctor" in ran.out


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("columns", ["40", "80"])
def test_on_a_narrow_terminal_no_line_is_wider_and_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("NO_COLOR", "1")
    out, owner = Terminal(), "user:accounts:7f3a-a-very-long-subject-of-an-issuer"

    Operator(out=out).table([], ("job", "owner", "status"), [["01m7vzt1pfxbywsyjm9mqt0f8y", owner, "failed"]], empty="")

    colours = [code for code in re.findall(r"\x1b\[([\d;]*)m", out.getvalue()) if code not in ("0", "1")]
    lines = re.sub(r"\x1b\[[\d;]*m", "", out.getvalue()).splitlines()
    assert colours == []
    assert max(map(len, lines)) <= int(columns)
    written = "".join(("job", "owner", "status", "01m7vzt1pfxbywsyjm9mqt0f8y", owner, "failed"))
    assert len("".join("".join(lines).split())) == len(written)


def test_what_callers_wrote_moves_no_cursor_of_a_terminal() -> None:
    out = io.StringIO()

    Operator(out=out).show({"prompt": "a lamp\x1b[2J\x1b]0;owned\x07"})

    assert "\x1b" not in out.getvalue()
    assert "\x07" not in out.getvalue()


@pytest.mark.parametrize(
    ("words", "code"), [(["pause", "show", "--stage", "dev"], 1), (["pause", "shwo", "--json"], 2)]
)
def test_a_pipe_that_closed_is_a_sentence_and_no_stack_trace(words: list[str], code: int) -> None:
    script = (
        "import sys; from ops import pause; pause.state = lambda d: {'paused': False}; pause.show = lambda d: 'x';"
        f"from ops.cli.main import main; sys.exit(main({words!r}, open_stage=lambda n: None))"
    )
    reads, writes = os.pipe()
    os.close(reads)
    asked: dict[str, Any] = {"stdout": writes, "stderr": subprocess.PIPE, "text": True, "timeout": 60}

    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False, **asked)
    os.close(writes)

    assert ran.returncode == code
    assert ran.stderr.strip().endswith("whoever read the output stopped before its end: not all of it was printed")
    assert "Traceback" not in ran.stderr


def test_an_owner_with_credits_is_shown_whole(stage: DeployedWorld) -> None:
    stage.world.give()
    stage.world.begin()

    told = easel(stage, "owner", ANN.owner, "--stage", "dev", "--json").answer

    assert (told["available"], told["held"], told["inFlight"], len(told["jobs"])) == (94, 6, 1, 1)
    assert told["limits"]["jobsInFlight"] == stage.world.policy.jobs_in_flight
