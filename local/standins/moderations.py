"""OpenAI's moderation endpoint, played by a stand-in: low scores, or what the script says."""

import json
import uuid

from local.standins.exchange import Heard, Reply, as_json
from local.standins.openai_rules import MODERATED
from local.standins.script import Stage

PATH = "/v1/moderations"


def moderated(heard: Heard, stage: Stage) -> Reply:
    """Scores as OpenAI gives them."""
    words = json.loads(heard.body)
    turn = stage.next(json.dumps(words.get("input"), ensure_ascii=False), moderation=True)
    if turn.do == "unmoderated":
        return as_json({"error": {"message": "The server had an error.", "type": "server_error", "code": None}}, 500)
    flagged = turn.do == "flag"
    result = {
        "flagged": flagged,
        "categories": dict.fromkeys(MODERATED, flagged),
        "category_scores": dict.fromkeys(MODERATED, 0.99 if flagged else 0.01),
        "category_applied_input_types": {name: ["text"] for name in MODERATED},
    }
    return as_json({"id": f"modr-{uuid.uuid4().hex}", "model": words.get("model"), "results": [result]})
