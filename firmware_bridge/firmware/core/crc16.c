#include "crc16.h"

#include <stdbool.h>

// Bit by bit: a table would cost 512 bytes of flash to save a millisecond an hour.
uint16_t crc16(const uint8_t *data, uint8_t length)
{
    uint16_t crc = 0xFFFF;
    for (uint8_t i = 0; i < length; i++) {
        crc = (uint16_t)(crc ^ (uint16_t)((uint16_t)data[i] << 8));
        for (uint8_t bit = 0; bit < 8; bit++) {
            const bool carry = (crc & 0x8000U) != 0;
            crc = (uint16_t)(crc << 1);
            if (carry)
                crc ^= 0x1021U;
        }
    }
    return crc;
}
