// CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF, not reflected. "123456789" gives
// 0x29B1. It finds every burst of damage of up to 16 bits, which is what a UART suffers.
#ifndef CRC16_H
#define CRC16_H

#include <stdint.h>

uint16_t crc16(const uint8_t *data, uint8_t length);

#endif
