// A process as a controller: its UART is a pty, its pins are lines on standard input.
//
//   $ CONTROLLER_SERIAL=DM-HOST-0001 CONTROLLER_EEPROM=eeprom.bin build/controller-host
//   port /dev/pts/7
//   pump 1
//   pulses 120
//   pump 0
//
// Pins: pump, heater, tank (0 or 1), pulses (how many more), boiler, level (ADC values),
// load (24 bits; what the load cell gives ten times a second from then on).
// The process ends when its standard input does, so that it never outlives who started it.
#define _DEFAULT_SOURCE
#define _XOPEN_SOURCE 600

#include "../../board.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define CONVERSION_MS 100

static int port = -1;
static struct timespec started;
static struct inputs pins = { .adc_boiler = ADC_MAX };
static bool load_cell; // There is one, since it was given a load.
static uint8_t unsent[OUTGOING_BYTES_MAX];
static size_t unsent_length;

static void give_up(const char *what)
{
    fprintf(stderr, "controller-host: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void open_port(void)
{
    port = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (port < 0 || grantpt(port) != 0 || unlockpt(port) != 0)
        give_up("no pseudo-terminal");
    const char *path = ptsname(port);
    // The far side stays open here too: a host may come and go without a hang-up.
    const int far_side = path == NULL ? -1 : open(path, O_RDWR | O_NOCTTY);
    struct termios raw;
    if (far_side < 0 || tcgetattr(far_side, &raw) != 0)
        give_up("no far side of the pseudo-terminal");
    cfmakeraw(&raw);
    if (tcsetattr(far_side, TCSANOW, &raw) != 0)
        give_up("raw mode");
    printf("port %s\n", path);
    fflush(stdout);
}

void board_start(struct identity *identity)
{
    const char *serial = getenv("CONTROLLER_SERIAL");
    memset(identity, 0, sizeof *identity);
    memcpy(identity->serial, "DM-HOST-0001", SERIAL_BYTES);
    if (serial != NULL) {
        memset(identity->serial, 0, SERIAL_BYTES);
        for (size_t i = 0; i < SERIAL_BYTES && serial[i] != '\0'; i++)
            identity->serial[i] = (uint8_t)serial[i];
    }
    identity->reset_cause = RESET_POWER_ON;
    identity->capabilities =
        CAN_FLOW | CAN_BOILER_TEMP | CAN_TANK_SWITCH | CAN_WATER_LEVEL | CAN_COFFEE_DOSE;
    open_port();
    if (clock_gettime(CLOCK_MONOTONIC, &started) != 0)
        give_up("no monotonic clock");
}

static uint32_t milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const int64_t ms = ((int64_t)now.tv_sec - started.tv_sec) * 1000
                       + (now.tv_nsec - started.tv_nsec) / 1000000;
    return (uint32_t)ms;
}

static void set_load(unsigned value)
{
    load_cell = true;
    pins.load = value;
}

static void set_pin(const char *name, unsigned value)
{
    if (strcmp(name, "pump") == 0)
        pins.pump = value != 0;
    else if (strcmp(name, "heater") == 0)
        pins.heater = value != 0;
    else if (strcmp(name, "tank") == 0)
        pins.tank_raw = value != 0;
    else if (strcmp(name, "pulses") == 0)
        pins.flow_pulses += value;
    else if (strcmp(name, "boiler") == 0 && value <= ADC_MAX)
        pins.adc_boiler = (uint16_t)value;
    else if (strcmp(name, "level") == 0 && value <= ADC_MAX)
        pins.adc_level = (uint16_t)value;
    else if (strcmp(name, "load") == 0 && value <= 0xFFFFFFU)
        set_load(value);
    else
        fprintf(stderr, "controller-host: no pin %s takes %u\n", name, value);
}

static void take_lines(void)
{
    static char line[64];
    static size_t length;
    char byte;
    const ssize_t got = read(STDIN_FILENO, &byte, 1);
    if (got == 0)
        exit(0);
    if (got < 0 || length == sizeof line - 1)
        length = 0;
    if (got == 1 && byte != '\n') {
        line[length++] = byte;
        return;
    }
    char name[16];
    unsigned value;
    line[length] = '\0';
    length = 0;
    if (sscanf(line, "%15s %u", name, &value) == 2)
        set_pin(name, value);
}

uint32_t board_wait(void)
{
    static uint32_t last;
    struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
    for (;;) {
        if (poll(&input, 1, 1) > 0)
            take_lines();
        const uint32_t now = milliseconds();
        if (now != last) {
            last = now;
            return now;
        }
    }
}

void board_read_inputs(struct inputs *inputs)
{
    static int64_t converted;
    const int64_t conversions = milliseconds() / CONVERSION_MS;
    pins.load_arrived = load_cell && conversions != converted;
    converted = conversions;
    *inputs = pins;
}

uint8_t board_receive(uint8_t *bytes, uint8_t size)
{
    const ssize_t got = read(port, bytes, size);
    return got > 0 ? (uint8_t)got : 0;
}

static void push(void)
{
    const ssize_t put = write(port, unsent, unsent_length);
    if (put > 0) {
        unsent_length -= (size_t)put;
        memmove(unsent, unsent + put, unsent_length);
    }
}

void board_send(const uint8_t *bytes, uint8_t length)
{
    if (unsent_length != 0)
        push();
    // What the line has not taken keeps its place; whole newer frames are dropped instead.
    if (unsent_length == 0 && length != 0) {
        memcpy(unsent, bytes, length);
        unsent_length = length;
        push();
    }
}

void board_load(uint8_t image[MEMORY_BYTES])
{
    const char *path = getenv("CONTROLLER_EEPROM");
    memset(image, 0xFF, MEMORY_BYTES);
    FILE *file = path == NULL ? NULL : fopen(path, "rb");
    if (file == NULL)
        return;
    if (fread(image, 1, MEMORY_BYTES, file) != MEMORY_BYTES)
        memset(image, 0xFF, MEMORY_BYTES);
    fclose(file);
}

void board_store(const struct memory_write *write)
{
    uint8_t image[MEMORY_BYTES];
    const char *path = getenv("CONTROLLER_EEPROM");
    if (path == NULL)
        return;
    board_load(image);
    memcpy(image + write->offset, write->bytes, MEMORY_SLOT_BYTES);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(image, 1, MEMORY_BYTES, file) != MEMORY_BYTES
        || fclose(file) != 0)
        give_up(path);
}

void board_alive(void)
{
    // A process that hangs is for its parent to notice.
}
