import CJPEG
import CPNG
import SwiftletImage

/// SplitMix64: the same seed gives the same numbers everywhere.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

extension PixelBuffer {
  /// Noise.
  static func random(
    _ width: Int, _ height: Int, _ channels: Int, seed: UInt64
  ) -> PixelBuffer {
    var generator = SeededGenerator(seed: seed)
    var picture = PixelBuffer(width: width, height: height, channels: channels)
    for index in picture.data.indices {
      picture.data[index] = .random(in: 0...255, using: &generator)
    }
    return picture
  }

  /// Smooth in both directions and alike in none: no turn or reflection maps it to itself.
  static func gradient(_ width: Int, _ height: Int) -> PixelBuffer {
    var picture = PixelBuffer(width: width, height: height, channels: 3)
    for y in 0..<height {
      for x in 0..<width {
        picture[x, y] = [
          UInt8(x * 255 / max(width - 1, 1)), UInt8(y * 255 / max(height - 1, 1)),
          UInt8((x + 2 * y) * 255 / max(width + 2 * height - 3, 1)),
        ]
      }
    }
    return picture
  }

  static func flat(_ width: Int, _ height: Int, _ pixel: [UInt8]) -> PixelBuffer {
    var picture = PixelBuffer(width: width, height: height, channels: pixel.count)
    for y in 0..<height { for x in 0..<width { picture[x, y] = pixel } }
    return picture
  }

  /// The channels of one pixel.
  subscript(x: Int, y: Int) -> [UInt8] {
    get {
      let start = (y * width + x) * channels
      return Array(data[start..<(start + channels)])
    }
    set {
      let start = (y * width + x) * channels
      for channel in 0..<channels { data[start + channel] = newValue[channel] }
    }
  }
}

/// The largest difference of two bytes in the same place; 256 where the counts differ.
func largestDifference(_ a: [UInt8], _ b: [UInt8]) -> Int {
  guard a.count == b.count else { return 256 }
  return zip(a, b).map { abs(Int($0) - Int($1)) }.max() ?? 0
}

func bigEndian(_ value: Int, _ count: Int) -> [UInt8] {
  (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}

// MARK: PNG files, written by hand.

func pngChunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
  let typed = Array(type.utf8) + body
  let checksum = crc32(0, typed, UInt32(typed.count))
  return bigEndian(body.count, 4) + typed + bigEndian(Int(checksum), 4)
}

func deflated(_ bytes: [UInt8]) -> [UInt8] {
  var packed = [UInt8](repeating: 0, count: bytes.count + bytes.count / 100 + 64)
  var count = uLongf(packed.count)
  let status = compress2(&packed, &count, bytes, uLong(bytes.count), 9)
  precondition(status == Z_OK)
  return Array(packed.prefix(Int(count)))
}

func pngHeader(
  _ width: Int, _ height: Int, depth: Int, colorType: Int, interlace: Int = 0
) -> [UInt8] {
  pngChunk(
    "IHDR",
    bigEndian(width, 4) + bigEndian(height, 4)
      + [UInt8(depth), UInt8(colorType), 0, 0, UInt8(interlace)])
}

let pngSignature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

/// A PNG of the given rows, each without its filter byte; `chunks` go before the pixels.
func pngFile(
  _ width: Int, depth: Int, colorType: Int, rows: [[UInt8]], chunks: [UInt8] = []
) -> [UInt8] {
  pngSignature + pngHeader(width, rows.count, depth: depth, colorType: colorType) + chunks
    + pngChunk("IDAT", deflated(rows.flatMap { [0] + $0 })) + pngChunk("IEND", [])
}

/// A PNG of an RGB picture with extra chunks before its pixels.
func pngFile(_ picture: PixelBuffer, chunks: [UInt8]) -> [UInt8] {
  let stride = picture.width * picture.channels
  let rows = (0..<picture.height).map { Array(picture.data[($0 * stride)..<(($0 + 1) * stride)]) }
  let colorType = [1: 0, 3: 2, 4: 6][picture.channels] ?? 2
  return pngFile(picture.width, depth: 8, colorType: colorType, rows: rows, chunks: chunks)
}

// MARK: JPEG files, with segments put in by hand.

func jpegSegment(_ marker: UInt8, _ body: [UInt8]) -> [UInt8] {
  [0xFF, marker] + bigEndian(body.count + 2, 2) + body
}

/// The file with segments put in after its first marker.
func inserting(_ segments: [UInt8], into jpeg: [UInt8]) -> [UInt8] {
  Array(jpeg.prefix(2)) + segments + jpeg.dropFirst(2)
}

/// A TIFF structure with an orientation and, if asked for, a GPS block.
func exifBlock(orientation: Int, gps: Bool = false, littleEndian: Bool = false) -> [UInt8] {
  func number(_ value: Int, _ count: Int) -> [UInt8] {
    littleEndian ? bigEndian(value, count).reversed() : bigEndian(value, count)
  }
  var block: [UInt8] = littleEndian ? [0x49, 0x49] : [0x4D, 0x4D]
  block += number(42, 2)
  block += number(8, 4)
  block += number(gps ? 2 : 1, 2)
  block += number(0x0112, 2) + number(3, 2) + number(1, 4) + number(orientation, 2) + [0, 0]
  if gps { block += number(0x8825, 2) + number(4, 2) + number(1, 4) + number(64, 4) }
  return block + number(0, 4)
}

func exifSegment(_ block: [UInt8]) -> [UInt8] {
  jpegSegment(0xE1, Array("Exif".utf8) + [0, 0] + block)
}

/// The profile cut into APP2 segments of at most `limit` bytes.
func profileSegments(_ profile: [UInt8], limit: Int = 60_000) -> [UInt8] {
  let count = (profile.count + limit - 1) / limit
  return (0..<count).flatMap { index -> [UInt8] in
    var body = Array("ICC_PROFILE".utf8) + [0, UInt8(index + 1), UInt8(count)]
    body += profile[(index * limit)..<min((index + 1) * limit, profile.count)]
    return jpegSegment(0xE2, body)
  }
}

/// Options of a JPEG that the product's encoder does not offer.
struct JPEGOptions {
  var space = JCS_RGB
  var components: Int32 = 3
  var isProgressive = false
  var adobeMarker = true
  var restartInterval: UInt32 = 0
  /// The scans of a progressive file; none for libjpeg's usual ones.
  var scans: [jpeg_scan_info] = []
}

/// A JPEG written by libjpeg itself.
func jpegFile(
  _ width: Int, _ height: Int, samples: [UInt8], options: JPEGOptions
) -> [UInt8] {
  var errors = jpeg_error_mgr()
  var info = jpeg_compress_struct()
  info.err = jpeg_std_error(&errors)
  jpeg_CreateCompress(&info, JPEG_LIB_VERSION, MemoryLayout<jpeg_compress_struct>.size)
  var bytes: UnsafeMutablePointer<UInt8>?
  var count: UInt = 0
  jpeg_mem_dest(&info, &bytes, &count)
  info.image_width = UInt32(width)
  info.image_height = UInt32(height)
  info.input_components = options.components
  info.in_color_space = options.space
  jpeg_set_defaults(&info)
  jpeg_set_quality(&info, 100, 1)
  info.write_Adobe_marker = options.adobeMarker ? 1 : 0
  info.restart_interval = options.restartInterval
  if options.isProgressive { jpeg_simple_progression(&info) }
  let scans = UnsafeMutableBufferPointer<jpeg_scan_info>.allocate(capacity: options.scans.count)
  defer { scans.deallocate() }
  _ = scans.initialize(from: options.scans)
  if let script = scans.baseAddress, !scans.isEmpty {
    info.scan_info = UnsafePointer(script)
    info.num_scans = Int32(scans.count)
  }
  jpeg_start_compress(&info, 1)
  let stride = width * Int(options.components)
  for row in 0..<height {
    var line = Array(samples[(row * stride)..<((row + 1) * stride)])
    line.withUnsafeMutableBufferPointer { line in
      var pointer = line.baseAddress
      _ = jpeg_write_scanlines(&info, &pointer, 1)
    }
  }
  jpeg_finish_compress(&info)
  jpeg_destroy_compress(&info)
  defer { free(bytes) }
  return Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
}
