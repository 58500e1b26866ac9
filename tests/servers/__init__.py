"""Real servers for tests: moto's AWS, Debian's docker-registry, and fronts before them."""
