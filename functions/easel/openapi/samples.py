"""An operation as code: the request of its example by curl, in Python and in JavaScript."""

import json
import shlex
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

LANGUAGES = ("curl", "Python", "JavaScript")
TOKEN = "EASEL_TOKEN"  # noqa: S105 - the environment variable that samples read, not what it holds
SHOWN = {"Idempotency-Key", "Prefer"}  # headers that may be left out, and are worth showing
REDIRECTS = "302"


class SampleRequest(NamedTuple):
    """What a sample sends; `json` is None without a body, `file` says that what comes is a picture."""

    method: str
    url: str
    headers: Mapping[str, str]
    signed: bool
    json: Any
    file: bool
    answers_json: bool


def request(document: Mapping[str, Any], path: str, method: str) -> SampleRequest:
    """The request of an operation's example: what it must have, and what most should have."""
    operation = document["paths"][path][method]
    named: list[Mapping[str, Any]] = operation.get("parameters", [])
    for each in named:
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", quote(_value(each)))
    query = {each["name"]: _value(each) for each in named if each["in"] == "query" and each["required"]}
    headers = [each for each in named if each["in"] == "header" and (each["required"] or each["name"] in SHOWN)]
    bodies = operation.get("requestBody", {}).get("content", {})
    successes = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    return SampleRequest(
        method=method.upper(),
        url=document["servers"][0]["url"] + path + (f"?{urlencode(query)}" if query else ""),
        headers={each["name"]: _value(each) for each in headers},
        signed=any("bearer" in each for each in operation.get("security", ())),
        json=_example(bodies.get("application/json", {})) if bodies else None,
        file=REDIRECTS in operation["responses"],
        answers_json=any("application/json" in answer.get("content", {}) for answer in successes),
    )


def _value(parameter: Mapping[str, Any]) -> str:
    return str(parameter.get("example", parameter["name"]))


def _example(content: Mapping[str, Any]) -> Any:
    return next((each["value"] for each in content.get("examples", {}).values()), {})


def samples(made: SampleRequest) -> dict[str, str]:
    """The same request in each of the languages."""
    return dict(zip(LANGUAGES, (_curl(made), _python(made), _javascript(made)), strict=True))


def _curl(made: SampleRequest) -> str:
    words = [f"curl {'-L -o picture.png ' if made.file else ''}-X {made.method} {shlex.quote(made.url)}"]
    if made.signed:
        words.append(f'-H "Authorization: Bearer ${TOKEN}"')
    words += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in made.headers.items()]
    if made.json is not None:
        words.append("-H 'Content-Type: application/json'")
        words.append(f"-d {shlex.quote(json.dumps(made.json, ensure_ascii=False))}")
    return " \\\n  ".join(words)


def _python(made: SampleRequest) -> str:
    headers = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in made.headers.items()]
    if made.signed:
        headers.insert(0, f'"Authorization": f"Bearer {{os.environ[\'{TOKEN}\']}}"')
    parts = [json.dumps(made.url)]
    parts += [f"headers={{{', '.join(headers)}}}"] if headers else []
    parts += [f"json={made.json!r}"] if made.json is not None else []
    parts.append("timeout=60")
    listed = "".join(f"    {part},\n" for part in parts)
    shown = "answer.json()" if made.answers_json else "answer.headers"
    last = "open('picture.png', 'wb').write(answer.content)" if made.file else f"print({shown})"
    imports = "import os\n\nimport requests\n" if made.signed else "import requests\n"
    called = f"answer = requests.{made.method.lower()}(\n{listed})\n"
    return f"{imports}\n{called}answer.raise_for_status()\n{last}"


def _javascript(made: SampleRequest) -> str:
    headers = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in made.headers.items()]
    if made.json is not None:
        headers.insert(0, '"Content-Type": "application/json"')
    if made.signed:
        headers.insert(0, f"Authorization: `Bearer ${{process.env.{TOKEN}}}`")
    options = [f'method: "{made.method}"']
    options += [f"headers: {{ {', '.join(headers)} }}"] if headers else []
    if made.json is not None:
        options.append(f"body: JSON.stringify({json.dumps(made.json, ensure_ascii=False)})")
    listed = "".join(f"  {option},\n" for option in options)
    shown = "await answer.json()" if made.answers_json else "answer.headers"
    last = "const picture = await answer.blob();" if made.file else f"console.log({shown});"
    called = f"const answer = await fetch({json.dumps(made.url)}, {{\n{listed}}});\n"
    return f"{called}if (!answer.ok) throw new Error((await answer.json()).detail);\n{last}"
