// What the controller makes of its pins. Integer arithmetic only, so that this and the
// Python twin agree to the bit.
#ifndef SENSING_H
#define SENSING_H

#include <stdbool.h>
#include <stdint.h>

#include "dose.h"

#define ADC_MAX 1023
#define ADC_SHORT 8   // From here down,
#define ADC_OPEN 1015 // and from here up, it is the wire and not the boiler.
#define ADC_MS 250
#define TANK_MS 200
#define TANK_EQUAL_READS 3
#define AFTER_PUMP_MS 2000 // The boiler recovers, the water drips.

#define TEMP_UNKNOWN INT16_C(0x7FFF)
#define LEVEL_UNKNOWN UINT16_C(0xFFFF)

// What the pins say at one tick.
struct inputs {
    bool pump;
    bool heater;
    bool tank_raw;        // The tank switch says empty, before debouncing.
    uint32_t flow_pulses; // Since the controller's start.
    uint16_t adc_boiler;
    uint16_t adc_level;
    bool load_arrived; // The load cell has given a number since the last tick:
    uint32_t load;     // its 24 bits.
};

struct sensing {
    bool analog_read;
    uint32_t analog_read_ms;
    int16_t boiler_temp_tenths_c;
    uint16_t water_level_permille;

    bool tank_read;
    uint32_t tank_read_ms;
    bool tank_last_raw;
    uint8_t tank_equal_reads;
    bool tank_empty;

    bool pump;
    bool pump_recent; // It runs, or stopped less than AFTER_PUMP_MS ago.
    uint32_t pump_stopped_ms;

    struct dose dose;
};

int16_t boiler_temp_tenths_c(uint16_t adc);
uint16_t water_level_permille(uint16_t adc);

void sensing_start(struct sensing *sensing);
void sensing_see(struct sensing *sensing, uint32_t now_ms, const struct inputs *inputs);

#endif
