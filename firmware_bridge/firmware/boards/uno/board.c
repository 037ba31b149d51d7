// ATmega328p at 16 MHz, as on an Arduino Uno.
//
//   D0, D1  UART to the host, 115200 8N1
//   D2      flow meter, open collector: one pulse is one falling edge (INT0)
//   D3      free: the other pin with an interrupt of its own
//   D4      pump, low = running      \  from optocouplers that give a steady level
//   D5      heater, low = heating    /  while mains is on, not its 100 Hz
//   D6      tank switch, low = there is water; a broken wire therefore reads as empty
//   D7, D8  load cell: see hx711.h
//   A0      boiler NTC to ground, 10 kOhm to the supply
//   A1      water level, 0 V empty to 5 V full
//
// Timer 0 makes the millisecond, and starts one ADC conversion in each: the input has then
// had a whole millisecond to settle after the multiplexer.
#include "../../board.h"
#include "hx711.h"

#include <avr/eeprom.h>
#include <avr/fuse.h>
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <avr/wdt.h>
#include <string.h>
#include <util/atomic.h>

// Crystal with the longest start-up time; no bootloader, which would swallow the reset
// cause; EEPROM kept when the chip is erased; brown-out at 4.3 V, because below that an
// EEPROM write goes wrong, and a slowly sinking supply would try it again and again.
FUSES = {
    .low = 0xFF,
    .high = HFUSE_DEFAULT & FUSE_EESAVE,
    .extended = FUSE_BODLEVEL1 & FUSE_BODLEVEL0,
};

// What is wired to this board; `make uno SENSORS="CAN_FLOW | CAN_TANK_SWITCH"` says otherwise.
#ifndef SENSORS
#define SENSORS \
    (CAN_FLOW | CAN_BOILER_TEMP | CAN_TANK_SWITCH | CAN_WATER_LEVEL | CAN_COFFEE_DOSE)
#endif

#define EEPROM_SERIAL ((const uint8_t *)0x00)
#define EEPROM_MEMORY 0x10

#define ADC_REFERENCE _BV(REFS0) // The supply, which is also the dividers' reference.
#define ADC_CHANNELS 2

#define TX_RING_BYTES 256 // An 8-bit index wraps by itself.
#define RX_RING_BYTES 64

static volatile uint32_t milliseconds;
static volatile uint32_t flow_pulses;
static volatile uint16_t adc_values[ADC_CHANNELS];
static volatile uint8_t adc_channel;

// Volatile as a whole: a byte must be in the ring before the head says so, and the compiler
// may move an ordinary store beyond a volatile one.
static volatile uint8_t tx_ring[TX_RING_BYTES];
static volatile uint8_t tx_head;
static volatile uint8_t tx_tail;
static volatile uint8_t rx_ring[RX_RING_BYTES];
static volatile uint8_t rx_head;
static volatile uint8_t rx_tail;

// Not cleared at start: it is filled before the C runtime clears the rest.
static uint8_t reset_flags __attribute__((section(".noinit")));

// After a watchdog reset the watchdog stays on, at its shortest time. It is stopped before
// anything else, or the controller would reset for ever.
void keep_reset_flags(void) __attribute__((naked, used, section(".init3")));
void keep_reset_flags(void)
{
    reset_flags = MCUSR;
    MCUSR = 0;
    wdt_disable();
}

ISR(TIMER0_COMPA_vect)
{
    milliseconds++;
    ADCSRA |= _BV(ADSC);
}

ISR(ADC_vect)
{
    const uint8_t channel = adc_channel;
    adc_values[channel] = ADC;
    adc_channel = (uint8_t)((channel + 1) % ADC_CHANNELS);
    ADMUX = (uint8_t)(ADC_REFERENCE | adc_channel);
}

ISR(INT0_vect)
{
    flow_pulses++;
}

ISR(USART_RX_vect)
{
    const uint8_t byte = UDR0;
    const uint8_t next = (uint8_t)((rx_head + 1) % RX_RING_BYTES);
    if (next != rx_tail) {
        rx_ring[rx_head] = byte;
        rx_head = next;
    }
}

ISR(USART_UDRE_vect)
{
    if (tx_head == tx_tail)
        UCSR0B &= (uint8_t)~_BV(UDRIE0);
    else
        UDR0 = tx_ring[tx_tail++];
}

// The serial number is written once, at the maker's: `make serial`. A blank or damaged one
// is said to be none, because a host shows it to people.
static void read_serial(uint8_t serial[SERIAL_BYTES])
{
    static const uint8_t NONE[SERIAL_BYTES] = "NO-SERIAL";
    bool ended = false;
    eeprom_read_block(serial, EEPROM_SERIAL, SERIAL_BYTES);
    for (uint8_t i = 0; i < SERIAL_BYTES; i++) {
        const bool printable = serial[i] > 0x20 && serial[i] < 0x7F;
        ended = ended || serial[i] == 0;
        if (ended ? serial[i] != 0 : !printable)
            memcpy(serial, NONE, SERIAL_BYTES);
    }
    if (serial[0] == 0)
        memcpy(serial, NONE, SERIAL_BYTES);
}

static void start_pins(void)
{
    PORTD |= _BV(PORTD2) | _BV(PORTD4) | _BV(PORTD5) | _BV(PORTD6); // Pull-ups.
    EICRA = _BV(ISC01);  // Falling edge.
    EIFR = _BV(INTF0);   // What the pull-up's own rise and the line above made is no pulse.
    EIMSK = _BV(INT0);
}

static void start_clock(void)
{
    TCCR0A = _BV(WGM01); // Count to OCR0A and start again.
    OCR0A = F_CPU / 64 / 1000 - 1;
    TIMSK0 = _BV(OCIE0A);
    TCCR0B = _BV(CS01) | _BV(CS00); // F_CPU / 64.
}

// Waits for the first value of each channel, so that the first tick has something to read.
static void start_adc(void)
{
    ADCSRA = _BV(ADEN) | _BV(ADPS2) | _BV(ADPS1) | _BV(ADPS0); // 125 kHz.
    for (uint8_t channel = 0; channel < ADC_CHANNELS; channel++) {
        ADMUX = (uint8_t)(ADC_REFERENCE | channel);
        ADCSRA |= _BV(ADSC);
        loop_until_bit_is_clear(ADCSRA, ADSC);
        adc_values[channel] = ADC;
    }
    ADMUX = ADC_REFERENCE;
    adc_channel = 0;
    ADCSRA |= _BV(ADIF) | _BV(ADIE);
}

static void start_uart(void)
{
    // Double speed: 117647 baud, 2.1 % fast; the alternative would be 3.5 % slow.
    UCSR0A = _BV(U2X0);
    UBRR0 = 16;
    UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
    UCSR0B = _BV(RXEN0) | _BV(TXEN0) | _BV(RXCIE0);
}

void board_start(struct identity *identity)
{
    wdt_enable(WDTO_1S);
    identity->reset_cause = reset_flags & 0x0F; // The order of MCUSR is the protocol's.
    identity->capabilities = SENSORS;
    read_serial(identity->serial);
    start_pins();
    hx711_start();
    start_adc();
    start_uart();
    start_clock();
    sei();
}

// Sleeps in idle mode, which is what SMCR says after a reset: timer, ADC and UART go on.
uint32_t board_wait(void)
{
    static uint32_t last;
    for (;;) {
        cli();
        const uint32_t now = milliseconds;
        if (now != last) {
            sei();
            last = now;
            return now;
        }
        // The instruction after sei() still runs undisturbed: no interrupt slips between.
        sleep_enable();
        sei();
        sleep_cpu();
        sleep_disable();
    }
}

void board_read_inputs(struct inputs *inputs)
{
    const uint8_t pins = PIND;
    inputs->pump = (pins & _BV(PIND4)) == 0;
    inputs->heater = (pins & _BV(PIND5)) == 0;
    inputs->tank_raw = (pins & _BV(PIND6)) != 0;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        inputs->flow_pulses = flow_pulses;
        inputs->adc_boiler = adc_values[0];
        inputs->adc_level = adc_values[1];
    }
    inputs->load_arrived = hx711_read(&inputs->load);
}

uint8_t board_receive(uint8_t *bytes, uint8_t size)
{
    uint8_t length = 0;
    while (length < size && rx_tail != rx_head) {
        bytes[length++] = rx_ring[rx_tail];
        rx_tail = (uint8_t)((rx_tail + 1) % RX_RING_BYTES);
    }
    return length;
}

void board_send(const uint8_t *bytes, uint8_t length)
{
    const uint8_t room = (uint8_t)(tx_tail - tx_head - 1);
    if (length == 0 || length > room)
        return;
    for (uint8_t i = 0; i < length; i++)
        tx_ring[(uint8_t)(tx_head + i)] = bytes[i];
    tx_head = (uint8_t)(tx_head + length);
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        UCSR0B |= _BV(UDRIE0);
    }
}

void board_load(uint8_t image[MEMORY_BYTES])
{
    eeprom_read_block(image, (const uint8_t *)EEPROM_MEMORY, MEMORY_BYTES);
}

void board_store(const struct memory_write *write)
{
    eeprom_update_block(write->bytes, (uint8_t *)EEPROM_MEMORY + write->offset,
                        MEMORY_SLOT_BYTES);
    eeprom_busy_wait();
}

void board_alive(void)
{
    wdt_reset();
}
