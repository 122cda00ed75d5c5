// What the sketch uses of the Arduino API, on a PC.
#pragma once
#include <cstddef>

class Stream {
public:
  void attach(int input, int output);
  void begin(unsigned long baud);
  int available();
  int read();
  void print(const char *text);
  void print(char letter);
  void println(const char *text);

private:
  int input = -1;
  int output = -1;
};

extern Stream Serial;   // the terminal
extern Stream Serial1;  // the device of the command line

unsigned long millis();
void delay(unsigned long ms);

void setup();
void loop();
