#include "WizFi.h"

bool WizFi::begin(const char *ssid, const char *key) {
  command(F("AT+MECHO=0"));
  // What an earlier run has left: open sockets, and the network, which tells its address only to who joins.
  command(F("AT+SMGMT=ALL"));
  command(F("AT+WLEAVE"));
  return command(String(F("AT+WSET=0,")) + ssid) && command(String(F("AT+WSEC=0,,")) + key) &&
         command(F("AT+WNET=1")) && command(F("AT+WJOIN"), JOIN_MS);
}

// --- what comes: lines, and blocks of data as {id,address,port,length}data ---

void WizFi::poll() {
  for (int byte; (byte = line.read()) >= 0;) {
    const char letter = static_cast<char>(byte);
    if (dataLeft) {
      sockets[dataFor].received += letter;
      dataLeft--;
    } else if (letter == '}' && text.startsWith("{")) {
      takeHeader();
      text = "";
    } else if (letter == '\n') {
      takeLine();
      text = "";
    } else if (letter != '\r') {
      text += letter;
    }
  }
}

void WizFi::takeHeader() {
  const int address = text.indexOf(',') + 1, port = text.indexOf(',', address) + 1, length = text.indexOf(',', port) + 1;
  dataFor = static_cast<int>(text.substring(1, address - 1).toInt()) % SOCKETS;
  sockets[dataFor].remoteIP.fromString(text.substring(address, port - 1));
  sockets[dataFor].remotePort = static_cast<uint16_t>(text.substring(port, length - 1).toInt());
  dataLeft = static_cast<unsigned int>(text.substring(length).toInt());
}

void WizFi::takeLine() {
  const String connect = F("[CONNECT "), disconnect = F("[DISCONNECT "), ip = F("  IP Addr    : ");
  if (text == F("[OK]") || text.startsWith(F("[ERROR"))) {
    answered = true;
    good = text == F("[OK]");
  } else if (text.startsWith(connect)) {
    connectedId = static_cast<int>(text.substring(connect.length()).toInt()) % SOCKETS;
    connectedNow = sockets[connectedId].connected = true;
  } else if (text.startsWith(disconnect)) {
    sockets[text.substring(disconnect.length()).toInt() % SOCKETS].connected = false;
  } else if (text.startsWith(ip)) {
    address.fromString(text.substring(ip.length()));
  } else if (text.startsWith("[") && isDigit(text.charAt(1))) {
    prompted = true;
  }
}

bool WizFi::await(const bool &flag, unsigned long limitMs) {
  for (const unsigned long begin = millis(); !flag && millis() - begin < limitMs;) poll();
  return flag;
}

bool WizFi::command(const String &command, unsigned long limitMs) {
  poll();
  answered = false;
  line.print(command);
  line.print('\r');
  return await(answered, limitMs) && good;
}

// --- sockets ---

// [OK] and [CONNECT x] come in either order.
int WizFi::open(const char *type, const String &remote, uint16_t localPort) {
  connectedNow = false;
  const String local = localPort ? String(localPort) : String();
  if (!command(String(F("AT+SCON=O,")) + type + ',' + remote + ',' + local + F(",0"))) return -1;
  if (!await(connectedNow, CONNECT_MS)) return -1;
  sockets[connectedId].received = "";
  return connectedId;
}

int WizFi::listen(uint16_t port) {
  const int lowest = 0;  // the module gives the lowest free number, and here the server is alone
  sockets[lowest].received = "";
  return command(String(F("AT+SCON=O,TSN,,,")) + port + F(",0")) ? lowest : -1;
}

size_t WizFi::send(int id, const uint8_t *data, size_t count, const String &to) {
  poll();
  prompted = answered = false;
  line.print(String(F("AT+SSEND=")) + id + ',' + to + ',' + static_cast<unsigned long>(count) + '\r');
  for (const unsigned long begin = millis(); !prompted && !answered && millis() - begin < ANSWER_MS;) poll();
  if (!prompted) return 0;
  line.write(data, count);
  return await(answered, ANSWER_MS) && good ? count : 0;
}

void WizFi::close(int id) {
  if (sockets[id].connected) command(String(F("AT+SMGMT=")) + id);
}

// --- client ---

int WizFiClient::connect(const char *host, uint16_t port) {
  id = module.open("TCN", String(host) + ',' + port, 0);
  return id >= 0;
}

int WizFiClient::available() {
  if (id < 0) return 0;
  module.poll();
  return static_cast<int>(module.socket(id).received.length());
}

static int takeByte(String &received) {
  const int byte = static_cast<uint8_t>(received[0]);
  received.remove(0, 1);
  return byte;
}

int WizFiClient::read() { return available() ? takeByte(module.socket(id).received) : -1; }

void WizFiClient::stop() {
  if (id >= 0) module.close(id);
  id = -1;
}

// --- server: its client has the number of the server ---

WizFiClient WizFiServer::available() {
  module.poll();
  return WizFiClient(module, id >= 0 && module.socket(id).received.length() ? id : -1);
}

// --- datagrams ---

uint8_t WizFiUDP::begin(uint16_t port) {
  id = module.open("USN", ",", port);
  return id >= 0;
}

void WizFiUDP::stop() {
  if (id >= 0) module.close(id);
  id = -1;
}

int WizFiUDP::beginPacket(IPAddress address, uint16_t port) {
  return beginPacket(address.toString().c_str(), port);
}

int WizFiUDP::beginPacket(const char *host, uint16_t port) {
  to = String(host) + ',' + port;
  packet = "";
  return id >= 0;
}

size_t WizFiUDP::write(const uint8_t *data, size_t count) {
  packet.concat(reinterpret_cast<const char *>(data), static_cast<unsigned int>(count));
  return count;
}

int WizFiUDP::endPacket() {
  const uint8_t *data = reinterpret_cast<const uint8_t *>(packet.c_str());
  return id >= 0 && module.send(id, data, packet.length(), to) == packet.length();
}

int WizFiUDP::available() {
  if (id < 0) return 0;
  module.poll();
  return static_cast<int>(module.socket(id).received.length());
}

int WizFiUDP::read() { return available() ? takeByte(module.socket(id).received) : -1; }
