"""Which entries of a registry are artifacts about an image, and not images.

Tags that name what is attached to a digest are those of the OCI Distribution specification's
referrers fallback (`sha256-<hex>`) and of cosign (the same with .sig, .att or .sbom).
https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema
"""

from __future__ import annotations

import re

from catalog.references import is_tag

_REFERRERS_TAG = re.compile(r"sha256-[0-9a-f]{64}(?:\.(?:sig|att|sbom))?")
_IMAGE_CONFIG_TYPES = frozenset(
    {
        "application/vnd.docker.container.image.v1+json",
        "application/vnd.oci.image.config.v1+json",
    }
)


def is_image_tag(text: str) -> bool:
    """Tell whether `text` is a tag by its grammar, and one that names an image."""
    return is_tag(text) and _REFERRERS_TAG.fullmatch(text) is None


def is_image_config(media_type: str) -> bool:
    """Tell whether a manifest with this config media type is an image's.

    Empty is one: manifest lists and old manifests state none. SOCI indexes
    (`application/vnd.amazon.soci.index.v1+json`), charts and the like are not.
    """
    return not media_type or media_type in _IMAGE_CONFIG_TYPES
