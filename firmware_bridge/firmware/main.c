// The shell around the core: read, ask the core, send, store. It decides nothing.
#include "board.h"
#include "core/controller.h"

static struct controller controller;
static struct outgoing outgoing;

static void store_what_is_new(void)
{
    struct memory_write write;
    if (memory_take_write(&controller.memory, &write))
        board_store(&write);
}

// A function of its own, so that the stack is free of the image when the work begins.
static void __attribute__((noinline)) start(void)
{
    struct identity identity;
    uint8_t image[MEMORY_BYTES];
    board_start(&identity);
    board_load(image);
    controller_start(&controller, &identity, image);
    store_what_is_new();
}

int main(void)
{
    struct inputs inputs;
    // More than a line at 115200 baud can bring in a millisecond.
    uint8_t received[16];

    start();
    for (;;) {
        const uint32_t now_ms = board_wait();
        board_read_inputs(&inputs);
        const uint8_t length = board_receive(received, sizeof received);
        controller_tick(&controller, now_ms, &inputs, received, length, &outgoing);
        // Stored before it is told: a brew that was reported is never counted twice.
        store_what_is_new();
        board_send(outgoing.bytes, outgoing.length);
        board_alive();
    }
}
