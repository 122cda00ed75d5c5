/* The SPI line of a virtual module as its host sees it: transfers on one Unix socket, DATA_READY on another.
 *
 * On hardware, replace wizfi_spi_transfer and wizfi_spi_ready by those of the board; the rest stays. What is written is
 * escaped and obeys XOFF, what is read has neither NULLs nor codes. Functions give -1 when the line is gone.
 */
#ifndef WIZFI_SPI_H
#define WIZFI_SPI_H

#include <stddef.h>
#include <stdint.h>

/* Connect to the line at a path, that of wizfi-emu run --spi unix:PATH. Gives 0. */
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
