"""AWS regions: which exist, and the host of ECR in each."""

from __future__ import annotations

import re

_REGION = re.compile(r"[a-z]{2,5}(?:-[a-z]+){1,2}-[0-9]{1,2}")

_DNS_SUFFIX = (
    # Partition of a region by its prefix, as botocore's endpoints.json has them.
    ("cn-", "amazonaws.com.cn"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("us-iso-", "c2s.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("eusc-", "amazonaws.eu"),
)


def is_region(text: str) -> bool:
    """Tell whether `text` has the form of a region's name; it need not exist."""
    return _REGION.fullmatch(text) is not None


def dns_suffix(region: str) -> str:
    """Give the domain under which AWS keeps the services of `region`."""
    for prefix, suffix in _DNS_SUFFIX:
        if region.startswith(prefix):
            return suffix
    return "amazonaws.com"


def ecr_host(account: str, region: str) -> str:
    """Give the host of an account's private registry in a region."""
    return f"{account}.dkr.ecr.{region}.{dns_suffix(region)}"
