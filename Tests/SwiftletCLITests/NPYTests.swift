import Swiftlet
import Testing

@Suite("NPY files")
struct NPYTests {
  private func file(_ header: String, version: UInt8 = 1, data: [UInt8] = []) -> [UInt8] {
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [version, 0]
    let count = header.utf8.count
    bytes += [UInt8(count & 0xff), UInt8(count >> 8)] + (version == 1 ? [] : [0, 0])
    return bytes + Array(header.utf8) + data
  }

  private let one: [UInt8] = [0, 0, 0x80, 0x3f]

  @Test("what is written reads back, to the bit")
  func roundTrip() throws {
    for shape in [[], [0], [1], [7], [2, 3], [1, 3, 4, 5], [3, 0, 2]] {
      let count = shape.reduce(1, *)
      let values = (0..<count).map { Float($0) * 0.1 - 1 } + []
      let tensor = try Tensor(shape: shape, data: values)
      let bytes = NPY.bytes(of: tensor)
      #expect(try NPY.parse(bytes) == tensor)
      #expect((bytes.count - count * 4) % 64 == 0)
    }
    let special = try Tensor(shape: [3], data: [.infinity, -0.0, .nan])
    let back = try NPY.parse(NPY.bytes(of: special))
    #expect(back.data.map(\.bitPattern) == special.data.map(\.bitPattern))
  }

  @Test("headers of every version and order of keys are read")
  func headers() throws {
    let expected = try Tensor(shape: [1], data: [1])
    for header in [
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n",
      "{\"shape\":(1,),\"descr\":\"<f4\",\"fortran_order\":False}",
      "{ 'fortran_order' : False , 'shape' : ( 1 , ) , 'descr' : '<f4' }   \n",
    ] {
      for version: UInt8 in 1...3 {
        #expect(try NPY.parse(file(header, version: version, data: one)) == expected)
      }
    }
    #expect(
      try NPY.parse(file("{'descr': '<f4', 'fortran_order': False, 'shape': ()}", data: one)).shape
        == [])
  }

  @Test("anything else is an error")
  func hostile() {
    let good = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }"
    var files: [[UInt8]] = [
      [], Array("NUMPY".utf8), file(good), file(good, version: 4, data: one),
      file(good, data: one + one), Array(file(good, data: one).dropLast()),
    ]
    for header in [
      "", "{", "}", "{}", good + "x", good.replacing("<f4", with: ">f4"),
      good.replacing("<f4", with: "<f8"), good.replacing("False", with: "True"),
      good.replacing("'shape'", with: "'extra'"), good.replacing("(1,)", with: "(-1,)"),
      good.replacing("(1,)", with: "(1"), good.replacing("(1,)", with: "1"),
      good.replacing("(1,)", with: "(1 1)"), good.replacing("(1,)", with: "(,)"),
      good.replacing("(1,)", with: "(99999999999,)"),
      good.replacing("(1,)", with: "(4294967295, 4294967295, 4294967295)"),
      good.replacing("(1,)", with: "(\(String(repeating: "1,", count: 33)))"),
      good.replacing("'fortran_order': False, ", with: ""),
      good.replacing("'fortran_order': False", with: "'descr': '<f4'"),
      good.replacing("'<f4'", with: "'<f4"), good.replacing("descr", with: "de\\scr"),
    ] {
      files.append(file(header, data: one))
    }
    // A header that claims to be longer than the file.
    files.append([0x93] + Array("NUMPY".utf8) + [1, 0, 0xff, 0xff] + Array(good.utf8) + one)
    files.append([0x93] + Array("NUMPY".utf8) + [2, 0, 0xff, 0xff, 0xff, 0xff] + Array(good.utf8))
    for bytes in files {
      #expect(throws: EngineError.self, "\(String(decoding: bytes, as: UTF8.self))") {
        try NPY.parse(bytes)
      }
    }
  }

  @Test("a damaged file is an error or another tensor, never a crash")
  func mutations() throws {
    let whole = NPY.bytes(of: try Tensor(shape: [2, 3], repeating: 0.5))
    var state: UInt64 = 3
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    for _ in 0..<2000 {
      var bytes = whole
      for _ in 0...next(4) { bytes[next(bytes.count)] = UInt8(next(256)) }
      if next(2) == 0 { bytes.removeLast(next(bytes.count)) }
      if let tensor = try? NPY.parse(bytes) {
        #expect(tensor.data.count * 4 <= bytes.count)
      }
    }
  }
}
