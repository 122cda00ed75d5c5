#include "Arduino.h"

int Stream::timedRead() {
  const unsigned long begin = millis();
  do {
    const int byte = read();
    if (byte >= 0) return byte;
  } while (millis() - begin < timeout);
  return -1;
}

int Stream::timedPeek() {
  const unsigned long begin = millis();
  do {
    const int byte = peek();
    if (byte >= 0) return byte;
  } while (millis() - begin < timeout);
  return -1;
}

// What has matched of a text, a byte later. A text that begins again within itself is found too.
static size_t matchedWith(char letter, const char *text, size_t matched) {
  while (matched > 0 && text[matched] != letter) {
    size_t shorter = matched - 1;
    while (shorter > 0 && std::memcmp(text, text + matched - shorter, shorter) != 0) shorter--;
    matched = shorter;
  }
  return text[matched] == letter ? matched + 1 : 0;
}

bool Stream::findUntil(const char *target, size_t count, const char *end, size_t endCount) {
  size_t matched = 0, ended = 0;
  if (!count) return true;
  for (int byte; (byte = timedRead()) >= 0;) {
    matched = matchedWith(static_cast<char>(byte), target, matched);
    if (matched == count) return true;
    if (!endCount) continue;
    ended = matchedWith(static_cast<char>(byte), end, ended);
    if (ended == endCount) return false;
  }
  return false;
}

bool Stream::skipToNumber(LookaheadMode skip, bool point) {
  for (int byte; (byte = timedPeek()) >= 0; read()) {
    if (byte == '-' || isDigit(byte) || (point && byte == '.')) return true;
    if (skip == SKIP_NONE || (skip == SKIP_WHITESPACE && !isSpace(byte))) return false;
  }
  return false;
}

long Stream::parseInt(LookaheadMode skip, char ignore) {
  if (!skipToNumber(skip, false)) return 0;
  bool negative = false;
  long value = 0;
  for (int byte = timedPeek(); byte == '-' || isDigit(byte) || byte == ignore; byte = timedPeek()) {
    read();
    if (byte == '-') negative = true;
    else if (byte != ignore) value = value * 10 + byte - '0';
  }
  return negative ? -value : value;
}

float Stream::parseFloat(LookaheadMode skip, char ignore) {
  if (!skipToNumber(skip, true)) return 0;
  bool negative = false, fraction = false;
  double value = 0, unit = 1;
  for (int byte = timedPeek(); byte == '-' || isDigit(byte) || byte == ignore || (byte == '.' && !fraction);
       byte = timedPeek()) {
    read();
    if (byte == '-') negative = true;
    else if (byte == '.') fraction = true;
    else if (byte != ignore) {
      value = value * 10 + byte - '0';
      if (fraction) unit /= 10;
    }
  }
  value *= unit;
  return static_cast<float>(negative ? -value : value);
}

size_t Stream::readBytes(char *buffer, size_t count) {
  size_t read = 0;
  for (int byte; read < count && (byte = timedRead()) >= 0;) buffer[read++] = static_cast<char>(byte);
  return read;
}

size_t Stream::readBytesUntil(char end, char *buffer, size_t count) {
  size_t read = 0;
  for (int byte; read < count && (byte = timedRead()) >= 0 && byte != static_cast<uint8_t>(end);)
    buffer[read++] = static_cast<char>(byte);
  return read;
}

String Stream::readString() {
  String text;
  for (int byte; (byte = timedRead()) >= 0;) text += static_cast<char>(byte);
  return text;
}

String Stream::readStringUntil(char end) {
  String text;
  for (int byte; (byte = timedRead()) >= 0 && byte != static_cast<uint8_t>(end);) text += static_cast<char>(byte);
  return text;
}
