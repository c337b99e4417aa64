"""Where frames come from: one module a kind of source, and `open_feed` that chooses.

This and `vision.source` are the only code of vision that waits for a camera, a disk or a socket.
"""
