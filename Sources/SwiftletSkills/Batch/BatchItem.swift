package import SwiftletImage

/// A photo of a folder and where its picture goes.
public struct BatchItem: Sendable, Equatable {
  /// The photo, relative to the folder of photos.
  public let source: String
  /// The picture, relative to the folder of pictures.
  public let target: String

  /// The photos below a folder with their targets: the same tree, the extension of `format`.
  ///
  /// Photos whose targets would be the same (`a.jpg` and `a.jpeg`, or names that differ in case
  /// only) keep their extension in the target's name, but one: `a.jpg`, `a.jpeg.jpg`. Files
  /// with the extension of a picture format that is not decoded are listed too, so that they are
  /// reported and not silently left out; all others are not.
  ///
  /// - Parameters:
  ///   - folder: the folder of photos.
  ///   - output: the folder of pictures, left out where it lies inside; nil where none are made.
  ///   - format: the format of the pictures.
  /// - Returns: The photos, in a fixed order, and what is no photo though it looks like one:
  ///   `a.out.png` beside a photo `a`, the picture that was made of it.
  /// - Throws: `SkillError` where a folder cannot be read.
  package static func all(
    in folder: String, output: String?, format: ImageFormat
  ) throws(SkillError) -> (photos: [BatchItem], made: [BatchItem]) {
    let files = try FileSystem.files(
      below: folder, excluding: output.flatMap(FileSystem.resolved))
    let all = items(of: files.filter { extensions.contains(FileSystem.pathExtension($0)) }, format)
    let stems = Set(all.map(\.stem))
    let isMade = Dictionary(grouping: all) { $0.isMade(ofOneOf: stems) }
    return (isMade[false] ?? [], isMade[true] ?? [])
  }

  /// The ending of the picture that the verbs of one photo write beside it.
  package static let ownEnding = ".out.png"

  /// Whether the item is the picture made of a photo beside it; `stems` are the items' paths without extensions.
  private func isMade(ofOneOf stems: Set<Substring>) -> Bool {
    source.hasSuffix(Self.ownEnding) && stems.contains(source.dropLast(Self.ownEnding.count))
  }

  /// The photo's path without its extension.
  private var stem: Substring { source[..<(source.lastIndex(of: ".") ?? source.endIndex)] }

  /// The items of paths, in their order.
  package static func items(of paths: [String], _ format: ImageFormat) -> [BatchItem] {
    let suffix = format == .png ? "png" : "jpg"
    // A photo that already has its target's name keeps it.
    let natural = paths.map { path in
      "\(path[..<(path.lastIndex(of: ".") ?? path.endIndex)]).\(suffix)"
    }
    var taken = Set(zip(paths, natural).filter { $0 == $1 }.map { $1.lowercased() })
    return zip(paths, natural).map { path, name in
      var target = name
      if path != name, !taken.insert(target.lowercased()).inserted {
        target = "\(path).\(suffix)"
        var number = 2
        while !taken.insert(target.lowercased()).inserted {
          target = "\(path)-\(number).\(suffix)"
          number += 1
        }
      }
      return BatchItem(source: path, target: target)
    }
  }

  private static let extensions: Set<String> = [
    "jpg", "jpeg", "jpe", "jfif", "png", "heic", "heif", "avif", "webp", "gif", "bmp", "tif",
    "tiff",
  ]
}
