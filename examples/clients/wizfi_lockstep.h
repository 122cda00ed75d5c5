/* A host in lockstep with a virtual module: its serial line and its clock, over the socket that wizfi-emu gives it.
 *
 * Put these in place of the functions by which the firmware reads its UART and its clock, and of those that sleep.
 * Times are microseconds since the run began. Everything gives -1 when the run is over or was never there.
 * For a real device build wizfi_device.c in place of wizfi_lockstep.c.
 */
#ifndef WIZFI_LOCKSTEP_H
#define WIZFI_LOCKSTEP_H

#include <stddef.h>
#include <stdint.h>

/* Join the run of the environment variable WIZFI_LOCKSTEP. Gives 0. */
int wizfi_open(void);

/* Send to the module. Gives how many bytes were sent: all. */
long wizfi_write(const void *data, size_t count);

/* Wait for bytes, until a time at most. Gives how many came; 0 when none did. */
long wizfi_read(void *data, size_t most, int64_t until_us);

/* The time. To look at it takes 10 microseconds, so that a busy loop comes to its end. */
int64_t wizfi_now(void);

/* Wait until a time. Gives the time. */
int64_t wizfi_sleep(int64_t until_us);

/* Any request of the protocol, such as "baud 57600", and the bytes behind it. Gives the length of its answer. */
long wizfi_ask(const char *request, const void *sent, size_t count, void *answer, size_t most);

/* Leave the run. */
void wizfi_close(void);

#endif
