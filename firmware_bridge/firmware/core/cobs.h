// Consistent Overhead Byte Stuffing: bytes without a zero, so that zero can end a frame.
//
// Frames here are short, so the rule for runs of 254 bytes and more is left out: the code
// byte 0xFF is longer than any frame and is taken for the damage that it is.
#ifndef COBS_H
#define COBS_H

#include <stdbool.h>
#include <stdint.h>

// Writes `length` + 1 bytes to `encoded` and returns that number. `length` is below 254.
uint8_t cobs_encode(const uint8_t *data, uint8_t length, uint8_t *encoded);

// Writes `length` - 1 bytes to `data`, which may be `encoded` itself. False: these bytes
// are the encoding of nothing, and `data` holds no meaning.
bool cobs_decode(const uint8_t *encoded, uint8_t length, uint8_t *data);

#endif
