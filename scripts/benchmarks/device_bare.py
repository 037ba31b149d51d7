"""The least that carries a line from a serial port to MQTT: what the device is compared with.

    python device_bare.py PORT BROKER_PORT

No store, no consent, no seal, no routine: pyserial reads a line, paho sends it.
"""

import sys

import paho.mqtt.client as mqtt
import serial
from paho.mqtt.enums import CallbackAPIVersion


def main() -> None:
    """Carry lines until it is ended."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    client.connect("127.0.0.1", int(sys.argv[2]))
    client.loop_start()
    with serial.Serial(sys.argv[1], 115200) as port:
        while True:
            client.publish("bare/line", port.readline().strip(), qos=1)


if __name__ == "__main__":
    main()
