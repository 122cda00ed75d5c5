/* The line of a module in lockstep, by the verbs transfer and ready. What a transfer takes is virtual time. */
#include "wizfi_lockstep.h"
#include "wizfi_spi.h"

#include <inttypes.h>
#include <stdio.h>

int wizfi_spi_open(const char *path)
{
    (void)path; /* the run knows */
    return wizfi_open();
}

int wizfi_spi_transfer(uint8_t mosi)
{
    uint8_t miso;

    return wizfi_ask("transfer 1", &mosi, 1, &miso, 1) == 1 ? miso : -1;
}

int wizfi_spi_ready(int timeout_ms)
{
    char request[40], level;
    int64_t now_us = wizfi_now();

    snprintf(request, sizeof request, "ready %" PRId64, now_us + (int64_t)timeout_ms * 1000);
    return now_us >= 0 && wizfi_ask(request, NULL, 0, &level, 1) == 1 ? level == '1' : -1;
}

void wizfi_spi_close(void)
{
    wizfi_close();
}
