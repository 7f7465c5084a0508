"""Certificates and signatures: who signed, and exactly what was signed.

Nothing here reads a clock, a table or a request: time and expected values are passed in.

- keys: keys, sm2/
- a certificate counts or not: chain (start here), paths, path_checks, issuing
- revocation: revocation, crl, ocsp
- what is signed: statement, challenge
- what a certificate or a file says: subject, organisation, inspection, files, examination
- for the demonstration, rehearsals and tests only: demo/, softkey
- beside certificates: sealing (who is who, kept secret), private_files
"""
