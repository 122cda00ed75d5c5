#include "Arduino.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

Stream Serial;
Stream Serial1;

static void fail(const char *what) {
  std::perror(what);
  std::exit(1);
}

static speed_t speedOf(unsigned long baud) {
  switch (baud) {
    case 9600: return B9600;
    case 57600: return B57600;
    default: return B115200;
  }
}

void Stream::attach(int from, int to) {
  input = from;
  output = to;
}

void Stream::begin(unsigned long baud) {
  struct termios settings;
  if (!isatty(output) || output == STDOUT_FILENO) return;
  if (tcgetattr(output, &settings)) fail("serial port");
  cfmakeraw(&settings);
  cfsetspeed(&settings, speedOf(baud));
  settings.c_cflag |= CLOCAL | CREAD;
  if (tcsetattr(output, TCSANOW, &settings)) fail("serial port");
}

int Stream::available() {
  int count = 0;
  return ioctl(input, FIONREAD, &count) ? 0 : count;
}

int Stream::read() {
  unsigned char byte;
  return available() && ::read(input, &byte, 1) == 1 ? byte : -1;
}

void Stream::print(const char *text) {
  for (; *text; text++) print(*text);
}

void Stream::print(char letter) {
  if (write(output, &letter, 1) != 1) fail("write");
}

void Stream::println(const char *text) {
  print(text);
  print("\r\n");
}

unsigned long millis() {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000ul + now.tv_nsec / 1000000;
}

void delay(unsigned long ms) {
  usleep(ms * 1000);
}

int main(int count, char **arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: %s DEVICE\n", arguments[0]);
    return 2;
  }
  const int device = open(arguments[1], O_RDWR | O_NOCTTY);
  if (device < 0) fail(arguments[1]);
  Serial.attach(STDIN_FILENO, STDOUT_FILENO);
  Serial1.attach(device, device);
  setup();
  for (;;) loop();
}
