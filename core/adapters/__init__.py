"""Formats that others already speak, turned into our own elements.

The payload says which it is, the topic says which stream is wanted. Those whose
messages are single objects are told apart in `objects`; SenML, whose records
lean on one another, is `senml`. No field is lost: what a format says beyond our
vocabulary stays, as it was, under the format's name, and so reaches `extra`.
See ADR 0004.
"""
