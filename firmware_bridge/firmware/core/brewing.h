// Tells brews from the pump alone. The table is the one of PROTOCOL.md:
//
//   state         pump goes on    pump goes off   time passes
//   IDLE          RUNNING_UP      -               -
//   RUNNING_UP    -               IDLE            1000 ms: BREWING, brew started
//   BREWING       -               PAUSED          -
//   PAUSED        BREWING         -               2000 ms: IDLE, brew finished
#ifndef BREWING_H
#define BREWING_H

#include <stdbool.h>
#include <stdint.h>

#define BREW_START_MS 1000 // A shorter burst is a pump that primes, and no brew.
#define BREW_END_MS 2000   // A shorter pause is pre-infusion, and part of the brew.

enum brew_phase { BREW_IDLE, BREW_RUNNING_UP, BREW_BREWING, BREW_PAUSED };

struct brewing {
    enum brew_phase phase;
    uint32_t began_ms;
    uint32_t began_pulses;
    uint32_t stopped_ms;
};

// What a brew was, from the first pump-on to the last pump-off. Its pulses count on until
// it is finished: the turbine coasts, the water drips.
struct finished_brew {
    uint32_t duration_ms;
    uint32_t flow_pulses;
};

void brewing_start(struct brewing *brewing);

// Returns, once, that the pump has now run long enough.
bool brewing_started(struct brewing *brewing, uint32_t now_ms);

// Returns, once, that the pump has now been off long enough; then `brew` is filled.
bool brewing_finished(struct brewing *brewing, uint32_t now_ms, uint32_t flow_pulses,
                      struct finished_brew *brew);

// Takes the pump's state from now on.
void brewing_see(struct brewing *brewing, uint32_t now_ms, bool pump, uint32_t flow_pulses);

#endif
