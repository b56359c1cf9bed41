"""FHIR R4 (4.0.1): the directory, referrals and consents as resources, and what is sent as resources read. Pure.

Nothing here asks who a caller is: what goes in is what the caller may see, in HSDS or in a party's own view.
"""
