"""Signing in, being signed in, and the end of it."""
