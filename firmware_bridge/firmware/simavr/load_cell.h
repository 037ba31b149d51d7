// A simulated HX711 with its load cell, as its data sheet describes it: ten conversions a
// second, a data line that falls when one is ready, a bit for each rise of the clock, gain
// and channel by the number of beats, asleep once the clock has been high for 60 us.
#ifndef LOAD_CELL_H
#define LOAD_CELL_H

#include <simavr/sim_avr.h>
#include <simavr/sim_irq.h>

// What drives the data line; nothing does while the wire is cut.
enum data_line { DATA_LOW, DATA_HIGH, DATA_CUT };

// Listens to the clock on pin `clock`; `drive` sets the data pin.
void load_cell_start(avr_t *avr, avr_irq_t *clock, void (*drive)(enum data_line line));

// Commands of the simulated machine:
//   cell COUNTS...   the conversions from now on, in turn: 24 bits each
//   cell cut         nothing drives the data line; so it is before the first `cell`
//   cell shorted     the data line is at ground
//   clock            NAPS HIGH_US BEATS_MIN BEATS_MAX READ: how the firmware treats it
void do_cell(void);
void do_clock(void);

#endif
