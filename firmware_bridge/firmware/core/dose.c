#include "dose.h"

#include <string.h>

#include "clock.h"

#define CONVERSION_BITS UINT32_C(0xFFFFFF)
#define SIGN_BIT UINT32_C(0x800000)

void dose_start(struct dose *dose)
{
    memset(dose, 0, sizeof *dose);
    dose->counts = DOSE_UNKNOWN;
}

static bool is_believable(uint32_t conversion)
{
    const bool ones_at_the_low_end = (conversion & (conversion + 1)) == 0;
    return !ones_at_the_low_end && conversion != SIGN_BIT;
}

static int32_t median(int32_t a, int32_t b, int32_t c)
{
    const int32_t low = a < b ? a : b;
    const int32_t high = a < b ? b : a;
    if (c < low)
        return low;
    return c < high ? c : high;
}

static void believe(struct dose *dose, uint32_t now_ms, int32_t counts)
{
    dose->believed[dose->next] = counts;
    dose->next = (uint8_t)((dose->next + 1) % DOSE_WINDOW);
    dose->believed_ms = now_ms;
    if (dose->count < DOSE_WINDOW)
        dose->count++;
    if (dose->count == DOSE_WINDOW)
        dose->counts = median(dose->believed[0], dose->believed[1], dose->believed[2]);
}

void dose_see(struct dose *dose, uint32_t now_ms, bool arrived, uint32_t conversion)
{
    const uint32_t bits = conversion & CONVERSION_BITS;
    if (arrived && is_believable(bits))
        // Two's complement, in steps that stay within what a signed number can hold.
        believe(dose, now_ms, (int32_t)(bits ^ SIGN_BIT) - (int32_t)SIGN_BIT);
    else if (dose->count != 0 && elapsed_ms(dose->believed_ms, now_ms) >= DOSE_LOST_MS)
        dose_start(dose);
}
