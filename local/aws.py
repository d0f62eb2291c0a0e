"""The emulator as AWS clients and the CDK command line see it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

ACCOUNT, REGION = "000000000000", "us-east-1"
STRAYS = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE")


@dataclass(frozen=True)
class Emulated:
    """The emulator of one stage; with a certificate it speaks TLS alone."""

    port: int
    certificate: Path | None = None

    @property
    def url(self) -> str:
        """Its one address for every service."""
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    def environment(self, base: Mapping[str, str] = os.environ) -> dict[str, str]:
        """An environment in which AWS is the emulator, whatever this machine is signed in to."""
        kept = {key: value for key, value in base.items() if key not in STRAYS and not key.startswith("AWS_ENDPOINT")}
        return {
            **kept,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str, *, seconds: float = 60) -> Any:
        """A boto3 client of one service."""
        config = Config(connect_timeout=5, read_timeout=seconds, retries={"total_max_attempts": 1})
        session = boto3.session.Session(
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - the emulator takes any
            region_name=REGION,
        )
        verify = str(self.certificate) if self.certificate else None
        return session.client(service, endpoint_url=self.url, config=config, verify=verify)  # type: ignore[call-overload]
