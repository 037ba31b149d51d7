// The HX711 of the load cell: data on D7, clock on D8, ten conversions a second (RATE low).
//
// Between the start and the first time the clock is driven it hangs loose: 10 kOhm to ground
// keep it low meanwhile.
#ifndef HX711_H
#define HX711_H

#include <stdbool.h>
#include <stdint.h>

void hx711_start(void);

// Reads the conversion if one is ready: its 24 bits. Never waits for one. Called each
// millisecond, it reads long before the next conversion could change the bits midway; that
// takes 70 us, ten times a second, and next to nothing while none is ready.
bool hx711_read(uint32_t *conversion);

#endif
