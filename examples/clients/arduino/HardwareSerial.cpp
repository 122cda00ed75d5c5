#include "Arduino.h"

#include <cstdio>

extern "C" {
#include "../wizfi_lockstep.h"
}

TerminalSerial Serial;
HardwareSerial Serial1, Serial2, Serial3;

static uint8_t received[SERIAL_RX_BUFFER_SIZE];
static size_t count, begin;
unsigned long HardwareSerial::lostBytes = 0;

[[noreturn]] static void runIsOver() {
  std::fflush(stdout);
  std::fputs("the run is over\n", stderr);
  std::exit(1);
}

// What has come goes into the buffer as the board's interrupt would put it there: with one place left free.
static void takeWhatHasCome() {
  static uint8_t data[4096];
  const long came = wizfi_read(data, sizeof data, 0);
  if (came < 0) runIsOver();
  for (long i = 0; i < came; i++) {
    if (count == SERIAL_RX_BUFFER_SIZE - 1) {
      HardwareSerial::lostBytes++;
      continue;
    }
    received[(begin + count++) % SERIAL_RX_BUFFER_SIZE] = data[i];
  }
}

void HardwareSerial::begin(unsigned long baud, uint8_t) {
  char request[40];
  std::snprintf(request, sizeof request, "baud %lu", baud);
  if (wizfi_ask(request, nullptr, 0, nullptr, 0) < 0) runIsOver();
}

int HardwareSerial::available() {
  takeWhatHasCome();
  return static_cast<int>(count);
}

int HardwareSerial::peek() {
  return available() ? received[::begin] : -1;
}

int HardwareSerial::read() {
  const int byte = peek();
  if (byte >= 0) {
    ::begin = (::begin + 1) % SERIAL_RX_BUFFER_SIZE;
    count--;
  }
  return byte;
}

void HardwareSerial::flush() {
  if (wizfi_ask("drain", nullptr, 0, nullptr, 0) < 0) runIsOver();
}

size_t HardwareSerial::write(uint8_t byte) { return write(&byte, 1); }

size_t HardwareSerial::write(const uint8_t *data, size_t count) {
  if (wizfi_write(data, count) < 0) runIsOver();
  return count;
}

size_t TerminalSerial::write(uint8_t byte) { return write(&byte, 1); }
size_t TerminalSerial::write(const uint8_t *data, size_t count) { return std::fwrite(data, 1, count, stdout); }
void TerminalSerial::flush() { std::fflush(stdout); }
