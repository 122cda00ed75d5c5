#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "Printable.h"
#include "WString.h"

enum : int { DEC = 10, HEX = 16, OCT = 8, BIN = 2 };

class Print {
public:
  virtual ~Print() = default;
  virtual size_t write(uint8_t byte) = 0;
  virtual size_t write(const uint8_t *data, size_t count);
  size_t write(const char *text) { return text ? write(text, std::strlen(text)) : 0; }
  size_t write(const char *data, size_t count) { return write(reinterpret_cast<const uint8_t *>(data), count); }
  virtual int availableForWrite() { return 0; }
  virtual void flush() {}
  int getWriteError() const { return error; }
  void clearWriteError() { error = 0; }

  size_t print(const __FlashStringHelper *text) { return write(reinterpret_cast<const char *>(text)); }
  size_t print(const String &text) { return write(text.c_str(), text.length()); }
  size_t print(const char *text) { return write(text); }
  size_t print(char letter) { return write(static_cast<uint8_t>(letter)); }
  size_t print(unsigned char value, int base = DEC) { return print(static_cast<unsigned long>(value), base); }
  size_t print(int value, int base = DEC) { return print(static_cast<long>(value), base); }
  size_t print(unsigned int value, int base = DEC) { return print(static_cast<unsigned long>(value), base); }
  size_t print(long value, int base = DEC);
  size_t print(unsigned long value, int base = DEC);
  size_t print(double value, int decimals = 2) { return print(String(value, static_cast<unsigned char>(decimals))); }
  size_t print(const Printable &one) { return one.printTo(*this); }

  size_t println() { return write("\r\n", 2); }
  template <class T>
  size_t println(const T &value) {
    const size_t count = print(value);
    return count + println();
  }
  template <class T>
  size_t println(const T &value, int format) {
    const size_t count = print(value, format);
    return count + println();
  }

protected:
  void setWriteError(int number = 1) { error = number; }

private:
  int error = 0;
};
