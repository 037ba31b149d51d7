#include "hx711.h"

#include <avr/io.h>
#include <util/atomic.h>
#include <util/delay.h>

#define BITS 24
#define ASLEEP_US 80 // It falls asleep after 60.

static void raise_clock(void)
{
    PORTB |= _BV(PORTB0);
}

static void lower_clock(void)
{
    PORTB &= (uint8_t)~_BV(PORTB0);
}

static bool data_is_high(void)
{
    return (PIND & _BV(PIND7)) != 0;
}

// A clock that stays high sends the chip to sleep, and the fall wakes it up, at gain 128:
// whatever number a reset has interrupted, the next one begins at its first bit.
void hx711_start(void)
{
    PORTD |= _BV(PORTD7); // A cut wire is high and never says that a conversion is ready.
    DDRB |= _BV(DDB0);
    raise_clock();
    _delay_us(ASLEEP_US);
    lower_clock();
}

// One beat of the clock; returns the bit. No interrupt may make the high half longer than
// the 50 us that the chip stands. Only that half is guarded, so that neither a flow pulse nor
// a received byte has to wait for more than a microsecond or two.
static uint8_t beat(void)
{
    uint8_t bit;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        raise_clock();
        _delay_us(1);
        bit = data_is_high();
        lower_clock();
    }
    _delay_us(1);
    return bit;
}

bool hx711_read(uint32_t *conversion)
{
    *conversion = 0;
    if (data_is_high())
        return false;
    for (uint8_t i = 0; i < BITS; i++)
        *conversion = *conversion << 1 | beat();
    beat(); // The 25th asks for channel A at gain 128 again.
    return true;
}
