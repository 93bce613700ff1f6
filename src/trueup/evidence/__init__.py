"""Reality → `Snapshot`: transports reach a host, collectors read what it prints, and a store keeps the result."""
