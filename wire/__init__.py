"""The contract: everything that crosses between the bridge, the agent and the desk.

The three other packages know this one and never each other. Nothing here opens a
file, a socket or a port, and nothing here reads a clock.

===================  =============================================================
``stamps``           when something happened: UTC, monotonic, boot, synchronised?
``readings``         what a machine tells (bridge → agent)
``facts``            what the agent knows about a change and about the machine
``words``            those facts as sentences, in French and English
``phrases``          the tables of those sentences; ``check_phrases``: of the device check
``messages``         what leaves the house and what comes back: closed schemas
``schema``           strict decoding of a closed schema
``sealing``          signed, sealed, one size: the envelope of every message
``keys``             the keys that sealing needs, as bytes and back
``enrolment``        what introduces device and desk to each other
``certificates``     what a certificate must be to count
``topics``           where an envelope travels
``owner``            the light and the button beside the machine (bridge ↔ agent)
``options``          how all three packages read their TOML files
===================  =============================================================
"""
