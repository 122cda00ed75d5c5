#include "Arduino.h"

#include <algorithm>

static std::string digitsOf(unsigned long value, unsigned char base) {
  std::string digits;
  do {
    digits += "0123456789abcdefghijklmnopqrstuvwxyz"[value % base];
    value /= base;
  } while (value);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

String::String(unsigned long value, unsigned char base) : text(digitsOf(value, base)) {}

String::String(long value, unsigned char base)
    : text(value < 0 && base == 10 ? "-" + digitsOf(-static_cast<unsigned long>(value), base)
                                   : digitsOf(static_cast<unsigned long>(value), base)) {}

// A negative number in another base has the bits of an int.
String::String(int value, unsigned char base)
    : text(base == 10 ? String(static_cast<long>(value)).text : digitsOf(static_cast<unsigned int>(value), base)) {}

String::String(double value, unsigned char decimals) {
  char digits[340];
  std::snprintf(digits, sizeof digits, "%.*f", decimals, value);
  text = digits;
}

void String::setCharAt(unsigned int index, char letter) {
  if (index < text.size()) text[index] = letter;
}

char &String::operator[](unsigned int index) {
  static char nowhere;
  return index < text.size() ? text[index] : nowhere = '\0';
}

void String::getBytes(unsigned char *buffer, unsigned int size, unsigned int from) const {
  if (!size) return;
  const String part = substring(from, from + size - 1);
  std::memcpy(buffer, part.c_str(), part.length() + 1);
}

void String::toCharArray(char *buffer, unsigned int size, unsigned int from) const {
  getBytes(reinterpret_cast<unsigned char *>(buffer), size, from);
}

bool String::equalsIgnoreCase(const String &other) const { return strcasecmp(c_str(), other.c_str()) == 0; }

bool String::startsWith(const String &other, unsigned int from) const {
  return from <= text.size() && text.compare(from, other.text.size(), other.text) == 0;
}

bool String::endsWith(const String &other) const {
  return text.size() >= other.text.size() && startsWith(other, length() - other.length());
}

String String::substring(unsigned int from, unsigned int end) const {
  if (from > end) std::swap(from, end);
  return from < text.size() ? String(text.substr(from, end - from)) : String();
}

void String::replace(char old, char letter) { std::replace(text.begin(), text.end(), old, letter); }

void String::replace(const String &old, const String &other) {
  if (old.isEmpty()) return;
  for (size_t at = text.find(old.text); at != std::string::npos; at = text.find(old.text, at + other.text.size()))
    text.replace(at, old.text.size(), other.text);
}

void String::remove(unsigned int index, unsigned int count) {
  if (index < text.size()) text.erase(index, count);
}

void String::toLowerCase() { std::transform(text.begin(), text.end(), text.begin(), ::tolower); }
void String::toUpperCase() { std::transform(text.begin(), text.end(), text.begin(), ::toupper); }

void String::trim() {
  const char *blanks = " \t\n\v\f\r";
  text.erase(0, text.find_first_not_of(blanks));
  text.erase(text.find_last_not_of(blanks) + 1);
}

long String::toInt() const { return std::atol(c_str()); }
double String::toDouble() const { return std::atof(c_str()); }
