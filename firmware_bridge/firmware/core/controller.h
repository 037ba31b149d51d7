// The whole controller as one function of time and inputs. It reads no pin and no clock:
// a board does, and hands over what it read. So a laptop, a test and a fuzzer are boards too.
//
// An input holds from the tick that brings it until the tick that changes it. Ticks may be
// far apart: what fell due in between is sent once, at the later tick.
#ifndef CONTROLLER_H
#define CONTROLLER_H

#include <stdbool.h>
#include <stdint.h>

#include "brewing.h"
#include "frames.h"
#include "memory.h"
#include "reporting.h"
#include "sensing.h"

#define KEEPALIVE_MS 250
#define SAMPLE_FAST_MS 250
#define SAMPLE_SLOW_MS 1000
#define COUNTERS_MS UINT32_C(60000)
#define HELLO_MS_MIN 250 // Faster requests share one answer: no host can flood the line.

struct controller {
    struct frame_decoder decoder;
    struct sensing sensing;
    struct brewing brewing;
    struct memory memory;
    struct reporting reporting;
    uint32_t pulses_before_start;
    uint32_t now_ms;
    uint32_t hello_ms;
    uint32_t counters_ms;
    uint32_t sample_ms;
    uint32_t sent_ms;
    bool hello_wanted;
    bool hello_sent;
};

// Starts over, with the counters that `image` has kept; the boot is counted at once, so a
// write is due right after (memory_take_write).
void controller_start(struct controller *controller, const struct identity *identity,
                      const uint8_t image[MEMORY_BYTES]);

// Takes the pins and the received bytes; `out` gets the bytes to send.
void controller_tick(struct controller *controller, uint32_t now_ms,
                     const struct inputs *inputs, const uint8_t *rx, uint16_t rx_length,
                     struct outgoing *out);

#endif
