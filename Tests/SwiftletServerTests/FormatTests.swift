import SwiftletServer
import SwiftletSkills
import Testing

@Suite("Formats of the service")
struct FormatTests {
  @Test("JSON is read as RFC 8259 says")
  func json() throws {
    let value = try JSONParser.parse(
      #" {"a": [1, -2.5e3, true, null, "x\n\u00e9\ud83d\ude00\/"], "b": {}} "#)
    #expect(value["a"]?[0] == 1 && value["a"]?[1] == .number(-2500))
    #expect(value["a"]?[4]?.text == "x\né😀/" && value["b"] == .object([]))
    #expect(try JSONParser.parse("12345678901234567890") == .number(12_345_678_901_234_567_890))
    for text in [
      "", "{", "[1,]", "{\"a\":1,}", "01", "1.", "-", "1e", "nul", "\"", "\"\u{1}\"", "\"\\x\"",
      "\"\\ud800\"", "\"\\u12g4\"", "[1 2]", "{1:2}", "{\"a\":1,\"a\":2}", "1e999", "[] []", "+1",
      String(repeating: "[", count: 100_000),
    ] {
      #expect(throws: ServiceError.self, "\(text.prefix(20))") { try JSONParser.parse(text) }
    }
    #expect(throws: ServiceError.self) { try JSONParser.parse([0x22, 0xff, 0x22]) }
  }

  @Test("a document of too many values is refused")
  func jsonValues() throws {
    #expect(try JSONParser.parse(Array("[1,[2],{\"a\":3}]".utf8), maximumValues: 6)[0] == 1)
    for text in ["[1,[2],{\"a\":3}]", "[" + String(repeating: "0,", count: 1_000_000)] {
      let error = #expect(throws: ServiceError.self) {
        try JSONParser.parse(Array(text.utf8), maximumValues: 5)
      }
      #expect(error?.detail.contains("too many values") == true)
    }
  }

  @Test("what is written is read back")
  func roundTrip() throws {
    let value: JSONValue = ["a": [1, 2.5, "\"\\\n\u{7f}ü"], "b": nil, "c": true]
    #expect(try JSONParser.parse(value.encoded()) == value)
    #expect(try JSONParser.parse(value.encoded(pretty: true)) == value)
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
    #expect(CRC32.checksum(Array("123456789".utf8)) == 0xcbf4_3926)
    var zip = ZipWriter()
    let bytes = zip.file("a.txt", Array("hello".utf8)) + zip.file("b.txt", []) + zip.end()
    #expect(bytes.count == ZipWriter.size(of: [("a.txt", 5), ("b.txt", 0)]))
    let end = bytes.suffix(22)
    #expect(end.prefix(4) == [0x50, 0x4b, 5, 6] && Array(end)[8] == 2)
    let offset = Array(end)[16..<20].reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(bytes[offset..<(offset + 4)] == [0x50, 0x4b, 1, 2])
  }

  @Test("a cell is no formula and keeps its commas and quotes")
  func csv() {
    #expect(
      csvRow(["a", "b,c", "d\"e", "=1+1", "-x", ""]) == "a,\"b,c\",\"d\"\"e\",'=1+1,'-x,\r\n")
    #expect(csvRow(["a\r\nb"]) == "\"a\r\nb\"\r\n")
  }

  @Test("a combining mark hides neither a formula nor a quote")
  func csvScalars() {
    func scalars(_ text: String) -> [UInt32] { text.unicodeScalars.map(\.value) }
    for sign in ["=", "+", "-", "@", "＝", "\u{feff}=", "\u{200d}-"] {
      #expect(
        scalars(csvRow([sign + "\u{301}1+1"])) == scalars("'" + sign + "\u{301}1+1\r\n"), "\(sign)")
    }
    #expect(scalars(csvRow(["a\"\u{301},=1"])) == scalars("\"a\"\"\u{301},=1\"\r\n"))
    #expect(scalars(csvRow(["a,\u{301}b"])) == scalars("\"a,\u{301}b\"\r\n"))
  }
}
