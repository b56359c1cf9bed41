"""FHIR R4 (4.0.1): the directory, referrals and consents as resources; and transactions and Tasks, read. Pure.

The input is the caller's own view, of HSDS or of a party: no right of a caller is decided here.
"""
