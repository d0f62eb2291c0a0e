"""What a receiver in JavaScript makes of our signatures: the standard's own library, from npm."""

import base64
import json
import random
from pathlib import Path

from easel.webhooks import signing
from local import tools
from tests.interface.programs import installed, run_node
from tests.simulation import webhook_forgeries

SECRET = signing.written(webhook_forgeries.secret_of_the_endpoint())
RECEIVER = """
const { readFileSync } = require("node:fs");
const { Webhook } = require("standardwebhooks");
for (const each of JSON.parse(readFileSync(process.argv[2], "utf8"))) {
  try {
    console.log(new Webhook(process.argv[3]).verify(Buffer.from(each.body, "base64"), each.headers).type);
  } catch (error) {
    console.log("refused");
  }
}
"""


def test_the_standards_library_for_javascript_takes_what_is_genuine_and_nothing_else(tmp_path: Path) -> None:
    lot = random.Random(7)  # noqa: S311 - the same lot every time
    sent = [webhook_forgeries.genuine(1, sabotage=False)]
    sent += [each for number in range(50) for each in webhook_forgeries.forgeries(number, lot)]
    requests = [{"headers": dict(each.headers), "body": base64.b64encode(each.body).decode()} for each in sent]
    (tmp_path / "requests.json").write_text(json.dumps(requests), "utf-8")
    (tmp_path / "receiver.cjs").write_text(RECEIVER, "utf-8")
    (tmp_path / "node_modules").symlink_to(installed() / "node_modules")

    done = run_node(tools.node().binary, "receiver.cjs", "requests.json", SECRET, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["job.succeeded"] + ["refused"] * (len(sent) - 1)
