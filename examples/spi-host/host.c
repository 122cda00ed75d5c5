/* A host on the module's SPI line: joins the demo world, connects to ADDRESS PORT, says hello, waits for the answer.
 *
 * usage: host PATH ADDRESS PORT
 */
#include "wizfi_spi.h"

#include <stdio.h>
#include <string.h>

static char got[2048];

/* Whether a text comes within ten seconds. What came before it is forgotten. */
static int expect(const char *text)
{
    size_t length = 0;

    while (length + 1 < sizeof got) {
        long came = wizfi_spi_read(got + length, sizeof got - 1 - length, 10000);
        if (came <= 0)
            break;
        length += (size_t)came;
        got[length] = '\0';
        if (strstr(got, text) != NULL)
            return 1;
        if (strstr(got, "[ERROR") != NULL)
            break;
    }
    fprintf(stderr, "expected %s, got %.*s\n", text, (int)length, got);
    return 0;
}

static int command(const char *text, const char *answer)
{
    return wizfi_spi_write(text, strlen(text)) >= 0 && wizfi_spi_write("\r", 1) >= 0 && expect(answer);
}

int main(int argc, char **argv)
{
    static const char HELLO[] = "hello over SPI \xF0\xF1\n";
    char connect[80], send[40];

    if (argc != 4 || wizfi_spi_open(argv[1]) < 0) {
        fprintf(stderr, "usage: %s PATH ADDRESS PORT, with PATH of wizfi-emu run --spi unix:PATH\n", argv[0]);
        return 2;
    }
    snprintf(connect, sizeof connect, "AT+SCON=O,TCN,%s,%s,,0", argv[2], argv[3]);
    snprintf(send, sizeof send, "AT+SSEND=0,,,%zu", strlen(HELLO));
    if (!command("AT+MECHO=0", "[OK]\r\n") || !command("AT+WSET=0,WizFiDemoAP", "[OK]\r\n") ||
        !command("AT+WSEC=0,,12345678", "[OK]\r\n") || !command("AT+WNET=1", "[OK]\r\n") ||
        !command("AT+WJOIN", "[OK]\r\n") || !command(connect, "[CONNECT 0]\r\n") || !command(send, "]\r\n"))
        return 1;
    if (wizfi_spi_write(HELLO, strlen(HELLO)) < 0 || !expect(HELLO))
        return 1;
    puts("came back: hello over SPI, with the bytes F0 and F1");
    wizfi_spi_close();
    return 0;
}
