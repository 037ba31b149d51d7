// All that the firmware needs from the board it runs on. A new board is one file that
// implements these functions (boards/uno/board.c is the example) and a rule in the Makefile.
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

#include "core/memory.h"
#include "core/reporting.h"
#include "core/sensing.h"

// Brings up pins, clock, UART and watchdog, and says who this is.
void board_start(struct identity *identity);

// Sleeps until a new millisecond has begun; returns milliseconds since the start.
uint32_t board_wait(void);

// Reads all pins. Never waits: what takes time (ADC, pulses) goes on behind the scenes.
void board_read_inputs(struct inputs *inputs);

// Takes up to `size` received bytes; returns how many. Never waits.
uint8_t board_receive(uint8_t *bytes, uint8_t size);

// Sends all bytes or, if the line is blocked, none: half a frame would spoil the next one.
// The receiver sees the gap in the sequence numbers.
void board_send(const uint8_t *bytes, uint8_t length);

void board_load(uint8_t image[MEMORY_BYTES]);

// Returns when the bytes are safe. May take some 60 ms: the next tick then comes later.
void board_store(const struct memory_write *write);

// Tells the watchdog that the loop went round.
void board_alive(void);

#endif
