"""What others would write: the peers that benchmarks are measured beside."""
