"""Serial ports as sources of readings.

=================  ===========================================================
``serial_source``  a serial port as a source of readings
``two_ports``      two of them, for a machine that is listened to on two lines
=================  ===========================================================
"""
