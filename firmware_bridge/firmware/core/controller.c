#include "controller.h"

#include <string.h>

#include "clock.h"

void controller_start(struct controller *c, const struct identity *identity,
                      const uint8_t image[MEMORY_BYTES])
{
    memset(c, 0, sizeof *c);
    frame_decoder_start(&c->decoder);
    sensing_start(&c->sensing);
    brewing_start(&c->brewing);
    memory_load(&c->memory, image);
    reporting_start(&c->reporting, identity);
    c->memory.boot_count++;
    memory_save(&c->memory);
    c->pulses_before_start = c->memory.flow_pulses_total;
    c->hello_wanted = true;
}

// A host may send one thing only; everything else is not for us. Whatever major version it
// speaks, the answer tells it ours.
static void listen(struct controller *c, const uint8_t *rx, uint16_t rx_length)
{
    struct payload payload;
    for (uint16_t i = 0; i < rx_length; i++) {
        if (frame_decoder_receive(&c->decoder, rx[i], &payload)
            && payload.length >= HEADER_BYTES + HELLO_REQUEST_BODY_BYTES
            && payload.bytes[0] == FRAME_HELLO_REQUEST)
            c->hello_wanted = true;
    }
}

static bool is_due(const struct controller *c, uint32_t last_ms, uint32_t period_ms)
{
    return elapsed_ms(last_ms, c->now_ms) >= period_ms;
}

static bool hello_is_due(const struct controller *c)
{
    return c->hello_wanted && (!c->hello_sent || is_due(c, c->hello_ms, HELLO_MS_MIN));
}

static void tell_hello(struct controller *c)
{
    c->hello_wanted = false;
    c->hello_sent = true;
    c->hello_ms = c->now_ms;
    report_hello(&c->reporting, c->memory.boot_count);
}

static void tell_brew_finished(struct controller *c, const struct finished_brew *brew,
                               uint32_t pulses)
{
    c->memory.brews_total++;
    c->memory.flow_pulses_total = pulses;
    memory_save(&c->memory);
    report_brew_finished(&c->reporting, c->memory.brews_total, brew);
}

static void tell_counters(struct controller *c, uint32_t pulses)
{
    c->counters_ms = c->now_ms;
    report_counters(&c->reporting, &c->memory, pulses);
}

static void tell_sample_if_due(struct controller *c, const struct inputs *inputs,
                               uint32_t pulses)
{
    const uint32_t period_ms = c->sensing.pump_recent ? SAMPLE_FAST_MS : SAMPLE_SLOW_MS;
    if (!is_due(c, c->sample_ms, period_ms))
        return;
    c->sample_ms = c->now_ms;
    report_sample(&c->reporting, &c->sensing, inputs, pulses);
}

void controller_tick(struct controller *c, uint32_t now_ms, const struct inputs *inputs,
                     const uint8_t *rx, uint16_t rx_length, struct outgoing *out)
{
    const uint32_t pulses = c->pulses_before_start + inputs->flow_pulses;
    struct finished_brew brew;
    c->now_ms = now_ms;
    reporting_begin(&c->reporting, now_ms, out);
    listen(c, rx, rx_length);

    // What the pump did until now is judged before what it does from now on.
    const bool started = brewing_started(&c->brewing, now_ms);
    const bool finished =
        brewing_finished(&c->brewing, now_ms, inputs->flow_pulses, &brew);
    sensing_see(&c->sensing, now_ms, inputs);
    brewing_see(&c->brewing, now_ms, inputs->pump, inputs->flow_pulses);

    const bool hello = hello_is_due(c);
    if (hello)
        tell_hello(c);
    if (started)
        report_brew_started(&c->reporting, c->memory.brews_total + 1);
    if (finished)
        tell_brew_finished(c, &brew, pulses);
    if (hello || finished || is_due(c, c->counters_ms, COUNTERS_MS))
        tell_counters(c, pulses);
    tell_sample_if_due(c, inputs, pulses);
    if (out->length == 0 && is_due(c, c->sent_ms, KEEPALIVE_MS))
        report_keepalive(&c->reporting);
    if (out->length != 0)
        c->sent_ms = now_ms;
}
