#pragma once

#include "HardwareSerial.h"

// Whatever its pins are, it is the module's line.
class SoftwareSerial : public HardwareSerial {
public:
  SoftwareSerial(uint8_t, uint8_t, bool = false) {}
  bool listen() { return true; }
  bool isListening() { return true; }
  bool overflow() { return lostBytes > 0; }
};
