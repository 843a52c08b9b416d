import SwiftletSkills
import Testing

@Suite struct JSONValueTests {
  @Test func membersKeepTheirOrder() {
    let value: JSONValue = ["z": 1, "a": [true, nil, "x"], "m": ["k": 0.5]]
    #expect(value.encoded() == #"{"z":1,"a":[true,null,"x"],"m":{"k":0.5}}"#)
  }

  @Test func textIsEscaped() {
    let value = JSONValue.string("a\"b\\c\n\t\r\u{1}\u{7f}é😀/")
    #expect(value.encoded() == #""a\"b\\c\n\t\r\u0001\u007fé😀/""#)
  }

  @Test func numbersAreShortestAndFinite() {
    let cases: [(Double, String)] = [
      (0.1, "0.1"), (1, "1"), (-3, "-3"), (1.0 / 3, "0.3333333333333333"), (1e-7, "1e-07"),
      (.infinity, "null"), (.nan, "null"), (1e300, "1e+300"),
      (0.30000000000000004, "0.30000000000000004"),
    ]
    for (number, text) in cases { #expect(JSONValue.number(number).encoded() == text) }
    #expect(JSONValue.rounded(0.123456, 3).encoded() == "0.123")
    #expect(JSONValue.integer(.max).encoded() == "9223372036854775807")
  }

  @Test func prettyTextIsIndented() {
    let value: JSONValue = ["a": [1, 2], "b": [:], "c": []]
    #expect(
      value.encoded(pretty: true) == """
        {
          "a": [
            1,
            2
          ],
          "b": {},
          "c": []
        }
        """)
  }

  @Test func peopleReadNoPunctuation() {
    let value: JSONValue = [
      "white_share_min": 0.98, "formats": ["jpeg", "png"], "known": nil, "name": "a\u{1b}[2J",
    ]
    #expect(value.plain == "white share min 0.98, formats jpeg or png, known none, name a [2J")
  }

  @Test func valuesAreFoundByName() {
    let value: JSONValue = ["a": ["b": [1, "two"]]]
    #expect(value["a"]?["b"]?[0]?.double == 1)
    #expect(value["a"]?["b"]?[1]?.text == "two")
    #expect(value["x"] == nil)
    #expect(value["a"]?["b"]?[2] == nil)
  }

  @Test func jsonIsRead() {
    let value: JSONValue = [
      "a": [1, -2.5, true, nil, "x\"\\\n\u{e9}\u{1F600}"], "b": ["c": [], "d": [:]],
    ]
    #expect(JSONValue(parsing: value.encoded()) == value)
    #expect(JSONValue(parsing: value.encoded(pretty: true)) == value)
    #expect(JSONValue(parsing: #""\u00e9\ud83d\ude00\/""#) == .string("\u{e9}\u{1F600}/"))
    for bad in [
      "", "{", "[1,]", "{\"a\" 1}", "nul", "\"\\ud83d\"", "1 2", "+1", "01", "-01", "0x10", "1.",
      ".5",
      "1e", "-", "\"\u{1}\"",
    ] {
      #expect(JSONValue(parsing: bad) == nil, "\(bad)")
    }
    #expect(JSONValue(parsing: "[0,-0.5,1e3,10]") == [0, -0.5, .number(1000), 10])
    #expect(JSONValue(parsing: String(repeating: "[", count: 100_000)) == nil)
    #expect(CSV.line(["a", "b,c", "d\"e", "f\ng"]) == "a,\"b,c\",\"d\"\"e\",\"f\ng\"\r\n")
  }
}
