// The coffee on a load cell, as an HX711 converts it: 24 bits, ten times a second.
//
// An HX711 has no checksum, so its numbers are weighed before they are believed:
//
// - A number whose ones all stand at the low end (0, 1, 3, 7 ... 2^24 - 1) is the data line
//   that was read as one level for too long: shorted, cut, or the chip asleep. The highest
//   and the lowest number are an overloaded cell. None of them is a weight; a true weight
//   that happens to be one of them is passed over once, and the noise moves the next.
// - The median of the last three that are left drops any single wild one.
// - Without a believed number for half a second the dose is unknown, until three new ones.
//
// Counts, not grams: what an empty cup weighs and how many counts a gram has stands in the
// host's profile, because a calibration in here would need a frame that changes a machine.
#ifndef DOSE_H
#define DOSE_H

#include <stdbool.h>
#include <stdint.h>

#define DOSE_WINDOW 3
#define DOSE_LOST_MS 500 // Five conversions; after a start an HX711 needs four by itself.
#define DOSE_UNKNOWN INT32_C(0x7FFFFFFF)

struct dose {
    int32_t believed[DOSE_WINDOW]; // In turn; the oldest is overwritten.
    uint8_t next;
    uint8_t count;
    uint32_t believed_ms;
    int32_t counts; // The median, or DOSE_UNKNOWN.
};

void dose_start(struct dose *dose);

// Takes note of time, and of the 24 bits in `conversion` if one `arrived` since last time.
void dose_see(struct dose *dose, uint32_t now_ms, bool arrived, uint32_t conversion);

#endif
