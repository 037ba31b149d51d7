// The fuzz target without clang: damages the files it is given, blindly and repeatably.
//
//   fuzz-blind ROUNDS FILE...
//
// It sees no coverage as libFuzzer does; it runs wherever there is a compiler.
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED_BYTES_MAX 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t state = 2463534242U;

// Marsaglia's xorshift: the same damage on every computer.
static uint32_t draw(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % below;
}

static size_t damage(uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const size_t at = draw((uint32_t)size);
    switch (draw(4)) {
    case 0:
        return at; // Cut off.
    case 1:
        data[at] = (uint8_t)draw(256);
        return size;
    case 2:
        data[at] = 0;
        return size;
    default:
        memmove(data + at, data + at + 1, size - at - 1); // One byte lost.
        return size - 1;
    }
}

static void run(const uint8_t *seed, size_t size)
{
    // On the heap and just as long, so that AddressSanitizer sees the byte beyond.
    uint8_t *data = malloc(size + 1);
    if (data == NULL)
        abort();
    memcpy(data, seed, size);
    for (uint32_t times = draw(4); times > 0; times--)
        size = damage(data, size);
    uint8_t *exact = realloc(data, size == 0 ? 1 : size);
    if (exact == NULL)
        abort();
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

int main(int argc, char **argv)
{
    const long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
    for (int i = 2; i < argc; i++) {
        static uint8_t seed[SEED_BYTES_MAX];
        FILE *file = fopen(argv[i], "rb");
        if (file == NULL) {
            perror(argv[i]);
            return 2;
        }
        const size_t size = fread(seed, 1, sizeof seed, file);
        fclose(file);
        for (long round = 0; round < rounds; round++)
            run(seed, size);
    }
    return 0;
}
