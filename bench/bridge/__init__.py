"""A stand-in for a vendor's UKey program, to develop and test pages without hardware.

It speaks the contract of docs/ukey-bridge.md over a WebSocket on loopback, with keys from .pfx
files in the place of a token's. Its PIN window is imagined: the PIN is typed by itself after a
delay, rightly or, on request, wrongly.
"""
