"""What is trusted: the authorities, the store that a worker judges by, and changes to it."""
