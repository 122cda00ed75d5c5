// What the Arduino API does, expectation by expectation. Ends with the number of the line that fails.
#include <SoftwareSerial.h>

#define CHECK(condition)                         \
  do {                                           \
    if (!(condition)) {                          \
      Serial.print(F("fails: line "));           \
      Serial.println(__LINE__);                  \
      exit(1);                                   \
    }                                            \
  } while (0)

// A stream of a text, and a print into one.
struct Text : public Stream {
  String in, out;
  explicit Text(const char *text = "") : in(text) { setTimeout(20); }
  int available() override { return static_cast<int>(in.length()); }
  int peek() override { return available() ? static_cast<uint8_t>(in[0]) : -1; }
  int read() override {
    const int byte = peek();
    in.remove(0, 1);
    return byte;
  }
  using Print::write;
  size_t write(uint8_t byte) override {
    out += static_cast<char>(byte);
    return 1;
  }
};

template <class... Arguments>
String printed(Arguments... arguments) {
  Text to;
  const size_t count = to.print(arguments...);
  return count == to.out.length() ? to.out : String("wrong count");
}

static const char STORED[] PROGMEM = "stored";

void strings() {
  String text = F("hello");
  CHECK(text + ' ' + 42 + '/' + 1.5 + String(255, HEX) == "hello 42/1.50ff");
  CHECK(String(-5) == "-5" && String(-1, HEX) == "ffffffff" && String(3.14159, 3) == "3.142" && String('x') == "x");
  CHECK(text.indexOf('l') == 2 && text.indexOf("lo") == 3 && text.lastIndexOf('l') == 3 && text.indexOf('z') == -1);
  CHECK(text.substring(1, 3) == "el" && text.substring(3) == "lo" && text.substring(9) == "");
  CHECK(text.startsWith("he") && text.startsWith("l", 2) && text.endsWith("lo") && !text.endsWith("hello!"));
  CHECK(text.equalsIgnoreCase("HELLO") && text != "hellO" && text < "hellp" && text.charAt(9) == '\0');
  text.replace("l", "LL");
  CHECK(text == "heLLLLo");
  text.replace('L', 'x');
  text.remove(2, 3);
  CHECK(text == "hexo");
  text.setCharAt(0, 'H');
  text[1] = 'E';
  text.toUpperCase();
  CHECK(text == "HEXO");
  text = " \t 12abc\r\n";
  text.trim();
  CHECK(text == "12abc" && text.toInt() == 12 && String("2.5x").toFloat() == 2.5f && String("x").toInt() == 0);
  char buffer[4];
  text.toCharArray(buffer, sizeof buffer);
  CHECK(strcmp(buffer, "12a") == 0 && strcmp_P(buffer, PSTR("12a")) == 0 && pgm_read_byte(STORED + 1) == 't');
}

void prints() {
  CHECK(printed(255, HEX) == "FF" && printed(5, BIN) == "101" && printed(-5) == "-5" && printed(1.005, 1) == "1.0");
  CHECK(printed('a') == "a" && printed(true) == "1" && printed(3000000000UL) == "3000000000" && printed(2.0f) == "2.00");
  CHECK(printed(F("flash")) == "flash" && printed(String("s")) == "s" && printed(IPAddress(10, 0, 0, 7)) == "10.0.0.7");
  Text to;
  CHECK(to.println(7) == 3 && to.println(7, BIN) == 5 && to.println() == 2 && to.out == "7\r\n111\r\n\r\n");
}

void streams() {
  Text text("ababac=-12,x 3.5e{7}");
  CHECK(text.find("abac") && text.parseInt() == -12 && text.parseFloat() == 3.5f && text.read() == 'e');
  CHECK(text.findUntil("{", "}") && text.parseInt() == 7 && !text.find('q') && text.parseInt() == 0);
  Text lines("one\ntwo;three");
  char buffer[8] = "";
  CHECK(lines.readStringUntil('\n') == "one" && lines.readBytesUntil(';', buffer, 7) == 3 && strcmp(buffer, "two") == 0);
  CHECK(lines.readBytes(buffer, 2) == 2 && lines.readString() == "ree" && lines.readString() == "");
  Text number("1,234 5");
  CHECK(number.parseInt(SKIP_NONE, ',') == 1234 && number.parseInt(SKIP_NONE) == 0 && number.parseInt() == 5);
  const unsigned long begin = millis();
  lines.setTimeout(250);
  CHECK(lines.getTimeout() == 250 && lines.parseInt() == 0 && millis() - begin >= 250 && millis() - begin < 260);
}

void addresses() {
  IPAddress address;
  CHECK(address.fromString("192.168.12.1") && address[3] == 1 && address == IPAddress(192, 168, 12, 1));
  CHECK(!address.fromString("1.2.3.256") && !address.fromString("1.2.3") && uint32_t(IPAddress(1, 2, 3, 4)) == 0x04030201);
  address[0] = 10;
  CHECK(address != INADDR_NONE && address.toString() == "10.168.12.1");
}

void numbers() {
  CHECK(min(3, 4L) == 3 && max(2.5, 1) == 2.5 && constrain(12, 0, 10) == 10 && map(5, 0, 10, 0, 100) == 50);
  CHECK(bitRead(5, 2) == 1 && lowByte(0x1234) == 0x34 && highByte(0x1234) == 0x12 && makeWord(1, 2) == 258);
  char text[40];
  CHECK(strcmp(itoa(-12, text, 10), "-12") == 0 && strcmp(utoa(255, text, 16), "ff") == 0);
  CHECK(strcmp(dtostrf(3.14159, 7, 2, text), "   3.14") == 0);
  randomSeed(7);
  const long first = random(1000), second = random(10, 20);
  randomSeed(7);
  CHECK(random(1000) == first && random(10, 20) == second && second >= 10 && second < 20);
  pinMode(7, INPUT_PULLUP);
  digitalWrite(8, HIGH);
  CHECK(digitalRead(7) == HIGH && digitalRead(8) == HIGH && digitalRead(9) == LOW);
}

void line() {
  SoftwareSerial port(10, 11);
  port.begin(115200);
  CHECK(port.available() == 0 && port.read() == -1 && port.peek() == -1);
  const unsigned long begin = micros();
  port.print(F("AT\r"));
  port.flush();
  CHECK(port.find("[OK]\r\n") && micros() - begin < 5000);
  delay(60000);
  CHECK(millis() > 60000);
  port.print("AT+MINFO\r");
  delay(100);
  CHECK(port.available() == SERIAL_RX_BUFFER_SIZE - 1 && port.overflow() && port.peek() == 'A');
}

void setup() {
  strings();
  prints();
  streams();
  addresses();
  numbers();
  line();
  Serial.println(F("everything is as expected"));
  exit(0);
}

void loop() {}
