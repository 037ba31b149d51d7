#include "brewing.h"

#include <string.h>

#include "clock.h"

void brewing_start(struct brewing *brewing)
{
    memset(brewing, 0, sizeof *brewing);
    brewing->phase = BREW_IDLE;
}

bool brewing_started(struct brewing *brewing, uint32_t now_ms)
{
    if (brewing->phase != BREW_RUNNING_UP
        || elapsed_ms(brewing->began_ms, now_ms) < BREW_START_MS)
        return false;
    brewing->phase = BREW_BREWING;
    return true;
}

bool brewing_finished(struct brewing *brewing, uint32_t now_ms, uint32_t flow_pulses,
                      struct finished_brew *brew)
{
    if (brewing->phase != BREW_PAUSED
        || elapsed_ms(brewing->stopped_ms, now_ms) < BREW_END_MS)
        return false;
    brewing->phase = BREW_IDLE;
    brew->duration_ms = elapsed_ms(brewing->began_ms, brewing->stopped_ms);
    brew->flow_pulses = flow_pulses - brewing->began_pulses;
    return true;
}

void brewing_see(struct brewing *brewing, uint32_t now_ms, bool pump, uint32_t flow_pulses)
{
    switch (brewing->phase) {
    case BREW_IDLE:
        if (pump) {
            brewing->phase = BREW_RUNNING_UP;
            brewing->began_ms = now_ms;
            brewing->began_pulses = flow_pulses;
        }
        break;
    case BREW_RUNNING_UP:
        if (!pump)
            brewing->phase = BREW_IDLE;
        break;
    case BREW_BREWING:
        if (!pump) {
            brewing->phase = BREW_PAUSED;
            brewing->stopped_ms = now_ms;
        }
        break;
    case BREW_PAUSED:
        if (pump)
            brewing->phase = BREW_BREWING;
        break;
    }
}
