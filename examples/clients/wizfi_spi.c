#define _POSIX_C_SOURCE 200112L
#include "wizfi_spi.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { NUL = 0xF0, ESC = 0xF1, XON = 3, XOFF = 4, WAIT_MS = 10, WAITS = 300, KEPT = 4096 };

static int line = -1, pin = -1, level, stopped, escaped;
static uint8_t kept[KEPT];
static size_t first, last; /* what is kept: from first up to last, in a ring */

static int connect_to(const char *path, const char *ending)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    if ((size_t)snprintf(address.sun_path, sizeof address.sun_path, "%s%s", path, ending) >= sizeof address.sun_path ||
        connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

int wizfi_spi_open(const char *path)
{
    level = stopped = escaped = 0;
    line = connect_to(path, "");
    pin = connect_to(path, ".ready");
    /* The present level comes first; without it nothing is known of the pin. */
    return line < 0 || pin < 0 || wizfi_spi_ready(1000) < 0 ? -1 : 0;
}

int wizfi_spi_transfer(uint8_t mosi)
{
    uint8_t miso;

    return write(line, &mosi, 1) == 1 && read(line, &miso, 1) == 1 ? miso : -1;
}

int wizfi_spi_ready(int timeout_ms)
{
    struct pollfd ready = {.fd = pin, .events = POLLIN};
    char changes[64];

    while (poll(&ready, 1, level ? 0 : timeout_ms) > 0) {
        ssize_t count = read(pin, changes, sizeof changes);
        if (count <= 0)
            return -1;
        level = changes[count - 1] == '1';
        timeout_ms = 0;
    }
    return level;
}

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

void wizfi_spi_close(void)
{
    close(line);
    close(pin);
}
