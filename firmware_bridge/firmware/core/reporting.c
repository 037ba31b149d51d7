#include "reporting.h"

#include <string.h>

void reporting_start(struct reporting *reporting, const struct identity *identity)
{
    memset(reporting, 0, sizeof *reporting);
    reporting->identity = *identity;
}

void reporting_begin(struct reporting *reporting, uint32_t now_ms, struct outgoing *out)
{
    reporting->now_ms = now_ms;
    reporting->out = out;
    out->length = 0;
}

static struct payload begin(struct reporting *r, enum frame_type type)
{
    struct payload payload = { .length = 0 };
    payload_put_u8(&payload, (uint8_t)type);
    payload_put_u16(&payload, r->sequence++);
    payload_put_u32(&payload, r->now_ms);
    return payload;
}

static void send(struct reporting *r, const struct payload *payload)
{
    struct outgoing *out = r->out;
    out->length = (uint8_t)(out->length + frame_write(payload, out->bytes + out->length));
}

void report_hello(struct reporting *r, uint16_t boot_count)
{
    struct payload payload = begin(r, FRAME_HELLO);
    payload_put_u8(&payload, PROTOCOL_MAJOR);
    payload_put_u8(&payload, PROTOCOL_MINOR);
    payload_put_u8(&payload, FIRMWARE_MAJOR);
    payload_put_u8(&payload, FIRMWARE_MINOR);
    payload_put_u8(&payload, FIRMWARE_PATCH);
    payload_put_u8(&payload, r->identity.reset_cause);
    payload_put_u16(&payload, boot_count);
    payload_put_u16(&payload, r->identity.capabilities);
    for (uint8_t i = 0; i < SERIAL_BYTES; i++)
        payload_put_u8(&payload, r->identity.serial[i]);
    send(r, &payload);
}

void report_keepalive(struct reporting *r)
{
    const struct payload payload = begin(r, FRAME_KEEPALIVE);
    send(r, &payload);
}

void report_sample(struct reporting *r, const struct sensing *sensing,
                   const struct inputs *inputs, uint32_t flow_pulses_total)
{
    uint8_t status = 0;
    if (inputs->pump)
        status |= STATUS_PUMP_ON;
    if (inputs->heater)
        status |= STATUS_HEATER_ON;
    if (sensing->tank_empty)
        status |= STATUS_TANK_EMPTY;
    const bool can_temp = (r->identity.capabilities & CAN_BOILER_TEMP) != 0;
    const bool can_level = (r->identity.capabilities & CAN_WATER_LEVEL) != 0;
    const bool can_dose = (r->identity.capabilities & CAN_COFFEE_DOSE) != 0;
    const int16_t temp = can_temp ? sensing->boiler_temp_tenths_c : TEMP_UNKNOWN;

    struct payload payload = begin(r, FRAME_SAMPLE);
    payload_put_u8(&payload, status);
    payload_put_u16(&payload, (uint16_t)temp);
    payload_put_u16(&payload, can_level ? sensing->water_level_permille : LEVEL_UNKNOWN);
    payload_put_u32(&payload, flow_pulses_total);
    payload_put_u32(&payload, (uint32_t)(can_dose ? sensing->dose.counts : DOSE_UNKNOWN));
    send(r, &payload);
}

void report_brew_started(struct reporting *r, uint32_t brew_number)
{
    struct payload payload = begin(r, FRAME_BREW_STARTED);
    payload_put_u32(&payload, brew_number);
    send(r, &payload);
}

void report_brew_finished(struct reporting *r, uint32_t brew_number,
                          const struct finished_brew *brew)
{
    struct payload payload = begin(r, FRAME_BREW_FINISHED);
    payload_put_u32(&payload, brew_number);
    payload_put_u32(&payload, brew->duration_ms);
    payload_put_u32(&payload, brew->flow_pulses);
    send(r, &payload);
}

void report_counters(struct reporting *r, const struct memory *memory,
                     uint32_t flow_pulses_total)
{
    struct payload payload = begin(r, FRAME_COUNTERS);
    payload_put_u32(&payload, memory->brews_total);
    payload_put_u32(&payload, flow_pulses_total);
    payload_put_u16(&payload, memory->boot_count);
    send(r, &payload);
}
