"""Builds the Debian package of the device, and the papers that go with it.

``targets``  which machines it is for, and which wheels run there
``payload``  everything that will be under ``/opt/demitasse``, laid out in a folder
``papers``   what is made from the code and the lock: man page, completion, bill of materials
``deb``      folder and papers, packed by nFPM
"""
