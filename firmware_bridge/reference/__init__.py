"""The reference protocol, version 1 (``PROTOCOL.md``): driver, frames, payloads, line.

==========  ====================================
``driver``  the driver of the reference protocol
``frames``  the frames of the reference protocol
``codec``   those frames as payloads
``line``    those payloads as they travel
``cobs``    their byte stuffing
==========  ====================================
"""
