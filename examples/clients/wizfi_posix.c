/* Lets an unchanged program be a host in lockstep: LD_PRELOAD puts these in place of the C library's functions.
 *
 * The devices whose names begin with /dev/wizfi are the module's line, and the clocks are those of the run. A program
 * is one process with one thread; what it cannot have here ends it with one line and exit status 2. Without the
 * environment variable WIZFI_LOCKSTEP everything is as it was.
 */
#define _GNU_SOURCE
#undef _FORTIFY_SOURCE /* its inline functions have the names of those below */

#include "wizfi_tty.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <termios.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

enum { DESCRIPTORS = 1024, TEXT = 4096, BREAK_US = 250000 };

static const char DEVICE[] = "/dev/wizfi";
static const int64_t SECOND_US = 1000000;
static const int64_t EPOCH_S = 1704067200; /* 2024 begins (UTC) when the run does */

static unsigned char is_device[DESCRIPTORS];

/* A function of the C library that stands behind the one here. */
#define REAL(name) ((__typeof__(name) *)real(#name))

static void *real(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);

    if (function == NULL)
        tty_fail(name, "the C library does not have it");
    return function;
}

static int is_in_lockstep(void)
{
    return getenv("WIZFI_LOCKSTEP") != NULL;
}

static int is_port(int descriptor)
{
    return descriptor >= 0 && descriptor < DESCRIPTORS && is_device[descriptor];
}

static int is_port_name(const char *path)
{
    return path != NULL && strncmp(path, DEVICE, sizeof DEVICE - 1) == 0 && is_in_lockstep();
}

static int marked(int descriptor, int device)
{
    if (descriptor >= DESCRIPTORS && device)
        tty_fail("open", "expected fewer than 1024 descriptors");
    if (descriptor >= 0 && descriptor < DESCRIPTORS)
        is_device[descriptor] = (unsigned char)device;
    return descriptor;
}

/* --- time -------------------------------------------------------------------------------------------------------- */

static int64_t micros(const struct timespec *time)
{
    return time->tv_sec * SECOND_US + (time->tv_nsec + 999) / 1000;
}

static struct timespec timespec_of(int64_t time_us)
{
    return (struct timespec){.tv_sec = time_us / SECOND_US, .tv_nsec = time_us % SECOND_US * 1000};
}

static int is_cpu_clock(clockid_t clock)
{
    return clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID || clock < 0;
}

static int64_t origin_of(clockid_t clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI ? EPOCH_S * SECOND_US : 0;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    if (!is_in_lockstep() || is_cpu_clock(clock))
        return REAL(clock_gettime)(clock, time);
    *time = timespec_of(origin_of(clock) + tty_now());
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    if (!is_in_lockstep())
        return REAL(gettimeofday)(time, zone);
    int64_t now_us = EPOCH_S * SECOND_US + tty_now();
    *time = (struct timeval){.tv_sec = now_us / SECOND_US, .tv_usec = now_us % SECOND_US};
    return 0;
}

time_t time(time_t *result)
{
    if (!is_in_lockstep())
        return REAL(time)(result);
    time_t now = (time_t)(EPOCH_S + tty_now() / SECOND_US);
    if (result != NULL)
        *result = now;
    return now;
}

/* A loop that waits for a time of the processor would wait for ever: to compute takes none. */
clock_t clock(void)
{
    return is_in_lockstep() ? (clock_t)tty_now() : REAL(clock)();
}

int timespec_get(struct timespec *time, int base)
{
    if (!is_in_lockstep() || base != TIME_UTC)
        return REAL(timespec_get)(time, base);
    clock_gettime(CLOCK_REALTIME, time);
    return base;
}

static void sleep_for(int64_t duration_us)
{
    tty_sleep(tty_now() + duration_us);
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *left)
{
    if (!is_in_lockstep() || is_cpu_clock(clock))
        return REAL(clock_nanosleep)(clock, flags, time, left);
    if (time->tv_nsec < 0 || time->tv_nsec >= 1000 * SECOND_US)
        return EINVAL;
    if (flags & TIMER_ABSTIME)
        tty_sleep(micros(time) - origin_of(clock));
    else
        sleep_for(micros(time));
    return 0;
}

int nanosleep(const struct timespec *time, struct timespec *left)
{
    if (!is_in_lockstep())
        return REAL(nanosleep)(time, left);
    errno = clock_nanosleep(CLOCK_MONOTONIC, 0, time, left);
    return errno ? -1 : 0;
}

int thrd_sleep(const struct timespec *time, struct timespec *left)
{
    return is_in_lockstep() ? clock_nanosleep(CLOCK_MONOTONIC, 0, time, left) : REAL(thrd_sleep)(time, left);
}

int usleep(useconds_t duration_us)
{
    if (!is_in_lockstep())
        return REAL(usleep)(duration_us);
    sleep_for(duration_us);
    return 0;
}

unsigned sleep(unsigned seconds)
{
    if (!is_in_lockstep())
        return REAL(sleep)(seconds);
    sleep_for(seconds * SECOND_US);
    return 0;
}

/* --- descriptors ------------------------------------------------------------------------------------------------- */

static mode_t mode_of(int flags, va_list arguments)
{
    return flags & (O_CREAT | __O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

#define OPEN(name)                                                       \
    int name(const char *path, int flags, ...)                           \
    {                                                                    \
        va_list arguments;                                               \
        va_start(arguments, flags);                                      \
        mode_t mode = mode_of(flags, arguments);                         \
        va_end(arguments);                                               \
        if (is_port_name(path))                                          \
            return marked(tty_open(flags & ~(O_CREAT | O_TRUNC)), 1);    \
        return marked(REAL(name)(path, flags, mode), 0);                 \
    }

#define OPENAT(name)                                                     \
    int name(int directory, const char *path, int flags, ...)            \
    {                                                                    \
        va_list arguments;                                               \
        va_start(arguments, flags);                                      \
        mode_t mode = mode_of(flags, arguments);                         \
        va_end(arguments);                                               \
        if (is_port_name(path))                                          \
            return marked(tty_open(flags & ~(O_CREAT | O_TRUNC)), 1);    \
        return marked(REAL(name)(directory, path, flags, mode), 0);      \
    }

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

int __open_2(const char *path, int flags)
{
    return open(path, flags);
}

int __open64_2(const char *path, int flags)
{
    return open64(path, flags);
}

int access(const char *path, int mode)
{
    return is_port_name(path) ? 0 : REAL(access)(path, mode);
}

/* It looks like any terminal. */
#define STAT(name, type)                                                       \
    int name(const char *restrict path, struct type *restrict result)          \
    {                                                                          \
        return REAL(name)(is_port_name(path) ? "/dev/tty" : path, result);     \
    }

STAT(stat, stat)
STAT(stat64, stat64)
STAT(lstat, stat)
STAT(lstat64, stat64)

int close(int descriptor)
{
    marked(descriptor, 0);
    return REAL(close)(descriptor);
}

static int copied(int from, int to)
{
    if (is_port(from) && to >= 0 && to <= STDERR_FILENO)
        tty_fail("dup", "the port as standard input or output is not covered");
    return marked(to, is_port(from));
}

int dup(int descriptor)
{
    return copied(descriptor, REAL(dup)(descriptor));
}

int dup2(int from, int to)
{
    return copied(from, REAL(dup2)(from, to));
}

int dup3(int from, int to, int flags)
{
    return copied(from, REAL(dup3)(from, to, flags));
}

#define FCNTL(name)                                                           \
    int name(int descriptor, int command, ...)                                \
    {                                                                         \
        va_list arguments;                                                    \
        va_start(arguments, command);                                         \
        void *argument = va_arg(arguments, void *);                           \
        va_end(arguments);                                                    \
        int result = REAL(name)(descriptor, command, argument);               \
        if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)                 \
            return copied(descriptor, result);                                \
        return result;                                                        \
    }

FCNTL(fcntl)
FCNTL(fcntl64)

/* --- reading and writing ----------------------------------------------------------------------------------------- */

ssize_t read(int descriptor, void *data, size_t most)
{
    return is_port(descriptor) ? tty_read(descriptor, data, most) : REAL(read)(descriptor, data, most);
}

ssize_t __read_chk(int descriptor, void *data, size_t most, size_t room)
{
    if (most > room)
        abort();
    return read(descriptor, data, most);
}

ssize_t write(int descriptor, const void *data, size_t count)
{
    return is_port(descriptor) ? tty_write(data, count) : REAL(write)(descriptor, data, count);
}

ssize_t readv(int descriptor, const struct iovec *parts, int count)
{
    if (!is_port(descriptor))
        return REAL(readv)(descriptor, parts, count);
    for (int i = 0; i < count; i++)
        if (parts[i].iov_len > 0)
            return tty_read(descriptor, parts[i].iov_base, parts[i].iov_len);
    return 0;
}

ssize_t writev(int descriptor, const struct iovec *parts, int count)
{
    ssize_t written = 0;

    if (!is_port(descriptor))
        return REAL(writev)(descriptor, parts, count);
    for (int i = 0; i < count; i++)
        written += tty_write(parts[i].iov_base, parts[i].iov_len);
    return written;
}

int vdprintf(int descriptor, const char *restrict format, va_list arguments)
{
    char text[TEXT];

    if (!is_port(descriptor))
        return REAL(vdprintf)(descriptor, format, arguments);
    int length = vsnprintf(text, sizeof text, format, arguments);
    if (length >= TEXT)
        tty_fail("dprintf", "expected fewer than 4096 bytes");
    return length < 0 ? length : (int)tty_write(text, (size_t)length);
}

int dprintf(int descriptor, const char *restrict format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int result = vdprintf(descriptor, format, arguments);
    va_end(arguments);
    return result;
}

int __dprintf_chk(int descriptor, int flag, const char *restrict format, ...)
{
    va_list arguments;

    (void)flag;
    va_start(arguments, format);
    int result = vdprintf(descriptor, format, arguments);
    va_end(arguments);
    return result;
}

/* The C library's streams read and write past the functions above. */
static FILE *no_stream(const char *what)
{
    tty_fail(what, "the port as a stream is not covered; read and write are");
}

#define FOPEN(name)                                                                           \
    FILE *name(const char *restrict path, const char *restrict mode)                          \
    {                                                                                         \
        return is_port_name(path) ? no_stream(#name) : REAL(name)(path, mode);                \
    }

FOPEN(fopen)
FOPEN(fopen64)

FILE *fdopen(int descriptor, const char *mode)
{
    return is_port(descriptor) ? no_stream("fdopen") : REAL(fdopen)(descriptor, mode);
}

/* --- terminal ---------------------------------------------------------------------------------------------------- */

int tcsetattr(int descriptor, int when, const struct termios *settings)
{
    if (!is_port(descriptor))
        return REAL(tcsetattr)(descriptor, when, settings);
    if (when != TCSANOW)
        tty_ask("drain");
    if (when == TCSAFLUSH)
        tty_forget();
    int result = REAL(tcsetattr)(descriptor, TCSANOW, settings);
    tty_changed(descriptor);
    return result;
}

int tcdrain(int descriptor)
{
    if (!is_port(descriptor))
        return REAL(tcdrain)(descriptor);
    tty_ask("drain");
    return 0;
}

int tcflush(int descriptor, int which)
{
    if (!is_port(descriptor))
        return REAL(tcflush)(descriptor, which);
    if (which != TCOFLUSH)
        tty_forget();
    if (which != TCIFLUSH)
        tty_ask("discard");
    return 0;
}

int tcsendbreak(int descriptor, int duration)
{
    if (!is_port(descriptor))
        return REAL(tcsendbreak)(descriptor, duration);
    sleep_for(BREAK_US);
    return 0;
}

int tcflow(int descriptor, int action)
{
    return is_port(descriptor) ? 0 : REAL(tcflow)(descriptor, action);
}

static int set_lines(unsigned long request, int *lines)
{
    switch (request) {
    case TIOCMGET:
        *lines = tty_lines(0, 0);
        break;
    case TIOCMSET:
        tty_lines(~0, *lines);
        break;
    case TIOCMBIS:
        tty_lines(*lines, *lines);
        break;
    default:
        tty_lines(*lines, 0);
    }
    return 0;
}

static int control_port(int descriptor, unsigned long request, void *argument)
{
    switch (request) {
    case FIONREAD:
        *(int *)argument = tty_received();
        return 0;
    case TIOCOUTQ:
        *(int *)argument = tty_unsent();
        return 0;
    case TCFLSH:
        return tcflush(descriptor, (int)(intptr_t)argument);
    case TCSBRK:
        return argument != NULL ? tcdrain(descriptor) : tcsendbreak(descriptor, 0);
    case TCSBRKP:
        return tcsendbreak(descriptor, 0);
    case TCXONC:
    case TIOCSBRK:
    case TIOCCBRK:
    case TIOCEXCL: /* would outlast the program's own descriptors */
    case TIOCNXCL:
        return 0;
    case TIOCMGET:
    case TIOCMSET:
    case TIOCMBIS:
    case TIOCMBIC:
        return set_lines(request, argument);
    case TIOCMIWAIT:
        tty_fail("ioctl", "TIOCMIWAIT is not covered");
    default: {
        int result = REAL(ioctl)(descriptor, request, argument);
        int before = errno;

        tty_changed(descriptor);
        errno = before;
        return result;
    }
    }
}

int ioctl(int descriptor, unsigned long request, ...)
{
    va_list arguments;

    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    if (!is_port(descriptor) || !tty_is_used())
        return REAL(ioctl)(descriptor, request, argument);
    return control_port(descriptor, request, argument);
}

/* --- waiting ----------------------------------------------------------------------------------------------------- */

/* Look at all but the port, which the kernel is not asked about. */
static int look_at_others(struct pollfd *set, nfds_t count, int timeout_ms)
{
    struct pollfd others[DESCRIPTORS];
    int found;

    if (count > DESCRIPTORS)
        tty_fail("poll", "expected fewer than 1024 descriptors");
    for (nfds_t i = 0; i < count; i++) {
        others[i] = set[i];
        if (is_port(set[i].fd))
            others[i].fd = -1;
    }
    found = REAL(poll)(others, count, timeout_ms);
    for (nfds_t i = 0; i < count; i++)
        set[i].revents = is_port(set[i].fd) ? 0 : others[i].revents;
    return found;
}

/* Wait for the port; to others a look is taken before and after. Gives how many are ready. */
static int wait_for(struct pollfd *set, nfds_t count, int64_t duration_us)
{
    int wants_input = 0, ports = 0, found = look_at_others(set, count, 0);
    int64_t until_us;

    if (found < 0)
        return found;
    for (nfds_t i = 0; i < count; i++) {
        if (!is_port(set[i].fd))
            continue;
        ports++;
        wants_input |= set[i].events & (POLLIN | POLLRDNORM);
        set[i].revents = set[i].events & (POLLOUT | POLLWRNORM);
        found += set[i].revents != 0;
    }
    if (ports == 0 && duration_us < 0)
        return found ? found : look_at_others(set, count, -1);
    until_us = found ? 0 : duration_us < 0 ? TTY_NEVER : tty_now() + duration_us;
    if (!wants_input && !found)
        tty_sleep(until_us);
    else if (wants_input && tty_wait(until_us))
        for (nfds_t i = 0; i < count; i++)
            if (is_port(set[i].fd) && set[i].events & (POLLIN | POLLRDNORM)) {
                found += set[i].revents == 0;
                set[i].revents |= set[i].events & (POLLIN | POLLRDNORM);
            }
    return found ? found : look_at_others(set, count, 0);
}

int poll(struct pollfd *set, nfds_t count, int timeout_ms)
{
    if (!is_in_lockstep())
        return REAL(poll)(set, count, timeout_ms);
    return wait_for(set, count, timeout_ms < 0 ? -1 : timeout_ms * (int64_t)1000);
}

int __poll_chk(struct pollfd *set, nfds_t count, int timeout_ms, size_t room)
{
    if (room / sizeof *set < count)
        abort();
    return poll(set, count, timeout_ms);
}

int ppoll(struct pollfd *set, nfds_t count, const struct timespec *timeout, const sigset_t *signals)
{
    if (!is_in_lockstep())
        return REAL(ppoll)(set, count, timeout, signals);
    return wait_for(set, count, timeout == NULL ? -1 : micros(timeout));
}

int __ppoll_chk(struct pollfd *set, nfds_t count, const struct timespec *timeout, const sigset_t *signals, size_t room)
{
    if (room / sizeof *set < count)
        abort();
    return ppoll(set, count, timeout, signals);
}

static int is_in(const fd_set *set, int descriptor)
{
    return set != NULL && FD_ISSET(descriptor, set);
}

static int keep(fd_set *set, const struct pollfd *one, short events)
{
    if (!is_in(set, one->fd))
        return 0;
    if (one->revents & (events | POLLERR | POLLHUP | POLLNVAL))
        return 1;
    FD_CLR(one->fd, set);
    return 0;
}

static int select_for(int end, fd_set *readers, fd_set *writers, fd_set *others, int64_t duration_us)
{
    struct pollfd set[FD_SETSIZE];
    nfds_t count = 0;
    int found = 0;

    for (int descriptor = 0; descriptor < end; descriptor++) {
        int events = (is_in(readers, descriptor) ? POLLIN : 0) | (is_in(writers, descriptor) ? POLLOUT : 0) |
                     (is_in(others, descriptor) ? POLLPRI : 0);
        if (events)
            set[count++] = (struct pollfd){.fd = descriptor, .events = (short)events};
    }
    if (wait_for(set, count, duration_us) < 0)
        return -1;
    for (nfds_t i = 0; i < count; i++) {
        if (set[i].revents & POLLNVAL) {
            errno = EBADF;
            return -1;
        }
        found += keep(readers, &set[i], POLLIN);
        found += keep(writers, &set[i], POLLOUT);
        found += keep(others, &set[i], POLLPRI);
    }
    return found;
}

int select(int end, fd_set *restrict readers, fd_set *restrict writers, fd_set *restrict others,
           struct timeval *restrict timeout)
{
    if (!is_in_lockstep())
        return REAL(select)(end, readers, writers, others, timeout);
    if (timeout == NULL)
        return select_for(end, readers, writers, others, -1);
    int64_t duration_us = timeout->tv_sec * SECOND_US + timeout->tv_usec;
    int64_t until_us = tty_now() + duration_us;
    int found = select_for(end, readers, writers, others, duration_us);
    int64_t left_us = until_us - tty_now();
    left_us = left_us < 0 ? 0 : left_us; /* Linux gives back what is left */
    *timeout = (struct timeval){.tv_sec = left_us / SECOND_US, .tv_usec = left_us % SECOND_US};
    return found;
}

int pselect(int end, fd_set *restrict readers, fd_set *restrict writers, fd_set *restrict others,
            const struct timespec *restrict timeout, const sigset_t *restrict signals)
{
    if (!is_in_lockstep())
        return REAL(pselect)(end, readers, writers, others, timeout, signals);
    return select_for(end, readers, writers, others, timeout == NULL ? -1 : micros(timeout));
}

/* --- what there is not ------------------------------------------------------------------------------------------- */

/* Once the program takes part, or at once where it would take part twice. */
#define REFUSE(condition, what, instead) \
    if (condition)                       \
    tty_fail(what, instead)

static const char ONE_PROCESS[] = "in lockstep a host is one process; it may start others before it opens the port";
static const char ONE_THREAD[] = "in lockstep a host has one thread";
static const char ONE_CLOCK[] = "timers of the kernel are not covered; select, poll and the functions that sleep are";

pid_t fork(void)
{
    REFUSE(tty_is_used(), "fork", ONE_PROCESS);
    return REAL(fork)();
}

pid_t vfork(void)
{
    return fork(); /* a child must not go on in this frame */
}

int system(const char *command)
{
    REFUSE(tty_is_used(), "system", ONE_PROCESS);
    return REAL(system)(command);
}

FILE *popen(const char *command, const char *mode)
{
    REFUSE(tty_is_used(), "popen", ONE_PROCESS);
    return REAL(popen)(command, mode);
}

int daemon(int stays, int prints)
{
    REFUSE(tty_is_used(), "daemon", ONE_PROCESS);
    return REAL(daemon)(stays, prints);
}

#define SPAWN(name)                                                                                             \
    int name(pid_t *restrict process, const char *restrict file, const posix_spawn_file_actions_t *actions,     \
             const posix_spawnattr_t *restrict attributes, char *const arguments[restrict],                     \
             char *const environment[restrict])                                                                 \
    {                                                                                                           \
        REFUSE(tty_is_used(), #name, ONE_PROCESS);                                                              \
        return REAL(name)(process, file, actions, attributes, arguments, environment);                          \
    }

SPAWN(posix_spawn)
SPAWN(posix_spawnp)

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes, void *(*run)(void *),
                   void *restrict argument)
{
    REFUSE(is_in_lockstep(), "pthread_create", ONE_THREAD);
    return REAL(pthread_create)(thread, attributes, run, argument);
}

int thrd_create(thrd_t *thread, thrd_start_t run, void *argument)
{
    REFUSE(is_in_lockstep(), "thrd_create", ONE_THREAD);
    return REAL(thrd_create)(thread, run, argument);
}

unsigned alarm(unsigned seconds)
{
    REFUSE(is_in_lockstep() && seconds > 0, "alarm", ONE_CLOCK);
    return REAL(alarm)(seconds);
}

int setitimer(__itimer_which_t which, const struct itimerval *restrict new, struct itimerval *restrict old)
{
    REFUSE(is_in_lockstep() && new != NULL && (new->it_value.tv_sec || new->it_value.tv_usec), "setitimer", ONE_CLOCK);
    return REAL(setitimer)(which, new, old);
}

int timer_create(clockid_t clock, struct sigevent *restrict event, timer_t *restrict timer)
{
    REFUSE(is_in_lockstep(), "timer_create", ONE_CLOCK);
    return REAL(timer_create)(clock, event, timer);
}

int timerfd_create(int clock, int flags)
{
    REFUSE(is_in_lockstep(), "timerfd_create", ONE_CLOCK);
    return ((int (*)(int, int))real("timerfd_create"))(clock, flags);
}

int epoll_ctl(int set, int operation, int descriptor, struct epoll_event *event)
{
    REFUSE(is_port(descriptor), "epoll_ctl", "epoll is not covered; select and poll are");
    return REAL(epoll_ctl)(set, operation, descriptor, event);
}

struct aiocb {
    int aio_fildes; /* the member that comes first */
};

#define AIO(name)                                                                                  \
    int name(struct aiocb *one)                                                                    \
    {                                                                                              \
        REFUSE(is_port(one->aio_fildes), #name, "asynchronous calls are not covered; read and write are"); \
        return ((int (*)(struct aiocb *))real(#name))(one);                                        \
    }

AIO(aio_read)
AIO(aio_write)
