#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_CHARS_MAX (2 * 65536 + 64)

static const char *program_name = "";

void refuse(const char *why)
{
    fprintf(stderr, "%s: %s\n", program_name, why);
    exit(2);
}

const char *word_if_any(void)
{
    return strtok(NULL, " \n");
}

const char *next_word(void)
{
    const char *word = word_if_any();
    if (word == NULL)
        refuse("a command lacks an argument");
    return word;
}

uint32_t next_number(void)
{
    return (uint32_t)strtoul(next_word(), NULL, 10);
}

size_t next_bytes(uint8_t *bytes, size_t size)
{
    const char *hex = next_word();
    const size_t length = strcmp(hex, "-") == 0 ? 0 : strlen(hex) / 2;
    if (length > size)
        refuse("too many bytes");
    for (size_t i = 0; i < length; i++) {
        unsigned value = 0;
        if (sscanf(hex + 2 * i, "%2x", &value) != 1)
            refuse("not hexadecimal");
        bytes[i] = (uint8_t)value;
    }
    return length;
}

void print_bytes(const uint8_t *bytes, size_t length)
{
    if (length == 0)
        putchar('-');
    for (size_t i = 0; i < length; i++)
        printf("%02x", bytes[i]);
}

static void obey(const char *name, const struct command *table)
{
    for (; table->name != NULL; table++) {
        if (strcmp(table->name, name) == 0) {
            table->act();
            return;
        }
    }
    refuse("no such command");
}

void commands_obey(const char *program, const struct command *table)
{
    static char line[LINE_CHARS_MAX];
    program_name = program;
    while (fgets(line, sizeof line, stdin) != NULL) {
        const char *name = strtok(line, " \n");
        if (name == NULL)
            continue;
        obey(name, table);
        putchar('\n');
        fflush(stdout);
    }
}
