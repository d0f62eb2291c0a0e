"""The same images API as Azure serves it: a deployment in the path, a version in the query, another header's key."""

import re
from typing import Any

from local.standins import openai_rules as rules
from local.standins.exchange import Call, Drawing, Heard, Reply
from local.standins.forms import File, form
from local.standins.script import Turn
from local.standins.wires.openai import OpenAI

PATH = re.compile(r"/openai/deployments/([^/]+)/images/(generations|edits)")
SAME_WORDS = {"moderation", "safety_identifier", "response_format"}  # which Azure does not know
MODEL = "gpt-image-2"  # behind every deployment


class Azure(OpenAI):
    """The wire at Azure's paths."""

    def look(self, heard: Heard) -> Reply | None:
        """Nothing to look at."""
        return None

    def hear(self, heard: Heard) -> Call | None:
        """A request for images."""
        found = PATH.fullmatch(heard.path)
        if found is None:
            return None
        if found[2] == "edits":
            words, files = form(heard.body, heard.headers.get("content-type") or "")
        else:
            words, files = self._json(heard), list[File]()
        return self._call(words, files, found[1])

    def fault(self, call: Call, turn: Turn) -> Reply | None:
        """Where Azure says something else than OpenAI."""
        if turn.do == "no_model":
            raise rules.WireError(404, "The API deployment does not exist.", code="DeploymentNotFound")
        if turn.do == "refuse":
            raise rules.WireError(400, "The response was filtered.", code="content_policy_violation")
        if turn.do == "bad_key":
            raise rules.WireError(401, "Access denied due to invalid subscription key.", code="401")
        return super().fault(call, turn)

    def check(self, heard: Heard, call: Call) -> Drawing:
        """A request as it is understood."""
        if not heard.headers.get("api-key"):
            raise rules.WireError(401, "Access denied due to missing subscription key.", code="401")
        if not heard.query.get("api-version"):
            raise rules.WireError(404, "Resource not found", code="404")
        if unknown := SAME_WORDS & set(call.words):
            raise rules.WireError(400, f"Unknown parameter: '{min(unknown)}'.", code="unknown_parameter")
        words: dict[str, Any] = {**call.words, "model": MODEL}
        if words.get("output_format") == "webp":
            raise rules.WireError(400, "Supported formats are png and jpeg.", code="invalid_value")
        return self._asked(call, words, edit=heard.path.endswith("edits"))


WIRE = Azure()
