"""The real CDK command line against the emulator: bootstrap once, deploy when something changed."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from local.aws import ACCOUNT, REGION, Emulated
from local.places import ROOT, Places
from local.steps import run, step
from local.tools import Node

SOURCES = ("app.py", "cdk.json", "requirements.txt", "package-lock.json", "functions", "infra", "layers", "web")
CACHES = {"__pycache__", ".DS_Store"}
BOOTSTRAP_SECONDS, DEPLOY_SECONDS = 180.0, 600.0
QUIET = ("--no-notices", "--ci")  # --ci: everything to one stream, errors alone to the other
REMEDY = "mend what the log says and run the same command again; `make reset` begins with an empty stage"


@dataclass(frozen=True)
class Cdk:
    """The command line, aimed at one emulated account."""

    command: Path
    node: Node
    emulated: Emulated
    log: Path

    def run(self, *words: str, seconds: float, cwd: Path = ROOT) -> None:
        """One CDK command, with its words in the stage's log."""
        env = {**self.emulated.environment(), "CDK_DISABLE_CLI_TELEMETRY": "true", "PATH": self.node.path(os.environ)}
        run([self.command, *words, *QUIET], log=self.log, seconds=seconds, remedy=REMEDY, env=env, cwd=cwd)

    def deploy(self, context: Mapping[str, str], *options: str, root: Path = ROOT) -> None:
        """Deploy the app of a checkout, whatever is deployed now."""
        given = [word for key, value in context.items() for word in ("-c", f"{key}={value}")]
        words = ["deploy", "--all", "--require-approval", "never", *options, *given]
        self.run(*words, seconds=DEPLOY_SECONDS, cwd=root)


def deploy(places: Places, cdk: Cdk, *, context: Mapping[str, str]) -> None:
    """Deploy the stage unless the very same thing is deployed already."""
    sources, remembered = _fingerprint(context), places.file("deployed.json")
    if remembered.exists():
        known = json.loads(remembered.read_text())
        if known["sources"] == sources and _are_there(cdk.emulated, known["stacks"]):
            return
        remembered.unlink()
    if not _are_there(cdk.emulated, ["CDKToolkit"]):
        with step("prepare the emulated account (cdk bootstrap)", log=cdk.log):
            # From a folder without an app: nothing needs to be synthesized to prepare an account.
            cdk.run("bootstrap", f"aws://{ACCOUNT}/{REGION}", seconds=BOOTSTRAP_SECONDS, cwd=places.home)
    with step(f"deploy stage {places.stage} (cdk deploy)", log=cdk.log):
        outputs = places.file("outputs.json")
        written = ["--outputs-file", str(outputs), "--output", str(places.file("cdk.out"))]
        cdk.deploy(context, *written)
    remembered.write_text(json.dumps({"sources": sources, "stacks": list(json.loads(outputs.read_text()))}))


def _fingerprint(context: Mapping[str, str]) -> str:
    digest = hashlib.sha256(json.dumps(context, sort_keys=True).encode())
    for file in _files():
        digest.update(f"\n{file.relative_to(ROOT)}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _files() -> Iterator[Path]:
    for name in SOURCES:
        source = ROOT / name
        found = sorted(source.rglob("*")) if source.is_dir() else [source]
        yield from (file for file in found if file.is_file() and not CACHES & set(file.parts))


def _are_there(emulated: Emulated, stacks: list[str]) -> bool:
    client = emulated.client("cloudformation")
    for stack in stacks:
        try:
            found = client.describe_stacks(StackName=stack)["Stacks"][0]
        except ClientError:
            return False
        if found["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return False
    return True
