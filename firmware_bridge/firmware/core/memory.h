// What the controller keeps through power cuts.
//
// Sixteen slots, written in turn: a cut while one is written leaves the others whole. A slot
// counts when its mark and its checksum are right; the latest generation wins. Turns also
// spread the wear: 100 000 writes a cell make 1.6 million starts and brews, which is
// centuries of coffee, and three weeks of a fault that resets the controller each second.
//
//   offset  0    2           4           6            10                 14
//           'D'  generation  boot_count  brews_total  flow_pulses_total  crc16
//           0x01 u16         u16         u32          u32                u16
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#define MEMORY_SLOT_BYTES 16
#define MEMORY_SLOTS 16
#define MEMORY_BYTES (MEMORY_SLOTS * MEMORY_SLOT_BYTES)

struct memory {
    uint16_t boot_count;
    uint32_t brews_total;
    uint32_t flow_pulses_total;
    uint16_t generation;
    uint8_t newest_slot;
    bool unsaved;
};

// One slot to be written, as the core hands it to the board.
struct memory_write {
    uint8_t offset;
    uint8_t bytes[MEMORY_SLOT_BYTES];
};

void memory_load(struct memory *memory, const uint8_t image[MEMORY_BYTES]);

// Asks for the counters to be written.
void memory_save(struct memory *memory);

// Returns whether there is something to write; then `write` is filled, once.
bool memory_take_write(struct memory *memory, struct memory_write *write);

#endif
