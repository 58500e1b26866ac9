"""The catalog of container images: what is known of them, from where, and how to ask."""
