#include "Arduino.h"

IPAddress::IPAddress(uint32_t address) {
  for (int i = 0; i < 4; i++) bytes[i] = static_cast<uint8_t>(address >> 8 * i);
}

IPAddress::IPAddress(const uint8_t *address) { std::memcpy(bytes, address, sizeof bytes); }

IPAddress::operator uint32_t() const {
  uint32_t address = 0;
  for (int i = 0; i < 4; i++) address |= static_cast<uint32_t>(bytes[i]) << 8 * i;
  return address;
}

bool IPAddress::fromString(const char *text) {
  unsigned int parts[4];
  char more;
  if (std::sscanf(text, "%3u.%3u.%3u.%3u%c", &parts[0], &parts[1], &parts[2], &parts[3], &more) != 4) return false;
  for (unsigned int part : parts)
    if (part > 255) return false;
  for (int i = 0; i < 4; i++) bytes[i] = static_cast<uint8_t>(parts[i]);
  return true;
}

String IPAddress::toString() const {
  return String(bytes[0]) + '.' + String(bytes[1]) + '.' + String(bytes[2]) + '.' + String(bytes[3]);
}

size_t IPAddress::printTo(Print &to) const { return to.print(toString()); }
