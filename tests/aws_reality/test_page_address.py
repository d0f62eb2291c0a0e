"""The page below a gateway's stage: its files are named relative to it, so its address must end in a slash."""

from urllib.parse import urljoin

from infra.api import STAGE
from tests.support.templates import Reading, text


def test_the_printed_address_of_the_page_leads_its_files_below_the_gateways_stage(prod: Reading) -> None:
    printed = text(prod.template["Outputs"]["Page"]["Value"])
    public = text(prod.template["Outputs"]["PublicUrl"]["Value"])

    assert urljoin(printed, "web/page.js") == f"{public}/web/page.js"
    assert urljoin(public, "web/page.js") != f"{public}/web/page.js"  # which is why the page's own address is printed
    assert public.endswith(f"/{STAGE}")
