/* Joins the network of the demo world, tells how long it took, and takes a break of ten minutes. */
#include "wizfi_lockstep.h"

#include <stdio.h>
#include <string.h>

static const int64_t SECOND = 1000000;

static const char *const COMMANDS[] = {
    "AT+MECHO=0\r", "AT+WSET=0,WizFiDemoAP\r", "AT+WSEC=0,,12345678\r", "AT+WNET=1\r", "AT+WJOIN\r",
};

/* Whether the answer to a command is [OK]. */
static int command(const char *text)
{
    char answer[512];
    size_t length = 0;
    int64_t deadline = wizfi_now() + 30 * SECOND;

    wizfi_write(text, strlen(text));
    while (length + 1 < sizeof answer) {
        long came = wizfi_read(answer + length, sizeof answer - 1 - length, deadline);
        if (came <= 0)
            return 0;
        length += (size_t)came;
        answer[length] = '\0';
        if (strstr(answer, "[OK]\r\n") != NULL)
            return 1;
        if (strstr(answer, "[ERROR") != NULL)
            return 0;
    }
    return 0;
}

int main(void)
{
    if (wizfi_open() < 0) {
        fputs("run this with wizfi-emu scenario run --lockstep\n", stderr);
        return 2;
    }
    int64_t begin = wizfi_now();
    for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS; i++)
        if (!command(COMMANDS[i]))
            return 1;
    printf("joined after %ld ms\n", (long)((wizfi_now() - begin) / 1000));
    wizfi_sleep(begin + 600 * SECOND);
    int alive = command("AT\r");
    wizfi_close();
    return alive ? 0 : 1;
}
