#include "cobs.h"

uint8_t cobs_encode(const uint8_t *data, uint8_t length, uint8_t *encoded)
{
    uint8_t code_at = 0;
    uint8_t at = 1;
    for (uint8_t i = 0; i < length; i++) {
        if (data[i] == 0) {
            encoded[code_at] = (uint8_t)(at - code_at);
            code_at = at++;
        } else {
            encoded[at++] = data[i];
        }
    }
    encoded[code_at] = (uint8_t)(at - code_at);
    return at;
}

bool cobs_decode(const uint8_t *encoded, uint8_t length, uint8_t *data)
{
    uint8_t at = 0;
    uint8_t written = 0;
    if (length == 0)
        return false;
    while (at < length) {
        const uint8_t code = encoded[at];
        if (code == 0 || code > length - at)
            return false;
        for (uint8_t i = 1; i < code; i++) {
            if (encoded[at + i] == 0)
                return false;
            data[written++] = encoded[at + i];
        }
        at = (uint8_t)(at + code);
        if (at < length)
            data[written++] = 0;
    }
    return true;
}
