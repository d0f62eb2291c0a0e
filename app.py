"""Easel's CDK app: `cdk deploy -c stage=prod`. Reads one stage, gathers what it deploys, makes its stack."""

import sys
from pathlib import Path

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "functions"))

from aws_cdk import App  # noqa: E402 — after the path that infra needs

from infra import bundling, stages  # noqa: E402
from infra.stack import EaselStack  # noqa: E402


def main() -> None:
    """Synthesize the stage that `-c stage=…` names."""
    app = App()
    name = app.node.try_get_context("stage")
    if not name:
        raise stages.StageError(f"say which stage: -c stage=… ({', '.join(stages.names())})")
    given = {key: app.node.try_get_context(key) for key in stages.FROM_CONTEXT}
    stage = stages.load(name, context=given)
    bundle = bundling.bundle(stage, root=ROOT, out=Path(app.outdir) / "bundle")
    stack = EaselStack(app, stage=stage, bundle=bundle)
    if stage.edge:
        stack.behind_an_edge(app, stage)
    app.synth()


try:
    main()
except (stages.StageError, bundling.BundlingError) as problem:
    sys.exit(f"easel: {problem}")
