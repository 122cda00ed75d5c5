/* The functions of wizfi_lockstep.h on a serial device, in real time: the environment variable WIZFI_DEVICE names it. */
#define _DEFAULT_SOURCE

#include "wizfi_lockstep.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static const struct {
    unsigned long rate;
    speed_t code;
} RATES[] = {
    {1200, B1200},     {2400, B2400},     {4800, B4800},     {9600, B9600},     {19200, B19200},   {38400, B38400},
    {57600, B57600},   {115200, B115200}, {230400, B230400}, {460800, B460800}, {921600, B921600},
};

static int port = -1;
static int64_t begin_us;

static int64_t clock_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * (int64_t)1000000 + now.tv_nsec / 1000;
}

static int set_rate(unsigned long rate)
{
    struct termios settings;

    for (size_t i = 0; i < sizeof RATES / sizeof *RATES; i++) {
        if (RATES[i].rate != rate)
            continue;
        if (tcgetattr(port, &settings) != 0)
            return -1;
        cfmakeraw(&settings);
        cfsetspeed(&settings, RATES[i].code);
        settings.c_cflag |= CLOCAL | CREAD;
        return tcsetattr(port, TCSANOW, &settings);
    }
    return -1;
}

int wizfi_open(void)
{
    const char *device = getenv("WIZFI_DEVICE");

    if (device == NULL)
        return -1;
    port = open(device, O_RDWR | O_NOCTTY | O_NONBLOCK);
    begin_us = clock_us();
    return port < 0 ? -1 : set_rate(115200);
}

static int wait_for(short event, int64_t until_us)
{
    struct pollfd one = {.fd = port, .events = event};
    int64_t left_us = until_us - wizfi_now();

    return poll(&one, 1, left_us <= 0 ? 0 : left_us > 1000000000 ? 1000000 : (int)((left_us + 999) / 1000));
}

long wizfi_write(const void *data, size_t count)
{
    for (size_t sent = 0; sent < count;) {
        ssize_t written = write(port, (const char *)data + sent, count - sent);

        if (written < 0 && errno != EAGAIN && errno != EINTR)
            return -1;
        if (written < 0)
            wait_for(POLLOUT, wizfi_now() + 1000000);
        else
            sent += (size_t)written;
    }
    return (long)count;
}

long wizfi_read(void *data, size_t most, int64_t until_us)
{
    for (;;) {
        ssize_t count = read(port, data, most);

        if (count > 0 || (count < 0 && errno != EAGAIN && errno != EINTR))
            return count;
        if (until_us <= 0 || wizfi_now() >= until_us)
            return 0;
        wait_for(POLLIN, until_us);
    }
}

int64_t wizfi_now(void)
{
    return clock_us() - begin_us;
}

int64_t wizfi_sleep(int64_t until_us)
{
    for (int64_t left_us; (left_us = until_us - wizfi_now()) > 0;)
        nanosleep(&(struct timespec){.tv_sec = left_us / 1000000, .tv_nsec = left_us % 1000000 * 1000}, NULL);
    return wizfi_now();
}

long wizfi_ask(const char *request, const void *sent, size_t count, void *answer, size_t most)
{
    unsigned long rate;

    (void)sent, (void)count, (void)answer, (void)most;
    if (sscanf(request, "baud %lu", &rate) == 1)
        return set_rate(rate);
    if (strcmp(request, "drain") == 0)
        return tcdrain(port);
    if (strcmp(request, "discard") == 0)
        return tcflush(port, TCOFLUSH);
    return -1;
}

void wizfi_close(void)
{
    close(port);
}
