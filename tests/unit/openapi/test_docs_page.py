"""The documentation page shows all of the document, and its policy lets it do nothing else."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from easel.http import problems
from easel.openapi import docs_page, schema_tables
from easel.openapi.response_headers import HEADERS
from tests.support.promises import document

PAGE = docs_page.page(document())


class Seen(HTMLParser):
    """What a browser would take from the page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.contents: list[str] = []
        self._in_contents = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_contents = self._in_contents or tag == "nav"
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        found = {name: value or "" for name, value in attrs}
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"]] if "href" in found else []
        self.contents += [found["href"]] if "href" in found and self._in_contents else []

    def handle_endtag(self, tag: str) -> None:
        self._in_contents = self._in_contents and tag != "nav"


@pytest.fixture(scope="module")
def seen() -> Seen:
    page = Seen()
    page.feed(PAGE)
    return page


def test_the_policy_allows_this_style_sheet_and_nothing_else(seen: Seen) -> None:
    [style] = re.findall(r"<style>(.*?)</style>", PAGE, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert f"style-src 'sha256-{digest}'" in docs_page.POLICY
    assert docs_page.POLICY.startswith("default-src 'none';")
    assert "unsafe" not in docs_page.POLICY
    assert not seen.tags & {"script", "link", "img", "iframe", "form", "object", "embed", "base"}
    assert not {name for name in seen.attributes if name.startswith("on") or name in {"style", "src"}}


def test_every_link_leads_to_one_place_on_the_page(seen: Seen) -> None:
    assert {link for link in seen.links if not link.startswith("#")} == {"openapi.json"}
    assert {link[1:] for link in seen.links if link.startswith("#")} <= set(seen.ids)
    assert len(seen.ids) == len(set(seen.ids))


def test_the_table_of_contents_has_every_operation_every_command_and_every_part(seen: Seen) -> None:
    operations = [each["operationId"] for methods in document()["paths"].values() for each in methods.values()]
    commands = [name for known in document()["x-easel-commands"].values() for name in known]

    wanted = [f"#operation-{name}" for name in operations] + [f"#command-{name}" for name in commands]

    assert seen.contents[: len(wanted)] == wanted
    assert set(seen.contents) - set(wanted) == {"#credentials", "#commands", "#headers", "#errors", "#schemas"}


def part(name: str) -> str:
    """What is shown of one operation."""
    return PAGE.partition(f"<section id='operation-{name}'>")[2].partition("</section>")[0]


def test_every_operation_shows_its_headers_its_refusals_and_code_in_three_languages() -> None:
    for methods in document()["paths"].values():
        for told in methods.values():
            shown = part(told["operationId"])
            for answer in told["responses"].values():
                for header in answer["headers"] if answer is not told["responses"]["default"] else ():
                    assert f"href='#header-{header}'" in shown, (told["operationId"], header)
                for code in answer.get("content", {}).get(problems.MEDIA_TYPE, {}).get("examples", {}):
                    assert f"href='#{code}'" in shown or code == "not_found", (told["operationId"], code)
            for language in ("curl", "Python", "JavaScript"):
                assert f"<summary>{language}</summary>" in shown, told["operationId"]


def test_answers_are_shown_as_they_were_given() -> None:
    assert "Example: <code>202</code> accepted" in part("startJob")
    assert "&quot;statusUrl&quot;: &quot;https://images.example/" in part("startJob")
    assert "gpt-image-2" in part("listModels")


def test_every_command_shows_the_fields_of_its_request_and_of_its_answer() -> None:
    shown = PAGE.partition("<section id='command-start_job'>")[2].partition("</section>")[0]

    for words in ("<code>idempotencyKey</code>", "required", "#schema-StartedView", "<summary>Event</summary>"):
        assert words in shown


def test_headers_and_codes_are_all_told() -> None:
    for name in HEADERS:
        assert f"id='header-{name}'" in PAGE
    for code in problems.ANSWERS:
        assert f"<tr id='{code}'>" in PAGE


def test_no_mark_of_the_text_is_left_over() -> None:
    text = re.sub(r"<pre>.*?</pre>|<style>.*?</style>", "", PAGE, flags=re.DOTALL)

    assert "`" not in text
    assert "**" not in text


def test_what_others_wrote_is_text_and_never_markup() -> None:
    assert (
        schema_tables.prose("a <b> & `<i>` and **<u>**")
        == "a &lt;b&gt; &amp; <code>&lt;i&gt;</code> and <b>&lt;u&gt;</b>"
    )
    assert schema_tables.paragraphs("one\n\ntwo") == "<p>one</p><p>two</p>"
