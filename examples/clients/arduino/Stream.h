#pragma once

#include "Print.h"

enum LookaheadMode { SKIP_ALL, SKIP_NONE, SKIP_WHITESPACE };
constexpr char NO_IGNORE_CHAR = '\x01';

class Stream : public Print {
public:
  virtual int available() = 0;
  virtual int read() = 0;
  virtual int peek() = 0;

  void setTimeout(unsigned long ms) { timeout = ms; }
  unsigned long getTimeout() const { return timeout; }

  bool find(const char *target) { return find(target, std::strlen(target)); }
  bool find(const uint8_t *target) { return find(reinterpret_cast<const char *>(target)); }
  bool find(const char *target, size_t count) { return findUntil(target, count, nullptr, 0); }
  bool find(const uint8_t *target, size_t count) { return find(reinterpret_cast<const char *>(target), count); }
  bool find(char target) { return find(&target, 1); }
  bool findUntil(const char *target, const char *end) {
    return findUntil(target, std::strlen(target), end, std::strlen(end));
  }
  bool findUntil(const char *target, size_t count, const char *end, size_t endCount);

  long parseInt(LookaheadMode skip = SKIP_ALL, char ignore = NO_IGNORE_CHAR);
  float parseFloat(LookaheadMode skip = SKIP_ALL, char ignore = NO_IGNORE_CHAR);

  virtual size_t readBytes(char *buffer, size_t count);
  virtual size_t readBytes(uint8_t *buffer, size_t count) { return readBytes(reinterpret_cast<char *>(buffer), count); }
  size_t readBytesUntil(char end, char *buffer, size_t count);
  size_t readBytesUntil(char end, uint8_t *buffer, size_t count) {
    return readBytesUntil(end, reinterpret_cast<char *>(buffer), count);
  }
  String readString();
  String readStringUntil(char end);

protected:
  int timedRead();
  int timedPeek();
  unsigned long timeout = 1000;

private:
  bool skipToNumber(LookaheadMode skip, bool point);
};
