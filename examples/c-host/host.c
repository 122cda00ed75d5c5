/* A host of the WizFi250: joins a network, talks TCP. usage: host DEVICE PEER-ADDRESS PEER-PORT */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 256

static int port;

static void fail(const char *what)
{
	fprintf(stderr, "host: %s\n", what);
	exit(1);
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void open_port(const char *device)
{
	struct termios settings;

	port = open(device, O_RDWR | O_NOCTTY);
	if (port < 0 || tcgetattr(port, &settings) != 0)
		fail(strerror(errno));
	cfmakeraw(&settings); /* 8 data bits, no parity; nothing is translated or echoed */
	cfsetspeed(&settings, B115200);
	settings.c_cflag |= CLOCAL | CREAD;
	if (tcsetattr(port, TCSANOW, &settings) != 0)
		fail(strerror(errno));
}

static void put(const void *data, size_t length)
{
	const char *rest = data;

	while (length > 0) {
		ssize_t written = write(port, rest, length);

		if (written < 0)
			fail(strerror(errno));
		rest += written;
		length -= (size_t)written;
	}
}

/* The next byte, or -1 when the time is over. */
static int get(long long deadline_ms)
{
	struct pollfd ready = {.fd = port, .events = POLLIN};
	long long rest_ms = deadline_ms - now_ms();
	unsigned char byte;

	if (rest_ms < 0 || poll(&ready, 1, (int)rest_ms) <= 0 || read(port, &byte, 1) != 1)
		return -1;
	return byte;
}

/* Read lines up to one that begins with `wanted`. An error line ends the program. */
static void expect(const char *wanted, int limit_ms)
{
	long long deadline_ms = now_ms() + limit_ms;
	char line[LINE_MAX_BYTES];
	size_t length = 0;
	int byte;

	while ((byte = get(deadline_ms)) >= 0) {
		if (byte != '\n') {
			if (byte != '\r' && length < sizeof line - 1)
				line[length++] = (char)byte;
			continue;
		}
		line[length] = '\0';
		length = 0;
		if (strncmp(line, "[ERROR", 6) == 0 || strncmp(line, "[DISCONNECT", 11) == 0)
			fail(line);
		if (strncmp(line, wanted, strlen(wanted)) == 0)
			return;
	}
	fprintf(stderr, "host: no %s\n", wanted);
	exit(1);
}

static void command(const char *text, int limit_ms)
{
	put(text, strlen(text));
	put("\r", 1);
	expect("[OK]", limit_ms);
}

/* [CONNECT x] comes behind [OK], or before it when the peer is near. Gives x. */
static int connect_to(const char *address, const char *peer_port)
{
	char text[LINE_MAX_BYTES];
	char found[] = "[CONNECT ";
	long long deadline_ms = now_ms() + 10000;
	size_t matched = 0, ok = 0;
	int id = -1, byte;

	snprintf(text, sizeof text, "AT+SCON=O,TCN,%s,%s,,0\r", address, peer_port);
	put(text, strlen(text));
	while (id < 0 || ok < 4) {
		if ((byte = get(deadline_ms)) < 0)
			fail("no connection");
		if (found[matched] == '\0') {
			id = byte - '0';
			matched = 0;
		} else {
			matched = byte == found[matched] ? matched + 1 : byte == '[';
		}
		if (ok < 4)
			ok = byte == "[OK]"[ok] ? ok + 1 : byte == '[';
	}
	return id;
}

static void send_data(int id, const char *data, size_t length)
{
	char text[LINE_MAX_BYTES];

	/* CR alone: a line feed would be the first byte of the data. */
	snprintf(text, sizeof text, "AT+SSEND=%d,,,%zu\r", id, length);
	put(text, strlen(text));
	snprintf(text, sizeof text, "[%d,,,%zu]", id, length);
	expect(text, 5000);
	put(data, length);
}

/* Wait for one block {id,address,port,length}data. The header may come in any pieces. */
static void receive_data(char *data, size_t room)
{
	long long deadline_ms = now_ms() + 5000;
	char header[LINE_MAX_BYTES];
	size_t used = 0, length = 0;
	int byte;

	while ((byte = get(deadline_ms)) >= 0 && byte != '{')
		;
	while ((byte = get(deadline_ms)) >= 0 && byte != '}' && used < sizeof header - 1)
		header[used++] = (char)byte;
	header[used] = '\0';
	if (byte != '}' || sscanf(header, "%*d,%*[0-9.],%*d,%zu", &length) != 1 || length >= room)
		fail("no block of data");
	for (size_t at = 0; at < length; at++) {
		if ((byte = get(deadline_ms)) < 0)
			fail("the data ends early");
		data[at] = (char)byte;
	}
	data[length] = '\0';
}

int main(int count, char **arguments)
{
	static const char sent[] = "hello from C";
	char came[LINE_MAX_BYTES];
	int id;

	if (count != 4)
		fail("usage: host DEVICE PEER-ADDRESS PEER-PORT");
	open_port(arguments[1]);
	command("AT+WSET=0,WizFiDemoAP", 2000);
	command("AT+WSEC=0,,12345678", 2000);
	command("AT+WJOIN", 30000);
	id = connect_to(arguments[2], arguments[3]);
	send_data(id, sent, strlen(sent));
	receive_data(came, sizeof came);
	if (strcmp(came, sent) != 0)
		fail("other data came back");
	printf("came back: %s\n", came);
	return 0;
}
