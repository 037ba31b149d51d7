// The core without any clock or line: commands on standard input, one answer a line on
// standard output. Tests feed it vectors.json, and random lives next to the Python twin.
//
//   start SERIAL EEPROM CAUSE CAPABILITIES                 ok
//   tick MS PUMP HEATER TANK PULSES BOILER LEVEL LOAD RX   what the controller sends
//   memory                                                 the EEPROM
//   temperature ADC                                        tenths of a degree, or unknown
//   level ADC                                              thousandths
//   frame PAYLOAD                                          the frame
//   listen                                                 ok: a new decoder
//   receive BYTES                                          PAYLOAD,... good bad
//
// LOAD is what the load cell has given since the last tick, "-" for nothing.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../commands/commands.h"
#include "../../core/controller.h"

#define BYTES_MAX 4096

static struct controller controller;
static struct frame_decoder decoder;
static uint8_t eeprom[MEMORY_BYTES];

static void store_what_is_new(void)
{
    struct memory_write write;
    if (memory_take_write(&controller.memory, &write))
        memcpy(eeprom + write.offset, write.bytes, MEMORY_SLOT_BYTES);
}

static void do_start(void)
{
    struct identity identity;
    memset(&identity, 0, sizeof identity);
    const char *serial = next_word();
    for (size_t i = 0; i < SERIAL_BYTES && serial[i] != '\0'; i++)
        identity.serial[i] = (uint8_t)serial[i];
    // What is not given has never been written.
    memset(eeprom, 0xFF, sizeof eeprom);
    next_bytes(eeprom, sizeof eeprom);
    identity.reset_cause = (uint8_t)next_number();
    identity.capabilities = (uint16_t)next_number();
    controller_start(&controller, &identity, eeprom);
    store_what_is_new();
    printf("ok");
}

static void take_load(struct inputs *inputs)
{
    const char *load = next_word();
    inputs->load_arrived = strcmp(load, "-") != 0;
    inputs->load = inputs->load_arrived ? (uint32_t)strtoul(load, NULL, 10) : 0;
}

static void do_tick(void)
{
    static uint8_t rx[BYTES_MAX];
    struct outgoing out;
    struct inputs inputs;
    const uint32_t now_ms = next_number();
    inputs.pump = next_number() != 0;
    inputs.heater = next_number() != 0;
    inputs.tank_raw = next_number() != 0;
    inputs.flow_pulses = next_number();
    inputs.adc_boiler = (uint16_t)next_number();
    inputs.adc_level = (uint16_t)next_number();
    take_load(&inputs);
    const uint16_t rx_length = (uint16_t)next_bytes(rx, sizeof rx);
    controller_tick(&controller, now_ms, &inputs, rx, rx_length, &out);
    store_what_is_new();
    print_bytes(out.bytes, out.length);
}

static void do_temperature(void)
{
    const int16_t tenths_c = boiler_temp_tenths_c((uint16_t)next_number());
    if (tenths_c == TEMP_UNKNOWN)
        printf("unknown");
    else
        printf("%d", tenths_c);
}

static void do_frame(void)
{
    struct payload payload;
    uint8_t frame[FRAME_BYTES_MAX];
    payload.length = (uint8_t)next_bytes(payload.bytes, sizeof payload.bytes);
    const uint8_t length = frame_write(&payload, frame);
    print_bytes(frame, length);
}

static void do_listen(void)
{
    frame_decoder_start(&decoder);
    printf("ok");
}

static void do_receive(void)
{
    static uint8_t bytes[BYTES_MAX];
    struct payload payload;
    const uint16_t length = (uint16_t)next_bytes(bytes, sizeof bytes);
    for (uint16_t i = 0; i < length; i++) {
        if (frame_decoder_receive(&decoder, bytes[i], &payload)) {
            print_bytes(payload.bytes, payload.length);
            putchar(',');
        }
    }
    printf(" %u %u", decoder.frames_ok, decoder.frames_bad);
}

static void do_memory(void)
{
    print_bytes(eeprom, sizeof eeprom);
}

static void do_level(void)
{
    printf("%u", water_level_permille((uint16_t)next_number()));
}

int main(void)
{
    static const struct command COMMANDS[] = {
        { "start", do_start },
        { "tick", do_tick },
        { "memory", do_memory },
        { "temperature", do_temperature },
        { "level", do_level },
        { "frame", do_frame },
        { "listen", do_listen },
        { "receive", do_receive },
        { NULL, NULL },
    };
    commands_obey("controller-scenario", COMMANDS);
    return 0;
}
