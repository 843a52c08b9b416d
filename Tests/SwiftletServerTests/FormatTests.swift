import SwiftletServer
import SwiftletSkills
import Testing

@Suite("Formats of the service")
struct FormatTests {
  private func parse(_ text: String) throws -> JSONValue { try JSONValue(client: Array(text.utf8)) }

  @Test("JSON is read as RFC 8259 says")
  func json() throws {
    let value = try parse(
      #" {"a": [1, -2.5e3, true, null, "x\n\u00e9\ud83d\ude00\/"], "b": {}} "#)
    #expect(value["a"]?[0] == 1 && value["a"]?[1] == .number(-2500))
    #expect(value["a"]?[4]?.text == "x\né😀/" && value["b"] == .object([]))
    #expect(try parse("12345678901234567890") == .number(12_345_678_901_234_567_890))
    for text in [
      "", "{", "[1,]", "{\"a\":1,}", "01", "1.", "-", "1e", "nul", "\"", "\"\u{1}\"", "\"\\x\"",
      "\"\\ud800\"", "\"\\u12g4\"", "[1 2]", "{1:2}", "{\"a\":1,\"a\":2}", "1e999", "[] []", "+1",
      String(repeating: "[", count: 100_000),
    ] {
      #expect(throws: ServiceError.self, "\(text.prefix(20))") { try parse(text) }
    }
    #expect(throws: ServiceError.self) { try JSONValue(client: [0x22, 0xff, 0x22]) }
  }

  @Test("a document of too many values is refused")
  func jsonValues() throws {
    #expect(try JSONValue(client: Array("[1,[2],{\"a\":3}]".utf8), maximumValues: 6)[0] == 1)
    for text in ["[1,[2],{\"a\":3}]", "[" + String(repeating: "0,", count: 1_000_000)] {
      let error = #expect(throws: ServiceError.self) {
        try JSONValue(client: Array(text.utf8), maximumValues: 5)
      }
      #expect(error?.detail.contains("too many values") == true)
    }
  }

  @Test("what is written is read back")
  func roundTrip() throws {
    let value: JSONValue = ["a": [1, 2.5, "\"\\\n\u{7f}ü"], "b": nil, "c": true]
    #expect(try parse(value.encoded()) == value)
    #expect(try parse(value.encoded(pretty: true)) == value)
  }

  @Test("Base64 as in RFC 4648 section 10")
  func base64() {
    for (plain, text) in [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy"),
    ] {
      #expect(Base64.encode(Array(plain.utf8)) == text)
      #expect(Base64.decode(text) == Array(plain.utf8))
    }
    #expect(Base64.decode("data:image/png;base64,Zm9v") == Array("foo".utf8))
    #expect(Base64.decode("Zm 9v") == nil && Base64.decode("Z") == nil)
    #expect(Base64.decode("data:image/png;base64") == nil)
  }

  @Test("checksums and records of a zip archive")
  func zip() {
    var checksum = CRC32()
    for part in ["1234", "", "56789"] { Array(part.utf8).withUnsafeBytes { checksum.update($0) } }
    #expect(checksum.value == 0xcbf4_3926)
    var zip = ZipWriter()
    let bytes = zip.file("a.txt", Array("hello".utf8)) + zip.file("b.txt", []) + zip.end()
    #expect(bytes.count == ZipWriter.size(of: [("a.txt", 5), ("b.txt", 0)]))
    let end = bytes.suffix(22)
    #expect(end.prefix(4) == [0x50, 0x4b, 5, 6] && Array(end)[8] == 2)
    let offset = Array(end)[16..<20].reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(bytes[offset..<(offset + 4)] == [0x50, 0x4b, 1, 2])
  }

  @Test("names in an archive keep letters of any script and are never a path")
  func archiveNames() {
    for (name, expected) in [
      ("Blaue Tasse größer.JPG", "001-Blaue-Tasse-größer.png"), ("皿.jpg", "001-皿.png"),
      ("cafe\u{301}.jpg", "001-cafe\u{301}.png"), ("../../etc/passwd", "001--.png"),
      ("a\\b\u{202e}\u{0}c:d.jpg", "001-a-b--c-d.png"), ("..", "001.png"), ("", "001.png"),
      ("x.tar.gz", "001-x-tar.png"),
    ] {
      let made = ItemDocument.archiveName(name, position: 0, suffix: "png")
      #expect(made == expected)
    }
    var zip = ZipWriter()
    let bytes = zip.file("皿.txt", [1])
    // Bit 11: the name is UTF-8.
    #expect(bytes[7] & 8 == 8 && bytes[26] == 7)
  }

  @Test("codes of messages as in RFC 4231")
  func hmac() {
    func hexadecimal(_ bytes: [UInt8]) -> String {
      bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
    #expect(
      hexadecimal(HMAC.sha256(key: Array("Jefe".utf8), Array("what do ya want for nothing?".utf8)))
        == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    #expect(
      hexadecimal(
        HMAC.sha256(
          key: [UInt8](repeating: 0xaa, count: 131),
          Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8)))
        == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
  }

  @Test("a cell is no formula and keeps its commas and quotes")
  func csv() {
    let cells = ["a", "b,c", "d\"e", "=1+1", "-x", "f;g", ""].map(CSV.plain)
    #expect(CSV.line(cells) == "a,\"b,c\",\"d\"\"e\",'=1+1,'-x,\"f;g\",\r\n")
  }

  @Test("a combining mark hides neither a formula nor a quote")
  func csvScalars() {
    func scalars(_ text: String) -> [UInt32] { text.unicodeScalars.map(\.value) }
    for sign in ["=", "+", "-", "@", "＝", "\u{feff}=", "\u{200d}-"] {
      let cell = sign + "\u{301}1+1"
      #expect(scalars(CSV.plain(cell)) == scalars("'" + cell), "\(sign)")
    }
    #expect(scalars(CSV.line(["a\"\u{301},=1"])) == scalars("\"a\"\"\u{301},=1\"\r\n"))
    #expect(scalars(CSV.line(["a,\u{301}b"])) == scalars("\"a,\u{301}b\"\r\n"))
  }
}
