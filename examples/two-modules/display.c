/* Shows three readings of a meter that has a module of its own. Its port is that of wizfi_lockstep.h. */
#include "../clients/wizfi_lockstep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t SECOND = 1000000;

static const char *const COMMANDS[] = {
    "AT+MECHO=0\r", "AT+WSET=0,WizFiDemoAP\r", "AT+WSEC=0,,12345678\r", "AT+WNET=1\r", "AT+WJOIN\r",
};

static char text[4096];
static size_t length;

/* Wait for a text, and forget what came up to its end. */
static void wait_for(const char *wanted, int64_t limit_us)
{
    int64_t deadline = wizfi_now() + limit_us;
    char *found;

    while ((found = strstr(text, wanted)) == NULL) {
        long count = wizfi_read(text + length, sizeof text - 1 - length, deadline);

        if (count <= 0) {
            printf("no %s", wanted);
            exit(1);
        }
        length += (size_t)count;
        text[length] = '\0';
    }
    found += strlen(wanted);
    length -= (size_t)(found - text);
    memmove(text, found, length + 1);
}

static void send(const char *data)
{
    wizfi_write(data, strlen(data));
}

int main(int count, char **arguments)
{
    char wanted[40];

    if (count != 2 || wizfi_open() < 0)
        return 2;
    wizfi_sleep(wizfi_now() + SECOND); /* the meter joins first, and has the first address */
    for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS; i++) {
        send(COMMANDS[i]);
        wait_for("[OK]\r\n", 30 * SECOND);
    }
    send("AT+SCON=O,TCN,");
    send(arguments[1]);
    send(",5000,,1\r");
    wait_for("[CONNECT 0]\r\n", 10 * SECOND);
    for (int reading = 20; reading < 23; reading++) {
        snprintf(wanted, sizeof wanted, "%d degrees\n", reading);
        wait_for(wanted, 700 * SECOND);
        printf("after %ld s: %s", (long)(wizfi_now() / SECOND), wanted);
    }
    wizfi_sleep(wizfi_now() + SECOND);
    send("+++");
    wait_for("[OK]\r\n", 3 * SECOND);
    send("AT+SMGMT=0\r");
    wait_for("[DISCONNECT 0]\r\n", 3 * SECOND);
    wizfi_close();
    return 0;
}
