"""Statistics of samples and audits: pure functions on numbers and arrays."""
