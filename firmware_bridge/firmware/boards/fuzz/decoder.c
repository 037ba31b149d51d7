// libFuzzer: any bytes at all, as the line, the memory and the pins bring them.
// `make fuzz && build/fuzz-decoder`.
//
// Beyond what the sanitizers see, it insists that what decodes encodes to the same bytes,
// that no bytes make a tick send more than fits, and that no write misses the memory.
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/cobs.h"
#include "../../core/controller.h"

static void must(bool truth)
{
    if (!truth)
        abort();
}

static void check_round_trip(const struct payload *payload)
{
    struct frame_decoder decoder;
    struct payload again;
    uint8_t frame[FRAME_BYTES_MAX];
    must(payload->length > 0 && payload->length <= PAYLOAD_BYTES_MAX);
    const uint8_t length = frame_write(payload, frame);
    frame_decoder_start(&decoder);
    for (uint8_t i = 0; i + 1 < length; i++)
        must(!frame_decoder_receive(&decoder, frame[i], &again));
    must(frame_decoder_receive(&decoder, frame[length - 1], &again));
    must(again.length == payload->length);
    must(memcmp(again.bytes, payload->bytes, again.length) == 0);
}

// What decodes is the one encoding of its data, and not a byte beyond the input was read.
static void check_cobs(const uint8_t *encoded, size_t length)
{
    uint8_t data[ENCODED_BYTES_MAX];
    uint8_t again[ENCODED_BYTES_MAX + 1];
    if (length > ENCODED_BYTES_MAX || !cobs_decode(encoded, (uint8_t)length, data))
        return;
    must(cobs_encode(data, (uint8_t)(length - 1), again) == length);
    must(memcmp(again, encoded, length) == 0);
}

// What stands in the memory, on the pins and on the line is all made of the same bytes.
static void check_life(const uint8_t *data, size_t size)
{
    static const struct identity IDENTITY = { .serial = "FUZZ", .capabilities = 0xFFFF };
    struct controller controller;
    struct memory_write write;
    struct outgoing out;
    uint8_t image[MEMORY_BYTES] = { 0 };
    memcpy(image, data, size < MEMORY_BYTES ? size : MEMORY_BYTES);
    controller_start(&controller, &IDENTITY, image);
    uint32_t now_ms = 0;
    for (size_t at = 0; at + 4 <= size; at += 4) {
        const uint8_t *bytes = data + at;
        const struct inputs inputs = {
            .pump = (bytes[0] & 1) != 0,
            .heater = (bytes[0] & 2) != 0,
            .tank_raw = (bytes[0] & 4) != 0,
            .load_arrived = (bytes[0] & 8) != 0,
            .flow_pulses = now_ms,
            .adc_boiler = (uint16_t)(bytes[1] << 2),
            .adc_level = (uint16_t)(bytes[2] << 2),
            .load = (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3],
        };
        controller_tick(&controller, now_ms, &inputs, bytes, 4, &out);
        must(out.length <= OUTGOING_BYTES_MAX);
        while (memory_take_write(&controller.memory, &write))
            must(write.offset <= MEMORY_BYTES - MEMORY_SLOT_BYTES);
        now_ms += (uint32_t)bytes[3] << (bytes[0] >> 4);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame_decoder decoder;
    struct payload payload;

    check_cobs(data, size);
    frame_decoder_start(&decoder);
    for (size_t i = 0; i < size; i++)
        if (frame_decoder_receive(&decoder, data[i], &payload))
            check_round_trip(&payload);
    check_life(data, size);
    return 0;
}
