#pragma once

#include <cstdint>

#include "Printable.h"
#include "WString.h"

class IPAddress : public Printable {
public:
  IPAddress() = default;
  IPAddress(uint8_t first, uint8_t second, uint8_t third, uint8_t fourth) : bytes{first, second, third, fourth} {}
  IPAddress(uint32_t address);  // the first number in the lowest byte
  IPAddress(const uint8_t *address);
  bool fromString(const char *text);
  bool fromString(const String &text) { return fromString(text.c_str()); }
  String toString() const;

  operator uint32_t() const;
  bool operator==(const IPAddress &other) const { return uint32_t(*this) == uint32_t(other); }
  bool operator!=(const IPAddress &other) const { return !(*this == other); }
  bool operator==(const uint8_t *address) const { return *this == IPAddress(address); }
  uint8_t operator[](int index) const { return bytes[index]; }
  uint8_t &operator[](int index) { return bytes[index]; }
  size_t printTo(Print &to) const override;

private:
  friend class Client;
  friend class UDP;
  uint8_t *raw_address() { return bytes; }
  uint8_t bytes[4] = {};
};

const IPAddress INADDR_NONE(0, 0, 0, 0);
