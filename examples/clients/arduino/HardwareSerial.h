#pragma once

#include "Stream.h"

// What is kept of a line for a sketch that does not read; more is lost. A PC's terminal keeps 4096 bytes, an Uno 63:
// with 64 a run in lockstep loses what the board would. In real time a PC is not as quick as an interrupt.
#ifndef SERIAL_RX_BUFFER_SIZE
#define SERIAL_RX_BUFFER_SIZE 4097
#endif

enum : uint8_t { SERIAL_8N1 = 0x06, SERIAL_8N2 = 0x0E, SERIAL_8E1 = 0x26, SERIAL_8O1 = 0x36 };

// The terminal: what is written goes to standard output, and nothing comes.
class TerminalSerial : public Stream {
public:
  void begin(unsigned long, uint8_t = SERIAL_8N1) {}
  void end() {}
  int available() override { return 0; }
  int read() override { return -1; }
  int peek() override { return -1; }
  void flush() override;
  using Print::write;
  size_t write(uint8_t byte) override;
  size_t write(const uint8_t *data, size_t count) override;
  operator bool() const { return true; }
};

// The module's line.
class HardwareSerial : public Stream {
public:
  virtual ~HardwareSerial() = default;
  void begin(unsigned long baud, uint8_t = SERIAL_8N1);
  void end() {}
  int available() override;
  int availableForWrite() override { return SERIAL_RX_BUFFER_SIZE - 1; }
  int read() override;
  int peek() override;
  void flush() override;
  using Print::write;
  size_t write(uint8_t byte) override;
  size_t write(const uint8_t *data, size_t count) override;
  operator bool() const { return true; }

  static unsigned long lostBytes;  // since the begin, as nobody read them
};

extern TerminalSerial Serial;
extern HardwareSerial Serial1, Serial2, Serial3;
