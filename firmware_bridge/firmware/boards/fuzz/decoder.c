// libFuzzer: any bytes at all, as the line brings them. `make fuzz && build/fuzz-decoder`.
//
// Beyond what the sanitizers see, it insists that what decodes encodes to the same bytes,
// and that no bytes make a tick send more than fits.
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t BLANK[MEMORY_BYTES];
    static const struct identity IDENTITY = { .serial = "FUZZ" };
    static const struct inputs INPUTS = { .pump = true };
    struct frame_decoder decoder;
    struct payload payload;
    struct controller controller;
    struct outgoing out;

    check_cobs(data, size);
    frame_decoder_start(&decoder);
    for (size_t i = 0; i < size; i++)
        if (frame_decoder_receive(&decoder, data[i], &payload))
            check_round_trip(&payload);

    controller_start(&controller, &IDENTITY, BLANK);
    uint32_t now_ms = 0;
    for (size_t at = 0; at < size; at += 16) {
        const size_t rest = size - at;
        controller_tick(&controller, now_ms, &INPUTS, data + at,
                        (uint16_t)(rest < 16 ? rest : 16), &out);
        must(out.length <= OUTGOING_BYTES_MAX);
        now_ms += data[at];
    }
    return 0;
}
