"""Looks at a device from outside, for whoever sets it up or has to mend it.

Everything here reads and changes nothing: it may run beside the device, before its first
start, or where half of it is missing. What is not there is something to tell, never an error.

================  ================================================================
``findings``      what a look ends with: a verdict, a sentence, the fix
``scene``         what every look needs: the configuration, the time, how to open a machine
``machine``       profile, port, controller, pins; ``heard``: what a machine says meanwhile
``household``     the owner's word
``foundations``   clock, disk, store, write budget
``belongings``    permissions, identity, desk, certificate
``broker``        the way to the broker
``examination``   all of it, in order: ``demitasse check``
``bundle``        what support may have of it: ``demitasse diag``
``facts``         the facts in that bundle, from an allow list; ``log_facts``: of the log
``letter``        what is in it and what is not, in two languages
================  ================================================================
"""
