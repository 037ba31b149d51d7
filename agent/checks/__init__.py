"""The rooms of the device check: one part of the machine each.

==============  ===============================================================
``room``        what a room is, and the words all of them use
``limits``      what this machine does when it is well, and what it can tell
``link``        whether it is heard without gaps
``clock``       whether the device knows the time
``controller``  whether it restarts by itself, told apart from the mains switch
``tank``        whether the tank switch agrees with level and flow
``water``       whether the water that left the tank is the water that flowed
``flow``        whether pump and flow meter agree, and the flow is as it should be
``heating``     whether it warms up in time, and stops
``temperature`` whether the thermometer can be believed
``self_report`` what the machine says about itself, weighed
``scale``       whether warming up takes longer from week to week
==============  ===============================================================

``agent.checks.device_check`` asks each of them and adds nothing of its own.
"""
