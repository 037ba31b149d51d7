#include "frames.h"

#include <string.h>

#include "cobs.h"
#include "crc16.h"

void payload_put_u8(struct payload *payload, uint8_t value)
{
    payload->bytes[payload->length++] = value;
}

void payload_put_u16(struct payload *payload, uint16_t value)
{
    payload_put_u8(payload, (uint8_t)(value & 0xFFU));
    payload_put_u8(payload, (uint8_t)(value >> 8));
}

void payload_put_u32(struct payload *payload, uint32_t value)
{
    payload_put_u16(payload, (uint16_t)(value & 0xFFFFU));
    payload_put_u16(payload, (uint16_t)(value >> 16));
}

uint8_t frame_write(const struct payload *payload, uint8_t *frame)
{
    uint8_t data[PAYLOAD_BYTES_MAX + CRC_BYTES];
    const uint16_t crc = crc16(payload->bytes, payload->length);
    memcpy(data, payload->bytes, payload->length);
    data[payload->length] = (uint8_t)(crc & 0xFFU);
    data[payload->length + 1] = (uint8_t)(crc >> 8);
    uint8_t length = cobs_encode(data, (uint8_t)(payload->length + CRC_BYTES), frame);
    frame[length++] = 0;
    return length;
}

void frame_decoder_start(struct frame_decoder *decoder)
{
    memset(decoder, 0, sizeof *decoder);
}

static void hold(struct frame_decoder *decoder, uint8_t byte)
{
    if (decoder->overlong)
        return;
    if (decoder->length == ENCODED_BYTES_MAX) {
        // Counted now and not at the next zero: at the wrong baud rate there may be none.
        decoder->overlong = true;
        decoder->length = 0;
        decoder->frames_bad++;
        return;
    }
    decoder->held[decoder->length++] = byte;
}

static bool open_held(struct frame_decoder *decoder, struct payload *payload)
{
    uint8_t data[ENCODED_BYTES_MAX];
    if (!cobs_decode(decoder->held, decoder->length, data))
        return false;
    const uint8_t data_length = (uint8_t)(decoder->length - 1);
    if (data_length <= CRC_BYTES)
        return false;
    payload->length = (uint8_t)(data_length - CRC_BYTES);
    const uint16_t crc = (uint16_t)(data[payload->length]
                                    | (uint16_t)((uint16_t)data[payload->length + 1] << 8));
    if (crc != crc16(data, payload->length))
        return false;
    memcpy(payload->bytes, data, payload->length);
    return true;
}

bool frame_decoder_receive(struct frame_decoder *decoder, uint8_t byte,
                           struct payload *payload)
{
    if (byte != 0) {
        hold(decoder, byte);
        return false;
    }
    // Two zeros in a row are no frame and no damage: a sender may begin with a zero to end
    // whatever noise came before.
    const bool something = decoder->length != 0;
    const bool good = something && open_held(decoder, payload);
    decoder->overlong = false;
    decoder->length = 0;
    if (good)
        decoder->frames_ok++;
    else if (something)
        decoder->frames_bad++;
    return good;
}
