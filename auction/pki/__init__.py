"""Certificates and signatures: who signed, and exactly what was signed.

Nothing here reads a clock, a table or a request: time and expected values are passed in.
"""
