// Time, pins and numbers, and the main function: it runs the sketch, for ever or for so many seconds.
#include "Arduino.h"

#include <cstdio>

extern "C" {
#include "../wizfi_lockstep.h"
}

static int64_t beginUs;
static uint8_t levels[256];
static unsigned long randomState = 1;

unsigned long micros() { return static_cast<uint32_t>(wizfi_now() - beginUs); }
unsigned long millis() { return static_cast<uint32_t>((wizfi_now() - beginUs) / 1000); }
void yield() { wizfi_now(); }

static void sleepFor(int64_t us) {
  if (wizfi_sleep(wizfi_now() + us) >= 0) return;
  std::fflush(stdout);
  std::exit(1);
}

void delay(unsigned long ms) { sleepFor(static_cast<int64_t>(ms) * 1000); }
void delayMicroseconds(unsigned int us) { sleepFor(us); }

void pinMode(uint8_t pin, uint8_t mode) {
  if (mode == INPUT_PULLUP) levels[pin] = HIGH;
}
void digitalWrite(uint8_t pin, uint8_t level) { levels[pin] = level != LOW; }
int digitalRead(uint8_t pin) { return levels[pin] != 0; }
int analogRead(uint8_t pin) { return levels[pin] * 4; }
void analogWrite(uint8_t pin, int value) { levels[pin] = static_cast<uint8_t>(value); }

long map(long value, long fromLow, long fromHigh, long toLow, long toHigh) {
  return (value - fromLow) * (toHigh - toLow) / (fromHigh - fromLow) + toLow;
}

void randomSeed(unsigned long seed) {
  if (seed) randomState = seed;
}

long random(long end) {
  randomState = (randomState * 1103515245 + 12345) & 0x7FFFFFFF;
  return end > 0 ? static_cast<long>(randomState >> 8) % end : 0;
}

long random(long begin, long end) { return begin < end ? begin + random(end - begin) : begin; }

static char *put(const String &digits, char *text) { return std::strcpy(text, digits.c_str()); }
char *itoa(int value, char *text, int base) { return put(String(value, static_cast<unsigned char>(base)), text); }
char *utoa(unsigned int value, char *text, int base) { return put(String(value, static_cast<unsigned char>(base)), text); }
char *ltoa(long value, char *text, int base) { return put(String(value, static_cast<unsigned char>(base)), text); }
char *ultoa(unsigned long value, char *text, int base) { return put(String(value, static_cast<unsigned char>(base)), text); }

char *dtostrf(double value, signed char width, unsigned char decimals, char *text) {
  std::sprintf(text, "%*.*f", width, decimals, value);
  return text;
}

int main(int count, char **arguments) {
  if (count > 3 || (count > 1 && arguments[1][0] == '-')) {
    std::fprintf(stderr, "usage: %s [DEVICE [SECONDS]]\n", arguments[0]);
    return 2;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  if (count > 1) setenv("WIZFI_DEVICE", arguments[1], 1);
  if (wizfi_open() < 0) {
    std::fprintf(stderr, "%s: expected a device, or a run of wizfi-emu in lockstep\n", arguments[0]);
    return 2;
  }
  beginUs = wizfi_now();
  const unsigned long limitMs = count > 2 ? std::strtoul(arguments[2], nullptr, 10) * 1000 : 0;
  setup();
  while (!limitMs || millis() < limitMs) loop();
  wizfi_close();
  return 0;
}
