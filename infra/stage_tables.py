"""Tables of a stage that are about AWS alone, as typed values."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Retention(BaseModel):
    """How long things are kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    protect: bool = True
    log_days: Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731] = 30
    image_days: int | None = Field(default=None, ge=1)
    deleted_days: int = Field(default=30, ge=1)


class Gateway(BaseModel):
    """How much the gateway lets through."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    requests_per_second: int = Field(default=100, ge=1)
    burst: int = Field(default=200, ge=1)
    requests_per_address: int = Field(default=3_000, ge=10)  # in five minutes; the firewall's rule


class Edge(BaseModel):
    """A public address of one's own in front of the gateway, by CloudFront."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    domain: str = Field(pattern=r"^[a-z0-9.-]+\.[a-z]{2,}$", description="a domain such as images.example.com")
    certificate: str = Field(
        pattern=r"^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate/[0-9a-f-]+$",
        description="the ARN of a certificate of ACM in us-east-1",
    )
