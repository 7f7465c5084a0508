"""The stand-alone verifier of a sale's evidence: `python -m auction.verifier BUNDLE --trust FILE`.

A second implementation of docs/SPEC.md. It imports nothing else of this project, so that one
mistake cannot hide in both; the folder can be copied away and run with `cryptography` alone
(`rfc3161-client` where there are timestamps).
"""
