// The core without any clock or line: commands on standard input, one answer a line on
// standard output. Tests feed it vectors.json, and random lives next to the Python twin.
//
//   start SERIAL EEPROM CAUSE CAPABILITIES           ok
//   tick MS PUMP HEATER TANK PULSES BOILER LEVEL RX  what the controller sends
//   memory                                           the EEPROM
//   temperature ADC                                  tenths of a degree, or unknown
//   level ADC                                        thousandths
//   frame PAYLOAD                                    the frame
//   listen                                           ok: a new decoder
//   receive BYTES                                    PAYLOAD,... good bad
//
// Bytes are hexadecimal, "-" for none; numbers are decimal.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/controller.h"

#define BYTES_MAX 4096
#define LINE_MAX_CHARS (2 * BYTES_MAX + 256)

static struct controller controller;
static struct frame_decoder decoder;
static uint8_t eeprom[MEMORY_BYTES];

static void refuse(const char *why)
{
    fprintf(stderr, "controller-scenario: %s\n", why);
    exit(2);
}

static const char *next_word(void)
{
    const char *word = strtok(NULL, " \n");
    if (word == NULL)
        refuse("a command lacks an argument");
    return word;
}

static uint32_t next_number(void)
{
    return (uint32_t)strtoul(next_word(), NULL, 10);
}

static uint16_t next_bytes(uint8_t *bytes, size_t size)
{
    const char *hex = next_word();
    size_t length = strcmp(hex, "-") == 0 ? 0 : strlen(hex) / 2;
    if (length > size)
        refuse("too many bytes");
    for (size_t i = 0; i < length; i++) {
        unsigned value = 0;
        if (sscanf(hex + 2 * i, "%2x", &value) != 1)
            refuse("not hexadecimal");
        bytes[i] = (uint8_t)value;
    }
    return (uint16_t)length;
}

static void print_bytes(const uint8_t *bytes, size_t length)
{
    if (length == 0)
        putchar('-');
    for (size_t i = 0; i < length; i++)
        printf("%02x", bytes[i]);
}

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
    if (next_bytes(eeprom, sizeof eeprom) != MEMORY_BYTES)
        refuse("an EEPROM has 32 bytes");
    identity.reset_cause = (uint8_t)next_number();
    identity.capabilities = (uint16_t)next_number();
    controller_start(&controller, &identity, eeprom);
    store_what_is_new();
    printf("ok");
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
    const uint16_t rx_length = next_bytes(rx, sizeof rx);
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
    const uint16_t length = next_bytes(bytes, sizeof bytes);
    for (uint16_t i = 0; i < length; i++) {
        if (frame_decoder_receive(&decoder, bytes[i], &payload)) {
            print_bytes(payload.bytes, payload.length);
            putchar(',');
        }
    }
    printf(" %u %u", decoder.frames_ok, decoder.frames_bad);
}

static void obey(const char *command)
{
    if (strcmp(command, "start") == 0)
        do_start();
    else if (strcmp(command, "tick") == 0)
        do_tick();
    else if (strcmp(command, "memory") == 0)
        print_bytes(eeprom, sizeof eeprom);
    else if (strcmp(command, "temperature") == 0)
        do_temperature();
    else if (strcmp(command, "level") == 0)
        printf("%u", water_level_permille((uint16_t)next_number()));
    else if (strcmp(command, "frame") == 0)
        do_frame();
    else if (strcmp(command, "receive") == 0)
        do_receive();
    else if (strcmp(command, "listen") == 0)
        do_listen();
    else
        refuse("no such command");
}

int main(void)
{
    static char line[LINE_MAX_CHARS];
    while (fgets(line, sizeof line, stdin) != NULL) {
        const char *command = strtok(line, " \n");
        if (command == NULL)
            continue;
        obey(command);
        putchar('\n');
        fflush(stdout);
    }
    return 0;
}
