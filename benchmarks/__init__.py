"""How fast dlcat is, measured with pytest-benchmark; see docs/performance.md."""
