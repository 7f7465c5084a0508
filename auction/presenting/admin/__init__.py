"""What the security officers read: the trust store, the staff, and the changes to both."""
