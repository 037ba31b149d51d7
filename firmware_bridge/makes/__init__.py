"""The drivers of machines on the market, which listen or ask and never command.

==================  ========================================================
``jura_v1``         the driver of Jura machines, polled, read-only
``jura_lines``      the lines of a Jura, of which each byte carries two bits
``jura_requests``   all that may be sent to a Jura
``jura_map``        what the registers of a Jura model mean
``philips_2200``    the driver of the Philips 2200 and 3200, by their lamps
``philips_5400``    the driver of the Philips 5400
``lelit_gicar``     the driver of the Lelit Bianca and Elizabeth
``lelit_marax``     the driver of the Lelit MaraX
``gicar_inverted``  its frames, where the wiring did not turn them round
``decent_de1``      the driver of the Decent DE1
==================  ========================================================
"""
