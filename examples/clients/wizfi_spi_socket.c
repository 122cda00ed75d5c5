/* The line of a running module: transfers on one Unix socket, DATA_READY on another. */
#define _POSIX_C_SOURCE 200112L
#include "wizfi_spi.h"

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int line = -1, pin = -1, level;

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
    level = 0;
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

void wizfi_spi_close(void)
{
    close(line);
    close(pin);
}
