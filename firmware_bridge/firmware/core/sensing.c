#include "sensing.h"

#include <string.h>

#include "clock.h"

// A reading each 32 steps of the ADC: NTC 100 kOhm beta 3950 to ground, 10 kOhm to the
// supply. Between 80 and 135 C the straight lines in between are at most 0.2 C off. The
// outermost two entries are chosen so that the last valid steps, 9 and 1014, come out right.
static const int16_t BOILER_TEMP_TENTHS_C[33] = {
    4045, 2526, 2063, 1820, 1657, 1534, 1435, 1352, 1279, 1215, 1157,
    1103, 1053, 1006, 961,  918,  877,  836,  795,  756,  716,  675,
    634,  591,  547,  500,  450,  394,  331,  255,  158,  9,    -311,
};

int16_t boiler_temp_tenths_c(uint16_t adc)
{
    if (adc <= ADC_SHORT || adc >= ADC_OPEN)
        return TEMP_UNKNOWN;
    const uint8_t entry = (uint8_t)(adc / 32);
    const uint8_t step = (uint8_t)(adc % 32);
    const int16_t here = BOILER_TEMP_TENTHS_C[entry];
    const int16_t there = BOILER_TEMP_TENTHS_C[entry + 1];
    // Written so that only a positive number is divided: C and Python round those alike.
    const uint32_t fall = (uint32_t)((int32_t)here - there) * step + 16U;
    return (int16_t)(here - (int16_t)(fall / 32));
}

uint16_t water_level_permille(uint16_t adc)
{
    return (uint16_t)((uint32_t)adc * 1000U / ADC_MAX);
}

void sensing_start(struct sensing *sensing)
{
    memset(sensing, 0, sizeof *sensing);
    sensing->boiler_temp_tenths_c = TEMP_UNKNOWN;
    dose_start(&sensing->dose);
}

static void see_analog(struct sensing *s, uint32_t now_ms, const struct inputs *inputs)
{
    if (s->analog_read && elapsed_ms(s->analog_read_ms, now_ms) < ADC_MS)
        return;
    s->analog_read = true;
    s->analog_read_ms = now_ms;
    s->boiler_temp_tenths_c = boiler_temp_tenths_c(inputs->adc_boiler);
    s->water_level_permille = water_level_permille(inputs->adc_level);
}

// A float switch chatters: it is believed after three equal reads.
static void see_tank(struct sensing *s, uint32_t now_ms, bool raw)
{
    if (s->tank_read && elapsed_ms(s->tank_read_ms, now_ms) < TANK_MS)
        return;
    s->tank_read = true;
    s->tank_read_ms = now_ms;
    if (raw != s->tank_last_raw)
        s->tank_equal_reads = 0;
    s->tank_last_raw = raw;
    if (s->tank_equal_reads < TANK_EQUAL_READS)
        s->tank_equal_reads++;
    if (s->tank_equal_reads == TANK_EQUAL_READS)
        s->tank_empty = raw;
}

static void see_pump(struct sensing *s, uint32_t now_ms, bool on)
{
    if (s->pump && !on)
        s->pump_stopped_ms = now_ms;
    s->pump = on;
    // Forgotten once it is long ago: the clock wraps, and would make it recent again.
    const bool stopped_lately = elapsed_ms(s->pump_stopped_ms, now_ms) < AFTER_PUMP_MS;
    s->pump_recent = on || (s->pump_recent && stopped_lately);
}

void sensing_see(struct sensing *sensing, uint32_t now_ms, const struct inputs *inputs)
{
    see_analog(sensing, now_ms, inputs);
    see_tank(sensing, now_ms, inputs->tank_raw);
    see_pump(sensing, now_ms, inputs->pump);
    dose_see(&sensing->dose, now_ms, inputs->load_arrived, inputs->load);
}
