#pragma once

#include <cstdint>
#include <string>

class __FlashStringHelper;
#define F(text) (reinterpret_cast<const __FlashStringHelper *>(PSTR(text)))

class String {
public:
  String(const char *text = "") : text(text ? text : "") {}
  String(const __FlashStringHelper *text) : String(reinterpret_cast<const char *>(text)) {}
  String(const std::string &text) : text(text) {}
  explicit String(char letter) : text(1, letter) {}
  explicit String(unsigned char value, unsigned char base = 10) : String(static_cast<unsigned long>(value), base) {}
  explicit String(int value, unsigned char base = 10);
  explicit String(unsigned int value, unsigned char base = 10) : String(static_cast<unsigned long>(value), base) {}
  explicit String(long value, unsigned char base = 10);
  explicit String(unsigned long value, unsigned char base = 10);
  explicit String(float value, unsigned char decimals = 2) : String(static_cast<double>(value), decimals) {}
  explicit String(double value, unsigned char decimals = 2);

  unsigned int length() const { return static_cast<unsigned int>(text.size()); }
  bool isEmpty() const { return text.empty(); }
  bool reserve(unsigned int size) { return text.reserve(size), true; }
  const char *c_str() const { return text.c_str(); }
  const char *begin() const { return c_str(); }
  const char *end() const { return c_str() + text.size(); }
  char charAt(unsigned int index) const { return index < text.size() ? text[index] : '\0'; }
  void setCharAt(unsigned int index, char letter);
  char operator[](unsigned int index) const { return charAt(index); }
  char &operator[](unsigned int index);
  void getBytes(unsigned char *buffer, unsigned int size, unsigned int from = 0) const;
  void toCharArray(char *buffer, unsigned int size, unsigned int from = 0) const;

  bool concat(const String &more) { return text += more.text, true; }
  template <class T>
  bool concat(const T &more) {
    return concat(String(more));
  }
  bool concat(const char *more, unsigned int count) { return text.append(more, count), true; }
  template <class T>
  String &operator+=(const T &more) {
    return concat(more), *this;
  }

  int compareTo(const String &other) const { return text.compare(other.text); }
  bool equals(const String &other) const { return text == other.text; }
  bool equalsIgnoreCase(const String &other) const;
  bool startsWith(const String &other, unsigned int from = 0) const;
  bool endsWith(const String &other) const;
  explicit operator bool() const { return true; }

  int indexOf(char letter, unsigned int from = 0) const { return place(text.find(letter, from)); }
  int indexOf(const String &other, unsigned int from = 0) const { return place(text.find(other.text, from)); }
  int lastIndexOf(char letter) const { return place(text.rfind(letter)); }
  int lastIndexOf(char letter, unsigned int from) const { return place(text.rfind(letter, from)); }
  int lastIndexOf(const String &other) const { return place(text.rfind(other.text)); }
  int lastIndexOf(const String &other, unsigned int from) const { return place(text.rfind(other.text, from)); }
  String substring(unsigned int from, unsigned int end = ~0u) const;

  void replace(char old, char letter);
  void replace(const String &old, const String &other);
  void remove(unsigned int index, unsigned int count = ~0u);
  void toLowerCase();
  void toUpperCase();
  void trim();

  long toInt() const;
  float toFloat() const { return static_cast<float>(toDouble()); }
  double toDouble() const;

private:
  static int place(size_t found) { return found == std::string::npos ? -1 : static_cast<int>(found); }
  std::string text;
};

template <class T>
String operator+(String text, const T &more) {
  return text += more;
}
inline String operator+(const char *text, const String &more) { return String(text) += more; }
inline bool operator==(const String &one, const String &other) { return one.equals(other); }
inline bool operator!=(const String &one, const String &other) { return !one.equals(other); }
inline bool operator<(const String &one, const String &other) { return one.compareTo(other) < 0; }
inline bool operator>(const String &one, const String &other) { return one.compareTo(other) > 0; }
inline bool operator<=(const String &one, const String &other) { return one.compareTo(other) <= 0; }
inline bool operator>=(const String &one, const String &other) { return one.compareTo(other) >= 0; }
