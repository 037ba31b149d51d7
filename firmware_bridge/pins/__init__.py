"""The pins of a Raspberry Pi: bare sensors as a source of readings, light and button.

====================  ========================================================
``gpio_source``       bare sensors on the pins of a Pi as a source of readings
``bare_machine``      what those sensors show becomes readings
``bare_sensors``      which of them a profile names
``analogue``          temperature, pressure and level from voltages
``flow_meter``        water from pulses, and when some were lost
``water_brew``        brews from water and pressure
``light_and_button``  the light and the button on the pins of a Pi
``claim``             claims a pin, or says why that cannot be
``button_hold``       what a press is going to mean while it lasts
``counted_light``     numbers as a light can tell them
====================  ========================================================
"""
