/* A host of the WizFi250 on a bare Cortex-M3 (Stellaris LM3S6965): the console is on UART 0, the module on UART 1. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uart {
	volatile uint32_t data, status[5], flags, unused[2], divider, fraction, line, control;
};

#define CONSOLE ((struct uart *)0x4000C000)
#define MODULE ((struct uart *)0x4000D000)

enum { FLAG_EMPTY = 1 << 4, FLAG_FULL = 1 << 5, LINE_8N1_FIFO = 0x70, CONTROL_ON = 0x301, TICK_ON = 5 };
enum { CLOCK_HZ = 12500000, BAUD = 115200, TICKS_HZ = 2000, LINE_MAX_BYTES = 128 };

struct timer {
	volatile uint32_t control, reload, value;
};

#define SYSTICK ((struct timer *)0xE000E010)

void start(void);
extern char stack_top[];

__attribute__((section(".vectors"), used)) static const void *const vectors[] = {stack_top, start};

static void set_up(struct uart *uart)
{
	uart->divider = CLOCK_HZ / (16 * BAUD);
	uart->fraction = (CLOCK_HZ * 4 / BAUD) % 64;
	uart->line = LINE_8N1_FIFO;
	uart->control = CONTROL_ON;
}

static void put(struct uart *uart, const char *text)
{
	for (; *text; text++) {
		while (uart->flags & FLAG_FULL)
			;
		uart->data = (unsigned char)*text;
	}
}

static char get(void)
{
	while (MODULE->flags & FLAG_EMPTY)
		;
	return (char)MODULE->data;
}

/* Semihosting: QEMU ends, with exit status 0 for success. */
static void finish(bool success)
{
	register uint32_t operation __asm__("r0") = 0x18;
	register uint32_t reason __asm__("r1") = success ? 0x20026 : 0x20023;

	put(CONSOLE, success ? "PASS\n" : "FAIL\n");
	__asm__ volatile("bkpt 0xab" : : "r"(operation), "r"(reason) : "memory");
	for (;;)
		;
}

static bool begins(const char *line, const char *wanted)
{
	while (*wanted)
		if (*line++ != *wanted++)
			return false;
	return true;
}

/* Read one line, without its line end, and show it on the console. */
static void read_line(char *line)
{
	size_t length = 0;
	char byte;

	while ((byte = get()) != '\n')
		if (byte != '\r' && length < LINE_MAX_BYTES - 1)
			line[length++] = byte;
	line[length] = '\0';
	put(CONSOLE, line);
	put(CONSOLE, "\n");
	if (begins(line, "[ERROR") || begins(line, "[DISCONNECT"))
		finish(false);
}

static void expect(const char *wanted)
{
	char line[LINE_MAX_BYTES];

	do
		read_line(line);
	while (!begins(line, wanted));
}

static void command(const char *text)
{
	put(MODULE, text);
	put(MODULE, "\r");
	expect("[OK]");
}

/* [OK] and [CONNECT x], in either order; gives x, which is not 0 when an earlier run has left a socket open. */
static char connect(const char *text)
{
	static const char event[] = "[CONNECT ";
	bool ok = false;
	char line[LINE_MAX_BYTES], id = 0;

	put(MODULE, text);
	put(MODULE, "\r");
	while (!ok || !id) {
		read_line(line);
		ok = ok || begins(line, "[OK]");
		if (begins(line, event))
			id = line[sizeof event - 1];
	}
	return id;
}

void start(void)
{
	static const char sent[] = "hello from a Cortex-M3";
	char line[LINE_MAX_BYTES], send[] = "AT+SSEND=x,,,22\r", prompt[] = "[x,,,22]";

	/* Ticks without an interrupt. When QEMU records a run it gives received bytes to the guest between two ticks. */
	SYSTICK->reload = CLOCK_HZ / TICKS_HZ;
	SYSTICK->control = TICK_ON;
	set_up(CONSOLE);
	set_up(MODULE);
	command("AT");
	command("AT+WSET=0,WizFiDemoAP");
	command("AT+WSEC=0,,12345678");
	command("AT+WJOIN");
	send[9] = prompt[1] = connect("AT+SCON=O,TCN,192.168.12.1,5000,,0");
	put(MODULE, send);
	expect(prompt);
	put(MODULE, sent);
	/* A block of data: {0,192.168.12.1,5000,22}hello from a Cortex-M3 */
	do
		read_line(line);
	while (line[0] != '{');
	for (size_t at = 0; line[at]; at++)
		if (line[at] == '}')
			finish(begins(line + at + 1, sent));
	finish(false);
}
