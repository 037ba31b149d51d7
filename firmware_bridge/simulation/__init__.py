"""Machines where there is none: the controller's twin, physics, other makes, bad lines.

=====================  ===================================================
``twin``               the firmware of the reference controller, in Python
``twin_sensing``       its pins: temperature, level, tank switch
``twin_dose``          its load cell
``twin_brewing``       its brews
``twin_memory``        its counters, kept through power cuts
``simulated_machine``  a coffee machine around that twin
``boiler``             its boiler
``simulated_makes``    machines of other makes, by what their lines say
``misbehaving``        any of them on a bad line
``pty_machine``        a machine on a real pty
``typical``            what a machine usually says
=====================  ===================================================
"""
