#define _GNU_SOURCE

#include "wizfi_tty.h"

#include "wizfi_lockstep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

enum { BUFFER = 65536, DECISECOND_US = 100000, FIRST_RATE = 115200, EOF_BYTE = 4 };

/* The kernel's struct termios2, whose rates are numbers. */
struct settings {
    tcflag_t input, output, control, local;
    cc_t discipline, characters[19];
    speed_t input_rate, output_rate;
};
#define GET_SETTINGS _IOR('T', 0x2A, struct settings)

static int is_used;
static int master = -1;
static char slave_name[64];
static struct settings settings;
static speed_t rate;
static unsigned char received[BUFFER];
static size_t length;
static int lines = TIOCM_RTS | TIOCM_DTR;

void tty_fail(const char *what, const char *instead)
{
    fprintf(stderr, "wizfi_posix: %s: %s\n", what, instead);
    _exit(2);
}

static void join(void)
{
    if (is_used)
        return;
    if (wizfi_open() < 0)
        tty_fail("WIZFI_LOCKSTEP", "expected a run of wizfi-emu, which one program may join, once");
    is_used = 1;
}

/* The run learns to which time the program has come. */
__attribute__((destructor)) static void leave(void)
{
    if (is_used)
        wizfi_close();
}

int tty_is_used(void)
{
    return is_used;
}

static int64_t checked(int64_t result)
{
    if (result < 0)
        tty_fail("WIZFI_LOCKSTEP", "the run is over");
    return result;
}

void tty_ask(const char *request)
{
    join();
    checked(wizfi_ask(request, NULL, 0, NULL, 0));
}

int64_t tty_now(void)
{
    join();
    return checked(wizfi_now());
}

void tty_sleep(int64_t until_us)
{
    join();
    checked(wizfi_sleep(until_us));
}

/* --- settings ---------------------------------------------------------------------------------------------------- */

void tty_changed(int terminal)
{
    char request[40];

    /* Not by ioctl(), whose place wizfi_posix.c takes. */
    if (syscall(SYS_ioctl, terminal, GET_SETTINGS, &settings) != 0)
        tty_fail("termios", strerror(errno));
    if (settings.output_rate == rate || settings.output_rate == 0)
        return;
    rate = settings.output_rate;
    snprintf(request, sizeof request, "baud %u", rate);
    tty_ask(request);
}

static void make_terminal(void)
{
    struct termios raw;
    int slave;

    master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 ||
        ptsname_r(master, slave_name, sizeof slave_name) != 0)
        tty_fail("pseudo-terminal", strerror(errno));
    slave = open(slave_name, O_RDWR | O_NOCTTY | O_CLOEXEC); /* stays open, so that the settings stay */
    if (slave < 0 || tcgetattr(slave, &raw) != 0)
        tty_fail("pseudo-terminal", strerror(errno));
    cfmakeraw(&raw);
    cfsetspeed(&raw, B115200);
    if (tcsetattr(slave, TCSANOW, &raw) != 0)
        tty_fail("pseudo-terminal", strerror(errno));
}

int tty_open(int flags)
{
    int terminal;

    if (master < 0)
        make_terminal();
    terminal = open(slave_name, flags | O_NOCTTY);
    if (terminal < 0)
        return -1;
    tty_ask("open");
    length = 0;
    rate = FIRST_RATE;
    tty_changed(terminal);
    return terminal;
}

/* --- from the module --------------------------------------------------------------------------------------------- */

/* What the line discipline makes of a byte; -1: nothing. */
static int input_of(unsigned char byte)
{
    if (settings.input & ISTRIP)
        byte &= 0x7F;
    if (byte == '\r')
        return settings.input & IGNCR ? -1 : settings.input & ICRNL ? '\n' : '\r';
    return byte == '\n' && settings.input & INLCR ? '\r' : byte;
}

static void take(const unsigned char *data, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int byte = input_of(data[i]);
        unsigned char shown = (unsigned char)byte;

        if (byte < 0)
            continue;
        received[length++] = shown;
        if (settings.local & ECHO)
            tty_write(&shown, 1);
    }
}

/* Take what comes until a time; 0 when nothing has. */
static int receive(int64_t until_us)
{
    static unsigned char data[BUFFER];
    long count;

    join();
    if (master >= 0 && read(master, data, 1) > 0)
        tty_fail("output", "the program has written to the port by a call that is not covered");
    if (length == BUFFER)
        return 0; /* as in the kernel's buffer, there is no room for more */
    count = (long)checked(wizfi_read(data, BUFFER - length, until_us));
    take(data, (size_t)count);
    return count > 0;
}

/* In canonical mode a read gives a line; how long that is, 0 without one. */
static size_t line_length(void)
{
    for (size_t i = 0; i < length; i++)
        if (received[i] == '\n' || received[i] == EOF_BYTE)
            return i + 1;
    return length == BUFFER ? length : 0;
}

static size_t ready_length(size_t wanted)
{
    if (settings.local & ICANON)
        return line_length();
    return length >= wanted ? length : 0;
}

static size_t least(void)
{
    return settings.characters[VMIN];
}

int tty_wait(int64_t until_us)
{
    size_t wanted = least() > 0 && settings.characters[VTIME] == 0 ? least() : 1;

    receive(0);
    while (ready_length(wanted) == 0 && receive(until_us))
        ;
    return ready_length(wanted) > 0;
}

int tty_received(void)
{
    receive(0);
    return (int)(settings.local & ICANON ? line_length() : length);
}

void tty_forget(void)
{
    receive(0);
    length = 0;
}

static ssize_t give(void *data, size_t most, size_t count)
{
    size_t given = count < most ? count : most;
    size_t gone = given;

    if (settings.local & ICANON && given > 0 && received[given - 1] == EOF_BYTE)
        given--;
    memcpy(data, received, given);
    length -= gone;
    memmove(received, received + gone, length);
    return (ssize_t)given;
}

/* Wait until there are so many bytes; between two of them at most so long. */
static void wait_for_bytes(size_t wanted, int64_t between_us)
{
    receive(0);
    while (length < wanted)
        if (!receive(between_us > 0 && length > 0 ? tty_now() + between_us : TTY_NEVER))
            return;
}

ssize_t tty_read(int terminal, void *data, size_t most)
{
    int64_t time_us = (int64_t)settings.characters[VTIME] * DECISECOND_US;
    int waits = (fcntl(terminal, F_GETFL) & O_NONBLOCK) == 0;

    if (most == 0)
        return 0;
    if (settings.local & ICANON) {
        receive(0);
        while (waits && line_length() == 0)
            receive(TTY_NEVER);
    } else if (least() == 0) {
        if (!(length > 0 || receive(0)) && time_us > 0 && waits)
            receive(tty_now() + time_us);
        if (length == 0 && (time_us == 0 || waits))
            return 0;
    } else if (waits) {
        wait_for_bytes(least() < most ? least() : most, time_us);
    } else {
        receive(0);
    }
    if (ready_length(1) > 0)
        return give(data, most, ready_length(1));
    errno = EAGAIN;
    return -1;
}

/* --- to the module ----------------------------------------------------------------------------------------------- */

ssize_t tty_write(const void *data, size_t count)
{
    const char *bytes = data;
    size_t begin = 0;

    join();
    if (settings.output & OPOST && settings.output & ONLCR) {
        for (size_t i = 0; i < count; i++) {
            if (bytes[i] != '\n')
                continue;
            checked(wizfi_write(bytes + begin, i - begin));
            checked(wizfi_write("\r", 1));
            begin = i;
        }
    }
    checked(wizfi_write(bytes + begin, count - begin));
    return (ssize_t)count;
}

int tty_lines(int which, int set)
{
    char request[40], answer[8] = "";

    join();
    which &= TIOCM_RTS | TIOCM_DTR;
    lines = (lines & ~which) | (set & which);
    snprintf(request, sizeof request, "lines %d %d", (lines & TIOCM_RTS) != 0, (lines & TIOCM_DTR) != 0);
    checked(wizfi_ask(request, NULL, 0, answer, sizeof answer));
    return lines | TIOCM_DSR | TIOCM_CD | (answer[0] == '1' ? TIOCM_CTS : 0);
}

int tty_unsent(void)
{
    char answer[24] = "";

    join();
    checked(wizfi_ask("unsent", NULL, 0, answer, sizeof answer - 1));
    return atoi(answer);
}
