#include "Arduino.h"

size_t Print::write(const uint8_t *data, size_t count) {
  size_t written = 0;
  while (written < count && write(data[written])) written++;
  return written;
}

// A base of 0 is the byte itself. Digits above 9 are capitals, unlike those of String.
size_t Print::print(unsigned long value, int base) {
  if (base == 0) return write(static_cast<uint8_t>(value));
  String digits(value, static_cast<unsigned char>(base));
  digits.toUpperCase();
  return print(digits);
}

size_t Print::print(long value, int base) {
  if (base == DEC) return print(String(value));
  return print(static_cast<unsigned long>(static_cast<uint32_t>(value)), base);  // a board's long has 32 bits
}
