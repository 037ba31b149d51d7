"""On the Pi: from readings to a question at home and, if need be, an alert.

In the order of the data:

===============  ==================================================================
``learning``     readings become brews, brews a routine, and a routine may change
``checks``       is the machine sound? What is known of its faults
``asking``       what happens to a concern: asked at home first, answered, let go
``consent``      the gate: may this be learned, may this leave the house?
``consents``     the owner's file, its records, and what taking a yes back takes along
``delivery``     what leaves the house and comes back: written, sealed, kept, signed for
``identity``     who this device is, whose it is, and what lets it in
``giving_back``  what the owner gets to see, to take away and to have erased
===============  ==================================================================

What holds them together:

===================  ==============================================================
``main``             the ``demitasse`` command; wires bridge and agent
``commands``         what the words after ``demitasse`` do
``page``             the owner's page: a process of its own
``diagnosis``        ``demitasse check`` and ``demitasse diag``
``running``          ``demitasse run``; ``service_manager`` hears that it is alive
``assembly``         settings in, a device out
``device``           the loop: follow consent, observe, care, serve, send
``office``           what every matter passes through on its way to somebody else
``store``            SQLite; its tables: ``ledger``, ``memory``, ``delivery.outbox``
``settings``         what the operator configured; ``notices``: what an owner reads
``journal``          what the agent tells about itself; ``clock``: the kernel's
``durable_file``     writes a small file whole or not at all
===================  ==============================================================

In each package the core takes values and returns values; what touches a disk, a network or a
clock says so in its first line.
"""
