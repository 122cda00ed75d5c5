#include "wizfi_spi.h"

enum { NUL = 0xF0, ESC = 0xF1, XON = 3, XOFF = 4, WAIT_MS = 10, WAITS = 300, KEPT = 4096 };

static int stopped, escaped;
static uint8_t kept[KEPT];
static size_t first, last; /* what is kept: from first up to last, in a ring */

/* One transfer, and what its answer means. */
static int exchange(uint8_t mosi)
{
    int byte = wizfi_spi_transfer(mosi);

    if (byte < 0 || byte == NUL)
        return byte;
    if (byte == ESC) {
        escaped = 1;
        return 0;
    }
    if (escaped) {
        escaped = 0;
        if (byte == XON || byte == XOFF)
            stopped = byte == XOFF;
        if (byte > 1)
            return 0;
        byte += NUL;
    }
    kept[last++ % KEPT] = (uint8_t)byte;
    if (last - first > KEPT)
        first = last - KEPT; /* nobody reads: the oldest are lost */
    return 0;
}

long wizfi_spi_write(const void *data, size_t count)
{
    const uint8_t *next = data;

    for (size_t i = 0; i < count; i++) {
        int special = next[i] == NUL || next[i] == ESC;

        if ((special && exchange(ESC) < 0) || exchange(special ? next[i] - NUL : next[i]) < 0)
            return -1;
        for (int waits = 0; stopped; waits += wizfi_spi_ready(waits < WAITS ? WAIT_MS : 0) <= 0)
            if (waits > WAITS || exchange(NUL) < 0)
                return -1;
    }
    return (long)count;
}

long wizfi_spi_read(void *data, size_t most, int timeout_ms)
{
    uint8_t *next = data;
    size_t count = 0;
    int ready = wizfi_spi_ready(first == last ? timeout_ms : 0);

    for (; ready > 0 && last - first < KEPT; ready = wizfi_spi_ready(0))
        if (exchange(NUL) < 0)
            return -1;
    while (count < most && first != last)
        next[count++] = kept[first++ % KEPT];
    return ready < 0 && !count ? -1 : (long)count;
}
