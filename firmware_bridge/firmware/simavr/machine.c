// The Uno build in a simulated ATmega328p whose pins are commands on standard input. Time is
// the simulation's own: nothing waits, so the same commands give the same bytes.
//
//   simavr-machine uno.elf
//
//   eeprom OFFSET BYTES   ok: what the EEPROM holds; give it before the first run
//   run US                what the UART sends meanwhile; microseconds
//   pin NAME LEVEL        ok: D4, D5, D6 and so on, 0 or 1
//   adc CHANNEL MV        ok: the voltage there
//   pulses COUNT HZ       ok: falling edges on D2, while time runs
//   rx BYTES              ok: bytes to the UART, about ten a millisecond, while time runs
//   poke ADDRESS BYTES    ok: these bytes in the memory, registers included
//   reset FLAGS           ok: a reset with these bits in MCUSR (1 power-on, 2 external)
//   memory                the first 272 bytes of the EEPROM
//   cut WRITES VALUE      ok: the power goes while that many-th byte of the EEPROM is written,
//                         and leaves VALUE there ("-": what was to be written). The run ends
//                         there; nothing lives until the next reset
//   stack                 how many bytes of stack were in use at the deepest moment
//
// load_cell.h has the commands of the load cell.
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <simavr/avr_adc.h>
#include <simavr/avr_eeprom.h>
#include <simavr/avr_ioport.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>
#include <simavr/sim_irq.h>
#include <simavr/sim_time.h>

#include "../commands/commands.h"
#include "load_cell.h"

#define CLOCK_HZ 16000000
#define BAUD 115200
#define LOAD_DATA_BIT 7
#define PIND_ADDRESS 0x29
#define MCUSR_ADDRESS 0x54
#define SP_ADDRESS 0x5D
#define RAM_START 0x100
#define MEMORY_BYTES 272
#define RX_BYTES_MAX 65536
#define TX_BYTES_MAX (1 << 20)

static avr_t *avr;
static avr_irq_t *uart;
static uint8_t rx[RX_BYTES_MAX];
static size_t rx_length, rx_at;
static uint8_t tx[TX_BYTES_MAX];
static size_t tx_length;
static avr_ioport_external_t driven = { .name = 'D' };
static unsigned edges_left;
static avr_cycle_count_t half_period;
static unsigned deepest_sp = UINT_MAX;

static uint8_t *eeprom;
static uint8_t eeprom_before[MEMORY_BYTES];
static unsigned writes_left; // Until the power goes; 0: it stays.
static int value_left;       // What stands then in the byte, -1 for what was to be written.
static bool powered = true;

// What drives a pin from outside is stronger than its pull-up.
static void set_pin(int bit, unsigned level)
{
    driven.mask |= 1U << bit;
    driven.value &= ~(1U << bit);
    driven.value |= (level != 0 ? 1U : 0U) << bit;
    avr_ioctl(avr, AVR_IOCTL_IOPORT_SET_EXTERNAL('D'), &driven);
    avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('D'), bit), level);
}

static void on_uart(avr_irq_t *irq, uint32_t value, void *param)
{
    (void)irq;
    (void)param;
    if (tx_length < sizeof tx)
        tx[tx_length++] = (uint8_t)value;
}

// The simulated UART takes eleven bit times a byte and forgets what comes faster.
static avr_cycle_count_t on_rx_byte(avr_t *self, avr_cycle_count_t when, void *param)
{
    (void)self;
    (void)param;
    if (rx_at == rx_length) {
        rx_at = rx_length = 0;
        return 0;
    }
    avr_raise_irq(uart + UART_IRQ_INPUT, rx[rx_at++]);
    return when + 12 * CLOCK_HZ / BAUD;
}

static avr_cycle_count_t on_flow_edge(avr_t *self, avr_cycle_count_t when, void *param)
{
    (void)self;
    (void)param;
    edges_left--;
    set_pin(2, edges_left % 2 == 0);
    return edges_left == 0 ? 0 : when + half_period;
}

static void on_sleep(avr_t *self, avr_cycle_count_t how_long)
{
    (void)self;
    (void)how_long; // The simulated clock jumps; nobody waits.
}

static void log_to_stderr(avr_t *self, const int level, const char *format, va_list args)
{
    if (level <= LOG_ERROR && (self == NULL || self->log >= level))
        vfprintf(stderr, format, args);
}

// Nothing runs, and there is water.
static void drive_load_data(enum data_line line)
{
    if (line == DATA_CUT)
        driven.mask &= ~(1U << LOAD_DATA_BIT);
    else
        set_pin(LOAD_DATA_BIT, line == DATA_HIGH);
}

static void rest_pins(void)
{
    set_pin(2, 1);
    set_pin(4, 1);
    set_pin(5, 1);
    set_pin(6, 0);
}

static uint8_t *eeprom_of(avr_t *self)
{
    avr_eeprom_desc_t whole = { .ee = NULL, .offset = 0, .size = 0 };
    avr_ioctl(self, AVR_IOCTL_EEPROM_GET, &whole);
    return whole.ee;
}

static void load(const char *path)
{
    elf_firmware_t firmware;
    memset(&firmware, 0, sizeof firmware);
    if (elf_read_firmware(path, &firmware) != 0)
        refuse("no such firmware");
    strcpy(firmware.mmcu, "atmega328p");
    firmware.frequency = CLOCK_HZ;
    avr = avr_make_mcu_by_name(firmware.mmcu);
    if (avr == NULL)
        refuse("this simavr knows no atmega328p");
    avr_init(avr);
    avr_load_firmware(avr, &firmware);
    avr->vcc = avr->avcc = avr->aref = 5000;
    avr->sleep = on_sleep;

    uint32_t flags = 0;
    avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
    flags &= ~(uint32_t)AVR_UART_FLAG_STDIO;
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    uart = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), 0);
    avr_irq_register_notify(uart + UART_IRQ_OUTPUT, on_uart, NULL);
    rest_pins();
    load_cell_start(avr, avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('B'), 0),
                    drive_load_data);
    eeprom = eeprom_of(avr);
    avr->data[MCUSR_ADDRESS] = 1;
}

// A reset inside the simulator, as the watchdog's is, forgets what drives the pins. One that
// nothing drives is what its pull-up makes of it, and low without one.
static void drive_pins(void)
{
    uint8_t *pins = &avr->data[PIND_ADDRESS];
    const uint8_t outputs = avr->data[PIND_ADDRESS + 1];
    const uint8_t floating = (uint8_t)~(driven.mask | outputs);
    const uint8_t pull_ups = avr->data[PIND_ADDRESS + 2];
    *pins = (uint8_t)((*pins & outputs) | (driven.value & driven.mask) | (pull_ups & floating));
}

static void watch_stack(void)
{
    const unsigned sp = avr->data[SP_ADDRESS] | (unsigned)avr->data[SP_ADDRESS + 1] << 8;
    if (sp >= RAM_START && sp < deepest_sp)
        deepest_sp = sp;
}

// Looks for the byte that the last instruction has written to the EEPROM.
static void watch_eeprom(void)
{
    if (writes_left == 0 || memcmp(eeprom, eeprom_before, MEMORY_BYTES) == 0)
        return;
    if (--writes_left == 0) {
        powered = false;
        for (size_t i = 0; value_left >= 0 && i < MEMORY_BYTES; i++)
            if (eeprom[i] != eeprom_before[i])
                eeprom[i] = (uint8_t)value_left;
    }
    memcpy(eeprom_before, eeprom, MEMORY_BYTES);
}

static void do_run(void)
{
    const avr_cycle_count_t until = avr->cycle + (avr_cycle_count_t)next_number() * (CLOCK_HZ / 1000000);
    tx_length = 0;
    while (powered && avr->cycle < until) {
        const int state = avr_run(avr);
        drive_pins();
        watch_stack();
        watch_eeprom();
        if (state == cpu_Done || state == cpu_Crashed)
            refuse("the firmware crashed");
    }
    print_bytes(tx, tx_length);
}

static void do_pin(void)
{
    const char *name = next_word();
    if (strlen(name) != 2 || name[0] != 'D' || name[1] < '2' || name[1] > '7')
        refuse("no such pin");
    set_pin(name[1] - '0', next_number());
    printf("ok");
}

static void do_adc(void)
{
    const unsigned channel = next_number();
    avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_ADC_GETIRQ, (int)channel), next_number());
    printf("ok");
}

static void do_pulses(void)
{
    edges_left = 2 * next_number();
    half_period = CLOCK_HZ / 2 / next_number();
    if (edges_left != 0)
        avr_cycle_timer_register(avr, half_period, on_flow_edge, NULL);
    printf("ok");
}

static void do_rx(void)
{
    rx_length = next_bytes(rx, sizeof rx);
    rx_at = 0;
    avr_cycle_timer_register(avr, 1, on_rx_byte, NULL);
    printf("ok");
}

static void do_eeprom(void)
{
    uint8_t bytes[1024];
    avr_eeprom_desc_t area = { .ee = bytes, .offset = (uint16_t)next_number() };
    area.size = (uint32_t)next_bytes(bytes, sizeof bytes);
    avr_ioctl(avr, AVR_IOCTL_EEPROM_SET, &area);
    printf("ok");
}

static void do_memory(void)
{
    print_bytes(eeprom, MEMORY_BYTES);
}

static void do_reset(void)
{
    const unsigned flags = next_number();
    avr_reset(avr);
    powered = true;
    writes_left = 0;
    avr->data[MCUSR_ADDRESS] = (uint8_t)flags;
    printf("ok");
}

static void do_cut(void)
{
    writes_left = next_number();
    const char *value = next_word();
    value_left = strcmp(value, "-") == 0 ? -1 : atoi(value);
    memcpy(eeprom_before, eeprom, MEMORY_BYTES);
    printf("ok");
}

static void do_poke(void)
{
    const unsigned address = next_number();
    if (address > avr->ramend)
        refuse("no such memory");
    next_bytes(avr->data + address, avr->ramend + 1U - address);
    printf("ok");
}

static void do_stack(void)
{
    printf("%u", deepest_sp > avr->ramend ? 0 : avr->ramend - deepest_sp);
}

int main(int argc, char **argv)
{
    static const struct command COMMANDS[] = {
        { "run", do_run },     { "pin", do_pin },       { "adc", do_adc },
        { "rx", do_rx },       { "pulses", do_pulses }, { "eeprom", do_eeprom },
        { "poke", do_poke },   { "reset", do_reset },   { "memory", do_memory },
        { "stack", do_stack }, { "cut", do_cut },       { "cell", do_cell },
        { "clock", do_clock }, { NULL, NULL },
    };
    if (argc != 2)
        refuse("usage: simavr-machine uno.elf");
    avr_global_logger_set(log_to_stderr);
    load(argv[1]);
    commands_obey("simavr-machine", COMMANDS);
    return 0;
}
