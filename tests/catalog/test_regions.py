"""Regions and registry hosts, against botocore's own partitions and the SDK's tables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import botocore.loaders
import botocore.regions
import pytest

from catalog.references import ECR_HOST
from catalog.regions import dns_suffix, ecr_host, is_region

DATA = Path(__file__).parents[2] / "data"


def partitions() -> dict[str, Any]:
    """Region -> its partition in botocore's endpoint rules, pseudo regions left out."""
    loaded = botocore.loaders.create_loader().load_data("partitions")
    return {
        region: partition
        for partition in loaded["partitions"]
        for region in partition["regions"]
        if not region.endswith("-global")
    }


def regions_of_the_tables() -> set[str]:
    texts = (path.read_text("utf-8") for path in (DATA / "image_uri_config").glob("*.json"))
    return {
        region for text in texts for region in re.findall(r'"([a-z-]+-[0-9]+)": "[0-9]{12}"', text)
    }


def test_every_region_of_botocore_has_its_partitions_domain() -> None:
    known = partitions()
    assert len(known) >= 45
    for region, partition in known.items():
        assert is_region(region)
        assert dns_suffix(region) == partition["outputs"]["dnsSuffix"], region


def test_every_region_of_the_sdks_tables_has_the_host_that_botocore_gives() -> None:
    endpoints = botocore.loaders.create_loader().load_data("endpoints")
    resolver = botocore.regions.EndpointResolver(endpoints)
    known = regions_of_the_tables()
    assert len(known) == 42
    for region in known:
        endpoint = resolver.construct_endpoint("ecr", region)
        host = ecr_host("123456789012", region)
        assert is_region(region)
        assert host == f"123456789012.dkr.{endpoint['hostname']}"
        parts = ECR_HOST.fullmatch(host)
        assert parts is not None
        assert (parts["account"], parts["region"]) == ("123456789012", region)


@pytest.mark.parametrize("text", ["", "us-west", "west-2", "US-WEST-2", "us-west-2a", "aws-global"])
def test_what_is_no_region_is_not_taken_for_one(text: str) -> None:
    assert not is_region(text)
