"""For the demonstration, rehearsals and tests only: an authority that anybody may have, and keys
that follow from a seed.

- the authority: authority, its certificates and lists signed by signing
- a folder of keys to try: folder, its key files by pkcs12 and pkcs12_legacy
- keys from a seed: derived
"""
