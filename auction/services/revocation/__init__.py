"""What the authorities say of certificates since: fetched, taken in, and what ends by it."""
