// A program that obeys lines: a command with its words on standard input, one line of answer
// on standard output. Tests talk so to the core (boards/host/scenario.c) and to the simulated
// chip (simavr/machine.c). Whatever is wrong ends the program with a sentence on stderr.
//
// Bytes are hexadecimal, "-" for none; numbers are decimal.
#ifndef COMMANDS_H
#define COMMANDS_H

#include <stddef.h>
#include <stdint.h>

struct command {
    const char *name;
    void (*act)(void); // Takes its words with the functions below, prints its answer.
};

// Obeys the commands of standard input until it ends; `table` ends with a nameless one.
void commands_obey(const char *program, const struct command *table);

// Ends the program: it was asked for something that makes no sense.
void refuse(const char *why);

// Returns the next word of the line, or NULL at its end.
const char *word_if_any(void);

const char *next_word(void);
uint32_t next_number(void);

// Fills `bytes` with at most `size` bytes; returns how many.
size_t next_bytes(uint8_t *bytes, size_t size);

void print_bytes(const uint8_t *bytes, size_t length);

#endif
