#include "memory.h"

#include <string.h>

#include "crc16.h"

#define MARK_0 0x44 // 'D'
#define MARK_1 0x01 // The first layout of a slot.
#define BODY_BYTES (MEMORY_SLOT_BYTES - 2)

static uint16_t get_u16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | (uint16_t)((uint16_t)bytes[1] << 8));
}

static uint32_t get_u32(const uint8_t *bytes)
{
    return get_u16(bytes) | (uint32_t)get_u16(bytes + 2) << 16;
}

static void put_u16(uint8_t *bytes, uint16_t value)
{
    bytes[0] = (uint8_t)(value & 0xFFU);
    bytes[1] = (uint8_t)(value >> 8);
}

static void put_u32(uint8_t *bytes, uint32_t value)
{
    put_u16(bytes, (uint16_t)(value & 0xFFFFU));
    put_u16(bytes + 2, (uint16_t)(value >> 16));
}

static bool slot_is_valid(const uint8_t *slot)
{
    return slot[0] == MARK_0 && slot[1] == MARK_1
           && get_u16(slot + BODY_BYTES) == crc16(slot, BODY_BYTES);
}

// Sixteen bits wrap: later means less than half a turn ahead.
static bool is_later(uint16_t generation, uint16_t other)
{
    const uint16_t ahead = (uint16_t)(generation - other);
    return ahead > 0 && ahead < 0x8000U;
}

static void read_slot(struct memory *memory, const uint8_t *slot)
{
    memory->generation = get_u16(slot + 2);
    memory->boot_count = get_u16(slot + 4);
    memory->brews_total = get_u32(slot + 6);
    memory->flow_pulses_total = get_u32(slot + 10);
}

void memory_load(struct memory *memory, const uint8_t image[MEMORY_BYTES])
{
    bool found = false;
    memset(memory, 0, sizeof *memory);
    // An empty memory behaves as if the last slot were the newest, so slot 0 is written first.
    memory->newest_slot = MEMORY_SLOTS - 1;
    for (uint8_t i = 0; i < MEMORY_SLOTS; i++) {
        const uint8_t *slot = image + i * MEMORY_SLOT_BYTES;
        if (!slot_is_valid(slot)
            || (found && !is_later(get_u16(slot + 2), memory->generation)))
            continue;
        found = true;
        memory->newest_slot = i;
        read_slot(memory, slot);
    }
}

void memory_save(struct memory *memory)
{
    memory->unsaved = true;
}

bool memory_take_write(struct memory *memory, struct memory_write *write)
{
    if (!memory->unsaved)
        return false;
    memory->unsaved = false;
    memory->newest_slot = (uint8_t)((memory->newest_slot + 1) % MEMORY_SLOTS);
    memory->generation++;
    write->offset = (uint8_t)(memory->newest_slot * MEMORY_SLOT_BYTES);
    write->bytes[0] = MARK_0;
    write->bytes[1] = MARK_1;
    put_u16(write->bytes + 2, memory->generation);
    put_u16(write->bytes + 4, memory->boot_count);
    put_u32(write->bytes + 6, memory->brews_total);
    put_u32(write->bytes + 10, memory->flow_pulses_total);
    put_u16(write->bytes + BODY_BYTES, crc16(write->bytes, BODY_BYTES));
    return true;
}
