import json
from pathlib import Path

import pytest

from tests.adversarial import forged_tokens, tokens


@pytest.fixture(autouse=True)
def _slice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALE", "0.02")


def test_a_slice_of_the_proof_holds() -> None:
    assert tokens.main() == 0


def test_the_proof_finds_a_seeded_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SABOTAGE", "1")

    assert tokens.main() == 1


def test_somebody_elses_tokens_are_judged_by_their_signatures_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rsa, ec, _ = forged_tokens.signers()
    key_set = {"keys": [each.key.as_dict(private=False) for each in forged_tokens.signers()]}
    good, other = forged_tokens.signed({"alg": "ES256"}, "no claims", ec.key, "ES256"), forged_tokens.foreign(rsa)
    cases = [
        {"token": good, "jwks": key_set, "valid": True},
        {"token": good, "jwks": ec.key.as_dict(private=False), "valid": True},
        {"token": good, "jwks": json.dumps(key_set), "valid": True},
        {"token": other, "jwks": key_set, "valid": False},
        {"token": "rubbish", "jwks": key_set, "valid": False},
        {"token": forged_tokens.token(rsa, {"jku": "https://evil.example"}), "jwks": key_set, "valid": True},
    ]
    file = tmp_path / "corpus.jsonl"
    file.write_text("\n".join(map(json.dumps, cases)))
    monkeypatch.setenv("CORPUS_FILE", str(file))

    assert tokens.main() == 0

    verdicts = json.loads(capsys.readouterr().out.splitlines()[-1])["verdicts"]
    assert verdicts == {"valid: accepted": 3, "invalid: refused": 2, "valid: barred": 1}
