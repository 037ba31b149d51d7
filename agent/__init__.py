"""On the Pi: from readings to a question at home and, if need be, an alert.

The core takes values and returns values:

==================  ==============================================================
``brews``           readings → brews
``exposure``        when could a brew have been seen?
``device_check``    is the machine sound?
``routine``         what is usual here, and has it changed? (``observed_days``,
                    ``baseline``, ``departures``, ``budget``)
``concerns``        what to do about a change: the table, and which move is due
``grace``           how long has the question waited?
``consent``         may this leave the house? (``consent_file``, ``notices``)
``settings``        what the operator configured
==================  ==============================================================

The shell does what it is told:

==================  ==============================================================
``main``            the ``demitasse`` command; wires bridge and agent
``assembly``        settings in, a device out
``device``          the loop: follow consent, observe, care, serve, send
``observer``        keeps what was seen, and the routine, between steps and restarts
``care``            sees a concern through
``service``         takes a fault to a technician
``letters``         writes the messages
``mailroom``        slots, acknowledgements, what comes back
``publisher``       MQTT
``consent_keeper``  keeps file and ledger in agreement
``store``           SQLite; its tables: ``ledger``, ``outbox``, ``memory``
``key_files``       the device's keys, the pinned desk
``durable_file``    writes a small file whole or not at all
``clock``           the kernel's
``journal``         what the agent tells about itself
``history``         reads recorded histories; ``backtest`` replays them
``home_report``     ``demitasse status``; ``consent_report``: ``demitasse consent show``
==================  ==============================================================
"""
