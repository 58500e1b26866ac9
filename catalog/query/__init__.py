"""Questions to the catalog: what is wanted, which images have it, and in which order."""
