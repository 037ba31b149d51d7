// Frames as they travel: COBS(payload, CRC-16 low byte first), then a zero.
//
// PROTOCOL.md is the source; the numbers below are its table of types.
#ifndef FRAMES_H
#define FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#define PROTOCOL_MAJOR 1
#define PROTOCOL_MINOR 1

#define PAYLOAD_BYTES_MAX 48
#define CRC_BYTES 2
#define ENCODED_BYTES_MAX (PAYLOAD_BYTES_MAX + CRC_BYTES + 1)
#define FRAME_BYTES_MAX (ENCODED_BYTES_MAX + 1)
#define HEADER_BYTES 7

enum frame_type {
    FRAME_HELLO = 0x01,
    FRAME_KEEPALIVE = 0x02,
    FRAME_SAMPLE = 0x03,
    FRAME_BREW_STARTED = 0x04,
    FRAME_BREW_FINISHED = 0x05,
    FRAME_COUNTERS = 0x06,
    FRAME_HELLO_REQUEST = 0x81,
};
#define HELLO_REQUEST_BODY_BYTES 2

// A payload under construction, or one that has arrived. All numbers are little-endian.
struct payload {
    uint8_t bytes[PAYLOAD_BYTES_MAX];
    uint8_t length;
};

void payload_put_u8(struct payload *payload, uint8_t value);
void payload_put_u16(struct payload *payload, uint16_t value);
void payload_put_u32(struct payload *payload, uint32_t value);

// Writes `payload` as a frame of at most FRAME_BYTES_MAX bytes; returns how many.
uint8_t frame_write(const struct payload *payload, uint8_t *frame);

// Finds payloads in a stream that may begin, break or lie anywhere. It never holds more
// than one frame; damage is dropped and counted.
struct frame_decoder {
    uint8_t held[ENCODED_BYTES_MAX];
    uint8_t length;
    bool overlong;
    uint16_t frames_ok;
    uint16_t frames_bad;
};

void frame_decoder_start(struct frame_decoder *decoder);

// Takes one byte. True: it completed a frame, whose payload is now in `payload`.
bool frame_decoder_receive(struct frame_decoder *decoder, uint8_t byte,
                           struct payload *payload);

#endif
