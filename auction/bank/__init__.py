"""What a bank tells us and what follows from it: pure functions without people or pages."""
