// Writes the controller's frames, and counts them. What is due, and in which order, is for
// controller.c to decide.
#ifndef REPORTING_H
#define REPORTING_H

#include <stdbool.h>
#include <stdint.h>

#include "brewing.h"
#include "frames.h"
#include "memory.h"
#include "sensing.h"

#define FIRMWARE_MAJOR 1
#define FIRMWARE_MINOR 1
#define FIRMWARE_PATCH 0

#define SERIAL_BYTES 12

enum reset_cause {
    RESET_POWER_ON = 0x01,
    RESET_EXTERNAL = 0x02,
    RESET_BROWN_OUT = 0x04,
    RESET_WATCHDOG = 0x08,
};

enum capability {
    CAN_FLOW = 0x01,
    CAN_BOILER_TEMP = 0x02,
    CAN_TANK_SWITCH = 0x04,
    CAN_WATER_LEVEL = 0x08,
    CAN_COFFEE_DOSE = 0x10,
};

enum status {
    STATUS_PUMP_ON = 0x01,
    STATUS_HEATER_ON = 0x02,
    STATUS_TANK_EMPTY = 0x04,
};

// Who this controller is and why it has started: the board knows.
struct identity {
    uint8_t serial[SERIAL_BYTES]; // ASCII, padded with zeros.
    uint8_t reset_cause;
    uint16_t capabilities;
};

// One tick sends at most a hello, one of the two brew frames, the counters and a sample.
#define FRAMES_A_TICK_MAX 4
#define OUTGOING_BYTES_MAX (FRAMES_A_TICK_MAX * FRAME_BYTES_MAX)

struct outgoing {
    uint8_t bytes[OUTGOING_BYTES_MAX];
    uint8_t length;
};

struct reporting {
    struct identity identity;
    uint16_t sequence;
    uint32_t now_ms;
    struct outgoing *out;
};

void reporting_start(struct reporting *reporting, const struct identity *identity);

// Begins a tick: what is reported until the next call goes to `out`.
void reporting_begin(struct reporting *reporting, uint32_t now_ms, struct outgoing *out);

void report_hello(struct reporting *reporting, uint16_t boot_count);
void report_keepalive(struct reporting *reporting);
void report_sample(struct reporting *reporting, const struct sensing *sensing,
                   const struct inputs *inputs, uint32_t flow_pulses_total);
void report_brew_started(struct reporting *reporting, uint32_t brew_number);
void report_brew_finished(struct reporting *reporting, uint32_t brew_number,
                          const struct finished_brew *brew);
void report_counters(struct reporting *reporting, const struct memory *memory,
                     uint32_t flow_pulses_total);

#endif
