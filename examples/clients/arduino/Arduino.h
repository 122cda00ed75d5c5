// The Arduino API on a PC, for sketches and driver libraries that talk to a module: on the lockstep client, or on a
// device. Serial is the terminal; Serial1 to Serial3 and every SoftwareSerial are the module's line.
#pragma once

#include <cctype>
#include <cmath>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "avr/pgmspace.h"

#define ARDUINO 10819

using byte = uint8_t;
using boolean = bool;
using word = uint16_t;

// --- time ---

unsigned long millis();
unsigned long micros();
void delay(unsigned long ms);
void delayMicroseconds(unsigned int us);
void yield();

// --- numbers ---

template <class A, class B>
constexpr auto min(A a, B b) -> decltype(a < b ? a : b) {
  return a < b ? a : b;
}

template <class A, class B>
constexpr auto max(A a, B b) -> decltype(a < b ? b : a) {
  return a < b ? b : a;
}

#define constrain(value, low, high) ((value) < (low) ? (low) : (value) > (high) ? (high) : (value))
#define sq(x) ((x) * (x))
#define radians(degrees) ((degrees) * 0.017453292519943295)
#define degrees(radians) ((radians) * 57.29577951308232)
#define lowByte(w) ((uint8_t)((w) & 0xFF))
#define highByte(w) ((uint8_t)((w) >> 8))
#define bit(n) (1UL << (n))
#define bitRead(value, n) (((value) >> (n)) & 1)
#define bitSet(value, n) ((value) |= bit(n))
#define bitClear(value, n) ((value) &= ~bit(n))
#define bitToggle(value, n) ((value) ^= bit(n))
#define bitWrite(value, n, b) ((b) ? bitSet(value, n) : bitClear(value, n))
#define PI 3.1415926535897932384626433832795
#define HALF_PI 1.5707963267948966192313216916398
#define TWO_PI 6.283185307179586476925286766559

constexpr uint16_t makeWord(uint8_t high, uint8_t low) { return static_cast<uint16_t>(high << 8 | low); }
long map(long value, long fromLow, long fromHigh, long toLow, long toHigh);

// The same numbers in each run, until a seed is set.
void randomSeed(unsigned long seed);
long random(long end);
long random(long begin, long end);

char *itoa(int value, char *text, int base);
char *utoa(unsigned int value, char *text, int base);
char *ltoa(long value, char *text, int base);
char *ultoa(unsigned long value, char *text, int base);
char *dtostrf(double value, signed char width, unsigned char decimals, char *text);

// --- characters ---

inline bool isAlpha(int c) { return std::isalpha(c); }
inline bool isAlphaNumeric(int c) { return std::isalnum(c); }
inline bool isAscii(int c) { return c >= 0 && c < 128; }
inline bool isControl(int c) { return std::iscntrl(c); }
inline bool isDigit(int c) { return std::isdigit(c); }
inline bool isGraph(int c) { return std::isgraph(c); }
inline bool isHexadecimalDigit(int c) { return std::isxdigit(c); }
inline bool isLowerCase(int c) { return std::islower(c); }
inline bool isPrintable(int c) { return std::isprint(c); }
inline bool isPunct(int c) { return std::ispunct(c); }
inline bool isSpace(int c) { return std::isspace(c); }
inline bool isUpperCase(int c) { return std::isupper(c); }
inline bool isWhitespace(int c) { return c == ' ' || c == '\t'; }

// --- pins: they keep what is written to them ---

enum : uint8_t { LOW = 0, HIGH = 1 };
enum : uint8_t { INPUT = 0, OUTPUT = 1, INPUT_PULLUP = 2 };
enum : uint8_t { LED_BUILTIN = 13, A0 = 54, A1, A2, A3, A4, A5, NUM_DIGITAL_PINS = 70 };
enum : uint8_t { LSBFIRST = 0, MSBFIRST = 1 };
enum : uint8_t { CHANGE = 1, FALLING = 2, RISING = 3 };

void pinMode(uint8_t pin, uint8_t mode);
void digitalWrite(uint8_t pin, uint8_t level);
int digitalRead(uint8_t pin);
int analogRead(uint8_t pin);
void analogWrite(uint8_t pin, int value);
inline void interrupts() {}
inline void noInterrupts() {}

// --- the sketch ---

void setup();
void loop();

#include "Client.h"
#include "HardwareSerial.h"
#include "IPAddress.h"
#include "Print.h"
#include "Printable.h"
#include "Server.h"
#include "Stream.h"
#include "Udp.h"
#include "WString.h"
