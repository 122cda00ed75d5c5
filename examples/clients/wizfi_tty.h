/* The terminal that wizfi_posix.c shows a program: the module's line, with what the kernel's line discipline does. */
#ifndef WIZFI_TTY_H
#define WIZFI_TTY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A time that never comes. */
#define TTY_NEVER INT64_MAX

/* Open it; gives a descriptor of a pseudo-terminal that holds the settings, and through which nothing passes. */
int tty_open(int flags);

/* The time, in microseconds since the run began. */
int64_t tty_now(void);

/* As read(2), with what VMIN, VTIME, ICANON and O_NONBLOCK ask for. */
ssize_t tty_read(int terminal, void *data, size_t most);

/* As write(2). */
ssize_t tty_write(const void *data, size_t count);

/* Wait until a read would give something, until a time at most; whether it would. */
int tty_wait(int64_t until_us);

/* Wait until a time. */
void tty_sleep(int64_t until_us);

/* How many bytes have come. */
int tty_received(void);

/* How many bytes were written, and the module has not taken. */
int tty_unsent(void);

/* Forget what has come. */
void tty_forget(void);

/* A request without an answer, such as "drain". */
void tty_ask(const char *request);

/* Set those of the lines RTS and DTR that are named, and give all there are. Lines are bits of TIOCM. */
int tty_lines(int which, int set);

/* The settings are others. */
void tty_changed(int terminal);

/* Whether the program takes part in the run. */
int tty_is_used(void);

/* End the program: it needs what there is not. */
void tty_fail(const char *what, const char *instead) __attribute__((noreturn));

#endif
