public import SwiftletImage

/// What is known of a photo's file.
public struct FileFacts: Sendable, Equatable {
  /// The format of its contents.
  public var format: ImageFormat
  /// Its size.
  public var bytes: Int
  /// Its header; nil for a file this program is about to write.
  public var header: ImageHeader?
  /// The extension of its name in lower case, empty where it has none or no name.
  public var pathExtension: String
  /// The quality of a JPEG on libjpeg's scale as its tables suggest; nil for other formats.
  public var jpegQuality: Int?

  /// The facts of a file's contents.
  public init(
    _ contents: [UInt8], format: ImageFormat, header: ImageHeader?, pathExtension: String = ""
  ) {
    self.format = format
    bytes = contents.count
    self.header = header
    self.pathExtension = pathExtension
    jpegQuality = format == .jpeg ? JPEGQuality.estimate(contents) : nil
  }
}

/// The quality setting a JPEG was written with, as its first quantisation table suggests.
package enum JPEGQuality {
  /// 1...100 on libjpeg's scale; nil where there is no table of 8 bits before the image data.
  ///
  /// libjpeg scales the table of ITU T.81 annex K.1, whose 64 entries sum to 3688; the sum of the
  /// scaled table gives the factor back.
  package static func estimate(_ contents: [UInt8]) -> Int? {
    var position = 2
    while position + 4 <= contents.count, contents[position] == 0xff {
      let marker = contents[position + 1]
      let length = Int(contents[position + 2]) << 8 | Int(contents[position + 3])
      if marker == 0xda || length < 2 { return nil }
      if marker == 0xdb, length >= 67, position + 69 <= contents.count,
        contents[position + 4] == 0
      {
        let sum = contents[position + 5..<position + 69].reduce(0) { $0 + Int($1) }
        let factor = 100 * Double(sum) / 3688
        let quality = factor <= 100 ? (200 - factor) / 2 : 5000 / factor
        return max(1, min(100, Int(quality.rounded())))
      }
      position += 2 + length
    }
    return nil
  }
}
