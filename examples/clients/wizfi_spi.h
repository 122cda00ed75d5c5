/* The SPI line of a virtual module as its host sees it: transfers, and the pin DATA_READY.
 *
 * wizfi_spi.c has reading and writing: what is written is escaped and obeys XOFF, what is read has neither NULLs nor
 * codes. The line itself is that of a running module (wizfi_spi_socket.c) or of one in lockstep (wizfi_spi_lockstep.c);
 * on hardware it is the board's, in the same four functions. Functions give -1 when the line is gone.
 */
#ifndef WIZFI_SPI_H
#define WIZFI_SPI_H

#include <stddef.h>
#include <stdint.h>

/* Connect to the line at a path, that of wizfi-emu run --spi unix:PATH; in lockstep to that of the run. Gives 0. */
int wizfi_spi_open(const char *path);

/* One transfer, with chip select around it: clocks a byte out, gives the one that comes back. */
int wizfi_spi_transfer(uint8_t mosi);

/* DATA_READY, 0 or 1. Waits for 1 at most so many milliseconds. */
int wizfi_spi_ready(int timeout_ms);

/* Send to the module; what comes back meanwhile is kept. Gives how many bytes were sent: all. */
long wizfi_spi_write(const void *data, size_t count);

/* Wait for bytes of the module, so many milliseconds at most. Gives how many came; 0 when none did. */
long wizfi_spi_read(void *data, size_t most, int timeout_ms);

/* Leave the line. */
void wizfi_spi_close(void);

#endif
