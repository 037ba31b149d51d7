// Time is an argument: milliseconds since the controller's start, in 32 bits that wrap
// after 49.7 days. Only differences have a meaning, and only of times that lie less than
// half a turn apart.
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

static inline uint32_t elapsed_ms(uint32_t since_ms, uint32_t now_ms)
{
    return now_ms - since_ms;
}

#endif
