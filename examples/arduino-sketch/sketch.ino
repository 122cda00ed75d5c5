// Joins a network, sends a greeting to an echo server once a second, and shows what comes back. WizFi250 on Serial1.

const char *const NETWORK = "WizFiDemoAP";
const char *const KEY = "12345678";
const char *const GREETING = "hello from a sketch";
const unsigned long PERIOD_MS = 1000;

bool connected = false;
unsigned long sentAt = 0;

// Looks for a text in what comes, byte by byte: it may come in any pieces.
struct Search {
  const char *text;
  size_t matched = 0;

  bool found(char letter) {
    matched = letter == text[matched] ? matched + 1 : letter == text[0];
    if (text[matched]) return false;
    matched = 0;
    return true;
  }
};

// Waits for a text from the module; an error ends the wait.
bool waitFor(const char *text, unsigned long limitMs) {
  const unsigned long begin = millis();
  Search wanted{text}, error{"[ERROR"}, closed{"[DISCONNECT"};
  while (millis() - begin < limitMs) {
    if (!Serial1.available()) {
      delay(1);
      continue;
    }
    const char letter = Serial1.read();
    if (wanted.found(letter)) return true;
    if (error.found(letter) || closed.found(letter)) return false;
  }
  return false;
}

bool command(const char *text, unsigned long limitMs, const char *answer = "[OK]\r\n") {
  Serial1.print(text);
  Serial1.print('\r');
  return waitFor(answer, limitMs);
}

// An earlier run may have left the module in data mode, and its connection open.
void wakeUp() {
  if (!command("AT", 500)) {
    delay(1100);  // the escape stands between two silences of a second
    Serial1.print("+++");
    waitFor("[OK]\r\n", 2000);
  }
  command("AT+SMGMT=ALL", 2000);
}

void setup() {
  Serial.begin(9600);
  Serial1.begin(115200);
  wakeUp();
  Serial1.print("AT+WSET=0,");
  bool good = command(NETWORK, 2000);
  Serial1.print("AT+WSEC=0,,");
  good = good && command(KEY, 2000) && command("AT+WJOIN", 30000);
  Serial.println(good ? "joined" : "not joined");
  // In data mode the serial line is the connection; [CONNECT 0] is what says that it is there.
  connected = good && command("AT+SCON=O,TCN,192.168.12.1,5000,,1", 10000, "[CONNECT 0]\r\n");
  Serial.println(connected ? "connected" : "not connected");
}

void loop() {
  if (!connected || (sentAt && millis() - sentAt < PERIOD_MS)) {
    delay(10);
    return;
  }
  sentAt = millis();
  Serial1.print(GREETING);
  Serial.println(waitFor(GREETING, 2000) ? "came back" : "did not come back");
}
