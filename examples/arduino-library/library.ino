// Reads a page from a web server, asks a UDP peer, and answers a client, by the driver beside it.

#include "WizFi.h"

const IPAddress PEER(192, 168, 12, 1);
const char COMMAND[] PROGMEM = "GET /reading HTTP/1.0\r\n\r\n";

WizFi module(Serial1);
WizFiServer server(module, 5001);

void readPage() {
  WizFiClient web(module);
  if (!web.connect(PEER, 8080)) {
    Serial.println(F("no web server"));
    return;
  }
  web.print(reinterpret_cast<const __FlashStringHelper *>(COMMAND));
  web.setTimeout(3000);
  if (!web.find("Content-Length: ")) Serial.println(F("no length"));
  const long length = web.parseInt();
  web.find("\r\n\r\n");
  String page;
  while (web.connected()) {  // the server closes behind its page
    if (web.available()) page += static_cast<char>(web.read());
  }
  page.trim();
  Serial.print(F("page: "));
  Serial.print(length);
  Serial.print(' ');
  Serial.println(page);
  web.stop();
}

void askPeer() {
  WizFiUDP udp(module);
  udp.begin(6000);
  udp.beginPacket(PEER, 7000);
  udp.print(21.5, 1);
  udp.print(F(" degrees"));
  udp.endPacket();
  for (const unsigned long begin = millis(); !udp.parsePacket() && millis() - begin < 2000;) delay(1);
  Serial.print(F("from "));
  Serial.print(udp.remoteIP());
  Serial.print(':');
  Serial.print(udp.remotePort());
  Serial.print(' ');
  udp.setTimeout(10);
  Serial.println(udp.parseFloat(), 1);
  udp.stop();
}

void setup() {
  Serial.begin(115200);
  Serial1.begin(115200);
  if (!module.begin("WizFiDemoAP", "12345678")) {
    Serial.println(F("not joined"));
    return;
  }
  Serial.print(F("joined as "));
  Serial.println(module.localIP());
  readPage();
  askPeer();
  server.begin();
}

void loop() {
  WizFiClient client = server.available();
  if (client) {
    client.setTimeout(500);
    const String name = client.readStringUntil('\n');
    client.print(F("hello, "));
    client.println(name);
    Serial.print(F("client: "));
    Serial.println(name);
  }
  delay(10);
}
