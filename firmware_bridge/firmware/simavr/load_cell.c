#include "load_cell.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <simavr/sim_cycle_timers.h>

#include "../commands/commands.h"

#define CYCLES_PER_US 16
#define CONVERSION_US 100000
#define SETTLING_US 400000 // After it was asleep.
#define ASLEEP_AFTER_US 60
#define BITS 24
#define COUNTS_MAX 64

static avr_t *chip;
static void (*drive_data)(enum data_line line);

static uint32_t counts[COUNTS_MAX];
static unsigned counts_length, counts_at;

static uint32_t conversion;
static unsigned beats; // Since the conversion became ready.
static bool clock_high;
static avr_cycle_count_t rose_at;

static unsigned naps, beats_min = UINT_MAX, beats_max, conversions_read;
static avr_cycle_count_t high_max;

// The beats of a conversion are complete once the next one comes.
static void count_beats(void)
{
    if (beats == 0)
        return;
    conversions_read++;
    if (beats < beats_min)
        beats_min = beats;
    if (beats > beats_max)
        beats_max = beats;
}

static avr_cycle_count_t on_conversion(avr_t *avr, avr_cycle_count_t when, void *param)
{
    (void)avr;
    (void)param;
    count_beats();
    beats = 0;
    conversion = counts[counts_at];
    counts_at = (counts_at + 1) % counts_length;
    drive_data(DATA_LOW);
    return when + CONVERSION_US * CYCLES_PER_US;
}

static void convert_from(unsigned us)
{
    avr_cycle_timer_cancel(chip, on_conversion, NULL);
    if (counts_length == 0)
        return;
    drive_data(DATA_HIGH);
    avr_cycle_timer_register(chip, us * CYCLES_PER_US, on_conversion, NULL);
}

static void on_rise(void)
{
    rose_at = chip->cycle;
    beats++;
    if (counts_length == 0)
        return;
    const bool high = beats > BITS || (conversion >> (BITS - beats) & 1) != 0;
    drive_data(high ? DATA_HIGH : DATA_LOW);
}

static void on_fall(void)
{
    const avr_cycle_count_t high = chip->cycle - rose_at;
    if (high > ASLEEP_AFTER_US * CYCLES_PER_US) {
        naps++;
        beats = 0;
        convert_from(SETTLING_US);
    } else if (high > high_max) {
        high_max = high;
    }
}

static void on_clock(avr_irq_t *irq, uint32_t value, void *param)
{
    (void)irq;
    (void)param;
    const bool high = (value & 1) != 0;
    if (high == clock_high)
        return;
    clock_high = high;
    if (high)
        on_rise();
    else
        on_fall();
}

void load_cell_start(avr_t *avr, avr_irq_t *clock, void (*drive)(enum data_line line))
{
    chip = avr;
    drive_data = drive;
    drive_data(DATA_CUT);
    avr_irq_register_notify(clock, on_clock, NULL);
}

void do_cell(void)
{
    const char *word = next_word();
    counts_length = counts_at = 0;
    beats = 0;
    avr_cycle_timer_cancel(chip, on_conversion, NULL);
    if (strcmp(word, "cut") == 0) {
        drive_data(DATA_CUT);
    } else if (strcmp(word, "shorted") == 0) {
        drive_data(DATA_LOW);
    } else {
        for (; word != NULL && counts_length < COUNTS_MAX; word = word_if_any())
            counts[counts_length++] = (uint32_t)strtoul(word, NULL, 10);
        convert_from(CONVERSION_US);
    }
    printf("ok");
}

void do_clock(void)
{
    printf("%u %u %u %u %u", naps, (unsigned)(high_max / CYCLES_PER_US),
           beats_max == 0 ? 0 : beats_min, beats > beats_max ? beats : beats_max,
           conversions_read);
}
