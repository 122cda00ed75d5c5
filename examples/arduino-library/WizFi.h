// A driver of the WizFi250 in command mode, in the shape of Arduino's network libraries. It takes any Stream.
#pragma once

#include <Arduino.h>

class WizFi {
public:
  static constexpr int SOCKETS = 8;
  static constexpr unsigned long ANSWER_MS = 2000, JOIN_MS = 30000, CONNECT_MS = 10000;

  explicit WizFi(Stream &line) : line(line) {}
  bool begin(const char *ssid, const char *key);
  IPAddress localIP() const { return address; }

  // For the classes below. Sockets are known by the module's numbers; -1 is none.
  struct Socket {
    bool connected = false;
    String received;
    IPAddress remoteIP;
    uint16_t remotePort = 0;
  };
  int open(const char *type, const String &remote, uint16_t localPort);
  int listen(uint16_t port);
  size_t send(int id, const uint8_t *data, size_t count, const String &to = ",");
  void close(int id);
  Socket &socket(int id) { return sockets[id]; }
  void poll();

private:
  enum Answer { NONE, GOOD, BAD };
  bool command(const String &text, unsigned long limitMs = ANSWER_MS);
  bool await(const bool &flag, unsigned long limitMs);
  void takeLine();
  void takeHeader();

  Stream &line;
  IPAddress address;
  Socket sockets[SOCKETS];
  String text;                // of the line or header that is coming
  int dataFor = -1;           // whose data is coming,
  unsigned int dataLeft = 0;  // and how much of it
  bool answered = false, good = false, prompted = false, connectedNow = false;
  int connectedId = -1;
};

class WizFiClient : public Client {
public:
  explicit WizFiClient(WizFi &module, int id = -1) : module(module), id(id) {}
  int connect(IPAddress address, uint16_t port) override { return connect(address.toString().c_str(), port); }
  int connect(const char *host, uint16_t port) override;
  using Print::write;
  size_t write(uint8_t byte) override { return write(&byte, 1); }
  size_t write(const uint8_t *data, size_t count) override { return id < 0 ? 0 : module.send(id, data, count); }
  int available() override;
  int read() override;
  int read(uint8_t *buffer, size_t size) override { return static_cast<int>(readBytes(buffer, size)); }
  int peek() override { return available() ? static_cast<uint8_t>(module.socket(id).received[0]) : -1; }
  void flush() override {}
  void stop() override;
  uint8_t connected() override { return available() || (id >= 0 && module.socket(id).connected); }
  operator bool() override { return id >= 0; }

private:
  WizFi &module;
  int id;
};

class WizFiServer : public Server {
public:
  WizFiServer(WizFi &module, uint16_t port) : module(module), port(port) {}
  void begin() override { id = module.listen(port); }
  WizFiClient available();
  using Print::write;
  size_t write(uint8_t byte) override { return write(&byte, 1); }
  size_t write(const uint8_t *data, size_t count) override { return id < 0 ? 0 : module.send(id, data, count); }

private:
  WizFi &module;
  uint16_t port;
  int id = -1;
};

class WizFiUDP : public UDP {
public:
  explicit WizFiUDP(WizFi &module) : module(module) {}
  uint8_t begin(uint16_t port) override;
  void stop() override;
  int beginPacket(IPAddress address, uint16_t port) override;
  int beginPacket(const char *host, uint16_t port) override;
  int endPacket() override;
  using Print::write;
  size_t write(uint8_t byte) override { return write(&byte, 1); }
  size_t write(const uint8_t *data, size_t count) override;
  int parsePacket() override { return available(); }
  int available() override;
  int read() override;
  int read(unsigned char *buffer, size_t size) override { return static_cast<int>(readBytes(buffer, size)); }
  int read(char *buffer, size_t size) override { return static_cast<int>(readBytes(buffer, size)); }
  int peek() override { return available() ? static_cast<uint8_t>(module.socket(id).received[0]) : -1; }
  void flush() override {}
  IPAddress remoteIP() override { return module.socket(id).remoteIP; }
  uint16_t remotePort() override { return module.socket(id).remotePort; }

private:
  WizFi &module;
  int id = -1;
  String to, packet;
};
