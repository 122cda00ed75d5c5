/* What a terminal does, call by call; prints what came. usage: terminal DEVICE CALL */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static int port;

static void show(const char *name, const char *data, long count)
{
    printf("%s %ld ", name, count);
    for (long i = 0; i < count; i++)
        printf(data[i] < ' ' ? "\\x%02x" : "%c", data[i]);
    printf("\n");
}

static void set_up(int least, int tenths, tcflag_t input, tcflag_t local)
{
    struct termios settings;

    tcgetattr(port, &settings);
    cfmakeraw(&settings);
    settings.c_iflag |= input;
    settings.c_lflag |= local;
    settings.c_cc[VMIN] = (cc_t)least;
    settings.c_cc[VTIME] = (cc_t)tenths;
    tcsetattr(port, TCSANOW, &settings);
}

/* Send, and wait until the answer of ten bytes is there: the echo and [OK]. */
static void ask(void)
{
    int count = 0;

    if (write(port, "AT\r", 3) != 3)
        printf("write failed\n");
    for (int i = 0; i < 400 && count < 10; i++) {
        usleep(5000);
        ioctl(port, FIONREAD, &count);
    }
    printf("there %d\n", count);
}

static void read_and_show(size_t most)
{
    char data[256];
    long count = read(port, data, most);

    if (count < 0)
        printf("read: %s\n", strerror(errno));
    else
        show("read", data, count);
}

static long since_ms(const struct timespec *begin)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - begin->tv_sec) * 1000 + (now.tv_nsec - begin->tv_nsec) / 1000000;
}

static void time_read(size_t most, long least_ms)
{
    struct timespec begin;

    clock_gettime(CLOCK_MONOTONIC, &begin);
    read_and_show(most);
    printf("in time %d\n", since_ms(&begin) >= least_ms && since_ms(&begin) < least_ms + 1000);
}

static void blocking(void) { set_up(1, 0, 0, 0); ask(); read_and_show(4); read_and_show(200); }
static void least(void) { set_up(10, 0, 0, 0); write(port, "AT\r", 3); read_and_show(200); }
static void between(void) { set_up(200, 2, 0, 0); write(port, "AT\r", 3); time_read(200, 200); }
static void limited(void) { set_up(0, 3, 0, 0); time_read(1, 300); ask(); read_and_show(200); }
static void at_once(void) { set_up(0, 0, 0, 0); read_and_show(1); ask(); read_and_show(200); }
static void translated(void) { set_up(1, 0, IGNCR, 0); write(port, "AT\r", 3); usleep(300000); read_and_show(200); }
static void newlines(void) { set_up(1, 0, ICRNL, 0); write(port, "AT\r", 3); usleep(300000); read_and_show(200); }
static void canonical(void) { set_up(1, 0, 0, ICANON); write(port, "AT\r", 3); read_and_show(200); read_and_show(3); read_and_show(200); }

static void not_blocking(void)
{
    set_up(1, 0, 0, 0);
    fcntl(port, F_SETFL, O_NONBLOCK);
    read_and_show(1);
    ask();
    read_and_show(200);
    read_and_show(200);
}

static void polling(void)
{
    struct pollfd one = {.fd = port, .events = POLLIN};
    struct pollfd both = {.fd = port, .events = POLLIN | POLLOUT};
    struct timespec begin, limit = {.tv_nsec = 200000000};

    clock_gettime(CLOCK_MONOTONIC, &begin);
    printf("%d %d\n", poll(&one, 1, 200), one.revents);
    printf("late %d\n", since_ms(&begin) >= 200);
    printf("%d %d\n", poll(&both, 1, -1), both.revents);
    ask();
    printf("%d %d\n", ppoll(&one, 1, &limit, NULL), one.revents);
    printf("%d %d\n", poll(&both, 1, 0), both.revents);
    read_and_show(200);
}

static void selecting(void)
{
    fd_set readers, writers;
    struct timeval limit = {.tv_usec = 200000};
    int found;

    FD_ZERO(&readers);
    FD_SET(port, &readers);
    writers = readers;
    found = select(port + 1, &readers, NULL, NULL, &limit);
    printf("%d %d %d\n", found, FD_ISSET(port, &readers) != 0, limit.tv_sec == 0 && limit.tv_usec == 0);
    found = select(port + 1, NULL, &writers, NULL, NULL);
    printf("%d %d\n", found, FD_ISSET(port, &writers) != 0);
    ask();
    FD_SET(port, &readers);
    found = pselect(port + 1, &readers, NULL, NULL, NULL, NULL);
    printf("%d %d\n", found, FD_ISSET(port, &readers) != 0);
    read_and_show(200);
}

static void flushing(void)
{
    struct pollfd one = {.fd = port, .events = POLLIN};

    ask();
    printf("%d\n", tcflush(port, TCIFLUSH));
    printf("%d\n", poll(&one, 1, 100));
    ask();
    printf("%d\n", ioctl(port, TCFLSH, TCIFLUSH));
    printf("%d %d\n", poll(&one, 1, 100), tcdrain(port));
    printf("%d %d\n", tcsendbreak(port, 0), tcflow(port, TCOON));
}

static void parts(void)
{
    char first[4], second[100];
    struct iovec in[] = {{first, 4}, {second, 100}}, out[] = {{"A", 1}, {"T\r", 2}};
    struct pollfd one = {.fd = port, .events = POLLIN};

    printf("%zd\n", writev(port, out, 2));
    usleep(300000);
    show("parts", first, readv(port, in, 1));
    printf("%d\n", poll(&one, 1, 0));
    read_and_show(200);
    dprintf(port, "A%c\r", 'T');
    usleep(300000);
    read_and_show(200);
}

static void copies(void)
{
    int other = dup(port), third = fcntl(port, F_DUPFD, 50);

    ask();
    close(port);
    port = other;
    read_and_show(4);
    close(other);
    port = third;
    printf("%d %d\n", third, isatty(third));
    read_and_show(200);
}

static void settings(void)
{
    struct termios now;

    set_up(1, 0, 0, 0);
    tcgetattr(port, &now);
    cfsetspeed(&now, B57600);
    printf("%d\n", tcsetattr(port, TCSADRAIN, &now));
    tcgetattr(port, &now);
    printf("%d %d %d\n", cfgetospeed(&now) == B57600, (now.c_lflag & ICANON) != 0, isatty(port));
    close(port);
}

static void lines(void)
{
    int set = TIOCM_RTS, now = 0;

    ioctl(port, TIOCMGET, &now);
    printf("%#x\n", now);
    ioctl(port, TIOCMBIC, &set);
    ioctl(port, TIOCMGET, &now);
    printf("%#x\n", now);
    ioctl(port, TIOCOUTQ, &now);
    printf("%d\n", now);
}

static void clocks(void)
{
    struct timespec begin, late;
    struct timeval day;
    time_t first = time(NULL);
    clock_t spent = clock();

    clock_gettime(CLOCK_MONOTONIC, &begin);
    sleep(3000);
    nanosleep(&(struct timespec){.tv_sec = 100}, NULL);
    late = begin;
    late.tv_sec += 4000;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &late, NULL);
    poll(NULL, 0, 1000);
    select(0, NULL, NULL, NULL, &(struct timeval){.tv_sec = 1});
    gettimeofday(&day, NULL);
    printf("%ld %ld %ld\n", since_ms(&begin) / 10, (long)(time(NULL) - first), (long)(day.tv_sec - first));
    spent = clock();
    while (clock() - spent < CLOCKS_PER_SEC)
        ;
    printf("%ld %s", since_ms(&begin) / 10, ctime(&first));
}

static void *nothing(void *argument) { return argument; }

static void refuse_fork(void) { fork(); }
static void refuse_system(void) { system("true"); }
static void refuse_thread(void) { pthread_t thread; pthread_create(&thread, NULL, nothing, NULL); }
static void refuse_alarm(void) { alarm(1); }
static void refuse_timer(void) { timerfd_create(CLOCK_MONOTONIC, 0); }
static void refuse_stream(void) { fdopen(port, "r+"); }
static void refuse_output(void) { dup2(port, 1); }

static void refuse_epoll(void)
{
    struct epoll_event event = {.events = EPOLLIN};

    epoll_ctl(epoll_create1(0), EPOLL_CTL_ADD, port, &event);
}

static const struct {
    const char *name;
    void (*run)(void);
} CALLS[] = {
    {"blocking", blocking}, {"least", least}, {"between", between}, {"limited", limited}, {"at_once", at_once},
    {"translated", translated}, {"newlines", newlines}, {"canonical", canonical}, {"not_blocking", not_blocking},
    {"polling", polling}, {"selecting", selecting}, {"flushing", flushing}, {"parts", parts}, {"copies", copies},
    {"settings", settings}, {"lines", lines}, {"clocks", clocks}, {"fork", refuse_fork}, {"system", refuse_system},
    {"thread", refuse_thread}, {"alarm", refuse_alarm}, {"timer", refuse_timer}, {"stream", refuse_stream},
    {"output", refuse_output}, {"epoll", refuse_epoll},
};

int main(int count, char **arguments)
{
    struct stat found;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (count != 3 || stat(arguments[1], &found) != 0 || !S_ISCHR(found.st_mode))
        return 3;
    port = open(arguments[1], O_RDWR | O_NOCTTY);
    if (port < 0)
        return 4;
    set_up(1, 0, 0, 0);
    usleep(400000); /* the banner */
    tcflush(port, TCIFLUSH);
    for (size_t i = 0; i < sizeof CALLS / sizeof *CALLS; i++)
        if (strcmp(CALLS[i].name, arguments[2]) == 0) {
            CALLS[i].run();
            return 0;
        }
    return 5;
}
