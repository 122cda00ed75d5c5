// A test of a driver on the PC, against the device in WIZFI_PORT.
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <unity.h>

static int port;

static bool answers(const char *command, const char *wanted) {
  char got[512];
  size_t length = 0;
  write(port, command, strlen(command));
  struct pollfd wait = {port, POLLIN, 0};
  while (length < sizeof got - 1 && poll(&wait, 1, 5000) > 0) {
    const ssize_t count = read(port, got + length, sizeof got - 1 - length);
    if (count <= 0) break;
    length += static_cast<size_t>(count);
    got[length] = '\0';
    if (strstr(got, wanted)) return true;
  }
  return false;
}

void setUp() {
  struct termios settings;
  port = open(getenv("WIZFI_PORT"), O_RDWR | O_NOCTTY);
  tcgetattr(port, &settings);
  cfmakeraw(&settings);
  cfsetspeed(&settings, B115200);
  tcsetattr(port, TCSANOW, &settings);
}

void tearDown() { close(port); }

static void test_answers() { TEST_ASSERT_TRUE(answers("AT\r", "[OK]\r\n")); }

int main() {
  UNITY_BEGIN();
  RUN_TEST(test_answers);
  return UNITY_END();
}
